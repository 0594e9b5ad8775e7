//! A client that remembers every secret it sends and gets, and every answer.

use countersign_client::{Answer, Call, Http, Key, proof};
use reqwest::Method;
use serde_json::Value;

use crate::secret::{Kind, Secret};

/// What came back.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// What a request is signed with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Signed<'a> {
    pub(crate) key: Option<&'a Key>,
    pub(crate) token: Option<&'a str>,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) headers: &'a [(&'a str, &'a str)],
}

impl<'a> Signed<'a> {
    /// With a proof by this key.
    pub(crate) fn by(key: &'a Key) -> Self {
        Self {
            key: Some(key),
            ..Self::default()
        }
    }

    /// With this access token and a proof by its key.
    pub(crate) fn with(key: &'a Key, token: &'a str) -> Self {
        Self {
            token: Some(token),
            ..Self::by(key)
        }
    }
}

pub(crate) struct Recorder {
    http: Http,
    secrets: Vec<Secret>,
    exchanges: Vec<Exchange>,
}

impl Recorder {
    pub(crate) fn new(http: Http) -> Self {
        Self {
            http,
            secrets: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    pub(crate) fn issuer(&self) -> String {
        self.http.issuer().to_owned()
    }

    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    pub(crate) fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Remembers a secret, once.
    pub(crate) fn knows(&mut self, kind: Kind, text: &str) {
        if !self.secrets.iter().any(|secret| secret.text == text) {
            self.secrets.push(Secret::new(kind, text));
        }
    }

    /// Sends JSON and gives the answer, whatever its status.
    pub(crate) async fn post(&mut self, path: &str, signed: Signed<'_>, body: Value) -> Answer {
        self.send(Method::POST, path, Call::post(path).json(&body), signed)
            .await
    }

    /// Sends a form.
    pub(crate) async fn form(
        &mut self,
        path: &str,
        signed: Signed<'_>,
        fields: &[(&str, &str)],
    ) -> Answer {
        self.send(Method::POST, path, Call::post(path).form(fields), signed)
            .await
    }

    /// Asks for something.
    pub(crate) async fn get(&mut self, path: &str, signed: Signed<'_>) -> Answer {
        self.send(Method::GET, path, Call::get(path), signed).await
    }

    /// Sends anything.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        mut call: Call,
        signed: Signed<'_>,
    ) -> Answer {
        if let Some(key) = signed.key {
            let url = format!("{}{path}", self.http.issuer());
            let made = proof(key, method.as_str(), &url, signed.token, signed.nonce).unwrap();
            self.knows(Kind::Proof, &made);
            call = call.header("DPoP", &made);
        }
        for (name, value) in signed.headers {
            call = call.header(name, value);
        }
        if let Some(token) = signed.token {
            call = call.header("Authorization", &format!("DPoP {token}"));
        }
        let answer = self.http.send(&call).await.unwrap();
        let headers = format!("{:?}", answer.headers).into_bytes();
        self.exchanges.push(Exchange {
            path: path.to_owned(),
            status: answer.status,
            headers,
            body: answer.body.clone(),
        });
        self.learn(&answer.json());
        for cookie in answer.headers.get_all("set-cookie") {
            self.learn_cookie(cookie.to_str().unwrap());
        }
        answer
    }

    /// Remembers the secret in a cookie.
    fn learn_cookie(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let kind = if name == "__Host-session" {
            Kind::SessionCookie
        } else {
            Kind::LoginCookie
        };
        if !value.is_empty() {
            self.knows(kind, value);
        }
    }

    /// Remembers the secrets that an answer gives.
    fn learn(&mut self, body: &Value) {
        for (member, kind) in [
            ("/device_code", Kind::DeviceCode),
            ("/scan/rotation_key", Kind::RotationKey),
            ("/hold", Kind::Hold),
            ("/ticket", Kind::Ticket),
            ("/check_code", Kind::CheckCode),
            ("/access_token", Kind::AccessToken),
            ("/refresh_token", Kind::RefreshToken),
            ("/device_id", Kind::DeviceId),
        ] {
            if let Some(text) = body.pointer(member).and_then(Value::as_str) {
                self.knows(kind, text);
            }
        }
    }
}
