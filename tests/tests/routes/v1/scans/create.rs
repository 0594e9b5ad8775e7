//! `POST /v1/scans`

use countersign_client::Call;
use serde_json::{Value, json};

use crate::support::{CLIENTS, Login, World, assert_same, given, members, refused, text};

#[tokio::test]
async fn a_phone_gets_a_ticket_and_sees_who_asks() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let scan = phone.claims(&login).await.scan;
    let all = [
        "approval",
        "context",
        "context_digest",
        "durations",
        "expires_in",
        "state",
        "ticket",
        "version",
    ];
    assert_eq!(members(&scan), all);
    assert_eq!(
        (&scan["state"], &scan["approval"]),
        (&json!("scanned"), &json!("code"))
    );
    assert_eq!(
        scan["durations"],
        json!({ "default_seconds": 28_800, "keep_seconds": 2_592_000 })
    );
    let context = &scan["context"];
    let client = json!({ "id": "demo", "name": "Countersign demo", "verified": false });
    assert_eq!(context["client"], client);
    for (member, value) in [
        ("desktop", json!("new")),
        ("network", json!("same")),
        ("calls_itself", json!("Office PC")),
        ("duration_seconds", json!(28_800)),
        ("strangers", json!(0)),
        ("opened_by", json!("scanner")),
    ] {
        assert_eq!(context[member], value, "{member}");
    }
    assert!(context["age_seconds"].as_u64().unwrap() < 60);
    let text = scan.to_string();
    assert!(
        !text.contains("127.0.0.1"),
        "the desktop's address is nobody's business"
    );
    assert!(!text.contains(login.device_code()));
}

#[tokio::test]
async fn the_code_is_read_as_a_link_of_this_server_or_bare() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for form in [
        |_: &str, code: &str| code.to_owned(),
        |issuer: &str, code: &str| format!("{issuer}/q#{code}"),
        |issuer: &str, code: &str| format!(" {issuer}/q#{code}\n"),
    ] {
        let login = world.login().await;
        let scan = form(world.server.issuer(), &login.code());
        given(&phone.scan(json!({ "scan": scan })).await, 201);
    }
}

#[tokio::test]
async fn a_link_of_another_server_is_no_code_here() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let (issuer, code) = (world.server.issuer(), login.code());
    let port = issuer.rsplit_once(':').unwrap().1;
    for scan in [
        format!("https://evil.example/q#{code}"),
        format!("https://localhost:{port}/q#{code}"),
        format!("{issuer}.evil.example/q#{code}"),
        format!("{issuer}@evil.example/q#{code}"),
        format!("http://evil@localhost:{port}/q#{code}"),
        format!("http://127.0.0.1:{port}/q#{code}"),
        format!("HTTP://LOCALHOST:{port}/q#{code}"),
        format!("{issuer}/evil#{code}"),
        format!("{issuer}/q/#{code}"),
        format!("{issuer}/q?x#{code}"),
        format!("{issuer}#{code}"),
        format!("{issuer}/q#{code}#{code}"),
        format!("#{code}"),
        format!("{code}.{code}"),
        format!("{code}="),
        format!("{code}A"),
        code[..code.len() - 1].to_owned(),
        code.replace('.', ""),
        String::new(),
        "x".repeat(10_000),
    ] {
        refused(
            &phone.scan(json!({ "scan": scan })).await,
            "invalid_request",
        );
    }
    assert_eq!(login.state().await, "waiting");
}

#[tokio::test]
async fn either_a_scan_or_a_hold() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let held = given(&phone.hold(&login.link()).await, 200);
    for body in [
        json!({}),
        json!({ "scan": login.link(), "hold": held["hold"] }),
        json!({ "scan": null, "hold": null }),
        json!({ "scan": [login.link()] }),
        json!({ "scan": 7 }),
        json!({ "opened_by": "scanner" }),
        json!({ "scan": login.link(), "opened_by": 7 }),
    ] {
        refused(&phone.scan(body).await, "invalid_request");
    }
    assert_eq!(login.state().await, "waiting");
}

#[tokio::test]
async fn a_wrong_code_is_an_unknown_login_whatever_became_of_it() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (waiting, scanned) = (world.login().await, world.login().await);
    phone.claims(&scanned).await;
    let (collected, _, _) = phone.collected().await;
    let mac = |code: String| code.split_once('.').unwrap().1.to_owned();
    let unknown = phone
        .scan(json!({ "scan": "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAA" }))
        .await;
    refused(&unknown, "unknown_login");
    for scan in [
        format!("AAAAAAAAAAAAAAAAAAAAAA.{}", mac(waiting.code())),
        format!("{}.AAAAAAAAAAA", waiting.id()),
        format!("{}.{}", waiting.id(), mac(scanned.code())),
        // The next code, before its time: who holds the rotation key could make it.
        waiting.link_of(1),
        waiting.link_of(u64::MAX),
        format!("{}.AAAAAAAAAAA", scanned.id()),
        format!("{}.AAAAAAAAAAA", collected.id()),
    ] {
        assert_same(&phone.scan(json!({ "scan": scan })).await, &unknown);
    }
    assert_eq!(waiting.state().await, "waiting");
}

#[tokio::test]
async fn the_same_phone_gets_the_same_answer_again() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let first = phone.claims(&login).await;
    let held = given(&phone.hold(&login.link()).await, 200);
    let body = json!({ "scan": login.link(), "opened_by": "scanner" });
    for body in [body, json!({ "hold": held["hold"] })] {
        let again = given(&phone.scan(body).await, 201);
        for member in ["ticket", "context_digest", "version", "approval"] {
            assert_eq!(again[member], first.scan[member], "{member}");
        }
        assert_eq!(
            again["context"]["opened_by"], "scanner",
            "the first one counts"
        );
    }
    let code = first.confirms().await;
    let again = given(&phone.scan_of(&login).await, 201);
    assert_eq!(
        (&again["ticket"], &again["state"]),
        (&first.scan["ticket"], &json!("checking"))
    );
    given(&login.check(&code).await, 200);
    assert_eq!(
        given(&phone.scan_of(&login).await, 201)["state"],
        "confirmed"
    );
}

#[tokio::test]
async fn the_end_of_a_login_is_told_to_who_has_its_code() {
    let world = World::with("[lifetimes]\nwaiting = 3\n").await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let (denied, claim, _) = anna.checking().await;
    given(&claim.deny().await, 200);
    let cancelled = world.login().await;
    given(&cancelled.cancel().await, 200);
    let (collected, _, _) = anna.collected().await;
    let expired = world.login().await;
    assert_eq!(expired.stream().await.rest().await, ["waiting", "expired"]);
    for (login, end) in [
        (denied, "denied"),
        (cancelled, "cancelled"),
        (collected, "collected"),
        (expired, "expired"),
    ] {
        for phone in [&anna, &bob] {
            assert_eq!(
                refused(&phone.scan_of(&login).await, "login_ended")["state"],
                end
            );
        }
    }
}

#[tokio::test]
async fn how_it_was_opened_is_kept_and_never_trusted_upwards() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for (said, kept) in [
        (json!("scanner"), "scanner"),
        (json!("link"), "link"),
        (json!("cross-site-link"), "cross-site-link"),
        (json!("SCANNER"), "link"),
        (json!(""), "link"),
        (Value::Null, "link"),
    ] {
        let login = world.login().await;
        let scan = given(
            &phone
                .scan(json!({ "scan": login.link(), "opened_by": said }))
                .await,
            201,
        );
        assert_eq!(scan["context"]["opened_by"], kept);
    }
}

#[tokio::test]
async fn a_desktop_that_collected_before_is_known_and_a_tap_will_do() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let desktop = world.desktop();
    let first = desktop.proved_login(json!({})).await;
    let claim = anna.claims(&first).await;
    assert_eq!(
        (&claim.scan["approval"], &claim.scan["context"]["desktop"]),
        (&json!("code"), &json!("new"))
    );
    given(&first.check(&claim.confirms().await).await, 200);
    first.collects().await;

    let known = desktop.proved_login(json!({})).await;
    let claim = anna.claims(&known).await;
    assert_eq!(claim.scan["approval"], "tap");
    assert_eq!(claim.scan["context"]["client"]["verified"], true);
    assert!(claim.scan["context"]["desktop"]["known_since"].is_u64());
    let confirmed = given(&claim.confirm().await, 200);
    assert_eq!(members(&confirmed), ["expires_in", "state", "version"]);
    assert_eq!(confirmed["state"], "confirmed");
    assert_eq!(
        given(&claim.confirm().await, 200)["version"],
        confirmed["version"]
    );
    refused(&known.check("000000").await, "not_ready");
    known.collects().await;

    // Only named and not proved, by a link on somebody's page, or for somebody else: a code.
    let named = desktop.login().await;
    assert_eq!(anna.claims(&named).await.scan["approval"], "code");
    let linked = desktop.proved_login(json!({})).await;
    let body = json!({ "scan": linked.link(), "opened_by": "cross-site-link" });
    assert_eq!(given(&anna.scan(body).await, 201)["approval"], "code");
    let bobs = desktop.proved_login(json!({})).await;
    assert_eq!(bob.claims(&bobs).await.scan["approval"], "code");
    let elsewhere = world.desktop().proved_login(json!({})).await;
    assert_eq!(anna.claims(&elsewhere).await.scan["approval"], "code");
}

#[tokio::test]
async fn what_the_phone_shows_of_a_client_is_what_is_registered() {
    let world = World::with(CLIENTS).await;
    let phone = world.phone("anna").await;
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0";
    let shop = world.desktop_of("shop");
    let wish = shop.wish(&json!({ "client_name": "Bank", "host": "bank.example" }));
    for host in ["shop.example", "www.shop.example"] {
        let call = Call::post("/v1/logins")
            .header("Origin", &format!("https://{host}"))
            .header("User-Agent", agent)
            .json(&wish);
        let created = given(&world.send(call).await, 201);
        let login = Login {
            desktop: shop.clone(),
            created,
        };
        let context = phone.claims(&login).await.scan["context"].clone();
        let client = json!({ "id": "shop", "name": "The Shop", "host": host, "verified": false });
        assert_eq!(context["client"], client);
        assert_eq!(
            (text(&context, "browser"), text(&context, "os")),
            ("Edge", "Windows")
        );
    }

    let tv = world.desktop_of("tv").login().await;
    let context = phone.claims(&tv).await.scan["context"].clone();
    assert_eq!(
        context["client"],
        json!({ "id": "tv", "name": "Television", "verified": false })
    );
}
