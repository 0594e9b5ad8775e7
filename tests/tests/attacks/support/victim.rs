//! An account in the middle of what it does, and everything that its phone, and nobody else, may do.

use countersign_client::{Answer, Call};
use serde_json::{Value, json};

use super::{Arena, Device, call, given, refused, text};

/// An account with a phone, a login that it has scanned, and another one that it could scan.
pub(crate) struct Victim<'w> {
    phone: Device<'w>,
    /// What changes something, or would.
    acts: Vec<Call>,
    before: Vec<String>,
}

impl<'w> Victim<'w> {
    /// Once everybody else is signed in.
    pub(crate) async fn of(arena: &'w Arena, phone: Device<'w>) -> Self {
        let (scanned, waiting) = (arena.login().await, arena.login().await);
        let claim = phone.claims(&scanned).await;
        let me = given(&phone.me().await, 200);
        let (grant, device) = (text(&me["grant"], "id"), text(&me["device"], "id"));
        let mut acts = with_account(grant, device);
        let ticket = json!({ "ticket": claim.ticket() });
        acts.extend([
            Call::post("/v1/scans").json(&json!({ "scan": waiting.link() })),
            Call::post("/v1/scans/confirm").json(&claim.decision(&json!({}))),
            Call::post("/v1/scans/deny").json(&ticket),
            Call::post("/v1/scans/wait").json(&ticket),
        ]);
        Self {
            phone,
            acts,
            before: arena.rows(),
        }
    }

    /// The same, once something has rightly changed.
    pub(crate) fn later(self, arena: &Arena) -> Self {
        let before = arena.rows();
        Self { before, ..self }
    }

    /// Everything that a phone does, sent by `send`, is refused with `code`, and nothing has happened.
    pub(crate) async fn refuses(
        &self,
        arena: &Arena,
        code: &str,
        send: impl AsyncFn(Call) -> Answer,
    ) {
        let mut looks = vec!["/v1/devices", "/v1/activity"];
        // A phone that waits sees by which ways it may come in.
        if code != "phone_waiting" {
            looks.extend(["/v1/passkeys", "/v1/recovery"]);
        }
        for look in looks {
            refused(&send(Call::get(look)).await, code);
        }
        self.refuses_acts(arena, code, send).await;
    }

    /// Everything with which a phone changes something.
    pub(crate) async fn refuses_acts(
        &self,
        arena: &Arena,
        code: &str,
        send: impl AsyncFn(Call) -> Answer,
    ) {
        for act in &self.acts {
            refused(&send(act.clone()).await, code);
        }
        arena.assert_untouched(&self.before);
        given(&self.phone.me().await, 200);
    }
}

/// What a phone does with its account, of which these are a grant and a device.
fn with_account(grant: &str, device: &str) -> Vec<Call> {
    let to = |path: String, body: Value| Call::post(path).json(&body);
    vec![
        call("PATCH", format!("/v1/devices/{device}")).json(&json!({ "name": "mine" })),
        Call::delete(format!("/v1/devices/{device}")),
        to("/v1/devices/sign-out-others".to_owned(), json!({})),
        to(
            format!("/v1/grants/{grant}/undo"),
            json!({ "approved_too": true }),
        ),
        to(format!("/v1/grants/{grant}/allow"), json!({})),
        to(format!("/v1/devices/{device}/lost"), json!({})),
        to("/v1/recovery/codes".to_owned(), json!({})),
        to("/v1/revocations".to_owned(), json!({ "role": "desktop" })),
        call("PATCH", "/v1/passkeys/AAAAAAAAAAAAAAAAAAAAAA").json(&json!({ "name": "mine" })),
        Call::delete("/v1/passkeys/AAAAAAAAAAAAAAAAAAAAAA"),
        to(
            "/v1/grants/AAAAAAAAAAAAAAAAAAAAAA/allow".to_owned(),
            json!({}),
        ),
        call("PUT", "/v1/password").json(&json!({ "password": "a rather strange new pass" })),
        call("POST", "/v1/account/lock"),
    ]
}
