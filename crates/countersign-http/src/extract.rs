//! JSON bodies as typed values, with errors that help and tell nothing back.
//!
//! Owns which bodies are read at all. Unknown members are ignored; repeated ones are refused.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::body;
use crate::problem::{Code, Problem};
use crate::strict_json::{self, StrictJsonError};

/// A JSON object in the body, as `T`.
///
/// Refused with: 415 unless `Content-Type` is `application/json` (so a cross-site form can't send one), 413 above
/// [`crate::limits::REQUEST_BODY_MAX`], 408 when it trickles in, 400 with the name of the member that is missing or wrong
/// and never with its value.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !body::is_of_type(request.headers(), "application/json") {
            return Err(Problem::new(Code::UnsupportedMediaType)
                .detail("Send the body as application/json."));
        }
        parse(&body::read(request).await?).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let invalid = |detail: String| Problem::new(Code::InvalidRequest).detail(detail);
    let value = strict_json::parse(bytes).map_err(|error| match error {
        StrictJsonError::Malformed => invalid("The body is not well-formed JSON.".to_owned()),
        StrictJsonError::Duplicate => invalid("A JSON object has a member twice.".to_owned()),
    })?;
    if !value.is_object() {
        return Err(invalid("The body must be a JSON object.".to_owned()));
    }
    from_object(value).map_err(invalid)
}

/// Reads `T`; says in a sentence what is wrong with which member. The deserializer's own message can quote the value,
/// so only the names in it are used.
fn from_object<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let missing = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split('`').next());
        match (missing, path.as_str()) {
            (Some(name), ".") => format!("The member `{}` is missing.", safe(name)),
            (Some(name), path) => format!(
                "The member `{}` is missing.",
                safe(&format!("{path}.{name}"))
            ),
            (None, ".") => "The body's members do not fit together.".to_owned(),
            (None, path) => format!(
                "The member `{}` has the wrong type or an impossible value.",
                safe(path)
            ),
        }
    })
}

/// A member's name as we declare them; anything else could be a client's text.
fn safe(path: &str) -> &str {
    let ours = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.[]".contains(&b);
    if path.len() <= 64 && path.bytes().all(ours) {
        path
    } else {
        "?"
    }
}

#[cfg(test)]
mod tests;
