//! Who calls, and what the answer is going to tell about limits.
//!
//! The headers are those of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "creations";q=300;w=60` and
//! `RateLimit: "creations";r=299;t=1`.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use countersign_core::ids::Thumbprint;
use countersign_core::time::Timestamp;

use super::bill::Told;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Who calls, and when: what every budget asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// `None` when nobody knows; then no budget by address applies.
    pub(crate) address: Option<IpAddr>,
    /// The key that the request proved, if it did.
    pub(super) key: Option<Thumbprint>,
    /// Whether that key is a live session's.
    pub(super) signed_in: bool,
    pub(crate) now: Timestamp,
    pub(super) ledger: Ledger,
}

impl Caller {
    /// A caller without a key, whose request's `ledger` is.
    pub(crate) fn new(address: Option<IpAddr>, now: Timestamp, ledger: Ledger) -> Self {
        Self {
            address,
            key: None,
            signed_in: false,
            now,
            ledger,
        }
    }

    /// The same caller, who has proved this key.
    #[must_use]
    pub(crate) fn proved(mut self, key: impl Into<Option<Thumbprint>>) -> Self {
        self.key = key.into();
        self
    }

    /// The same caller, who has shown the live session of this key.
    #[must_use]
    pub(crate) fn signed_in(mut self, key: Thumbprint) -> Self {
        self.signed_in = true;
        self.proved(key)
    }
}

/// What is left of the budget that is nearest to its end, among those of one request that are its caller's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Option<Told>>>);

impl Ledger {
    pub(super) fn note(&self, new: Told) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.is_none_or(|noted| new.left <= noted.left) {
            *noted = Some(new);
        }
    }

    /// What was noted, on the answer.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let noted = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = noted else {
            return;
        };
        let Told {
            budget,
            count,
            period,
            left,
            more_in,
        } = told;
        let more_in = more_in.map_or_else(String::new, |seconds| format!(";t={seconds}"));
        let policy = format!("\"{budget}\";q={count};w={period}");
        let left = format!("\"{budget}\";r={left}{more_in}");
        for (name, value) in [(POLICY, policy), (LEFT, left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}
