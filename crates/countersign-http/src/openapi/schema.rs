//! JSON schemas in few words (JSON Schema 2020-12, as OpenAPI 3.1 takes them). Knows no route.

use serde_json::{Value, json};

/// An object; its members are added to it. Others may come with later versions: whoever reads ignores what it does not
/// know.
pub(super) fn object(description: &str) -> Value {
    let mut schema = json!({ "type": "object", "properties": {} });
    if !description.is_empty() {
        schema["description"] = description.into();
    }
    schema
}

/// How a schema goes on.
pub(super) trait Schema {
    /// With a member that is always there.
    fn must(self, name: &str, schema: Value) -> Self;
    /// With a member that may be missing.
    fn may(self, name: &str, schema: Value) -> Self;
    /// With an example of what it describes.
    fn example(self, example: Value) -> Self;
    /// Or null.
    fn or_null(self) -> Self;
}

impl Schema for Value {
    fn must(self, name: &str, schema: Value) -> Self {
        let mut object = self.may(name, schema);
        match object["required"].as_array_mut() {
            Some(required) => required.push(name.into()),
            None => object["required"] = json!([name]),
        }
        object
    }

    fn may(mut self, name: &str, schema: Value) -> Self {
        self["properties"][name] = schema;
        self
    }

    fn example(mut self, example: Value) -> Self {
        self["examples"] = Self::Array(vec![example]);
        self
    }

    fn or_null(mut self) -> Self {
        self["type"] = json!([self["type"], "null"]);
        self
    }
}

/// A text.
pub(super) fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

/// A text that nobody but its holder may see.
pub(super) fn secret(description: &str) -> Value {
    json!({ "type": "string", "format": "password", "description": description })
}

/// A whole number from 0 on.
pub(super) fn number(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

/// A moment, as seconds since 1970.
pub(super) fn moment(description: &str) -> Value {
    number(&format!("{description} Seconds since 1970."))
}

/// Yes or no.
pub(super) fn truth(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// One of these words.
pub(super) fn word<const N: usize>(words: [&str; N], description: &str) -> Value {
    let words: Vec<&str> = words.into();
    json!({ "type": "string", "enum": words, "description": description })
}

/// A list.
pub(super) fn list(items: &Value, description: &str) -> Value {
    json!({ "type": "array", "items": items, "description": description })
}

/// A schema of the document by its name.
pub(super) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
