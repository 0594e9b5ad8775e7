//! `POST /v1/sessions`

use countersign_client::Call;
use countersign_tests::page::SESSION;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::support::{
    CLIENTS, World, assert_same, claims, given, header, members, refused, text, told, with,
};

#[tokio::test]
async fn the_right_password_makes_a_phone() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let key = new_key();
    let session = given(&world.sign_in("anna", &key, json!({})).await, 201);
    let all = [
        "access_token",
        "account",
        "device",
        "expires_in",
        "may_approve",
        "refresh_token",
        "role",
        "token_type",
    ];
    assert_eq!(members(&session), all);
    assert_eq!(
        (&session["token_type"], &session["expires_in"]),
        (&json!("DPoP"), &json!(600))
    );
    assert_eq!(
        (&session["role"], &session["may_approve"]),
        (&json!("phone"), &json!(true))
    );
    assert_eq!(session["account"]["name"], "anna");
    assert_eq!(session["device"]["name"], "anna's phone");
    assert_eq!(session["device"]["kind"], "android");
    let claims = claims(text(&session, "access_token"));
    assert_eq!(claims["cnf"]["jkt"], key.thumbprint());
    assert_eq!(
        (&claims["amr"], &claims["cross_device"]),
        (&json!(["pwd"]), &json!(false))
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_answered_alike() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let key = new_key();
    let wrong = world
        .sign_in("anna", &key, json!({ "password": "wrong horse battery" }))
        .await;
    refused(&wrong, "invalid_credentials");
    assert!(header(&wrong, "www-authenticate").starts_with("DPoP"));
    for (account, password) in [
        ("nobody", PASSWORD),
        ("nobody", "wrong horse battery"),
        ("", PASSWORD),
        ("anna", ""),
        ("anna", "correct horse battery staple "),
        ("anna", "Correct horse battery staple"),
        ("anna\u{0}", PASSWORD),
        // Looks like `anna`; the first letter is Cyrillic.
        ("\u{430}nna", PASSWORD),
        ("anna' OR '1'='1", PASSWORD),
        (&*"a".repeat(4_000), PASSWORD),
    ] {
        let answer = world
            .sign_in(account, &key, json!({ "password": password }))
            .await;
        assert_same(&answer, &wrong);
    }
    for (account, password) in [("anna", "x".repeat(257)), ("nobody", "x".repeat(257))] {
        let answer = world
            .sign_in(account, &key, json!({ "password": password }))
            .await;
        refused(&answer, "invalid_request");
    }
}

#[tokio::test]
async fn a_login_name_is_read_as_people_type_it() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    for account in ["anna", "Anna", "ANNA", " anna "] {
        let session = given(&world.sign_in(account, &new_key(), json!({})).await, 201);
        assert_eq!(session["account"]["name"], "anna");
    }
}

#[tokio::test]
async fn no_other_sites_page_signs_anybody_in() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let send = async |origins: &[&str]| {
        let body = json!({ "account": "anna", "password": PASSWORD });
        let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
        let dress = |call: Call, origin: &&str| call.header("Origin", origin);
        world.send(origins.iter().fold(call, dress)).await
    };
    let ours = world.server.issuer().to_owned();
    given(&send(&[]).await, 201);
    given(&send(&[&ours]).await, 201);
    for foreign in [
        "null",
        "",
        "https://evil.example",
        &ours[..ours.len() - 1],
        &format!("{ours}0"),
    ] {
        refused(&send(&[foreign]).await, "origin_not_allowed");
    }
    refused(&send(&[&ours, &ours]).await, "origin_not_allowed");
}

#[tokio::test]
async fn nobody_signs_in_as_anything_else_than_phone_or_desktop() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    for role in [json!("admin"), json!("Phone"), json!(""), json!(7)] {
        let answer = world
            .sign_in("anna", &new_key(), json!({ "role": role }))
            .await;
        refused(&answer, "invalid_request");
    }
}

#[tokio::test]
async fn only_our_own_clients_ever_see_a_password() {
    let world = World::with(CLIENTS).await;
    world.server.account("anna", PASSWORD).await;
    for client in ["shop", "tv", "nobody", ""] {
        for role in ["phone", "desktop"] {
            let wish = json!({ "client_id": client, "role": role });
            refused(
                &world.sign_in("anna", &new_key(), wish).await,
                "unknown_client",
            );
        }
    }
}

/// Else a password alone would walk around what that client's scans take.
#[tokio::test]
async fn only_a_client_of_phones_signs_in_without_a_scan() {
    let clients =
        "[[clients]]\nid = \"office\"\nnative = true\nfirst_party = true\napproval = \"passkey\"\n";
    let world = World::with(clients).await;
    let phone = world.phone("anna").await;
    let made = given(&phone.post("/v1/recovery/codes", json!({})).await, 201);
    let question = world.question(&new_key()).await;
    let passkey = json!({ "challenge": question["challenge"], "response": {} });
    for client in ["office", "demo", "nobody"] {
        let recovery = json!({ "account": "anna", "code": made["codes"][0], "client_id": client });
        let recovered = world.page_post("/v1/recovery", &new_key(), &recovery).await;
        refused(&recovered, "unknown_client");
        let accept = json!({ "invitation": "x", "password": PASSWORD, "client_id": client });
        let accepted = world
            .page_post("/v1/invitations/accept", &new_key(), &accept)
            .await;
        refused(&accepted, "unknown_client");
        for role in ["phone", "desktop"] {
            // Judged before anybody is looked up.
            for wish in [
                json!({ "account": "anna", "password": PASSWORD }),
                json!({ "account": "anna", "password": "wrong horse battery" }),
                json!({ "account": "nobody", "password": PASSWORD }),
                json!({ "passkey": passkey }),
            ] {
                let body = with(wish, &json!({ "client_id": client, "role": role }));
                let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
                assert_eq!(told(&world.send(call).await), told(&recovered));
            }
        }
    }
}

#[tokio::test]
async fn no_session_without_a_proof_or_with_half_a_request() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let body = json!({ "account": "anna", "password": PASSWORD });
    refused(
        &world.send(Call::post("/v1/sessions").json(&body)).await,
        "invalid_proof",
    );
    for changes in [
        json!({ "account": null }),
        json!({ "password": null }),
        json!({ "account": ["anna"] }),
        json!({ "password": { "$ne": "" } }),
        json!({ "device": 7 }),
    ] {
        let answer = world.sign_in("anna", &new_key(), changes).await;
        refused(&answer, "invalid_request");
    }
}

#[tokio::test]
async fn a_device_that_gives_no_name_is_called_after_its_browser() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let body = json!({ "account": "anna", "password": PASSWORD });
    let call = Call::post("/v1/sessions").proof(&new_key()).json(&body).header(
        "User-Agent",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) CriOS/120.0 Mobile Safari/604.1",
    );
    assert_eq!(
        given(&world.send(call).await, 201)["device"]["name"],
        "Chrome on iOS"
    );
}

#[tokio::test]
async fn signing_in_again_on_one_device_replaces_its_session() {
    let world = World::new().await;
    let first = world.phone("anna").await;
    let again = world.device("anna", first.key.clone(), json!({})).await;
    assert_eq!(again.tokens["device"]["id"], first.tokens["device"]["id"]);
    refused(&first.me().await, "invalid_token");
    refused(&first.refresh().await, "invalid_grant");
    given(&again.me().await, 200);
}

#[tokio::test]
async fn on_our_own_page_a_password_gives_a_cookie_and_no_tokens() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let browser = world.browser();
    browser.page.set_cookie(SESSION, Some("planted"));
    let answer = browser.sign_in("anna", &json!({})).await;
    let session = given(&answer, 201);
    let all = [
        "account",
        "device",
        "expires_in",
        "grant",
        "may_approve",
        "role",
        "scope",
    ];
    assert_eq!(members(&session), all);
    assert_eq!(
        (&session["role"], &session["may_approve"]),
        (&json!("desktop"), &json!(false))
    );
    let life = session["expires_in"].as_u64().unwrap();
    assert!((28_790..=28_800).contains(&life), "{life}");
    assert_ne!(browser.page.cookie(SESSION).as_deref(), Some("planted"));
    let me = given(&browser.me().await, 200);
    assert_eq!(
        (&me["grant"]["id"], &me["grant"]["how"]),
        (&session["grant"], &json!("password"))
    );

    let first = browser.page.cookie(SESSION).unwrap();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let old = Call::get("/v1/me").header("Cookie", &format!("{SESSION}={first}"));
    refused(&world.send(old).await, "invalid_token");
    let wrong = browser
        .sign_in("anna", &json!({ "password": "wrong horse battery" }))
        .await;
    refused(&wrong, "invalid_credentials");
    assert_eq!(header(&wrong, "set-cookie"), "");
    given(&browser.me().await, 200);
}

#[tokio::test]
async fn a_cookie_goes_to_a_page_of_ours_alone() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let desktop = json!({ "role": "desktop" });
    let program = world.sign_in("anna", &new_key(), desktop).await;
    refused(&program, "origin_not_allowed");
    let body = json!({ "account": "anna", "password": PASSWORD, "role": "desktop" });
    let call = Call::post("/v1/sessions").json(&body);
    let bare = call.clone().header("Origin", world.server.issuer());
    refused(&world.send(bare).await, "invalid_proof");
    for origin in ["null", "https://evil.example"] {
        let call = call.clone().proof(&new_key()).header("Origin", origin);
        refused(&world.send(call).await, "origin_not_allowed");
    }
}

#[tokio::test]
async fn a_further_phone_is_told_how_long_it_waits() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    world.phone("anna").await;
    let second = world.another_phone("anna").await;
    assert_eq!(second.tokens["may_approve"], false);
    let seconds = second.tokens["approves_in"].as_u64().unwrap();
    assert!((86_390..=86_400).contains(&seconds), "{seconds}");
}
