//! What is followed: a login as its desktop, or a scan as its phone.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::json;

use crate::error::Error;
use crate::http::{Call, Http};
use crate::session::Session;
use crate::wire::{LoginState, ScanState, State};

/// What every state that can be watched tells.
pub trait Progress: DeserializeOwned {
    /// Where the login stands.
    fn state(&self) -> State;
    /// Rises with each change.
    fn version(&self) -> u64;
    /// Seconds between plain polls, where the server says so.
    fn interval(&self) -> Option<u64>;
}

impl Progress for LoginState {
    fn state(&self) -> State {
        self.state
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn interval(&self) -> Option<u64> {
        self.interval
    }
}

impl Progress for ScanState {
    fn state(&self) -> State {
        self.state
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn interval(&self) -> Option<u64> {
        None
    }
}

/// News from a [`Watch`](super::Watch).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update<T> {
    /// The state; the same one may come again, with fresh times.
    State(T),
    /// No answer, or "not now"; tried again after a pause.
    Retrying {
        /// What went wrong.
        error: Error,
        /// The pause.
        after: Duration,
    },
}

/// Where the states come from.
pub(crate) enum Source {
    Desktop {
        http: Http,
        path: String,
        device_code: String,
    },
    Phone {
        session: Session,
        ticket: String,
    },
}

impl Source {
    pub(super) fn http(&self) -> &Http {
        match self {
            Self::Desktop { http, .. } => http,
            Self::Phone { session, .. } => session.http(),
        }
    }

    /// The request for what comes after `version`; for a phone with the token that it used.
    pub(super) async fn call(&self, version: Option<u64>) -> Result<(Call, Option<String>), Error> {
        let with_version = |mut body: serde_json::Value| {
            if let Some(version) = version {
                body["version"] = json!(version);
            }
            body
        };
        match self {
            Self::Desktop {
                path, device_code, ..
            } => {
                let body = with_version(json!({"device_code": device_code}));
                Ok((Call::post(path.clone()).json(&body), None))
            }
            Self::Phone { session, ticket } => {
                let token = session.fresh_token().await?;
                let call =
                    Call::post("/v1/scans/wait").json(&with_version(json!({"ticket": ticket})));
                Ok((session.sign(&call, &token), Some(token)))
            }
        }
    }
}
