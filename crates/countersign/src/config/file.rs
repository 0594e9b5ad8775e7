//! The TOML of the file, and of the variables for lists of tables: known keys only, each with its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::keys::{KEYS, Key, List, find};
use super::nearest::nearest;
use super::value::{Given, Origin};

/// What was given, by key.
pub(crate) type Values = BTreeMap<&'static str, Given>;

/// The tables of each list, by the list's name.
pub(crate) type Lists = BTreeMap<&'static str, Vec<Values>>;

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) values: Values,
    pub(crate) lists: Lists,
}

/// Bytes of a file that are shown of a wrong value.
const SHOWN: usize = 60;

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<File, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::one(format!(
            "can't read the config file {}: {error}",
            path.display()
        ))
    })?;
    Reader::new(&text, Place::File(path.to_owned())).read()
}

/// Reads the value of the variable for a list: a TOML array of tables.
pub(crate) fn tables(list: &List, text: &str) -> Result<Vec<Values>, ConfigError> {
    let text = format!("{} = {text}", list.name);
    let mut file = Reader::new(&text, Place::Variable(list.variable())).read()?;
    Ok(file.lists.remove(list.name).unwrap_or_default())
}

enum Place {
    File(PathBuf),
    Variable(String),
}

/// Which keys may stand in a table.
#[derive(Clone, Copy)]
struct Level<'a> {
    /// What goes before their names, and a dot.
    section: Option<&'a str>,
    keys: &'static [Key],
}

impl<'a> Level<'a> {
    const TOP: Self = Self {
        section: None,
        keys: KEYS,
    };

    const fn section(name: &'a str) -> Self {
        Self {
            section: Some(name),
            keys: KEYS,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    place: Place,
    /// What is wrong, with where it stands.
    wrong: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, place: Place) -> Self {
        let wrong = Vec::new();
        Self { text, place, wrong }
    }

    fn read(mut self) -> Result<File, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message();
            ConfigError::one(format!("{}: {message}", self.origin(at)))
        })?;
        let mut file = File::default();
        for (name, value) in table.get_ref() {
            if let Some(list) = List::find(name.get_ref()) {
                let tables = self.list(list, value);
                file.lists.insert(list.name, tables);
                continue;
            }
            match value.get_ref() {
                DeValue::Table(section) if is_section(name.get_ref(), section) => {
                    self.section(section, Level::section(name.get_ref()), &mut file.values);
                }
                _ => self.entry(name, value, Level::TOP, &mut file.values),
            }
        }
        self.wrong.sort();
        if self.wrong.is_empty() {
            return Ok(file);
        }
        let lines = self.wrong.into_iter().map(|(_, line)| line);
        Err(ConfigError::all(lines.collect()))
    }

    fn list(&mut self, list: &List, value: &Spanned<DeValue<'_>>) -> Vec<Values> {
        let level = Level {
            section: None,
            keys: list.keys,
        };
        let mut tables = Vec::new();
        let Some(items) = value.get_ref().as_array() else {
            let what = format!("{0} must be written as [[{0}]]", list.name);
            self.complain(value.span().start, &what);
            return tables;
        };
        for item in items {
            let mut values = Values::new();
            if let DeValue::Table(table) = item.get_ref() {
                self.section(table, level, &mut values);
            } else {
                let what = format!("{} must be tables, each with an id", list.name);
                self.complain(item.span().start, &what);
            }
            tables.push(values);
        }
        tables
    }

    fn section(&mut self, table: &DeTable<'_>, level: Level<'_>, values: &mut Values) {
        for (name, value) in table {
            self.entry(name, value, level, values);
        }
    }

    fn entry(
        &mut self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        Level { section, keys }: Level<'_>,
        values: &mut Values,
    ) {
        let full = match section {
            Some(section) => format!("{section}.{}", name.get_ref()),
            None => name.get_ref().clone().into_owned(),
        };
        let at = name.span().start;
        let Some(key) = find(keys, &full) else {
            let guess = nearest(&full, keys);
            return self.complain(at, &format!("unknown key {full}.{guess}"));
        };
        if let Some(value) = key.kind.read_toml(value.get_ref()) {
            let origin = self.origin(at);
            values.insert(key.name, Given { value, origin });
        } else {
            let allowed = key.kind.allowed();
            let given = self.shown(value.span());
            self.complain(at, &format!("{full} must be {allowed}, not {given}"));
        }
    }

    fn complain(&mut self, at: usize, what: &str) {
        let line = format!("{}: {what}", self.origin(at));
        self.wrong.push((at, line));
    }

    fn origin(&self, at: usize) -> Origin {
        match &self.place {
            Place::File(path) => Origin::File {
                path: path.clone(),
                line: self.text.get(..at).unwrap_or(self.text).split('\n').count(),
            },
            Place::Variable(name) => Origin::Variable(name.clone()),
        }
    }

    /// A wrong value as it stands in the file.
    fn shown(&self, span: std::ops::Range<usize>) -> String {
        let text = self.text.get(span).unwrap_or_default();
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }
}

/// Whether a table is to be read key by key: also one that nobody knows, so that each of its keys is named.
fn is_section(name: &str, table: &DeTable<'_>) -> bool {
    let known = KEYS.iter().any(|key| {
        key.name
            .split_once('.')
            .is_some_and(|(section, _)| section == name)
    });
    known || (!table.is_empty() && find(KEYS, name).is_none())
}
