//! A desktop that can't sign: it has a secret id instead of a key.

use countersign_client::{Answer, Call};
use serde_json::{Value, json};

use super::{DEVICE_CODE, Device, Login, World, given, text};

/// One with a login, and with tokens once it has collected.
pub(crate) struct Kiosk<'w> {
    pub(crate) login: Login<'w>,
    pub(crate) tokens: Value,
}

impl<'w> Kiosk<'w> {
    /// A new one that asks for a login.
    pub(crate) async fn asks(world: &'w World) -> Self {
        let desktop = world.desktop_of("kiosk");
        let created = given(&desktop.create(json!({ "dpop_jkt": null })).await, 201);
        Self {
            login: Login { desktop, created },
            tokens: Value::Null,
        }
    }

    /// One that `phone` signed in.
    pub(crate) async fn signed_in(phone: &Device<'w>) -> Self {
        let mut kiosk = Self::confirmed(phone).await;
        kiosk.tokens = given(&kiosk.collect(kiosk.id()).await, 200);
        kiosk
    }

    /// One whose login only has to be collected.
    pub(crate) async fn confirmed(phone: &Device<'w>) -> Self {
        let kiosk = Self::asks(phone.world).await;
        let code = phone.claims(&kiosk.login).await.confirms().await;
        given(&kiosk.check(kiosk.id(), &code).await, 200);
        kiosk
    }

    /// Its secret.
    pub(crate) fn id(&self) -> &str {
        text(&self.login.created, "device_id")
    }

    pub(crate) fn access_token(&self) -> &str {
        text(&self.tokens, "access_token")
    }

    pub(crate) async fn check(&self, id: &str, code: &str) -> Answer {
        let body = json!({ "device_code": self.login.device_code(), "code": code });
        let call = Call::post(self.login.path("check")).json(&body);
        self.world().send(call.header("Device-Id", id)).await
    }

    pub(crate) async fn collect(&self, id: &str) -> Answer {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", self.login.device_code()),
            ("client_id", "kiosk"),
        ];
        let call = Call::post("/oauth/token").form(&form);
        self.world().send(call.header("Device-Id", id)).await
    }

    /// A request with its token.
    pub(crate) async fn send(&self, call: Call) -> Answer {
        self.world().send(self.dressed(call)).await
    }

    /// `call` with its token and its id.
    pub(crate) fn dressed(&self, call: Call) -> Call {
        let bearer = format!("Bearer {}", self.access_token());
        call.header("Authorization", &bearer)
            .header("Device-Id", self.id())
    }

    pub(crate) async fn me(&self) -> Answer {
        self.send(Call::get("/v1/me")).await
    }

    fn world(&self) -> &'w World {
        self.login.desktop.world
    }
}
