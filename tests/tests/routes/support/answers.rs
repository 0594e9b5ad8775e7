//! Looking over answers: what every one carries, and what a refusal says.

use countersign_client::Answer;
use serde_json::{Value, json};

use super::proof::bytes;

/// Every code of a problem, with its status.
const CODES: [(&str, u16); 42] = [
    ("invalid_request", 400),
    ("unknown_client", 400),
    ("invalid_scope", 400),
    ("login_hint_required", 400),
    ("invalid_proof", 401),
    ("use_dpop_nonce", 401),
    ("invalid_token", 401),
    ("invalid_credentials", 401),
    ("not_a_phone", 403),
    ("phone_waiting", 403),
    ("verification_required", 403),
    ("registration_closed", 403),
    ("origin_not_allowed", 403),
    ("account_unavailable", 403),
    ("passkey_required", 403),
    ("phrase_required", 403),
    ("passkeys_unavailable", 403),
    ("not_allowed_here", 403),
    ("unknown_login", 404),
    ("not_found", 404),
    ("invitation_invalid", 404),
    ("undo_invalid", 404),
    ("method_not_allowed", 405),
    ("request_timeout", 408),
    ("scan_code_stale", 409),
    ("claimed", 409),
    ("same_device", 409),
    ("context_changed", 409),
    ("not_ready", 409),
    ("limit_reached", 409),
    ("login_ended", 410),
    ("hold_expired", 410),
    ("too_large", 413),
    ("unsupported_media_type", 415),
    ("wrong_code", 422),
    ("wrong_phrase", 422),
    ("password_rejected", 422),
    ("name_rejected", 422),
    ("passkey_rejected", 422),
    ("slow_down", 429),
    ("busy", 503),
    ("internal", 500),
];

/// Every error of `/oauth/token`, with its status (RFC 6749 §5.2, RFC 8628 §3.5, RFC 9449 §5).
const OAUTH_ERRORS: [(&str, u16); 12] = [
    ("authorization_pending", 400),
    ("slow_down", 400),
    ("slow_down", 429),
    ("origin_not_allowed", 403),
    ("access_denied", 400),
    ("expired_token", 400),
    ("invalid_grant", 400),
    ("invalid_client", 401),
    ("invalid_request", 400),
    ("unsupported_grant_type", 400),
    ("invalid_dpop_proof", 400),
    ("use_dpop_nonce", 400),
];

/// What every answer carries, whatever it says.
const HEADERS: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// A header's value, or nothing.
pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// The body as text.
pub(crate) fn body(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// Looks over an answer: its headers, and the form of an error. Nothing may make the server fail.
#[track_caller]
pub(crate) fn looked_over(answer: Answer) -> Answer {
    for (name, value) in HEADERS {
        assert!(
            header(&answer, name).contains(value),
            "{name} of {}",
            body(&answer)
        );
    }
    looked_over_readers(&answer);
    looked_over_cookies(&answer);
    assert_eq!(header(&answer, "location"), "", "nobody is sent elsewhere");
    assert!(answer.status < 500, "{}", body(&answer));
    if answer.status >= 400 && !answer.body.is_empty() {
        let (kind, error) = (header(&answer, "content-type"), answer.json());
        match kind {
            "application/problem+json" => {
                let (code, status) = (error["code"].as_str().unwrap(), error["status"].as_u64());
                assert!(CODES.contains(&(code, answer.status)), "{error}");
                assert_eq!(status, Some(answer.status.into()), "{error}");
                assert_eq!(error["type"], format!("urn:countersign:problem:{code}"));
                assert!(!text(&error, "title").is_empty() && !text(&error, "detail").is_empty());
                let id = text(&error, "request_id");
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                assert!(id.len() == 16 && id.bytes().all(hex), "{error}");
            }
            "application/json" => {
                let known = (text(&error, "error"), answer.status);
                assert!(OAUTH_ERRORS.contains(&known), "{error}");
                assert!(!text(&error, "error_description").is_empty(), "{error}");
            }
            other => panic!("an error of type {other:?}: {}", body(&answer)),
        }
    }
    answer
}

/// Who else may read the answer: nobody, the pages of one origin, or, where it says the same to all, everybody.
#[track_caller]
fn looked_over_readers(answer: &Answer) {
    let named = |name: &&reqwest::header::HeaderName| name.as_str().starts_with("access-control-");
    let said: Vec<&str> = answer
        .headers
        .keys()
        .filter(named)
        .map(reqwest::header::HeaderName::as_str)
        .collect();
    if said.is_empty() {
        return;
    }
    let credentials = said.contains(&"access-control-allow-credentials");
    assert!(!credentials, "cookies are for our own pages alone");
    let reader = header(answer, "access-control-allow-origin");
    let keys = answer.json().get("keys").is_some() || answer.status == 429;
    // Our own pages have an origin too.
    let site = reader.starts_with("https://") || reader.starts_with("http://localhost:");
    assert!(site || (reader == "*" && keys), "{reader}");
    let vary = answer.headers.get_all("vary").iter();
    assert!(
        vary.into_iter().any(|value| value == "origin"),
        "caches keep them apart"
    );
}

/// Every cookie is for this host alone, and no script reads it.
#[track_caller]
fn looked_over_cookies(answer: &Answer) {
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        let mut parts: Vec<&str> = cookie.split("; ").collect();
        parts[1..].sort_unstable();
        let (name, value) = parts[0].split_once('=').unwrap();
        let (same_site, id) = match name.strip_prefix("__Host-login-") {
            Some(id) => ("SameSite=Strict", id),
            None => ("SameSite=Lax", name.strip_prefix("__Host-session").unwrap()),
        };
        assert!(id.is_empty() || bytes(id).len() == 16, "{cookie}");
        assert!(parts[2].starts_with("Max-Age="), "{cookie}");
        assert_eq!(value.is_empty(), parts[2] == "Max-Age=0", "{cookie}");
        let rest = [parts[1], parts[3], parts[4], parts[5]];
        let expected = ["HttpOnly", "Path=/", same_site, "Secure"];
        assert_eq!((rest, parts.len()), (expected, 6), "{cookie}");
    }
}

/// The JSON of a success with this status.
#[track_caller]
pub(crate) fn given(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", body(answer));
    answer.json()
}

/// The problem of a refusal with this code.
#[track_caller]
pub(crate) fn refused(answer: &Answer, code: &str) -> Value {
    let problem = answer.json();
    let said = problem.get("code").or(problem.get("error"));
    assert_eq!(
        said,
        Some(&json!(code)),
        "status {}: {}",
        answer.status,
        body(answer)
    );
    problem
}

/// Both answers are the same, byte for byte, but for the request id, the time, and what each of the two requests left
/// of the caller's limits.
#[track_caller]
pub(crate) fn assert_same(one: &Answer, other: &Answer) {
    let parts = |answer: &Answer| {
        let id = answer.json()["request_id"]
            .as_str()
            .unwrap_or("-")
            .to_owned();
        let headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date" && *name != "ratelimit")
            .map(|header| format!("{header:?}"))
            .collect();
        (answer.status, headers, body(answer).replace(&id, "<id>"))
    };
    assert_eq!(parts(one), parts(other));
}

/// A member that must be a text.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    let found = value[member].as_str();
    found.unwrap_or_else(|| panic!("no text {member:?} in {value}"))
}

/// `secret` with another last character.
pub(crate) fn spoilt(secret: &str) -> String {
    let (rest, last) = secret.split_at(secret.len() - 1);
    format!("{rest}{}", if last == "A" { "Q" } else { "A" })
}

/// The names of an object's members, in order.
pub(crate) fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

/// `base` with the members of `changes`; `null` takes one away.
pub(crate) fn with(mut base: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}
