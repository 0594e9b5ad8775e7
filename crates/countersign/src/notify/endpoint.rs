//! One webhook: where it goes, what it is told of, and one attempt to tell it.
//!
//! Never logs, and never gives to whoever logs, the URL, the secret or a body: all of them may hold secrets.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::time::Timestamp;
use reqwest::{Client, redirect};
use url::Url;

use super::address::{Guard, Refused};
use super::event::Message;
use super::signature::Secret;
use crate::config::{Events, Webhook};

/// For the whole attempt, the resolving of the name included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read; its status says all that counts.
const ANSWER_MAX: usize = 1024;

/// A webhook that is ready to be told of things.
pub(crate) struct Endpoint {
    pub(crate) id: String,
    events: Events,
    url: Url,
    secret: Secret,
    client: Client,
}

/// What the receiver said.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The beginning of its body; for whoever tests an endpoint, and never for the log.
    pub(crate) text: String,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("there was no answer within {} seconds", TIMEOUT.as_secs())]
    TimedOut,
    #[error("{0}")]
    Unreachable(String),
}

impl Endpoint {
    /// Prepares the way to a webhook; connects to nothing yet.
    pub(crate) fn new(webhook: &Webhook, secret: Secret) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .dns_resolver(Arc::new(Guard::new(webhook.private)))
            // A receiver could point anywhere, this server's own network included.
            .redirect(redirect::Policy::none())
            // A proxy would resolve the name once more, and connect to what nobody has looked at.
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            id: webhook.id.clone(),
            events: webhook.events.clone(),
            url: webhook.url.clone(),
            secret,
            client,
        })
    }

    /// Whether it is to be told of events of this type.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.events.has(kind)
    }

    /// One attempt at `now`.
    pub(crate) async fn post(
        &self,
        message: &Message,
        now: Timestamp,
    ) -> Result<Answer, SendError> {
        let attempt = tokio::time::timeout(TIMEOUT, self.exchange(message, now));
        attempt.await.unwrap_or(Err(SendError::TimedOut))
    }

    async fn exchange(&self, message: &Message, now: Timestamp) -> Result<Answer, SendError> {
        let Message { id, body } = message;
        let seconds = now.seconds();
        let signature = self.secret.sign(id, seconds, body);
        let signature =
            signature.ok_or_else(|| SendError::Unreachable("it can't be signed".to_owned()))?;
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(body.clone());
        let mut response = request.send().await.map_err(told)?;
        let status = response.status().as_u16();
        let mut text = Vec::new();
        // What breaks off after the status has still answered.
        while let Ok(Some(chunk)) = response.chunk().await {
            text.extend_from_slice(&chunk);
            if text.len() >= ANSWER_MAX {
                text.truncate(ANSWER_MAX);
                break;
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Answer { status, text })
    }
}

/// The innermost cause, which names no URL.
fn told(error: reqwest::Error) -> SendError {
    if error.is_timeout() {
        return SendError::TimedOut;
    }
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause.downcast_ref::<Refused>() {
        Some(refused) => SendError::Refused(*refused),
        None => SendError::Unreachable(cause.to_string()),
    }
}
