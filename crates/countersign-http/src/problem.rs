//! Errors as callers read them: `application/problem+json` (RFC 9457) with a stable `code`.
//!
//! What went wrong inside goes to the log and never into the answer; both carry the same request id. `/oauth/*`
//! speaks [`crate::oauth_error`] instead.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::access_token::AccessTokenError;
use crate::dpop::ProofError;
use crate::entropy;
use crate::limits::BUSY_RETRY_SECONDS;

mod code;
pub use code::Code;

/// Names one answer in the answer and in the log: 16 hexadecimal digits, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 8]);

impl RequestId {
    /// Makes one. Without randomness it is all zeros: an error must be told even then, and an id is no secret.
    pub fn new() -> Self {
        Self(entropy::random().unwrap_or_default())
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// An error on its way to the caller. Small, since it is the `Err` of every handler.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    detail: Option<Cow<'static, str>>,
    members: Map<String, Value>,
    headers: HeaderMap,
    cause: Option<Box<dyn Error + Send + Sync>>,
    request_id: Option<RequestId>,
}

impl Problem {
    /// A problem with its code's sentence.
    pub fn new(code: Code) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(challenge) = challenge(code) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let problem = Self(Box::new(Inner {
            code,
            detail: None,
            members: Map::new(),
            headers,
            cause: None,
            request_id: None,
        }));
        if code == Code::Busy {
            problem.retry_after(BUSY_RETRY_SECONDS)
        } else {
            problem
        }
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Says more precisely what is wrong. Must name neither secrets nor values that a client sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds an extension member (RFC 9457 §3.2), such as `tries_left`.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.0.members.insert(member.to_owned(), value.into());
        self
    }

    /// Adds a header; a value that can't be one is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }

    /// Says when to try again, in seconds: as member and as header.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with("retry_after", seconds)
            .header(RETRY_AFTER, &seconds.to_string())
    }

    /// Keeps what went wrong inside, for the log alone. Errors of this project never contain secrets.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Uses the id that the rest of the log knows this request by.
    #[must_use]
    pub fn request_id(mut self, id: RequestId) -> Self {
        self.0.request_id = Some(id);
        self
    }

    /// An internal error with its cause.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::Internal).because(cause)
    }
}

/// What a 401 has to say about how to do better (RFC 9110 §15.5.2, RFC 9449 §7.1).
fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::InvalidProof => Some(r#"DPoP error="invalid_dpop_proof", algs="ES256""#),
        Code::UseDpopNonce => Some(r#"DPoP error="use_dpop_nonce", algs="ES256""#),
        Code::InvalidToken => Some(r#"DPoP error="invalid_token", algs="ES256""#),
        Code::InvalidCredentials => Some(r#"DPoP algs="ES256""#),
        _ => None,
    }
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Invalid(sentence) => Self::new(Code::InvalidProof).detail(sentence),
            ProofError::UseNonce(nonce) => {
                Self::new(Code::UseDpopNonce).header(HeaderName::from_static("dpop-nonce"), &nonce)
            }
            ProofError::Busy => Self::new(Code::Busy),
        }
    }
}

impl From<AccessTokenError> for Problem {
    fn from(error: AccessTokenError) -> Self {
        Self::new(Code::InvalidToken).because(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner {
            code,
            detail,
            members,
            headers,
            cause,
            request_id,
        } = *self.0;
        let (status, request_id) = (code.status(), request_id.unwrap_or_default());
        log(code, request_id, cause.as_deref());

        let mut body = members;
        body.insert(
            "type".to_owned(),
            format!("urn:countersign:problem:{}", code.as_str()).into(),
        );
        body.insert("title".to_owned(), code.title().into());
        body.insert("status".to_owned(), status.as_u16().into());
        body.insert("code".to_owned(), code.as_str().into());
        body.insert(
            "detail".to_owned(),
            detail.unwrap_or(Cow::Borrowed(code.title())).into(),
        );
        body.insert("request_id".to_owned(), request_id.to_string().into());
        let content_type = [(CONTENT_TYPE, "application/problem+json")];
        (
            status,
            headers,
            content_type,
            Value::Object(body).to_string(),
        )
            .into_response()
    }
}

/// Writes what happened: our own failures loudly, refusals quietly.
fn log(code: Code, request_id: RequestId, cause: Option<&(dyn Error + Send + Sync + 'static)>) {
    let cause = cause.map(|error| chain(error)).unwrap_or_default();
    let code = code.as_str();
    match code {
        "internal" => tracing::error!(code, %request_id, cause, "request failed"),
        "busy" => tracing::warn!(code, %request_id, cause, "request refused"),
        _ => tracing::debug!(code, %request_id, cause, "request refused"),
    }
}

/// An error and what is behind it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        text.push_str(": ");
        text.push_str(&error.to_string());
        behind = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
