//! JSON in which no object has two members of one name.
//!
//! RFC 8259 leaves the meaning of such objects open, and two readers that pick differently disagree about what was
//! said: for signed claims (RFC 7519 §4) and for requests alike. So they are refused, at every depth.
//! Depth itself is bounded by `serde_json` (128).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text was refused; nothing of the text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StrictJsonError {
    /// Not JSON, or nested too deeply, or something follows the value.
    #[error("not well-formed JSON")]
    Malformed,
    /// An object names a member twice.
    #[error("a JSON object has a member twice")]
    Duplicate,
}

/// Reads one JSON value that fills `bytes`.
pub fn parse(bytes: &[u8]) -> Result<Value, StrictJsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).map_err(|error| {
        // `Strict` itself makes exactly one complaint, and that alone counts as "data" for serde_json.
        if error.is_data() {
            StrictJsonError::Duplicate
        } else {
            StrictJsonError::Malformed
        }
    })?;
    reader.end().map_err(|_| StrictJsonError::Malformed)?;
    Ok(value)
}

/// Reads one JSON object that fills `bytes`.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, StrictJsonError> {
    match parse(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(StrictJsonError::Malformed),
    }
}

/// Builds a [`Value`] as `serde_json` does, but keeps the first of two equal names from being overwritten.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_read_as_serde_json_reads_it() {
        let text = r#" {"a":[1,-2,3.5,true,null,"é"],"b":{"a":{}}} "#;
        assert_eq!(
            parse(text.as_bytes()),
            Ok(json!({"a":[1,-2,3.5,true,null,"é"],"b":{"a":{}}}))
        );
    }

    #[test]
    fn a_member_named_twice_is_refused_at_any_depth_and_however_spelled() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"[{"b":{"a":1,"c":2,"a":3}}]"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert_eq!(
                parse(text.as_bytes()),
                Err(StrictJsonError::Duplicate),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_one_json_value_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "{}{}",
            "{\"a\":1,}",
            "nul",
            "\u{feff}{}",
            "1e999",
            "{'a':1}",
        ] {
            assert_eq!(
                parse(text.as_bytes()),
                Err(StrictJsonError::Malformed),
                "{text}"
            );
        }
        assert_eq!(parse(b"{\"a\":\"\xff\"}"), Err(StrictJsonError::Malformed));
    }

    #[test]
    fn a_hundred_thousand_levels_are_refused_without_harm() {
        assert_eq!(
            parse("[".repeat(100_000).as_bytes()),
            Err(StrictJsonError::Malformed)
        );
        assert_eq!(
            parse("{\"a\":".repeat(100_000).as_bytes()),
            Err(StrictJsonError::Malformed)
        );
    }

    #[test]
    fn an_object_is_asked_for_and_nothing_else_will_do() {
        assert_eq!(parse_object(b"[]"), Err(StrictJsonError::Malformed));
        assert_eq!(parse_object(b"null"), Err(StrictJsonError::Malformed));
        assert!(parse_object(b"{}").unwrap().is_empty());
    }
}
