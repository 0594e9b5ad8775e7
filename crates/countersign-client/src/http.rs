//! The transport: any path of one issuer, with or without proof and token, and an answer as status and JSON.
//!
//! Everything else in this crate goes through here, and so can whoever needs a request that no method makes.

mod answer;
mod call;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect;
use serde::de::DeserializeOwned;
use url::{Host, Url};

pub use answer::Answer;
pub use call::Call;

use crate::error::Error;
use crate::proof::proof;

/// A connection that is not there by then will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept that nothing is sent on.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read; the largest honest one, a long list of devices, is far below.
pub(crate) const MAX_ANSWER_BYTES: usize = 1_000_000;

/// The way to one issuer. Clones share connections and the DPoP nonce.
#[derive(Debug, Clone)]
pub struct Http {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    client: reqwest::Client,
    /// The server's latest nonce. None until it gives one (RFC 9449 §8).
    nonce: Mutex<Option<String>>,
}

/// The head of an answer has come.
pub(crate) enum Opened {
    /// A success; its body can be read bit by bit.
    Success(reqwest::Response),
    /// An error answer, read whole.
    Failure(Answer),
}

impl Http {
    /// Prepares the way to `issuer`, an origin such as `https://login.example`; connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::Issuer`] for anything but an `https` origin, or `http` on this computer.
    pub fn new(issuer: &str) -> Result<Self, Error> {
        let wrong = || Error::Issuer(issuer.to_owned());
        let url = Url::parse(issuer).map_err(|_| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let origin = origin(&url).filter(|_| bare).ok_or_else(wrong)?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // Shorter than a server keeps a silent connection: a person may think for long between two requests,
            // and a request on a connection that was closed meanwhile is lost.
            .pool_idle_timeout(IDLE_TIMEOUT)
            // No endpoint redirects; following one would send secrets to where nobody meant them to go.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("countersign-client/", env!("CARGO_PKG_VERSION")));
        if is_local(&url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Error::Unreachable {
            issuer: origin.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            shared: Arc::new(Shared {
                issuer: origin,
                client,
                nonce: Mutex::new(None),
            }),
        })
    }

    /// The issuer, as an origin without a slash at its end.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Sends a call and reads the whole answer, whatever its status. Asked for a nonce, it proves once more with it.
    ///
    /// # Errors
    /// Only when no usable answer came; a refusal is an [`Answer`] too.
    pub async fn send(&self, call: &Call) -> Result<Answer, Error> {
        let after = call.timeout;
        let exchange = async {
            match self.open(call).await? {
                Opened::Success(response) => Answer::read(response, self.issuer()).await,
                Opened::Failure(answer) => Ok(answer),
            }
        };
        tokio::time::timeout(after, exchange)
            .await
            .map_err(|_| Error::TimedOut {
                issuer: self.issuer().to_owned(),
                after,
            })?
    }

    /// Sends a call and reads its answer as `T`.
    ///
    /// # Errors
    /// [`Error::Refused`] for an error answer, and as [`Http::send`].
    pub async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        self.send(call).await?.into_result(self.issuer())
    }

    /// Sends a call and leaves the body of a success unread, for streams. Time-outs are the caller's.
    pub(crate) async fn open(&self, call: &Call) -> Result<Opened, Error> {
        match self.send_once(call).await? {
            Opened::Failure(answer)
                if call.key.is_some() && answer.code().as_deref() == Some("use_dpop_nonce") =>
            {
                self.send_once(call).await
            }
            opened => Ok(opened),
        }
    }

    async fn send_once(&self, call: &Call) -> Result<Opened, Error> {
        let url = format!("{}{}", self.issuer(), call.path);
        let mut request = self.shared.client.request(call.method.clone(), &url);
        if let Some(token) = &call.token {
            request = request.header("Authorization", format!("DPoP {token}"));
        }
        if let Some(key) = &call.key {
            let nonce = self.lock_nonce().clone();
            let bare = url.split(['?', '#']).next().unwrap_or(&url);
            let made = proof(
                key,
                call.method.as_str(),
                bare,
                call.token.as_deref(),
                nonce.as_deref(),
            )?;
            request = request.header("DPoP", made);
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some((kind, body)) = &call.body {
            request = request.header("Content-Type", *kind).body(body.clone());
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| unreachable(self.issuer(), &error))?;
        let nonce = response
            .headers()
            .get("DPoP-Nonce")
            .and_then(|value| value.to_str().ok());
        if let Some(nonce) = nonce {
            *self.lock_nonce() = Some(nonce.to_owned());
        }
        if response.status().is_success() {
            return Ok(Opened::Success(response));
        }
        Answer::read(response, self.issuer())
            .await
            .map(Opened::Failure)
    }

    fn lock_nonce(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.shared
            .nonce
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The innermost cause says what happened ("connection refused"); the outer ones only repeat the address.
pub(crate) fn unreachable(issuer: &str, error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Error::Unreachable {
        issuer: issuer.to_owned(),
        reason: cause.to_string(),
    }
}

/// The origin of an issuer's URL: `https`, or `http` on this computer, and no user part.
pub(crate) fn origin(url: &Url) -> Option<String> {
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_local(url));
    let plain = url.username().is_empty() && url.password().is_none();
    (secure && plain && url.host().is_some()).then(|| url.origin().ascii_serialization())
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_a_secure_origin_or_this_computer() {
        for good in [
            "https://login.example",
            "https://login.example/",
            "http://localhost:8080",
            "http://127.0.0.1:1",
        ] {
            assert_eq!(
                Http::new(good).unwrap().issuer(),
                good.trim_end_matches('/')
            );
        }
        for bad in [
            "login.example",
            "http://login.example",
            "https://login.example/path",
            "https://u@login.example",
            "ftp://localhost",
            "https://login.example?x",
            "",
        ] {
            assert_eq!(Http::new(bad).unwrap_err().code(), "bad_issuer", "{bad}");
        }
    }
}
