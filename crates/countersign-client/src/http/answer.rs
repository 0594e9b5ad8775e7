//! One answer, read whole and with a limit.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::MAX_ANSWER_BYTES;
use crate::error::{Error, Refusal};
use crate::wire::bound;

/// Status, headers and body of an answer, whatever the status.
#[derive(Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as it came, at most 1 MB.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(mut response: reqwest::Response, issuer: &str) -> Result<Self, Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = response
            .chunk()
            .await
            .map_err(|error| super::unreachable(issuer, &error))?
        {
            if body.len() + part.len() > MAX_ANSWER_BYTES {
                return Err(bad(issuer, "it is longer than any answer of this protocol"));
            }
            body.extend_from_slice(&part);
        }
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The stable code of an error answer; none with success.
    pub fn code(&self) -> Option<String> {
        self.refusal().map(|refusal| refusal.code)
    }

    /// The error answer; none with success.
    pub fn refusal(&self) -> Option<Refusal> {
        let refused = !(200..300).contains(&self.status);
        refused.then(|| Refusal::read(self.status, self.retry_after(), &self.json()))
    }

    /// The body as `T`, or the refusal as an error.
    ///
    /// # Errors
    /// [`Error::Refused`] for any status but success, [`Error::BadAnswer`] for a body that is no `T`.
    pub fn into_result<T: DeserializeOwned>(self, issuer: &str) -> Result<T, Error> {
        if let Some(refusal) = self.refusal() {
            return Err(Error::Refused(refusal));
        }
        // An empty success (204) reads as null, so that `()` is a fine `T`.
        let body: &[u8] = if self.body.is_empty() {
            b"null"
        } else {
            &self.body
        };
        serde_json::from_slice(body).map_err(|error| bad(issuer, &error.to_string()))
    }

    /// Seconds form of `Retry-After`; the date form is not used by this server.
    fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get("Retry-After")?.to_str().ok()?;
        value.trim().parse().ok().map(bound::pause)
    }
}

fn bad(issuer: &str, reason: &str) -> Error {
    Error::BadAnswer {
        issuer: issuer.to_owned(),
        reason: reason.to_owned(),
    }
}
