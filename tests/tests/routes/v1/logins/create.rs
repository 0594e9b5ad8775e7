//! `POST /v1/logins`

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::{Value, json};

use crate::support::{CLIENTS, Login, World, body, bytes, given, members, refused, text};

#[tokio::test]
async fn a_desktop_gets_what_it_needs_and_nothing_more() {
    let world = World::new().await;
    let created = world.login().await.created;
    let all = ["device_code", "expires_in", "interval", "login_id", "scan"];
    assert_eq!(members(&created), all);
    let scan = &created["scan"];
    let all = [
        "rotate_in",
        "rotate_seconds",
        "rotation_key",
        "rotation_step",
        "url",
    ];
    assert_eq!(members(scan), all);
    assert_eq!(text(scan, "url"), world.url("/q"));
    assert_eq!(
        (&created["expires_in"], &created["interval"]),
        (&json!(300), &json!(5))
    );
    assert_eq!(
        (&scan["rotate_seconds"], &scan["rotation_step"]),
        (&json!(30), &json!(0))
    );
    assert!((1..=30).contains(&scan["rotate_in"].as_u64().unwrap()));
    assert_eq!(bytes(text(&created, "login_id")).len(), 16);
    assert_eq!(bytes(text(&created, "device_code")).len(), 16 + 32);
    assert_eq!(bytes(text(scan, "rotation_key")).len(), 32);
}

#[tokio::test]
async fn what_is_wrong_with_a_wish_is_said_without_repeating_it() {
    let world = World::new().await;
    let desktop = world.desktop();
    let jkt = desktop.key.thumbprint();
    let cut = &jkt[..42];
    for (changes, code) in [
        (json!({ "client_id": "nobody" }), "unknown_client"),
        (json!({ "client_id": "" }), "unknown_client"),
        (json!({ "client_id": "Demo" }), "unknown_client"),
        (
            json!({ "client_id": "<script>x-ray</script>" }),
            "unknown_client",
        ),
        (
            json!({ "client_id": "x-ray".repeat(2_000) }),
            "unknown_client",
        ),
        (json!({ "client_id": null }), "invalid_request"),
        (json!({ "client_id": ["demo"] }), "invalid_request"),
        (json!({ "dpop_jkt": null }), "invalid_request"),
        (json!({ "dpop_jkt": "" }), "invalid_request"),
        (json!({ "dpop_jkt": "x-ray" }), "invalid_request"),
        (json!({ "dpop_jkt": 7 }), "invalid_request"),
        (json!({ "dpop_jkt": cut }), "invalid_request"),
        (json!({ "dpop_jkt": format!("{jkt}=") }), "invalid_request"),
        (json!({ "dpop_jkt": format!("{jkt}A") }), "invalid_request"),
        (json!({ "dpop_jkt": format!("{cut}+") }), "invalid_request"),
        // The same bytes, but for two bits that count for nothing: a second name of one key.
        (
            json!({ "dpop_jkt": format!("{}B", "A".repeat(42)) }),
            "invalid_request",
        ),
        (json!({ "scope": "openid profile email" }), "invalid_scope"),
        (json!({ "scope": "x-ray" }), "invalid_scope"),
        (json!({ "scope": "open\"id" }), "invalid_scope"),
        (json!({ "scope": "openid\tprofile" }), "invalid_scope"),
        (json!({ "scope": ["openid"] }), "invalid_request"),
        (json!({ "rotate": "x-ray" }), "invalid_request"),
        (json!({ "device": "x-ray" }), "invalid_request"),
        (json!({ "device": { "name": 7 } }), "invalid_request"),
    ] {
        let answer = desktop.create(changes.clone()).await;
        refused(&answer, code);
        assert!(
            !body(&answer).contains("x-ray"),
            "{changes}: {}",
            body(&answer)
        );
    }
}

#[tokio::test]
async fn scopes_are_the_clients_own_or_fewer() {
    let world = World::with(CLIENTS).await;
    let phone = world.phone("anna").await;
    for (client, asked, given) in [
        ("tv", Value::Null, vec!["openid"]),
        ("tv", json!(""), vec!["openid"]),
        ("tv", json!("openid openid"), vec!["openid"]),
        ("countersign", json!("profile"), vec!["profile"]),
        ("countersign", Value::Null, vec!["openid", "profile"]),
    ] {
        let desktop = world.desktop_of(client);
        let call = Call::post("/v1/logins").json(&desktop.wish(&json!({ "scope": asked })));
        let call = if client == "countersign" {
            call.header("Origin", world.server.issuer())
        } else {
            call
        };
        let created = crate::support::given(&world.send(call).await, 201);
        let login = Login { desktop, created };
        let scan = phone.claims(&login).await.scan;
        let scopes = scan["context"]["scopes"].as_array().unwrap();
        let names: Vec<&str> = scopes.iter().map(|scope| text(scope, "name")).collect();
        assert_eq!(names, given, "{client} {asked}");
        assert!(scopes.iter().all(|scope| !text(scope, "text").is_empty()));
    }
    refused(
        &world
            .desktop_of("tv")
            .create(json!({ "scope": "profile" }))
            .await,
        "invalid_scope",
    );
}

#[tokio::test]
async fn only_a_clients_own_origins_start_its_logins() {
    let world = World::with(CLIENTS).await;
    let ours = world.server.issuer().to_owned();
    let foreign = [
        "null",
        "",
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example/",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "https://shop.exampl",
        "https://SHOP.example",
        "https://shop.example https://shop.example",
        "https://shop.example, https://shop.example",
    ];
    let prefix = &ours[..ours.len() - 1];
    let suffix = format!("{ours}0");
    let cases = [
        ("shop", vec!["https://shop.example"], true),
        ("shop", vec!["https://www.shop.example"], true),
        ("shop", vec![], false),
        ("shop", vec![&*ours], false),
        (
            "shop",
            vec!["https://shop.example", "https://shop.example"],
            false,
        ),
        (
            "shop",
            vec!["https://shop.example", "https://evil.example"],
            false,
        ),
        ("tv", vec![], true),
        ("tv", vec!["https://shop.example"], false),
        ("countersign", vec![&*ours], true),
        ("countersign", vec![], false),
        ("countersign", vec![prefix], false),
        ("countersign", vec![&*suffix], false),
    ];
    let foreign = foreign.map(|origin| ("shop", vec![origin], false));
    for (client, origins, allowed) in cases.into_iter().chain(foreign) {
        let call = Call::post("/v1/logins").json(&world.desktop_of(client).wish(&json!({})));
        let dress = |call: Call, origin: &&str| call.header("Origin", origin);
        let answer = world.send(origins.iter().fold(call, dress)).await;
        if allowed {
            given(&answer, 201);
        } else {
            refused(&answer, "origin_not_allowed");
        }
    }
}

#[tokio::test]
async fn a_proof_must_be_good_and_by_the_key_that_is_named() {
    let world = World::new().await;
    let desktop = world.desktop();
    desktop.proved_login(json!({})).await;
    let wish = desktop.wish(&json!({}));
    let by_another = Call::post("/v1/logins").proof(&new_key()).json(&wish);
    refused(&world.send(by_another).await, "invalid_request");
    let no_proof = Call::post("/v1/logins").header("DPoP", "x").json(&wish);
    refused(&world.send(no_proof).await, "invalid_proof");
}

#[tokio::test]
async fn ids_that_a_request_names_are_ignored() {
    let world = World::new().await;
    let earlier = world.login().await;
    let (id, code) = (earlier.id(), earlier.device_code());
    let wish = world.desktop().wish(&json!({
        "login_id": id, "id": id, "device_code": code, "rotation_key": "A".repeat(43),
        "version": 9, "state": "confirmed", "expires_in": 9_999, "scan": { "rotation_step": 9 },
    }));
    let call = Call::post(format!("/v1/logins?login_id={id}&device_code={code}"))
        .header(
            "Cookie",
            &format!("login_id={id}; __Host-login={id}; session={code}"),
        )
        .header("X-Request-Id", id)
        .json(&wish);
    let created = given(&world.send(call).await, 201);
    assert_ne!(created["login_id"], earlier.created["login_id"]);
    assert_ne!(created["device_code"], earlier.created["device_code"]);
    assert_ne!(created["scan"]["rotation_key"], "A".repeat(43));
    assert_eq!(created["expires_in"], 300);
    assert_eq!(created["scan"]["rotation_step"], 0);
}

#[tokio::test]
async fn a_static_code_is_given_to_who_asks_and_then_always_takes_a_check_code() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = world.desktop();
    let collected_before = desktop.proved_login(json!({})).await;
    let code = phone.claims(&collected_before).await.confirms().await;
    given(&collected_before.check(&code).await, 200);
    collected_before.collects().await;

    let login = desktop.proved_login(json!({ "rotate": false })).await;
    assert_eq!(login.created["scan"]["rotate_seconds"], 0);
    assert_eq!(login.created["scan"]["rotate_in"], 0);
    assert_eq!(phone.claims(&login).await.scan["approval"], "code");
    let login = desktop.proved_login(json!({ "rotate": true })).await;
    assert_eq!(login.created["scan"]["rotate_seconds"], 30);
    assert_eq!(phone.claims(&login).await.scan["approval"], "tap");
}

#[tokio::test]
async fn a_server_without_rotation_gives_static_codes_to_all() {
    let world = World::with("[rotation]\nseconds = 0\n").await;
    let phone = world.phone("anna").await;
    for rotate in [json!(null), json!(true), json!(false)] {
        let login = world
            .desktop()
            .login_with(json!({ "rotate": rotate }))
            .await;
        assert_eq!(login.created["scan"]["rotate_seconds"], 0);
        let waiting = login.now().await;
        assert_eq!(
            (&waiting["rotation_step"], &waiting["rotate_in"]),
            (&json!(0), &json!(0))
        );
        refused(
            &phone.scan(json!({ "scan": login.link_of(1) })).await,
            "unknown_login",
        );
        assert_eq!(phone.claims(&login).await.scan["approval"], "code");
    }
}

#[tokio::test]
async fn what_a_desktop_calls_itself_reaches_the_phone_clean() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let long = "x".repeat(10_240);
    let zalgo = format!("e{}", "\u{301}".repeat(40));
    for (name, shown) in [
        (json!("Office PC"), json!("Office PC")),
        (json!("  two \t\r\n spaces  "), json!("two spaces")),
        (json!(long), json!("x".repeat(64))),
        (json!("\u{202e}gpj.live\u{202c}\u{2066}"), json!("gpj.live")),
        (json!("a\u{200b}b\u{feff}c\u{ad}d"), json!("abcd")),
        (json!(zalgo), json!("e\u{301}\u{301}")),
        (json!("\u{1b}[31mred\u{7}\u{0}"), json!("[31mred")),
        (json!("日本語 ßé"), json!("日本語 ßé")),
        // Markup and templates are text here; pages escape what they show.
        (json!("<b>{{7*7}}</b>"), json!("<b>{{7*7}}</b>")),
        (json!("   "), Value::Null),
        (json!("\u{200b}\u{202e}"), Value::Null),
        (json!(""), Value::Null),
        (Value::Null, Value::Null),
    ] {
        let device = json!({ "name": name, "kind": "browser" });
        let login = world
            .desktop()
            .login_with(json!({ "device": device }))
            .await;
        let context = &phone.claims(&login).await.scan["context"];
        assert_eq!(context["calls_itself"], shown, "{name}");
    }
}

#[tokio::test]
async fn a_missing_or_unknown_kind_of_device_counts_as_other() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for device in [
        Value::Null,
        json!({}),
        json!({ "kind": "fridge" }),
        json!({ "kind": "" }),
    ] {
        let login = world
            .desktop()
            .login_with(json!({ "device": device }))
            .await;
        let code = phone.claims(&login).await.confirms().await;
        given(&login.check(&code).await, 200);
        let desktop = login.collects().await;
        assert_eq!(desktop.tokens["device"]["kind"], "other", "{device}");
        assert!(
            !text(&desktop.tokens["device"], "name").is_empty(),
            "people need a name for it"
        );
        given(&desktop.me().await, 200);
    }
}
