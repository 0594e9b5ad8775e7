//! The settings in force, each with where it came from: as a file that can be fed back in, and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::clients::with_defaults;
use super::file::Values;
use super::keys::{CLIENT_KEYS, KEYS, Key};
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
        for client in &self.clients {
            text.push_str("\n[[clients]]\n");
            let values = with_defaults(client);
            for key in CLIENT_KEYS {
                line(&mut text, key, key.name, &values);
            }
        }
        text
    }

    /// The settings as JSON: each key with `value` and `from`.
    pub(crate) fn as_json(&self) -> serde_json::Value {
        let clients = self.clients.iter().map(with_defaults);
        let clients: Vec<_> = clients.map(|values| json_of(&values)).collect();
        json!({ "settings": json_of(&self.in_force()), "clients": clients })
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
