//! What can go wrong, in one type: the server said no, or no usable answer came.

use std::time::Duration;

use serde_json::Value;

use crate::wire::{State, bound};

/// An error answer of the server: `application/problem+json`, or OAuth's `{"error"}` (RFC 6749 §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The stable code, for programs: `unknown_login`, `wrong_code`, `authorization_pending` …
    pub code: String,
    /// A sentence for a person; empty when the server sent none.
    pub detail: String,
    /// How long to wait before another try, where the server said so; at most 5 minutes.
    pub retry_after: Option<Duration>,
    /// With `wrong_code` and `wrong_phrase`: tries that are left.
    pub tries_left: Option<u32>,
    /// With `login_ended`: how it ended.
    pub state: Option<State>,
    /// The server's id of this request, for its operator.
    pub request_id: Option<String>,
}

impl Refusal {
    /// Reads an error answer; a body that is neither form gives the code `http_<status>`.
    pub(crate) fn read(status: u16, retry_after: Option<Duration>, body: &Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| body.get(name).and_then(Value::as_u64);
        Self {
            status,
            code: text("code")
                .or_else(|| text("error"))
                .unwrap_or_else(|| format!("http_{status}")),
            detail: text("detail")
                .or_else(|| text("error_description"))
                .or_else(|| text("title"))
                .unwrap_or_default(),
            retry_after: number("retry_after").map(bound::pause).or(retry_after),
            tries_left: number("tries_left").and_then(|tries| u32::try_from(tries).ok()),
            state: body
                .get("state")
                .and_then(|state| serde_json::from_value(state.clone()).ok()),
            request_id: text("request_id"),
        }
    }
}

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The server answered, and refused.
    #[error("{} ({})", if .0.detail.is_empty() { "the server refused" } else { &.0.detail }, .0.code)]
    Refused(Refusal),
    /// No connection, or it broke.
    #[error("{issuer} cannot be reached: {reason}")]
    Unreachable {
        /// The server asked.
        issuer: String,
        /// What the network said.
        reason: String,
    },
    /// No answer in time.
    #[error("{issuer} did not answer within {} s", .after.as_secs())]
    TimedOut {
        /// The server asked.
        issuer: String,
        /// How long was waited.
        after: Duration,
    },
    /// An answer that is not of the protocol: another service, or a proxy's page.
    #[error("{issuer} gave an answer that is not of this protocol: {reason}")]
    BadAnswer {
        /// The server asked.
        issuer: String,
        /// What was wrong with it.
        reason: String,
    },
    /// The issuer is no `https://` origin (nor `http://` on this computer).
    #[error("\"{0}\" is no issuer: it must look like https://login.example, without a path")]
    Issuer(String),
    /// The text is no scan code of this protocol.
    #[error("this is no sign-in code: {0}")]
    ScanCode(&'static str),
    /// A key could not be made, read or used.
    #[error("the device's key: {0}")]
    Key(&'static str),
}

impl Error {
    /// The server's stable code, or one of `unreachable`, `timed_out`, `bad_answer`, `bad_issuer`, `bad_scan_code`,
    /// `bad_key`.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(refusal) => &refusal.code,
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::BadAnswer { .. } => "bad_answer",
            Self::Issuer(_) => "bad_issuer",
            Self::ScanCode(_) => "bad_scan_code",
            Self::Key(_) => "bad_key",
        }
    }

    /// The server's refusal, if it was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without any change: network, overload, a restart.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => matches!(refusal.status, 408 | 429 | 500..=599),
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_document_keeps_its_code_and_members() {
        let body = json!({"status": 422, "code": "wrong_code", "detail": "Wrong.", "tries_left": 2, "request_id": "r"});
        let refusal = Refusal::read(422, None, &body);
        assert_eq!(
            (refusal.code.as_str(), refusal.tries_left),
            ("wrong_code", Some(2))
        );
        assert_eq!(Error::Refused(refusal).to_string(), "Wrong. (wrong_code)");
    }

    #[test]
    fn an_oauth_error_is_read_the_same_way() {
        let body = json!({"error": "slow_down", "error_description": "Too fast."});
        let refusal = Refusal::read(400, Some(Duration::from_secs(5)), &body);
        assert_eq!(
            (refusal.code.as_str(), refusal.detail.as_str()),
            ("slow_down", "Too fast.")
        );
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(5)));
    }

    #[test]
    fn the_end_of_a_login_is_told() {
        let refusal = Refusal::read(
            410,
            None,
            &json!({"code": "login_ended", "state": "denied"}),
        );
        assert_eq!(refusal.state, Some(State::Denied));
    }

    #[test]
    fn a_proxys_page_gets_a_code_of_its_status() {
        assert_eq!(Refusal::read(502, None, &Value::Null).code, "http_502");
    }
}
