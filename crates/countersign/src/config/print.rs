//! The settings in force, each with where it came from: as a file that can be fed back in, and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::clients::with_defaults;
use super::file::Values;
use super::keys::{CLIENT_KEYS, CLIENTS, KEYS, Key, LISTS};
use super::value::{Given, Origin, Value};
use super::{Settings, default_issuer};

impl Settings {
    /// The settings as TOML.
    pub(crate) fn as_toml(&self) -> String {
        let mut text = String::new();
        let mut section = None;
        let values = self.in_force();
        for key in KEYS {
            let (table, name) = match key.name.split_once('.') {
                Some((table, name)) => (Some(table), name),
                None => (None, key.name),
            };
            if let Some(table) = table.filter(|_| table != section) {
                let _ = writeln!(text, "\n[{table}]");
            }
            section = table;
            line(&mut text, key, name, &values);
        }
        for list in LISTS {
            for table in self.list(list.name) {
                let _ = writeln!(text, "\n[[{}]]", list.name);
                let values = with_defaults(table, list.keys);
                for key in list.keys {
                    line(&mut text, key, key.name, &values);
                }
            }
        }
        text
    }

    /// The settings as JSON: each key with `value` and `from`.
    pub(crate) fn as_json(&self) -> serde_json::Value {
        let mut printed = json!({ "settings": json_of(&self.in_force()) });
        for list in LISTS {
            let tables = self.list(list.name).iter();
            let tables: Vec<_> = tables
                .map(|table| json_of(&with_defaults(table, list.keys)))
                .collect();
            printed[list.name] = json!(tables);
        }
        printed
    }

    /// Where a setting came from: that of a client, or, with a dot in its name, one that is for all.
    pub(crate) fn whence(&self, client: &str, key: &str) -> String {
        let of = |values: &Values| match values.get(key) {
            Some(given) => given.origin.to_string(),
            None => "not set".to_owned(),
        };
        if key.contains('.') {
            return of(&self.values);
        }
        let is_its = |values: &&Values| {
            let id = values.get("id").map(|given| &given.value);
            matches!(id, Some(Value::Text(id)) if id == client)
        };
        let table = self.list(CLIENTS).iter().find(is_its);
        table.map_or_else(
            || "built in".to_owned(),
            |table| of(&with_defaults(table, CLIENT_KEYS)),
        )
    }

    /// All values, with the issuer that follows from the others when none was given.
    fn in_force(&self) -> Values {
        let mut values = self.values.clone();
        let tls = self.tables.tls.certificate.is_some();
        if let Some(issuer) = default_issuer(self.tables.listen, tls) {
            let (value, origin) = (Value::Text(issuer), Origin::Default);
            values.entry("issuer").or_insert(Given { value, origin });
        }
        values
    }
}

/// `name = value # origin`, or a comment for what is not set.
fn line(text: &mut String, key: &Key, name: &str, values: &Values) {
    let _ = match values.get(key.name) {
        Some(given) => {
            let value = toml::Value::from(&given.value);
            // A path may have a line end in it, and a comment may not.
            let origin = given.origin.to_string().replace(char::is_control, "?");
            writeln!(text, "{name} = {value} # {origin}")
        }
        None => writeln!(text, "# {name} is not set"),
    };
}

fn json_of(values: &Values) -> Map<String, serde_json::Value> {
    let member = |(name, given): (&&'static str, &Given)| {
        let value = match &given.value {
            Value::Text(text) => json!(text),
            Value::Number(number) => json!(number),
            Value::Switch(switch) => json!(switch),
            Value::List(items) => json!(items),
        };
        let from = given.origin.to_string();
        ((*name).to_owned(), json!({ "value": value, "from": from }))
    };
    values.iter().map(member).collect()
}
