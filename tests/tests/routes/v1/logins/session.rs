//! `POST /v1/logins/{login_id}/session`

use countersign_client::Call;
use countersign_tests::Page;
use countersign_tests::page::SESSION;
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Browser, DEVICE_CODE, Device, Login, Stream, World, assert_same, given, header, members,
    refused, spoilt, text,
};

/// A login of the browser's that the phone approved and whose code it typed.
async fn confirmed<'w>(browser: &Browser<'w>, phone: &Device<'w>) -> Login<'w> {
    let login = browser.login().await;
    let code = phone.claims(&login).await.confirms().await;
    given(&browser.check(&login, &code).await, 200);
    login
}

fn cookie_of(login: &Login<'_>) -> String {
    format!("__Host-login-{}", login.id())
}

/// The browser's cookie for a login, and its key, seen by somebody else.
fn like(browser: &Browser<'_>, key: &countersign_client::Key, login: &Login<'_>) -> Page {
    let page = Page::with_key(&browser.world.server, key);
    let name = cookie_of(login);
    page.set_cookie(&name, browser.page.cookie(&name).as_deref());
    page
}

#[tokio::test]
async fn a_login_of_our_own_page_ends_in_a_cookie_and_no_tokens() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let login = browser.login().await;
    assert_eq!(browser.page.cookies(), [cookie_of(&login)]);
    let code = phone.claims(&login).await.confirms().await;
    given(&browser.check(&login, &code).await, 200);

    let collected = browser.collect(&login).await;
    let session = given(&collected, 200);
    let all = ["account", "device", "expires_in", "grant", "scope"];
    assert_eq!(members(&session), all);
    assert_eq!(session["account"]["name"], "anna");
    assert_eq!(members(&session["account"]), ["id", "name"]);
    assert_eq!(session["device"]["name"], "Office PC");
    assert_eq!(session["scope"], "openid profile");
    let life = session["expires_in"].as_u64().unwrap();
    assert!((28_790..=28_800).contains(&life), "{life}");
    let cookie = header(&collected, "set-cookie");
    assert!(cookie.starts_with(SESSION), "{cookie}");
    assert!(cookie.contains(&format!("; Max-Age={life}")), "{cookie}");

    let me = given(&browser.me().await, 200);
    assert_eq!(me["grant"]["id"], session["grant"]);
    assert_eq!(
        (&me["grant"]["client"], &me["grant"]["role"]),
        (&json!("countersign"), &json!("desktop"))
    );
    assert_eq!(login.state().await, "collected");
    let listed = given(&phone.devices().await, 200).to_string();
    assert!(listed.contains(text(&session, "grant")));
}

#[tokio::test]
async fn without_the_browsers_key_and_cookie_a_login_is_unknown() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let login = confirmed(&browser, &phone).await;
    let other = browser.login().await;
    let name = cookie_of(&login);
    let own = browser.page.cookie(&name).unwrap();
    let unknown = {
        let body = json!({ "device_code": "A".repeat(64) });
        let path = "/v1/logins/AAAAAAAAAAAAAAAAAAAAAA/session";
        browser.prove(Method::POST, path, Some(&body)).await
    };
    refused(&unknown, "unknown_login");
    let foreign = browser.page.cookie(&cookie_of(&other)).unwrap();
    for cookie in [None, Some(spoilt(&own)), Some(foreign), Some(String::new())] {
        let page = like(&browser, browser.page.key(), &login);
        page.set_cookie(&name, cookie.as_deref());
        let without = Browser {
            world: &world,
            page,
        };
        assert_same(&without.collect(&login).await, &unknown);
    }
    // Twice the right one: nobody can say which is meant.
    let twice = Call::post(login.path("session"))
        .proof(browser.page.key())
        .header("Cookie", &format!("{name}={own}; {name}={own}"))
        .header("Origin", world.server.issuer())
        .json(&json!({ "device_code": login.device_code() }));
    assert_same(&world.send(twice).await, &unknown);
    // Another key with the right cookie.
    let thief = Browser {
        world: &world,
        page: like(&browser, &new_key(), &login),
    };
    assert_same(&thief.collect(&login).await, &unknown);
    // Another login's device code under this one's id.
    let body = json!({ "device_code": other.device_code() });
    let path = login.path("session");
    let mixed = browser.prove(Method::POST, &path, Some(&body)).await;
    assert_same(&mixed, &unknown);
    given(&browser.collect(&login).await, 200);
}

#[tokio::test]
async fn nor_does_anybody_check_a_code_without_the_cookie() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let login = browser.login().await;
    let code = phone.claims(&login).await.confirms().await;
    // The key alone, as a page of any other origin on this machine might have it.
    refused(&login.check(&code).await, "unknown_login");
    refused(&login.check("000000").await, "unknown_login");
    let body = json!({ "device_code": login.device_code(), "code": code });
    let elsewhere = Call::post(login.path("check"))
        .proof(browser.page.key())
        .header("Origin", "https://evil.example")
        .json(&body);
    refused(
        &world
            .send(browser.page.dress(elsewhere, &Method::GET))
            .await,
        "origin_not_allowed",
    );
    let checked = given(&browser.check(&login, &code).await, 200);
    assert_eq!(checked["state"], "confirmed");
}

#[tokio::test]
async fn each_door_knows_its_own_logins_only() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let ours = confirmed(&browser, &phone).await;
    for client in ["countersign", "demo"] {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", ours.device_code()),
            ("client_id", client),
        ];
        let call = Call::post("/oauth/token")
            .proof(browser.page.key())
            .form(&form);
        let answer = browser.send(Method::POST, call).await;
        refused(&answer, "invalid_grant");
    }
    let (tokens, _) = phone.confirmed().await;
    let page = Page::with_key(&world.server, &tokens.desktop.key);
    let other = Browser {
        world: &world,
        page,
    };
    refused(&other.collect(&tokens).await, "unknown_login");
    given(&tokens.collect().await, 200);
    given(&browser.collect(&ours).await, 200);
}

#[tokio::test]
async fn only_a_page_of_ours_collects() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let login = confirmed(&browser, &phone).await;
    let name = cookie_of(&login);
    let cookie = format!("{name}={}", browser.page.cookie(&name).unwrap());
    let body = json!({ "device_code": login.device_code() });
    let bare = Call::post(login.path("session"))
        .header("Cookie", &cookie)
        .json(&body);
    let proved = bare.clone().proof(browser.page.key());
    refused(&world.send(proved.clone()).await, "origin_not_allowed");
    for origin in ["null", "https://evil.example", "http://localhost:1"] {
        let call = proved.clone().header("Origin", origin);
        refused(&world.send(call).await, "origin_not_allowed");
    }
    let ours = |call: Call| call.header("Origin", world.server.issuer());
    refused(&world.send(ours(bare)).await, "invalid_proof");
    let form = Call::post(login.path("session"))
        .proof(browser.page.key())
        .header("Cookie", &cookie)
        .body("text/plain", body.to_string());
    refused(&world.send(ours(form)).await, "unsupported_media_type");
    assert_eq!(login.state().await, "confirmed");
    given(&world.send(ours(proved)).await, 200);
}

#[tokio::test]
async fn before_it_is_confirmed_and_after_its_end_there_is_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let login = browser.login().await;
    refused(&browser.collect(&login).await, "not_ready");
    let claim = phone.claims(&login).await;
    refused(&browser.collect(&login).await, "not_ready");
    let code = claim.confirms().await;
    refused(&browser.collect(&login).await, "not_ready");
    given(&browser.check(&login, &code).await, 200);
    given(&claim.deny().await, 200);
    let ended = refused(&browser.collect(&login).await, "login_ended");
    assert_eq!(ended["state"], "denied");
    assert_eq!(browser.page.cookie(SESSION), None);

    let login = browser.login().await;
    let body = json!({ "device_code": login.device_code() });
    let path = login.path("cancel");
    let cancelled = browser
        .send(Method::POST, Call::post(path).json(&body))
        .await;
    given(&cancelled, 200);
    assert_eq!(
        browser.page.cookie(&cookie_of(&login)),
        None,
        "its cookie goes"
    );
}

#[tokio::test]
async fn again_within_ten_seconds_the_same_browser_gets_a_new_cookie_and_later_none() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let login = confirmed(&browser, &phone).await;
    let first = given(&browser.collect(&login).await, 200);
    let old = browser.page.cookie(SESSION).unwrap();
    let again = given(&browser.collect(&login).await, 200);
    assert_eq!(again["grant"], first["grant"]);
    let new = browser.page.cookie(SESSION).unwrap();
    assert_ne!(new, old);
    given(&browser.me().await, 200);
    let stale = Call::get("/v1/me").header("Cookie", &format!("{SESSION}={old}"));
    refused(&world.send(stale).await, "invalid_token");

    let mut clock: Stream = world.login().await.stream().await;
    // The heartbeat comes after 15 s.
    while !clock.block().await.unwrap().starts_with(':') {}
    refused(&browser.collect(&login).await, "unknown_login");
    given(&browser.me().await, 200);
    // Another key now, with all that the browser has: the grant is in doubt, and ends.
    let thief = Browser {
        world: &world,
        page: like(&browser, &new_key(), &login),
    };
    refused(&thief.collect(&login).await, "unknown_login");
    refused(&browser.me().await, "invalid_token");
}

#[tokio::test]
async fn a_browser_keeps_a_cookie_for_each_tab_and_few_of_them() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let mut logins: Vec<Login<'_>> = Vec::new();
    for _ in 0..12 {
        logins.push(browser.login().await);
        assert!(browser.page.cookies().len() <= 8);
    }
    let newest = logins.pop().unwrap();
    assert!(browser.page.cookies().contains(&cookie_of(&newest)));
    // Two tabs, one after the other; what one tab does touches the other's login in nothing.
    let second = browser.login().await;
    let code = phone.claims(&newest).await.confirms().await;
    given(&browser.check(&newest, &code).await, 200);
    let one: Value = given(&browser.collect(&newest).await, 200);
    assert_eq!(second.state().await, "waiting");
    let code = phone.claims(&second).await;
    assert_eq!(code.scan["approval"], "code", "an unproved key stays new");
    let code = code.confirms().await;
    given(&browser.check(&second, &code).await, 200);
    let two = given(&browser.collect(&second).await, 200);
    assert_ne!(one["grant"], two["grant"]);
    let me = given(&browser.me().await, 200);
    assert_eq!(me["grant"]["id"], two["grant"], "one browser, one session");
}
