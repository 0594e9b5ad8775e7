//! The part of the story that is about passkeys, and about ways in and back.

use countersign_client::Call;
use countersign_tests::Authenticator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::asker::{Asker, Device, text};

/// A `POST` of our own page by a device.
async fn page(
    asker: &mut Asker<'_>,
    device: &Device,
    path: &str,
    status: u16,
    body: Value,
) -> Value {
    let issuer = asker.server.issuer().to_owned();
    let dress = |call: Call| device.signs(call).header("Origin", &issuer);
    let question = asker.ask((Method::POST, path), status, Some(body), dress);
    question.await.json()
}

async fn ask_for(asker: &mut Asker<'_>, device: &Device, wish: Value) -> Value {
    page(asker, device, "/v1/passkeys/options", 200, wish).await
}

pub(crate) async fn passkeys(asker: &mut Asker<'_>, phone: &Device) {
    let mut authenticator = Authenticator::at(asker.server.issuer());
    let by_phone = |call: Call| phone.signs(call);
    let early = json!({ "purpose": "verify" });
    page(asker, phone, "/v1/passkeys/options", 403, early.clone()).await;
    let question = ask_for(asker, phone, json!({ "purpose": "add" })).await;
    let made = authenticator.make(&question["options"]).await;
    let body = json!({ "challenge": question["challenge"], "response": made, "name": "Blue key" });
    let added = asker.post(phone, "/v1/passkeys", 201, body.clone()).await;
    asker.post(phone, "/v1/passkeys", 422, body).await;
    let own = format!("/v1/passkeys/{}", text(&added["id"]));
    let naming = json!({ "name": "Red key" });
    asker
        .ask((Method::PATCH, &own), 200, Some(naming), by_phone)
        .await;

    let mut desk = Device::new();
    let question = ask_for(asker, &desk, json!({ "purpose": "sign-in" })).await;
    let answer = authenticator.answer(&question["options"]).await;
    let passkey = json!({ "challenge": question["challenge"], "response": answer });
    let body = json!({ "passkey": passkey, "device": { "kind": "ios" } });
    let signed_in = page(asker, &desk, "/v1/sessions", 201, body.clone()).await;
    page(asker, &desk, "/v1/sessions", 401, body).await;
    desk.token = Some(text(&signed_in["access_token"]));
    let question = ask_for(asker, &desk, early).await;
    let answer = authenticator.answer(&question["options"]).await;
    let passkey = json!({ "challenge": question["challenge"], "response": answer });
    let body = json!({ "passkey": passkey });
    let verifying = "/v1/sessions/current/verify";
    asker.post(&desk, verifying, 200, body).await;
    let me = asker.get(&desk, "/v1/me").await;
    assert_eq!(
        (&me["grant"]["how"], &me["account"]["passkeys"]),
        (&json!("passkey"), &json!(1))
    );
    asker.get(phone, "/v1/passkeys").await;
    asker.ask((Method::DELETE, &own), 204, None, by_phone).await;
    let lost = format!("/v1/devices/{}/lost", text(&me["device"]["id"]));
    asker.ask((Method::POST, &lost), 200, None, by_phone).await;
}

pub(crate) async fn invitations_and_recovery(asker: &mut Asker<'_>, phone: &Device) {
    let issuer = asker.server.issuer().to_owned();
    let invite = ["account", "invite", "ben", "--issuer", &issuer, "--json"];
    let invited = asker.server.command(&invite, "").await;
    let invited: Value = serde_json::from_slice(&invited.stdout).unwrap();
    let link = text(&invited["link"]);
    let secret = link.split_once('#').unwrap().1;
    let ben = Device::new();
    let body = json!({ "invitation": secret });
    page(asker, &ben, "/v1/invitations/look", 200, body).await;
    let body = json!({ "invitation": secret, "password": "a kettle and twelve geese", "device": { "kind": "ios" } });
    page(asker, &ben, "/v1/invitations/accept", 201, body.clone()).await;
    page(asker, &ben, "/v1/invitations/accept", 404, body).await;

    asker.get(phone, "/v1/recovery").await;
    let codes = asker.ask((Method::POST, "/v1/recovery/codes"), 201, None, |call| {
        phone.signs(call)
    });
    let codes = codes.await.json();
    asker.get(phone, "/v1/recovery").await;
    let body = json!({ "account": "anna", "code": codes["codes"][0] });
    let lost = Device::new();
    page(asker, &lost, "/v1/recovery", 201, body.clone()).await;
    page(asker, &lost, "/v1/recovery", 401, body).await;
    // One that works comes out of a notice.
    page(asker, &lost, "/v1/undo", 404, json!({ "undo": "x" })).await;
}

pub(crate) async fn revocations(asker: &mut Asker<'_>, phone: &Device, token: &str) {
    let body = json!({ "address": "192.0.2.0/24", "role": "desktop", "since": 1 });
    asker
        .post(phone, "/v1/revocations", 200, body.clone())
        .await;
    let admin = (Method::POST, "/admin/v1/revocations");
    let bearer = format!("Bearer {token}");
    let by_operator = |call: Call| call.header("Authorization", &bearer);
    asker
        .ask(admin.clone(), 401, Some(body.clone()), |call| call)
        .await;
    asker
        .ask(admin.clone(), 200, Some(body.clone()), by_operator)
        .await;
    let mut dry = body;
    dry["dry_run"] = true.into();
    asker.ask(admin, 200, Some(dry), by_operator).await;
}
