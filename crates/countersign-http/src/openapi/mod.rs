//! The HTTP interface as a machine reads it: OpenAPI 3.1, served at `/openapi.json` and shown at `/docs`.
//!
//! Owns the description, not the interface: what is said here is held to what is served by tests. Each route of
//! [`crate::routes`] is in it, every answer of the route tests fits it, and `openapi.json` at the root of the
//! repository is what it says today. Prose is in `docs/http.md`.

mod account;
mod logins;
mod operation;
mod passkeys;
mod phones;
mod recovery;
mod schema;
mod server;
mod sessions;

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use self::operation::{COMMON, Operation, problem};
use self::schema::{Schema as _, number, object, text, truth, word};
use crate::origin::Sharing;
use crate::problem::Code;
use crate::routes::SHARED;

/// The operations of one part of the interface, and the schemas that they speak of.
struct Part {
    tag: &'static str,
    about: &'static str,
    operations: Vec<Operation>,
    schemas: Vec<(&'static str, Value)>,
}

const ABOUT: &str = "JSON in and out, times in seconds, ids and secrets in base64url without padding. Unknown members \
     are ignored, repeated ones refused. Errors are `application/problem+json` (RFC 9457) with a `code` that never \
     changes; under `/oauth` they are those of RFC 6749 §5.2. An unknown URL is answered `not_found`, another method \
     `method_not_allowed`. In prose: `docs/http.md` in the repository.";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| written(&document()));

/// `GET /openapi.json`.
pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// The document as text, in the one way that is served and kept.
fn written(document: &Value) -> String {
    format!("{document:#}\n")
}

fn document() -> Value {
    let parts = [
        logins::part(),
        phones::part(),
        sessions::part(),
        passkeys::part(),
        recovery::part(),
        account::part(),
        server::part(),
    ];
    let tags: Vec<Value> = parts
        .iter()
        .map(|part| json!({ "name": part.tag, "description": part.about }))
        .collect();
    let mut paths = Map::new();
    let mut schemas = Map::from_iter([
        ("Id".to_owned(), id()),
        ("Problem".to_owned(), problem_schema()),
    ]);
    for part in parts {
        for operation in part.operations {
            let (method, path) = (operation.method, operation.path);
            let shared = shared(method, path);
            let place = paths.entry(path).or_insert_with(|| json!({}));
            place[method] = operation.described(part.tag, shared);
        }
        let named = part.schemas.into_iter();
        schemas.extend(named.map(|(name, schema)| (name.to_owned(), schema)));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": common(),
            "securitySchemes": schemes(),
        },
    })
}

/// Which other sites' pages may ask, in words.
fn shared(method: &str, path: &str) -> Option<&'static str> {
    let same = |with: &str| with.eq_ignore_ascii_case(method);
    SHARED
        .iter()
        .find(|(shared, with, _)| *shared == path && same(with.as_str()))
        .map(|(_, _, sharing)| match sharing {
            Sharing::Clients => {
                "Pages of the client's registered origins may ask this, too (CORS)."
            }
            Sharing::Everybody => "Pages of any origin may read this (CORS).",
        })
}

/// The refusals that any request may get, and the one of another method.
fn common() -> Value {
    let codes = COMMON.iter().chain([&Code::MethodNotAllowed]);
    codes
        .map(|code| {
            let answer = problem(code.status().as_u16(), &[*code]);
            (code.as_str().to_owned(), answer)
        })
        .collect::<Map<String, Value>>()
        .into()
}

fn schemes() -> Value {
    let key = |place: &str, name: &str, text: &str| json!({ "type": "apiKey", "in": place, "name": name, "description": text });
    json!({
        "proof": key("header", "DPoP", "A proof by the device's key for this very request (RFC 9449 §4): ES256, `htu` the issuer and the path, `ath` when a token is sent. Good once."),
        "token": {
            "type": "http",
            "scheme": "DPoP",
            "description": "`Authorization: DPoP <access token>` (RFC 9449 §7.1), beside a proof by the key that the token is bound to.",
        },
        "bearerToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The access token of a client with `binding = \"device-id\"`, beside its `Device-Id`. A token that is bound to a key is refused this way.",
        },
        "deviceId": key("header", "Device-Id", "The secret of a client's desktop that can't sign (`binding = \"device-id\"`), from the answer that made the login."),
        "operator": {
            "type": "http",
            "scheme": "bearer",
            "description": "The operator's token, from the file that the configuration names.",
        },
        "session": key("cookie", "__Host-session", "The session of this server's own pages. It alone may look; to change something takes a proof and the issuer's `Origin`, too."),
        "loginCookie": key("cookie", "__Host-login-{login_id}", "Binds a login of this server's own sign-in page to the browser that asked for it. Other logins have none."),
    })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{22}$", "description": "16 bytes in base64url." })
}

fn problem_schema() -> Value {
    let codes: Vec<Value> = Code::ALL
        .iter()
        .map(|code| json!({ "const": code.as_str(), "description": format!("{}: {}", code.status().as_u16(), code.title()) }))
        .collect();
    let code = json!({ "type": "string", "oneOf": codes, "description": "What went wrong, in a word that never changes." });
    object("An error (RFC 9457).")
        .must("type", text("`urn:countersign:problem:` and the code."))
        .must("title", text("The code's sentence."))
        .must("status", number("The HTTP status."))
        .must("detail", text("What is wrong, more precisely, for people."))
        .must("code", code)
        .must("request_id", text("The server's log has it, too."))
        .may(
            "retry_after",
            number("Seconds. With `slow_down` and `busy`."),
        )
        .may(
            "tries_left",
            number(
                "With `wrong_code` and `wrong_phrase`, and with `passkey_rejected` at an approval.",
            ),
        )
        .may(
            "has_passkey",
            truth("With `passkey_required`: whether the account has one that can be used here."),
        )
        .may("approves_in", number("Seconds. With `phone_waiting`."))
        .may(
            "reason",
            word(
                [
                    "too_short",
                    "too_long",
                    "common",
                    "far",
                    "network",
                    "unknown_desktop",
                    "unregistered_desktop",
                    "link",
                    "account",
                ],
                "The first three with `password_rejected`, the others with `not_allowed_here`.",
            ),
        )
        .may(
            "state",
            word(
                ["collected", "denied", "cancelled", "expired"],
                "With `login_ended`.",
            ),
        )
}

#[cfg(test)]
mod tests;
