//! Errors of `/oauth/*`: the JSON of RFC 6749 §5.2 with the codes of RFC 8628 §3.5 and RFC 9449 §5.

use axum::http::header::{PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::dpop::ProofError;
use crate::limits::BUSY_RETRY_SECONDS;
use crate::problem::Problem;

/// What went wrong, in the words of the RFCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthCode {
    /// Nobody has decided yet (RFC 8628 §3.5).
    AuthorizationPending,
    /// Asked too often while nobody has decided yet (RFC 8628 §3.5).
    SlowDown,
    /// Over a limit, whatever was asked: the word that makes a device which polls go slower and on, the status that
    /// tells everybody else (RFC 6585 §4).
    TooOften,
    /// Denied or cancelled (RFC 8628 §3.5).
    AccessDenied,
    /// Over before anybody decided (RFC 8628 §3.5).
    ExpiredToken,
    /// Unknown, foreign, used, or presented with another key (RFC 6749 §5.2).
    InvalidGrant,
    /// No such client (RFC 6749 §5.2).
    InvalidClient,
    /// A parameter is missing, repeated or wrong (RFC 6749 §5.2).
    InvalidRequest,
    /// Not a kind of grant given here (RFC 6749 §5.2).
    UnsupportedGrantType,
    /// The proof is missing or wrong (RFC 9449 §5).
    InvalidDpopProof,
    /// Try once more with the nonce of the `DPoP-Nonce` header (RFC 9449 §8).
    UseDpopNonce,
    /// The page that asks belongs to none of the client's origins: a word of ours, as elsewhere.
    OriginNotAllowed,
    /// Too much to do (the word of RFC 6749 §4.1.2.1).
    TemporarilyUnavailable,
    /// Our fault (the word of RFC 6749 §4.1.2.1).
    ServerError,
}

impl OAuthCode {
    /// The word on the wire, the status, and a sentence in the characters that RFC 6749 §5.2 allows.
    const fn parts(self) -> (&'static str, StatusCode, &'static str) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        match self {
            Self::AuthorizationPending => ("authorization_pending", BAD, "Nobody has decided yet."),
            Self::SlowDown => ("slow_down", BAD, "Ask less often."),
            Self::TooOften => (
                "slow_down",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests. Ask again after the time in Retry-After.",
            ),
            Self::AccessDenied => (
                "access_denied",
                BAD,
                "The sign-in was declined or cancelled.",
            ),
            Self::ExpiredToken => ("expired_token", BAD, "The sign-in took too long."),
            Self::InvalidGrant => (
                "invalid_grant",
                BAD,
                "There is no such grant for this client and key.",
            ),
            Self::InvalidClient => (
                "invalid_client",
                StatusCode::UNAUTHORIZED,
                "This client is not registered here.",
            ),
            Self::InvalidRequest => ("invalid_request", BAD, "The request is not understood."),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                BAD,
                "This kind of grant is not given here.",
            ),
            Self::InvalidDpopProof => ("invalid_dpop_proof", BAD, "The proof is missing or wrong."),
            Self::UseDpopNonce => (
                "use_dpop_nonce",
                BAD,
                "The proof must carry the server's nonce.",
            ),
            Self::OriginNotAllowed => (
                "origin_not_allowed",
                StatusCode::FORBIDDEN,
                "This site may not do that.",
            ),
            Self::TemporarilyUnavailable => (
                "temporarily_unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is busy.",
            ),
            Self::ServerError => (
                "server_error",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong here.",
            ),
        }
    }
}

/// An error of `/oauth/*` on its way to the caller.
#[derive(Debug)]
pub struct OAuthError {
    code: OAuthCode,
    description: Option<&'static str>,
    headers: HeaderMap,
}

impl OAuthError {
    /// An error with its code's sentence.
    pub fn new(code: OAuthCode) -> Self {
        let mut headers = HeaderMap::new();
        if code == OAuthCode::TemporarilyUnavailable {
            headers.insert(RETRY_AFTER, BUSY_RETRY_SECONDS.into());
        }
        if code == OAuthCode::InvalidClient {
            // RFC 9110 §15.5.2 wants a challenge with every 401.
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"countersign\""),
            );
        }
        Self {
            code,
            description: None,
            headers,
        }
    }

    /// Over a limit; there is room again in `seconds`.
    pub(crate) fn too_often(seconds: u64) -> Self {
        let mut error = Self::new(OAuthCode::TooOften);
        error.headers.insert(RETRY_AFTER, seconds.into());
        error
    }

    /// Its code.
    pub fn code(&self) -> OAuthCode {
        self.code
    }

    /// Says more precisely what is wrong: printable ASCII without `"` and `\` (RFC 6749 §5.2).
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }
}

/// A refusal that comes before the route is asked, in the words of the route's family.
pub(crate) fn by_family(path: &str, refused: impl Into<Problem> + Into<OAuthError>) -> Response {
    if path.starts_with("/oauth/") {
        Into::<OAuthError>::into(refused).into_response()
    } else {
        Into::<Problem>::into(refused).into_response()
    }
}

impl From<ProofError> for OAuthError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Invalid(sentence) => {
                Self::new(OAuthCode::InvalidDpopProof).describe(sentence)
            }
            ProofError::UseNonce(nonce) => {
                let mut error = Self::new(OAuthCode::UseDpopNonce);
                if let Ok(nonce) = HeaderValue::from_str(&nonce) {
                    error
                        .headers
                        .insert(HeaderName::from_static("dpop-nonce"), nonce);
                }
                error
            }
            ProofError::Busy => Self::new(OAuthCode::TemporarilyUnavailable),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (error, status, sentence) = self.code.parts();
        tracing::debug!(code = error, "token request refused");
        let body =
            json!({ "error": error, "error_description": self.description.unwrap_or(sentence) });
        // RFC 6749 §5.1 asks for this relic beside `Cache-Control: no-store`, which every answer has.
        (
            status,
            [(PRAGMA, "no-cache")],
            self.headers,
            axum::Json(body),
        )
            .into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::Value;

    use super::*;

    async fn parts(error: OAuthError) -> (StatusCode, HeaderMap, Value) {
        let (head, body) = error.into_response().into_parts();
        (
            head.status,
            head.headers,
            serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap(),
        )
    }

    #[tokio::test]
    async fn an_error_is_that_of_rfc_6749() {
        let (status, headers, body) = parts(OAuthError::new(OAuthCode::AuthorizationPending)).await;
        assert_eq!(status, 400);
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["pragma"], "no-cache");
        assert_eq!(
            body,
            json!({"error":"authorization_pending","error_description":"Nobody has decided yet."})
        );
    }

    #[tokio::test]
    async fn a_wanted_nonce_is_a_400_with_the_nonce() {
        let (status, headers, body) = parts(ProofError::UseNonce("fresh".into()).into()).await;
        assert_eq!(
            (status.as_u16(), body["error"].as_str()),
            (400, Some("use_dpop_nonce"))
        );
        assert_eq!(headers["dpop-nonce"], "fresh");
    }

    #[tokio::test]
    async fn a_wrong_proof_and_a_full_memory_are_told_apart() {
        let (status, _, body) = parts(ProofError::Invalid("the proof has no jti").into()).await;
        assert_eq!(
            (status.as_u16(), body["error"].as_str()),
            (400, Some("invalid_dpop_proof"))
        );
        assert_eq!(body["error_description"], "the proof has no jti");
        let (status, headers, _) = parts(ProofError::Busy.into()).await;
        assert_eq!(
            (status.as_u16(), headers[RETRY_AFTER].to_str().unwrap()),
            (503, "1")
        );
    }

    #[tokio::test]
    async fn over_a_limit_is_a_429_that_makes_devices_poll_slower() {
        let (status, headers, body) = parts(OAuthError::too_often(7)).await;
        assert_eq!(
            (status.as_u16(), &headers[RETRY_AFTER]),
            (429, &HeaderValue::from(7))
        );
        assert_eq!(body["error"], "slow_down");
    }

    #[tokio::test]
    async fn an_unknown_client_is_a_401_with_a_challenge() {
        let (status, headers, _) = parts(OAuthError::new(OAuthCode::InvalidClient)).await;
        assert!(status == 401 && headers.contains_key(WWW_AUTHENTICATE));
    }
}
