//! Passkeys: asking for questions, and answering them with an authenticator.

use countersign_client::{Answer, Call, Key};
use countersign_tests::Authenticator;
use serde_json::{Value, json};

use super::answers::{given, text, with};
use super::parties::{Device, World};

impl World {
    /// A browser's authenticator on our own pages.
    pub(crate) fn authenticator(&self) -> Authenticator {
        Authenticator::at(self.server.issuer())
    }

    /// A request of our own page that proves a key and no more.
    pub(crate) async fn page_post(&self, path: &str, key: &Key, body: &Value) -> Answer {
        let call = Call::post(path).proof(key).json(body);
        self.send(call.header("Origin", self.server.issuer())).await
    }

    /// The question for a sign-in by `key`.
    pub(crate) async fn question(&self, key: &Key) -> Value {
        let wish = json!({ "purpose": "sign-in" });
        let answer = self.page_post("/v1/passkeys/options", key, &wish).await;
        given(&answer, 200)
    }

    /// A sign-in by `key` with this answer to a question.
    pub(crate) async fn enter(&self, key: &Key, passkey: &Value, changes: Value) -> Answer {
        let device = json!({ "name": "Passkey phone", "kind": "ios" });
        let body = with(json!({ "passkey": passkey, "device": device }), &changes);
        self.page_post("/v1/sessions", key, &body).await
    }

    /// A phone with a new passkey of a new account, and the authenticator that has it.
    pub(crate) async fn with_passkey(&self, account: &str) -> (Device<'_>, Authenticator) {
        let phone = self.phone(account).await;
        let mut authenticator = self.authenticator();
        given(&phone.add_passkey(&mut authenticator, json!({})).await, 201);
        (phone, authenticator)
    }
}

/// What answers a question, as it is sent.
pub(crate) async fn answer_to(question: &Value, authenticator: &mut Authenticator) -> Value {
    let response = authenticator.answer(&question["options"]).await;
    json!({ "challenge": question["challenge"], "response": response })
}

/// A new passkey for a question, as it is sent.
pub(crate) async fn made_for(question: &Value, authenticator: &mut Authenticator) -> Value {
    let response = authenticator.make(&question["options"]).await;
    json!({ "challenge": question["challenge"], "response": response })
}

/// What a refusal says, but for its id.
pub(crate) fn told(answer: &Answer) -> Value {
    with(answer.json(), &json!({ "request_id": null }))
}

impl Device<'_> {
    /// Asks for a question on our own pages.
    pub(crate) async fn asks(&self, purpose: &str) -> Answer {
        let call = Call::post("/v1/passkeys/options").json(&json!({ "purpose": purpose }));
        let origin = self.world.server.issuer();
        self.send(call.header("Origin", origin)).await
    }

    /// Adds a passkey that `authenticator` makes.
    pub(crate) async fn add_passkey(
        &self,
        authenticator: &mut Authenticator,
        changes: Value,
    ) -> Answer {
        let question = given(&self.asks("add").await, 200);
        let body = made_for(&question, authenticator).await;
        self.post("/v1/passkeys", with(body, &changes)).await
    }

    /// The account's passkeys.
    pub(crate) async fn passkeys(&self) -> Vec<Value> {
        let listed = given(&self.send(Call::get("/v1/passkeys")).await, 200);
        listed["passkeys"].as_array().unwrap().clone()
    }

    /// The kinds of what happened to the account, newest first.
    pub(crate) async fn told(&self) -> Vec<String> {
        let activity = given(&self.send(Call::get("/v1/activity")).await, 200);
        let entries = activity["entries"].as_array().unwrap();
        let kinds = entries.iter().map(|entry| text(entry, "kind").to_owned());
        kinds.collect()
    }
}
