//! The ways in and back: recovery codes, invitations, links of notices, the operator's token, and a desktop's passkey.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use countersign_client::{Answer, Key};
use countersign_tests::Authenticator;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Arena, Browser, Claim, Device, World, answer_to, given, text};
use crate::receiver::Receiver;

/// What the operator's requests carry.
pub(crate) const OPERATOR: &str = "0perators0123456789abcdef0123456789";

const HOOK: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A further phone may approve when another one says so, or after a day.
pub(crate) const CONFIRM: &str = "[phones]\nadditional = \"confirm\"\n";

/// Files with secrets, for the server's eyes.
pub(crate) struct Secrets(TempDir);

impl Secrets {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, secret: &str) -> PathBuf {
        let path = self.0.path().join(name);
        let mut options = std::fs::OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        write!(options.open(&path).unwrap(), "{secret}").unwrap();
        path
    }

    /// The setting for [`OPERATOR`].
    pub(crate) fn operator(&self) -> String {
        let file = self.file("operator.token", OPERATOR);
        format!("[admin]\ntoken_file = '{}'\n", file.display())
    }

    /// The settings of a webhook that `receiver` gets these events by.
    pub(crate) fn hook(&self, receiver: &Receiver, events: &str) -> String {
        let file = self.file("hook.secret", HOOK);
        format!(
            "[[webhooks]]\nid = 'siem'\nurl = '{}'\nsecret_file = '{}'\nevents = [{events}]\nprivate = true\n",
            receiver.url,
            file.display()
        )
    }
}

/// The next event's data.
pub(crate) async fn next_event(receiver: &mut Receiver) -> Value {
    receiver.next().await.json()["data"].take()
}

/// What stands in the link of the notice about this sign-in.
pub(crate) async fn undo_of(receiver: &mut Receiver, grant: &str) -> String {
    let mut event = next_event(receiver).await;
    while event["grant"] != grant {
        event = next_event(receiver).await;
    }
    let (_, secret) = text(&event, "undo_url").split_once("/undo#").unwrap();
    secret.to_owned()
}

impl Arena {
    /// The secret of a new invitation.
    pub(crate) async fn invitation(&self, account: &str, more: &[&str]) -> String {
        let issuer = self.server().issuer();
        let args = ["account", "invite", account, "--issuer", issuer, "--json"];
        let output = self.server().command(&[&args, more].concat(), "").await;
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (_, secret) = text(&said, "link").split_once('#').unwrap();
        secret.to_owned()
    }

    /// Comes back by a code.
    pub(crate) async fn recover(&self, key: &Key, account: &str, code: &str) -> Answer {
        let body = json!({ "account": account, "code": code });
        self.page_post("/v1/recovery", key, &body).await
    }

    /// A sign-in by passkey.
    pub(crate) async fn by_passkey(&self, key: &Key, authenticator: &mut Authenticator) -> Answer {
        let answer = answer_to(&self.question(key).await, authenticator).await;
        self.enter(key, &answer, json!({})).await
    }

    /// A browser that `phone` let add a passkey, and that has not done so.
    pub(crate) async fn allowed_browser(
        &self,
        phone: &Device<'_>,
        authenticator: &mut Authenticator,
    ) -> Browser<'_> {
        let browser = self.browser();
        let login = browser.login_with(&json!({ "act": "add_passkey" })).await;
        let claim = phone.claims(&login).await;
        let confirmed = given(
            &phone.confirm(decision(&claim, authenticator).await).await,
            200,
        );
        let code = text(&confirmed, "check_code");
        given(&browser.check(&login, code).await, 200);
        given(&browser.collect(&login).await, 200);
        browser
    }
}

/// A decision with what `authenticator` answers to what this claim asks.
pub(crate) async fn decision(claim: &Claim<'_>, authenticator: &mut Authenticator) -> Value {
    let assertion = authenticator.answer(&claim.scan["passkey_options"]).await;
    claim.decision(&json!({ "assertion": assertion }))
}

/// New recovery codes of a phone.
pub(crate) async fn codes(phone: &Device<'_>) -> Vec<String> {
    let made = given(&phone.post("/v1/recovery/codes", json!({})).await, 201);
    let codes = made["codes"].as_array().unwrap().iter();
    codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

/// The way for a phone that waits.
pub(crate) async fn allow(by: &Device<'_>, grant: &str) -> Answer {
    by.post(&format!("/v1/grants/{grant}/allow"), json!({}))
        .await
}

/// A device with the tokens of this answer.
pub(crate) fn device_of<'w>(world: &'w World, key: &Key, answer: &Answer) -> Device<'w> {
    Device::new(world, key, "countersign", given(answer, 201))
}
