//! `GET /oauth/jwks`

use countersign_client::Call;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::support::{CLIENTS, World, body, given, members, refused, text};

async fn verified(world: &World, token: &str, audience: &str) -> Value {
    let keys: JwkSet =
        serde_json::from_value(given(&world.send(Call::get("/oauth/jwks")).await, 200)).unwrap();
    let header = decode_header(token).unwrap();
    assert_eq!(
        (header.typ.as_deref(), header.alg),
        (Some("at+jwt"), Algorithm::ES256)
    );
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[world.server.issuer()]);
    decode(token, &key, &rules).unwrap().claims
}

#[tokio::test]
async fn anybody_verifies_an_access_token_with_the_published_key() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let claims = verified(&world, desktop.access_token(), world.server.issuer()).await;
    let all = [
        "acr",
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "cnf",
        "cross_device",
        "device",
        "exp",
        "grant",
        "iat",
        "iss",
        "jti",
        "role",
        "scope",
        "sub",
    ];
    assert_eq!(members(&claims), all);
    assert_eq!(claims["sub"], phone.tokens["account"]["id"]);
    assert_eq!(claims["cnf"], json!({ "jkt": desktop.key.thumbprint() }));
    assert_eq!(claims["grant"], desktop.tokens["grant"]);
    assert_eq!(
        claims["device"],
        json!({ "id": desktop.tokens["device"]["id"], "kind": "browser" })
    );
    for (name, value) in [
        ("client_id", json!("demo")),
        ("scope", json!("openid profile")),
        ("role", json!("desktop")),
        ("acr", json!("code")),
        ("cross_device", json!(true)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(
        claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
        600
    );
}

#[tokio::test]
async fn another_clients_token_is_for_that_client() {
    let world = World::with(CLIENTS).await;
    let phone = world.phone("anna").await;
    let login = world.desktop_of("tv").login().await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    let claims = verified(&world, login.collects().await.access_token(), "tv").await;
    assert_eq!(
        (&claims["client_id"], &claims["scope"]),
        (&json!("tv"), &json!("openid"))
    );
}

#[tokio::test]
async fn the_private_key_is_not_among_the_keys() {
    let world = World::new().await;
    let answer = world.send(Call::get("/oauth/jwks")).await;
    let keys = given(&answer, 200)["keys"].clone();
    assert_eq!(
        members(&keys[0]),
        ["alg", "crv", "kid", "kty", "use", "x", "y"]
    );
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert!(!body(&answer).contains("\"d\""));
    refused(
        &world.send(Call::post("/oauth/jwks")).await,
        "method_not_allowed",
    );
    assert!(!text(&keys[0], "kid").is_empty());
}

#[tokio::test]
async fn a_restart_keeps_the_key() {
    let mut world = World::new().await;
    let before = given(&world.send(Call::get("/oauth/jwks")).await, 200);
    assert!(world.server.stop().await.success());
    world.server.restart().await;
    assert_eq!(
        given(&world.send(Call::get("/oauth/jwks")).await, 200),
        before
    );
}
