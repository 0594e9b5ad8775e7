//! How a command fails: a sentence that says what to do, and an exit code that a script can rely on.

use std::process::ExitCode;

use countersign_client::{Error, State};
use serde_json::json;

use crate::terminal;

/// Something went wrong.
pub(crate) const FAILED: u8 = 1;
/// The command was called wrongly, or needs an answer that nobody can give.
pub(crate) const USAGE: u8 = 2;
/// The login was declined.
pub(crate) const DECLINED: u8 = 3;
/// The login's time was up.
pub(crate) const EXPIRED: u8 = 4;
/// The login was given up.
pub(crate) const CANCELLED: u8 = 5;

/// Why a command did not do what it is for.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Called wrongly; the text says how it is meant.
    #[error("{0}")]
    Usage(String),
    /// Anything that went wrong, with what to do about it.
    #[error("{0}")]
    Failed(String),
    /// The server, or the way to it.
    #[error("{}", advice(.0))]
    Server(#[from] Error),
    /// The login ended without success; the text says how.
    #[error("{text}")]
    Ended {
        /// How it ended.
        state: State,
        /// In words.
        text: String,
    },
}

impl CliError {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Server(Error::Issuer(_)) => USAGE,
            Self::Failed(_) | Self::Server(_) => FAILED,
            Self::Ended { state, .. } => match state {
                State::Denied => DECLINED,
                State::Expired => EXPIRED,
                State::Cancelled => CANCELLED,
                _ => FAILED,
            },
        }
    }

    /// Stable code for `--json`.
    pub fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "usage",
            Self::Failed(_) => "failed",
            Self::Server(error) => error.code(),
            Self::Ended { state, .. } => state.as_str(),
        }
    }

    /// Says it on standard error and, with `json`, as the last line of standard output.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let text = self.to_string();
        if json {
            terminal::result_json(&json!({"error": {"code": self.code(), "detail": text}}));
        }
        terminal::progress(&text);
        self.exit_code().into()
    }
}

/// The error and, where there is something to do about it, what. The server's own words are sanitised.
fn advice(error: &Error) -> String {
    let text = terminal::plain(&error.to_string());
    if let Some(advice) = advice_on_scheme(error) {
        return format!("{text}\n{advice}");
    }
    let advice = match error.code() {
        "unreachable" => "Is the server running, and is --issuer right?",
        "bad_answer" => "Is --issuer the address of a Countersign server?",
        "invalid_proof" | "invalid_dpop_proof" => {
            "Is --issuer exactly the address that the server calls its own? It prints it when it starts."
        }
        "unknown_client" => "Name a client that the server knows with --client-id.",
        "origin_not_allowed" => {
            "This client may not be used from a terminal; name another with --client-id."
        }
        "scan_code_stale" => {
            "The code has changed since: take a new picture, or copy the link again."
        }
        "unknown_login" => {
            "The code is not of this server, or its login is long over: show a new one."
        }
        "claimed" => "Somebody else has scanned this code. Show a new one.",
        "same_device" => "A device cannot approve its own login.",
        "phrase_required" => "Give the phrase that you were told, with --phrase or --phrase-stdin.",
        "not_a_phone" => "This session may not approve. Sign in with --account.",
        _ => return text,
    };
    format!("{text}\n{advice}")
}

/// Where http and https were mixed up.
fn advice_on_scheme(error: &Error) -> Option<&'static str> {
    match error {
        Error::Issuer(issuer) if issuer.starts_with("http://") => {
            Some("http is for localhost only; everywhere else an issuer begins with https://.")
        }
        // What rustls says when the answer to its greeting is no TLS.
        Error::Unreachable { issuer, reason }
            if issuer.starts_with("https://") && reason.contains("InvalidContentType") =>
        {
            Some("That port speaks http, not https. Is --issuer right?")
        }
        _ => None,
    }
}

/// Turns a failure to read or write a file into a sentence.
pub(crate) fn file_error(what: &str, path: &std::path::Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_an_exit_code_of_its_own() {
        let code = |state| {
            CliError::Ended {
                state,
                text: String::new(),
            }
            .exit_code()
        };
        assert_eq!(
            [State::Denied, State::Expired, State::Cancelled].map(code),
            [DECLINED, EXPIRED, CANCELLED]
        );
    }
}
