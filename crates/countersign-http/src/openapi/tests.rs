use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Every `("method", "/path")` that the router takes, read from the one place where URLs are.
fn routed() -> BTreeSet<(String, String)> {
    let source = include_str!("../routes/mod.rs");
    let mut found = BTreeSet::new();
    for call in source.split(".route(").skip(1) {
        let path = call.split('"').nth(1).unwrap();
        let end = call.find(".route(").unwrap_or(call.len());
        let handlers = &call[call.find(',').unwrap()..end];
        // Up to the `)` that closes `.route(`.
        let mut depth = 1;
        let closing = handlers.find(|c: char| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let handlers = &handlers[..closing.unwrap()];
        for method in ["get", "post", "put", "patch", "delete"] {
            let called = |before: &str| handlers.contains(&format!("{before}{method}("));
            if called(" ") || called(".") {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods
            .iter()
            .map(move |(method, operation)| (method, path, operation))
    })
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .map(|(method, path, _)| (method.clone(), path.clone()))
        .collect();
    let routed = routed();
    assert!(routed.len() > 25, "the routes were not found: {routed:?}");
    assert_eq!(described, routed);
}

#[test]
fn every_code_of_a_problem_is_some_answers_and_no_other() {
    let document = document();
    let mut told = BTreeSet::new();
    let answers = operations(&document)
        .flat_map(|(_, _, operation)| operation["responses"].as_object().unwrap().values());
    let common = document["components"]["responses"].as_object().unwrap();
    for answer in answers.chain(common.values()) {
        let schema = &answer["content"]["application/problem+json"]["schema"];
        let codes = schema["properties"]["code"]["enum"].as_array();
        told.extend(
            codes
                .into_iter()
                .flatten()
                .map(|code| code.as_str().unwrap()),
        );
    }
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(told, all);
}

#[test]
fn every_name_that_is_used_is_there_and_the_other_way_round() {
    fn collect<'a>(value: &'a Value, used: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                used.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| collect(value, used));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, used)),
            _ => {}
        }
    }
    let document = document();
    let mut used = BTreeSet::new();
    collect(&document, &mut used);
    // The answer to other methods belongs to no operation.
    used.insert("#/components/responses/method_not_allowed");
    let mut there = BTreeSet::new();
    for kind in ["schemas", "responses"] {
        let named = document["components"][kind].as_object().unwrap().keys();
        there.extend(named.map(|name| format!("#/components/{kind}/{name}")));
    }
    let used: BTreeSet<String> = used.into_iter().map(str::to_owned).collect();
    assert_eq!(used, there);
}

#[test]
fn the_copy_in_the_repository_is_what_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let kept: Value = serde_json::from_str(&kept).unwrap_or_default();
    if kept == document() {
        return;
    }
    // Renewed where its difference can be read, `git diff openapi.json`; the next run is content with it.
    std::fs::write(&file, written(&document())).unwrap();
    panic!(
        "openapi.json was out of date and has been written anew: read its changes and commit them"
    );
}
