//! Who asks, and holds every answer against the document.

use std::collections::BTreeSet;

use countersign_client::{Answer, Call, Key, Rotation};
use countersign_tests::Server;
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::described::{Described, Operation};

/// A device with its key and, once signed in, its token.
pub(crate) struct Device {
    pub(crate) key: Key,
    pub(crate) token: Option<String>,
}

impl Device {
    pub(crate) fn new() -> Self {
        Self {
            key: new_key(),
            token: None,
        }
    }

    /// The call with what proves this device.
    pub(crate) fn signs(&self, call: Call) -> Call {
        let call = call.proof(&self.key);
        match &self.token {
            Some(token) => call.token(token),
            None => call,
        }
    }
}

/// Sends requests to a server, and notes which operations succeeded.
pub(crate) struct Asker<'s> {
    pub(crate) server: &'s Server,
    pub(crate) described: Described,
    pub(crate) succeeded: BTreeSet<Operation>,
}

impl<'s> Asker<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self {
            server,
            described: Described::default(),
            succeeded: BTreeSet::new(),
        }
    }

    /// Sends a request that `dress` completes; its answer must be as described, and have this status.
    pub(crate) async fn ask(
        &mut self,
        (method, path): (Method, &str),
        status: u16,
        body: Option<Value>,
        dress: impl FnOnce(Call) -> Call,
    ) -> Answer {
        let operation = self.described.operation(method.as_str(), path);
        let operation = operation.unwrap_or_else(|| panic!("{method} {path} is not described"));
        let mut call = Call::new(method.clone(), path);
        if let Some(body) = &body {
            call = call.json(body);
        }
        let answer = self.server.send(&dress(call)).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{method} {path}: {text}");
        let faults = self.described.answer_faults(&operation, &answer);
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{text}");
        if status < 300 {
            if let Some(body) = &body {
                let faults = self.described.request_faults(&operation, body);
                assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{body}");
            }
            self.succeeded.insert(operation);
        }
        answer
    }

    /// A `POST` by a device, and its answer's JSON.
    pub(crate) async fn post(
        &mut self,
        device: &Device,
        path: &str,
        status: u16,
        body: Value,
    ) -> Value {
        let asked = self.ask((Method::POST, path), status, Some(body), |call| {
            device.signs(call)
        });
        asked.await.json()
    }

    /// A `GET` by a device, and its answer's JSON.
    pub(crate) async fn get(&mut self, device: &Device, path: &str) -> Value {
        let asked = self.ask((Method::GET, path), 200, None, |call| device.signs(call));
        asked.await.json()
    }

    /// A request to the token endpoint.
    pub(crate) async fn token(
        &mut self,
        status: u16,
        form: &[(&str, &str)],
        dress: impl FnOnce(Call) -> Call,
    ) -> Value {
        let asked = self.ask((Method::POST, "/oauth/token"), status, None, |call| {
            dress(call.form(form))
        });
        asked.await.json()
    }

    /// Signs a phone in.
    pub(crate) async fn phone(&mut self, account: &str, password: &str) -> Device {
        let mut phone = Device::new();
        let device = json!({ "name": "a phone", "kind": "android", "platform": "Android 16" });
        let body = json!({ "account": account, "password": password, "device": device });
        let signed_in = self.post(&phone, "/v1/sessions", 201, body).await;
        phone.token = Some(text(&signed_in["access_token"]));
        phone
    }

    /// Lets a phone scan a login's code and continue; gives the ticket and the check code.
    pub(crate) async fn approve(&mut self, phone: &Device, login: &Value) -> (String, String) {
        let claim = json!({ "scan": code(login), "opened_by": "scanner" });
        let scan = self.post(phone, "/v1/scans", 201, claim).await;
        let body = json!({ "ticket": scan["ticket"], "context_digest": scan["context_digest"], "keep": true });
        let confirmed = self.post(phone, "/v1/scans/confirm", 200, body).await;
        (text(&scan["ticket"]), text(&confirmed["check_code"]))
    }
}

/// What a phone reads off the screen.
pub(crate) fn code(login: &Value) -> String {
    let scan = &login["scan"];
    let (url, key) = (text(&scan["url"]), text(&scan["rotation_key"]));
    let rotation = Rotation::new(&url, &key, &text(&login["login_id"])).unwrap();
    rotation.link(scan["rotation_step"].as_u64().unwrap())
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// The cookie with this name, as it is sent back.
pub(crate) fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let mut pairs = all.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let found = pairs.find(|pair| pair.starts_with(name));
    found
        .unwrap_or_else(|| panic!("no cookie {name}"))
        .to_owned()
}
