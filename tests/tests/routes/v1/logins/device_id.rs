//! Logins of clients that can't sign: a secret device id takes the place of proofs.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Claim, DEVICE_CODE, Device, Login, World, assert_same, bytes, claims, given, members, refused,
    spoilt, text,
};

const CONFIG: &str = r#"
[[clients]]
id = "plain"
name = "Plain"
native = true
binding = "device-id"

[[clients]]
id = "signing"
native = true
"#;

/// A login of the client `plain`, with the id that it was given.
struct Plain<'w> {
    login: Login<'w>,
    device_id: String,
}

impl<'w> Plain<'w> {
    async fn new(world: &'w World) -> Self {
        let desktop = world.desktop_of("plain");
        let created = given(&desktop.create(json!({ "dpop_jkt": null })).await, 201);
        let device_id = text(&created, "device_id").to_owned();
        let login = Login { desktop, created };
        Self { login, device_id }
    }

    fn world(&self) -> &'w World {
        self.login.desktop.world
    }

    fn checking(&self, code: &str) -> Call {
        let body = json!({ "device_code": self.login.device_code(), "code": code });
        Call::post(self.login.path("check")).json(&body)
    }

    fn collecting(&self) -> Call {
        Call::post("/oauth/token").form(&[
            ("grant_type", DEVICE_CODE),
            ("device_code", self.login.device_code()),
            ("client_id", "plain"),
        ])
    }

    /// Sends a call with the device id.
    async fn send(&self, call: Call) -> Answer {
        let call = call.header("Device-Id", &self.device_id);
        self.world().send(call).await
    }

    /// Lets the phone approve and the desktop type the code; what the phone was shown.
    async fn confirm<'p>(&self, phone: &Device<'p>) -> Claim<'p> {
        let claim = phone.claims(&self.login).await;
        let code = claim.confirms().await;
        given(&self.send(self.checking(&code)).await, 200);
        claim
    }

    /// Collects; gives the answer.
    async fn signed_in(&self, phone: &Device<'_>) -> Value {
        self.confirm(phone).await;
        given(&self.send(self.collecting()).await, 200)
    }
}

fn bearer(call: Call, token: &str) -> Call {
    call.header("Authorization", &format!("Bearer {token}"))
}

fn dpop(call: Call, token: &str, key: &Key) -> Call {
    call.token(token).proof(key)
}

#[tokio::test]
async fn a_desktop_that_cant_sign_gets_an_id_and_is_signed_in_with_it() {
    let world = World::with(CONFIG).await;
    let phone = world.phone("anna").await;
    let plain = Plain::new(&world).await;
    assert_eq!(bytes(&plain.device_id).len(), 32);
    let tokens = plain.signed_in(&phone).await;
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(!members(&tokens).contains(&"device_id"), "given once");
    let access = text(&tokens, "access_token");
    let claims = claims(access);
    assert_eq!(members(&claims["cnf"]), ["device_id"]);
    assert_eq!(bytes(text(&claims["cnf"], "device_id")).len(), 32);
    assert_ne!(claims["cnf"]["device_id"], json!(plain.device_id));

    let me = plain.send(bearer(Call::get("/v1/me"), access)).await;
    let me = given(&me, 200);
    let time = |name: &str| me["grant"][name].as_u64().unwrap();
    assert_eq!(time("expires_at") - time("signed_in_at"), 8 * 3_600);
    assert_eq!(me["account"]["name"], "anna");

    let refreshing = |token: &str| {
        Call::post("/oauth/token").form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", "plain"),
        ])
    };
    let renewed = plain.send(refreshing(text(&tokens, "refresh_token"))).await;
    let renewed = given(&renewed, 200);
    assert_eq!(renewed["token_type"], "Bearer");
    let access = text(&renewed, "access_token");
    let out = bearer(Call::delete("/v1/sessions/current"), access);
    given(&plain.send(out).await, 204);
    let gone = plain.send(bearer(Call::get("/v1/me"), access)).await;
    refused(&gone, "invalid_token");
    let gone = plain
        .send(refreshing(text(&renewed, "refresh_token")))
        .await;
    refused(&gone, "invalid_grant");
}

#[tokio::test]
async fn a_key_where_an_id_belongs_is_refused_and_the_other_way_round() {
    let world = World::with(CONFIG).await;
    refused(
        &world.desktop_of("plain").create(json!({})).await,
        "invalid_request",
    );
    let unsigned = json!({ "dpop_jkt": null });
    refused(
        &world.desktop_of("signing").create(unsigned).await,
        "invalid_request",
    );
    let signed = given(&world.desktop_of("signing").create(json!({})).await, 201);
    assert!(signed.get("device_id").is_none());
}

#[tokio::test]
async fn a_wrong_id_checks_and_collects_nothing() {
    let world = World::with(CONFIG).await;
    let phone = world.phone("anna").await;
    let (plain, other) = (Plain::new(&world).await, Plain::new(&world).await);
    let claim = phone.claims(&plain.login).await;
    let code = claim.confirms().await;
    let check = async |id: &str| {
        let call = plain.checking(&code).header("Device-Id", id);
        world.send(call).await
    };
    let unknown = {
        let body = json!({ "device_code": "A".repeat(64), "code": code });
        let call = Call::post("/v1/logins/AAAAAAAAAAAAAAAAAAAAAA/check").json(&body);
        plain.send(call).await
    };
    refused(&unknown, "unknown_login");
    for wrong in [&*spoilt(&plain.device_id), &other.device_id] {
        assert_same(&check(wrong).await, &unknown);
    }
    // What can't be an id, two of them, or one beside a proof: nobody can say which is meant.
    for wrong in ["", "x", plain.login.device_code()] {
        refused(&check(wrong).await, "invalid_proof");
    }
    let once = plain.checking(&code);
    refused(&world.send(once.clone()).await, "invalid_proof");
    let once = once.header("Device-Id", &plain.device_id);
    let twice = once.clone().header("Device-Id", &plain.device_id);
    refused(&world.send(twice).await, "invalid_proof");
    refused(
        &world.send(once.clone().proof(&new_key())).await,
        "invalid_proof",
    );
    // A proof by any key at all is no id.
    let proved = plain.checking(&code).proof(&new_key());
    assert_same(&world.send(proved).await, &unknown);
    assert_eq!(given(&world.send(once).await, 200)["state"], "confirmed");

    for (wrong, told) in [
        (spoilt(&plain.device_id), "invalid_grant"),
        (other.device_id.clone(), "invalid_grant"),
        ("x".to_owned(), "invalid_dpop_proof"),
    ] {
        let call = plain.collecting().header("Device-Id", &wrong);
        refused(&world.send(call).await, told);
    }
    refused(&world.send(plain.collecting()).await, "invalid_dpop_proof");
    let proved = plain.collecting().proof(&new_key());
    refused(&world.send(proved).await, "invalid_grant");
    given(&plain.send(plain.collecting()).await, 200);
    // Once it is collected, another id is a copy of the code at work.
    let call = plain.collecting().header("Device-Id", &other.device_id);
    refused(&world.send(call).await, "invalid_grant");
    refused(&plain.send(plain.collecting()).await, "invalid_grant");
}

#[tokio::test]
async fn its_token_is_taken_with_its_id_and_in_no_other_way() {
    let world = World::with(CONFIG).await;
    let phone = world.phone("anna").await;
    let (plain, other) = (Plain::new(&world).await, Plain::new(&world).await);
    let tokens = plain.signed_in(&phone).await;
    let access = text(&tokens, "access_token");
    let me = || Call::get("/v1/me");
    let with = |id: &str| bearer(me(), access).header("Device-Id", id);
    for (what, call, told) in [
        ("no id", bearer(me(), access), "invalid_token"),
        ("another's id", with(&other.device_id), "invalid_token"),
        ("nearly", with(&spoilt(&plain.device_id)), "invalid_token"),
        ("no id at all", with("x"), "invalid_proof"),
        (
            "two ids",
            with(&plain.device_id).header("Device-Id", &plain.device_id),
            "invalid_proof",
        ),
        (
            "a proof beside it",
            with(&plain.device_id).proof(&new_key()),
            "invalid_proof",
        ),
        (
            "as DPoP, with a proof",
            dpop(me(), access, &new_key()),
            "invalid_token",
        ),
        (
            "as DPoP, with the id",
            me().token(access).header("Device-Id", &plain.device_id),
            "invalid_proof",
        ),
    ] {
        let answer = world.send(call).await;
        assert_eq!(answer.code().as_deref(), Some(told), "{what}");
    }
    given(&world.send(with(&plain.device_id)).await, 200);
}

#[tokio::test]
async fn a_key_bound_token_is_no_bearer_token() {
    let world = World::with(CONFIG).await;
    let phone = world.phone("anna").await;
    let plain = Plain::new(&world).await;
    let login = world.desktop_of("signing").login().await;
    let code = phone.claims(&login).await.confirms().await;
    // Nor does an id open a login that is bound to a key.
    let body = json!({ "device_code": login.device_code(), "code": code });
    let by_id = plain
        .send(Call::post(login.path("check")).json(&body))
        .await;
    refused(&by_id, "unknown_login");
    given(&login.check(&code).await, 200);
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", "signing"),
    ];
    let by_id = plain.send(Call::post("/oauth/token").form(&form)).await;
    refused(&by_id, "invalid_grant");
    let device = login.collects().await;
    for token in [device.access_token(), phone.access_token()] {
        let call = bearer(Call::get("/v1/me"), token);
        refused(&world.send(call.clone()).await, "invalid_token");
        refused(&plain.send(call.clone()).await, "invalid_token");
        let proved = call.proof(&device.key);
        refused(&world.send(proved).await, "invalid_token");
    }
    // A refresh token of one kind is none of the other's either; to try it is a misuse, and ends the grant.
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", device.refresh_token()),
        ("client_id", "signing"),
    ];
    let by_id = plain.send(Call::post("/oauth/token").form(&form)).await;
    refused(&by_id, "invalid_grant");
    refused(&device.me().await, "invalid_token");
}

#[tokio::test]
async fn it_is_a_desktop_that_is_never_known_and_never_kept_for_long() {
    let world = World::with(CONFIG).await;
    let phone = world.phone("anna").await;
    let plain = Plain::new(&world).await;
    let claim = plain.confirm(&phone).await;
    assert_eq!(claim.scan["approval"], "code");
    assert_eq!(claim.scan["context"]["desktop"], "new");
    let durations = &claim.scan["durations"];
    assert_eq!(durations["default"], durations["keep"], "{durations}");
    let tokens = given(&plain.send(plain.collecting()).await, 200);
    let access = text(&tokens, "access_token");
    for (method, path) in [
        (Method::GET, "/v1/devices"),
        (Method::POST, "/v1/scans"),
        (Method::GET, "/v1/activity"),
        (Method::PUT, "/v1/password"),
    ] {
        let call = Call::new(method, path).json(&json!({ "scan": "x", "password": "x" }));
        refused(&plain.send(bearer(call, access)).await, "invalid_token");
    }
    let session = json!({ "role": "desktop", "client_id": "plain" });
    let answer = world.sign_in("anna", &new_key(), session).await;
    refused(&answer, "unknown_client");
}
