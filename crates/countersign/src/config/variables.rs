//! The environment as configuration: each key also as a variable, and no variable that is not one.

use std::ffi::OsString;
use std::path::PathBuf;

use super::ConfigError;
use super::file::{self, Lists, Values};
use super::keys::{FILE_VARIABLE, KEYS, LISTS, PREFIX};
use super::value::{Given, Origin};

/// Variables with the prefix that are no settings: what is logged, and what the tests of this program use.
const OTHERS: [&str; 3] = [
    "COUNTERSIGN_LOG",
    "COUNTERSIGN_BIN",
    "COUNTERSIGN_TEST_SEED",
];

/// What Kubernetes sets in every container beside a service that is named `countersign`.
const SERVICE_LINKS: [&str; 2] = ["COUNTERSIGN_PORT", "COUNTERSIGN_SERVICE_"];

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// The file to read.
    pub(super) file: Option<PathBuf>,
    pub(super) values: Values,
    /// Whole lists, each in place of the file's.
    pub(super) lists: Lists,
}

/// Reads them from `all` the variables with the prefix. An empty one counts as not set.
pub(super) fn read(all: Vec<(String, OsString)>) -> Result<Variables, ConfigError> {
    let mut read = Variables::default();
    let mut wrong = Vec::new();
    for (name, value) in all {
        if value.is_empty() || OTHERS.contains(&name.as_str()) {
            continue;
        }
        if name == FILE_VARIABLE {
            read.file = Some(PathBuf::from(value));
            continue;
        }
        let Ok(text) = value.into_string() else {
            wrong.push(format!("{name}: it is not UTF-8"));
            continue;
        };
        if let Some(list) = LISTS.iter().find(|list| list.variable() == name) {
            read.lists.insert(list.name, file::tables(list, &text)?);
            continue;
        }
        let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
            wrong.push(unknown(&name));
            continue;
        };
        let origin = Origin::Variable(name);
        match key.kind.read_text(&text) {
            Some(value) => {
                read.values.insert(key.name, Given { value, origin });
            }
            None => wrong.push(format!(
                "{origin}: {} must be {}, not {text:?}",
                key.name,
                key.kind.allowed()
            )),
        }
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(ConfigError::all(wrong))
    }
}

fn unknown(name: &str) -> String {
    if SERVICE_LINKS.iter().any(|begin| name.starts_with(begin)) {
        return format!(
            "{name} is no setting. Kubernetes sets it for a service of this name: set enableServiceLinks: false"
        );
    }
    let as_key = name
        .trim_start_matches(PREFIX)
        .replace("__", ".")
        .to_ascii_lowercase();
    let guess = super::nearest::nearest(&as_key, KEYS);
    format!("{name} is no setting.{guess}")
}
