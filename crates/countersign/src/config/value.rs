//! What a key may hold, how that is read from the file and from the environment, and where it came from.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use toml::de::{DeArray, DeValue};

/// What a key may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Path,
    Address,
    Switch,
    Number {
        min: u64,
        max: u64,
    },
    /// 0 switches it off.
    OffOr {
        min: u64,
        max: u64,
    },
    /// One of these.
    Word(&'static [&'static str]),
    /// Texts; in the environment with commas between them.
    List,
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Switch(bool),
    List(Vec<String>),
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Variable(String),
    Option(&'static str),
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

impl Kind {
    /// What is allowed, after "must be".
    pub(crate) fn allowed(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Address => "an IP address with a port, such as 127.0.0.1:8080".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::OffOr { min, max } => format!("0 (off) or a whole number from {min} to {max}"),
            Self::Word(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                quoted.join(" or ")
            }
            Self::List => "a list of texts".to_owned(),
        }
    }

    /// Reads a value of the environment or the command line; `None` when it is not allowed.
    pub(crate) fn read_text(self, text: &str) -> Option<Value> {
        let text = text.trim();
        self.fitting(match self {
            Self::Switch => Value::Switch(text.parse().ok()?),
            Self::Number { .. } | Self::OffOr { .. } => Value::Number(text.parse().ok()?),
            Self::List => Value::List(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
            Self::Text | Self::Path | Self::Address | Self::Word(_) => Value::Text(text.to_owned()),
        })
    }

    /// Reads a value of the file; `None` when it is not allowed.
    pub(crate) fn read_toml(self, value: &DeValue<'_>) -> Option<Value> {
        self.fitting(match value {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(number) => {
                Value::Number(u64::from_str_radix(number.as_str(), number.radix()).ok()?)
            }
            DeValue::Boolean(switch) => Value::Switch(*switch),
            DeValue::Array(items) => Value::List(texts(items)?),
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => return None,
        })
    }

    fn fitting(self, value: Value) -> Option<Value> {
        let fits = match (self, &value) {
            (Self::Text | Self::Path, Value::Text(text)) => !text.is_empty(),
            (Self::Address, Value::Text(text)) => text.parse::<SocketAddr>().is_ok(),
            (Self::Word(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Self::Switch, Value::Switch(_)) | (Self::List, Value::List(_)) => true,
            (Self::Number { min, max }, Value::Number(number)) => (min..=max).contains(number),
            (Self::OffOr { min, max }, Value::Number(number)) => {
                *number == 0 || (min..=max).contains(number)
            }
            _ => false,
        };
        fits.then_some(value)
    }
}

fn texts(items: &DeArray<'_>) -> Option<Vec<String>> {
    items
        .iter()
        .map(|item| item.get_ref().as_str().map(str::to_owned))
        .collect()
}

impl From<&Value> for toml::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::String(text.clone()),
            // No key allows a number beyond this type.
            Value::Number(number) => Self::Integer(i64::try_from(*number).unwrap_or(i64::MAX)),
            Value::Switch(switch) => Self::Boolean(*switch),
            Value::List(items) => Self::Array(items.iter().cloned().map(Self::String).collect()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Option(name) => f.write_str(name),
        }
    }
}
