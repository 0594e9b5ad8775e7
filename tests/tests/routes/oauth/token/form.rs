//! `POST /oauth/token`: the form of a request (RFC 6749 §3.2), whatever it asks for.

use countersign_client::Call;
use serde_json::json;

use crate::support::{DEVICE_CODE, World, header, refused};

#[tokio::test]
async fn a_request_is_a_form_with_each_parameter_once() {
    let world = World::new().await;
    let login = world.login().await;
    let code = login.device_code();
    let full = [
        ("grant_type", DEVICE_CODE),
        ("device_code", code),
        ("client_id", "demo"),
    ];
    refused(
        &world.send(Call::post("/oauth/token").form(&full)).await,
        "authorization_pending",
    );
    for missing in 0..full.len() {
        let form: Vec<_> = (0..full.len())
            .filter(|i| *i != missing)
            .map(|i| full[i])
            .collect();
        refused(
            &world.send(Call::post("/oauth/token").form(&form)).await,
            "invalid_request",
        );
        let mut empty = full;
        empty[missing].1 = "";
        refused(
            &world.send(Call::post("/oauth/token").form(&empty)).await,
            "invalid_request",
        );
        for again in [
            full[missing],
            (full[missing].0, "other"),
            (full[missing].0, ""),
        ] {
            let form = [&full[..], &[again]].concat();
            refused(
                &world.send(Call::post("/oauth/token").form(&form)).await,
                "invalid_request",
            );
        }
    }
    let many: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (&**name, "1")).collect();
    let form = [&full[..], &many].concat();
    refused(
        &world.send(Call::post("/oauth/token").form(&form)).await,
        "invalid_request",
    );
}

#[tokio::test]
async fn nothing_but_a_form_is_read() {
    let world = World::new().await;
    let login = world.login().await;
    let body = json!({ "grant_type": DEVICE_CODE, "device_code": login.device_code(), "client_id": "demo" });
    let form = format!(
        "grant_type={DEVICE_CODE}&device_code={}&client_id=demo",
        login.device_code()
    );
    let path = "/oauth/token";
    for call in [
        Call::post(path).json(&body),
        Call::post(path).body("text/plain", form.clone()),
        Call::post(path).body("", form.clone()),
        Call::post(path).body("multipart/form-data; boundary=x", form.clone()),
        Call::post(path).body("application/x-www-form-urlencoded", body.to_string()),
        Call::post(path),
        // In the URL it would be in logs.
        Call::post(format!("{path}?{form}")).body("application/x-www-form-urlencoded", ""),
    ] {
        refused(&world.send(call).await, "invalid_request");
    }
    refused(
        &world.send(Call::get(format!("{path}?{form}"))).await,
        "method_not_allowed",
    );
}

#[tokio::test]
async fn only_registered_clients_and_known_grants() {
    let world = World::new().await;
    let login = world.login().await;
    let code = login.device_code();
    for client in ["nobody", "Demo", "demo ", "<b>", &"x".repeat(5_000)] {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", code),
            ("client_id", client),
        ];
        let answer = world.send(Call::post("/oauth/token").form(&form)).await;
        refused(&answer, "invalid_client");
        assert!(!header(&answer, "www-authenticate").is_empty());
    }
    for kind in [
        "password",
        "client_credentials",
        "authorization_code",
        "implicit",
        "device_code",
        "REFRESH_TOKEN",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ] {
        let form = [
            ("grant_type", kind),
            ("device_code", code),
            ("client_id", "demo"),
        ];
        let answer = world.send(Call::post("/oauth/token").form(&form)).await;
        refused(&answer, "unsupported_grant_type");
        assert_eq!(header(&answer, "pragma"), "no-cache");
    }
}
