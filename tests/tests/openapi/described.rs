//! Whether an answer is as `openapi.json` says. Knows the document, no route.

use std::collections::BTreeSet;

use countersign_client::Answer;
use jsonschema::Validator;
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../../openapi.json");

/// Headers that say something of this one answer: those that come must be described.
const HEADERS: [&str; 5] = [
    "DPoP-Nonce",
    "Preference-Applied",
    "Retry-After",
    "Set-Cookie",
    "WWW-Authenticate",
];

/// An operation: its method in lower case, and its path with names in braces.
pub(crate) type Operation = (String, String);

/// The document, taken at its word: an object has the members that are described and no others.
pub(crate) struct Described {
    document: Value,
}

impl Default for Described {
    fn default() -> Self {
        let mut document = serde_json::from_str(DOCUMENT).expect("openapi.json is JSON");
        close(&mut document);
        Self { document }
    }
}

impl Described {
    /// All operations.
    pub(crate) fn operations(&self) -> BTreeSet<Operation> {
        let paths = self.document["paths"].as_object().expect("it has paths");
        let all = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(|(method, _)| (method.clone(), path.clone()))
        });
        all.collect()
    }

    /// The operation that a request asks for, if it is one.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let method = match method {
            "HEAD" => "get".to_owned(),
            other => other.to_ascii_lowercase(),
        };
        let operations = self.operations().into_iter();
        let mut fitting: Vec<Operation> = operations
            .filter(|(known, template)| *known == method && fits(template, path))
            .collect();
        // A path in so many words goes before one with a name in it (OpenAPI 3.1 §4.8.8.1).
        fitting.sort_by_key(|(_, template)| template.contains('{'));
        fitting.into_iter().next()
    }

    /// Everything in which a JSON request that succeeded is not as described.
    pub(crate) fn request_faults(&self, (method, path): &Operation, body: &Value) -> Vec<String> {
        let described = &self.document["paths"][path][method]["requestBody"];
        let schema = &described["content"]["application/json"]["schema"];
        self.faults(schema, body)
    }

    /// Everything in which an answer to an operation is not as described.
    pub(crate) fn answer_faults(&self, (method, path): &Operation, answer: &Answer) -> Vec<String> {
        let status = answer.status.to_string();
        let answers = &self.document["paths"][path][method]["responses"];
        let Some(described) = answers.get(&status).map(|answer| self.resolved(answer)) else {
            return vec![format!("the status {status} is not described")];
        };
        let mut faults: Vec<String> = HEADERS
            .iter()
            .filter(|name| {
                answer.headers.contains_key(**name) && described["headers"].get(name).is_none()
            })
            .map(|name| format!("the header {name} is not described"))
            .collect();
        let kind = answer.headers.get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        match described["content"].get(kind) {
            // Bodies of streams and of HEAD are not there to be looked at.
            Some(content) if kind.ends_with("json") && !answer.body.is_empty() => {
                faults.extend(self.faults(&content["schema"], &answer.json()));
            }
            Some(_) => {}
            None if answer.body.is_empty() && described.get("content").is_none() => {}
            None => faults.push(format!("the type {kind:?} is not described")),
        }
        faults
    }

    /// All examples that are not what they are examples of.
    pub(crate) fn example_faults(&self) -> Vec<String> {
        let schemas = self.document["components"]["schemas"].as_object();
        let schemas = schemas.into_iter().flatten();
        schemas
            .flat_map(|(name, schema)| {
                let examples = schema["examples"].as_array().into_iter().flatten();
                examples.flat_map(move |example| {
                    let faults = self.faults(schema, example);
                    faults
                        .into_iter()
                        .map(move |fault| format!("{name}: {fault}"))
                })
            })
            .collect()
    }

    fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let root = json!({ "allOf": [schema], "components": self.document["components"] });
        let validator: Validator = jsonschema::draft202012::new(&root).expect("a schema");
        validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    /// What a reference stands for.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        value["$ref"].as_str().map_or(value, |reference| {
            let pointer = reference.trim_start_matches('#');
            self.document.pointer(pointer).expect("it is there")
        })
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(name), Some(part)) if name.starts_with('{') && !part.is_empty() => {}
            (Some(word), Some(part)) if word == part => {}
            _ => return false,
        }
    }
}

/// Allows an object no members but those that are described. Clients ignore others; here each is one that somebody
/// forgot to describe.
fn close(value: &mut Value) {
    if value["type"] == "object" && value["properties"].is_object() {
        value["additionalProperties"] = false.into();
    }
    match value {
        Value::Object(members) => members.values_mut().for_each(close),
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
