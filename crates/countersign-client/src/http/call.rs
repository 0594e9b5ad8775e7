//! One request, described before it is sent, so that it can be sent again with another proof.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use url::form_urlencoded;

use crate::key::Key;

/// Seconds for a whole exchange that does not wait for anybody.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request to a path of the issuer. Cheap to clone.
#[derive(Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<(&'static str, String)>,
    pub(super) key: Option<Key>,
    pub(super) token: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeout: Duration,
}

impl Call {
    /// Any method; `path` begins with a slash.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            body: None,
            key: None,
            token: None,
            headers: Vec::new(),
            timeout: TIMEOUT,
        }
    }

    /// A `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A `POST`, without a body until one is given.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// A `DELETE`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        // The bodies of this crate are plain structs and values, which serialise always; a map with keys that are
        // no strings would leave the body empty, and the server says so.
        let text = serde_json::to_string(body).unwrap_or_default();
        self.body("application/json", text)
    }

    /// With a form as body, as `/oauth/token` takes it.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body("application/x-www-form-urlencoded", text)
    }

    /// With any body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<String>) -> Self {
        self.body = Some((content_type, body.into()));
        self
    }

    /// With a DPoP proof by `key`, made when the call is sent.
    #[must_use]
    pub fn proof(mut self, key: &Key) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// With an access token (`Authorization: DPoP …`); the proof then carries its hash.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With another time limit than 30 s for the whole exchange.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }
}
