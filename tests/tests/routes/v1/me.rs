//! `GET /v1/me`

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{CLIENTS, World, given, members, refused};

#[tokio::test]
async fn a_device_sees_who_is_signed_in_and_how() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    for (device, role, how, client, seconds) in [
        (&phone, "phone", "password", "countersign", 180 * 86_400),
        (&desktop, "desktop", "scan", "demo", 8 * 3_600),
    ] {
        let me = given(&device.me().await, 200);
        assert_eq!(members(&me), ["account", "device", "grant"]);
        let id = &device.tokens["account"]["id"];
        let account = json!({ "id": id, "name": "anna", "login": "anna", "has_password": true, "passkeys": 0 });
        assert_eq!(me["account"], account);
        assert_eq!(me["device"], device.tokens["device"]);
        let grant = &me["grant"];
        assert_eq!((&grant["role"], &grant["how"]), (&json!(role), &json!(how)));
        assert_eq!(
            (&grant["client"], &grant["scopes"]),
            (&json!(client), &json!(["openid", "profile"]))
        );
        let time = |name: &str| grant[name].as_u64().unwrap();
        assert_eq!(time("expires_at") - time("signed_in_at"), seconds);
    }
}

#[tokio::test]
async fn a_grant_without_the_scope_sees_no_name() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world
        .desktop()
        .login_with(json!({ "scope": "openid" }))
        .await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    let desktop = login.collects().await;
    let me = given(&desktop.me().await, 200);
    assert_eq!(
        me["account"],
        json!({ "id": phone.tokens["account"]["id"] })
    );
    assert_eq!(me["grant"]["scopes"], json!(["openid"]));
    assert_eq!(desktop.tokens["scope"], "openid");
}

#[tokio::test]
async fn another_clients_desktop_sees_itself_too_and_nothing_else() {
    let world = World::with(CLIENTS).await;
    let phone = world.phone("anna").await;
    let login = world.desktop_of("tv").login().await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    let tv = login.collects().await;
    let me = given(&tv.me().await, 200);
    assert_eq!(me["grant"]["client"], "tv");
    // How the account can be entered is not for everybody.
    assert!(me["account"].get("has_password").is_none() && me["account"].get("passkeys").is_none());
    refused(&tv.devices().await, "invalid_token");
    refused(
        &tv.scan_of(&world.desktop_of("tv").login().await).await,
        "invalid_token",
    );
    given(&tv.sign_out().await, 204);
    refused(&tv.me().await, "invalid_token");
}

#[tokio::test]
async fn a_token_alone_is_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let token = phone.access_token();
    let path = "/v1/me";
    refused(&world.send(Call::get(path)).await, "invalid_token");
    refused(
        &world.send(Call::get(path).token(token)).await,
        "invalid_proof",
    );
    refused(
        &world
            .send(Call::get(path).token(token).proof(&new_key()))
            .await,
        "invalid_token",
    );
    let query = Call::get(format!("{path}?access_token={token}")).proof(&phone.key);
    refused(&world.send(query).await, "invalid_token");
    let cookie = Call::get(path)
        .proof(&phone.key)
        .header("Cookie", &format!("access_token={token}"));
    refused(&world.send(cookie).await, "invalid_token");
    let refresh = Call::get(path)
        .token(phone.refresh_token())
        .proof(&phone.key);
    refused(&world.send(refresh).await, "invalid_token");
}

#[tokio::test]
async fn a_grant_says_how_long_it_lasts_and_what_it_may() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let mut all = vec![
        "approves_at",
        "client",
        "client_name",
        "expires_at",
        "how",
        "id",
        "idle_seconds",
        "lasts",
        "may_approve",
        "role",
        "scopes",
        "signed_in_at",
        "verified_until",
    ];
    let me = given(&phone.me().await, 200);
    assert_eq!(members(&me["grant"]), all);
    assert_eq!(me["grant"]["client_name"], "Countersign");
    let time = |name: &str| me["grant"][name].as_u64().unwrap();
    assert_eq!(time("verified_until") - time("signed_in_at"), 300);
    assert_eq!(time("approves_at"), time("signed_in_at"));
    assert_eq!(
        (&me["grant"]["lasts"], time("idle_seconds")),
        (&json!("default"), 30 * 86_400)
    );

    let login = world.login().await;
    let claim = phone.claims(&login).await;
    let kept = phone
        .confirm(claim.decision(&json!({ "keep": true })))
        .await;
    let code = given(&kept, 200)["check_code"].as_str().unwrap().to_owned();
    given(&login.check(&code).await, 200);
    let desktop = login.collects().await;
    let me = given(&desktop.me().await, 200);
    all.retain(|name| !["approves_at", "verified_until"].contains(name));
    all.insert(0, "approved_by");
    assert_eq!(members(&me["grant"]), all);
    let time = |name: &str| me["grant"][name].as_u64().unwrap();
    assert_eq!(
        (&me["grant"]["lasts"], time("idle_seconds")),
        (&json!("kept"), 7 * 86_400)
    );
    assert_eq!(time("expires_at") - time("signed_in_at"), 30 * 86_400);
    assert_eq!(me["grant"]["may_approve"], false);
}

#[tokio::test]
async fn a_session_ends_by_time_and_by_not_being_used() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    world.grants_age(8 * 3_600 - 60);
    given(&desktop.me().await, 200);
    given(&browser.me().await, 200);
    world.grants_age(60);
    refused(&desktop.me().await, "invalid_token");
    refused(&desktop.refresh().await, "invalid_grant");
    refused(&browser.me().await, "invalid_token");
    given(&phone.refresh().await, 200);
    world.alter("UPDATE families SET used_at = used_at - 30 * 86400000");
    refused(&phone.refresh().await, "invalid_grant");

    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let longer = "UPDATE grants SET expires_at = expires_at + 30 * 86400000 WHERE role = 'desktop'";
    assert!(world.alter(longer) > 0);
    world.alter("UPDATE families SET used_at = used_at - 7 * 86400000 + 60000");
    given(&browser.me().await, 200);
    // To be seen is written down, so it counts from then on.
    world.alter("UPDATE families SET used_at = used_at - 7 * 86400000 + 60000");
    given(&browser.me().await, 200);
    world.alter("UPDATE families SET used_at = used_at - 7 * 86400000");
    refused(&browser.me().await, "invalid_token");
}
