//! `DELETE /v1/sessions/current`

use countersign_client::Call;
use countersign_tests::page::SESSION;
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::json;

use crate::support::{World, body, given, refused, spoilt};

#[tokio::test]
async fn a_device_that_signs_out_is_signed_out_everywhere_and_alone() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let second = world.another_phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    for gone in [&desktop, &phone] {
        let answer = gone.sign_out().await;
        assert_eq!((answer.status, body(&answer).as_str()), (204, ""));
        refused(&gone.me().await, "invalid_token");
        refused(&gone.sign_out().await, "invalid_token");
        refused(&gone.refresh().await, "invalid_grant");
    }
    refused(&phone.scan_of(&world.login().await).await, "invalid_token");
    given(&second.me().await, 200);
    given(&second.refresh().await, 200);
}

#[tokio::test]
async fn nobody_signs_another_device_out() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let path = "/v1/sessions/current";
    refused(&world.send(Call::delete(path)).await, "invalid_token");
    refused(
        &world.send(Call::delete(path).proof(&phone.key)).await,
        "invalid_token",
    );
    let thief = Call::delete(path)
        .proof(&new_key())
        .token(phone.access_token());
    refused(&world.send(thief).await, "invalid_token");
    let bare = Call::delete(path).token(phone.access_token());
    refused(&world.send(bare).await, "invalid_proof");
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn what_the_phone_had_confirmed_is_not_collected_after_it_signed_out() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, _) = phone.confirmed().await;
    given(&phone.sign_out().await, 204);
    refused(&login.collect().await, "access_denied");
    assert_eq!(login.state().await, "denied");
    let state = given(&login.poll(json!({})).await, 200);
    assert_eq!(state["state"], "denied");
}

#[tokio::test]
async fn a_browser_signs_out_and_forgets_its_cookie() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let cookie = browser.page.cookie(SESSION).unwrap();
    let answer = browser.sign_out().await;
    assert_eq!((answer.status, &*body(&answer)), (204, ""));
    assert_eq!(browser.page.cookie(SESSION), None);
    // Nor is it good for anybody who had kept it.
    browser.page.set_cookie(SESSION, Some(&cookie));
    refused(&browser.me().await, "invalid_token");
    refused(&browser.sign_out().await, "invalid_token");
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn a_cookie_alone_reads_and_changes_nothing() {
    let world = World::new().await;
    world
        .server
        .account("anna", countersign_tests::parties::PASSWORD)
        .await;
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let cookie = format!("{SESSION}={}", browser.page.cookie(SESSION).unwrap());
    let issuer = world.server.issuer();
    let out = || Call::delete("/v1/sessions/current").header("Cookie", &cookie);
    let ours = |call: Call| call.header("Origin", issuer);
    refused(&world.send(ours(out())).await, "invalid_proof");
    let proved = out().proof(browser.page.key());
    refused(&world.send(proved.clone()).await, "origin_not_allowed");
    for origin in ["null", "https://evil.example"] {
        let call = proved.clone().header("Origin", origin);
        refused(&world.send(call).await, "origin_not_allowed");
    }
    refused(
        &world.send(ours(out().proof(&new_key()))).await,
        "invalid_token",
    );
    // Nor does another site's page look, whatever it may do with tokens of its own.
    for origin in ["null", "https://evil.example"] {
        let look = Call::get("/v1/me").header("Cookie", &cookie);
        let call = look.header("Origin", origin);
        refused(&world.send(call).await, "origin_not_allowed");
    }
    // By form, as another site could send it.
    let form = Call::post("/v1/sessions/current")
        .header("Cookie", &cookie)
        .form(&[("_method", "DELETE")]);
    refused(&world.send(form).await, "method_not_allowed");
    given(&browser.me().await, 200);
    given(&world.send(ours(proved)).await, 204);
}

#[tokio::test]
async fn a_cookie_is_for_the_browsers_own_session_and_nothing_else() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let value = browser.page.cookie(SESSION).unwrap();
    for (method, path) in [
        (Method::GET, "/v1/devices"),
        (Method::GET, "/v1/activity"),
        (Method::POST, "/v1/scans"),
        (Method::POST, "/v1/scans/confirm"),
        (Method::POST, "/v1/account/lock"),
        (Method::PUT, "/v1/password"),
        (Method::POST, "/v1/devices/sign-out-others"),
    ] {
        let answer = browser.prove(method, path, Some(&json!({}))).await;
        refused(&answer, "invalid_token");
    }
    let look = async |cookie: String| {
        let call = Call::get("/v1/me").header("Cookie", &cookie);
        world.send(call).await
    };
    given(&look(format!("{SESSION}={value}")).await, 200);
    for wrong in [
        format!("{SESSION}={}", spoilt(&value)),
        format!("{SESSION}={value}; {SESSION}={value}"),
        format!("session={value}"),
        format!("__Secure-session={value}"),
        format!("{SESSION}={}", phone.refresh_token()),
        format!("{SESSION}="),
        format!("{SESSION}={value}x"),
    ] {
        refused(&look(wrong).await, "invalid_token");
    }
    // A cookie in other places, and other secrets in its place.
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*value),
        ("client_id", "countersign"),
    ];
    refused(
        &world.token(browser.page.key(), &form).await,
        "invalid_grant",
    );
    let token = Call::get("/v1/me").proof(browser.page.key()).token(&value);
    refused(&world.send(token).await, "invalid_token");
    given(&browser.me().await, 200);
    // With a proof it is looked at more closely, not less.
    let proved = Call::get("/v1/me").header("Cookie", &format!("{SESSION}={value}"));
    given(
        &world.send(proved.clone().proof(browser.page.key())).await,
        200,
    );
    refused(&world.send(proved.proof(&new_key())).await, "invalid_token");
}
