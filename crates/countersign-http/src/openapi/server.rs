//! For what watches over the server, and this document itself.

use serde_json::{Value, json};

use super::Part;
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, named, object, word};

pub(super) fn part() -> Part {
    Part {
        tag: "Server",
        about: "How the server is, and how it is spoken.",
        operations: operations(),
        schemas: schemas(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        operation(
            ("get", "/healthz"),
            By::Watcher,
            "Whether the process serves",
        )
        .answers(200, "It does.", &named("Health")),
        operation(
            ("get", "/readyz"),
            By::Watcher,
            "Whether to send it requests",
        )
        .says("No while it stops, and while its store can't keep anything.")
        .answers(200, "Yes.", &named("Ready"))
        .answers(503, "Not now.", &named("NotReady")),
        operation(("get", "/openapi.json"), By::Anybody, "This document").answers(
            200,
            "OpenAPI 3.1.",
            &json!({ "type": "object" }),
        ),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Health",
            object("").must("status", json!({ "const": "ok" })),
        ),
        (
            "Ready",
            object("").must("status", json!({ "const": "ready" })),
        ),
        (
            "NotReady",
            object("")
                .must("status", json!({ "const": "not ready" }))
                .must("reason", word(["stopping", "store"], "")),
        ),
    ]
}
