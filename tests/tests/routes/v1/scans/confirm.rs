//! `POST /v1/scans/confirm`

use serde_json::{Value, json};

use crate::support::{World, assert_same, given, members, refused, text};

#[tokio::test]
async fn continuing_gives_a_check_code_and_its_repeat_the_same_one() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    let claim = phone.claims(&login).await;
    let first = given(&claim.confirm().await, 200);
    assert_eq!(
        members(&first),
        ["check_code", "expires_in", "state", "version"]
    );
    assert_eq!(first["state"], "checking");
    let code = text(&first, "check_code");
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));
    for _ in 0..3 {
        let again = given(&claim.confirm().await, 200);
        assert_eq!(
            (&again["check_code"], &again["version"]),
            (&first["check_code"], &first["version"])
        );
    }
    assert_eq!(login.state().await, "checking");
    given(&login.check(code).await, 200);
    refused(&claim.confirm().await, "not_ready");
    login.collects().await;
    assert_eq!(
        refused(&claim.confirm().await, "login_ended")["state"],
        "collected"
    );
}

#[tokio::test]
async fn nobody_confirms_what_was_not_shown() {
    let world = World::new().await;
    let (phone, login) = (world.phone("anna").await, world.login().await);
    let claim = phone.claims(&login).await;
    let other = phone.claims(&world.login().await).await;
    let digest = text(&claim.scan, "context_digest");
    for (digest, code) in [
        (json!(null), "invalid_request"),
        (json!([]), "invalid_request"),
        (json!({}), "invalid_request"),
        (json!(7), "invalid_request"),
        (json!(true), "invalid_request"),
        (json!(""), "invalid_request"),
        (json!("x"), "invalid_request"),
        (json!(digest[1..]), "invalid_request"),
        (json!(format!("{digest}=")), "invalid_request"),
        (json!([digest]), "invalid_request"),
        (json!("A".repeat(43)), "context_changed"),
        (other.scan["context_digest"].clone(), "context_changed"),
    ] {
        let body = json!({ "ticket": claim.ticket(), "context_digest": digest });
        refused(&phone.confirm(body).await, code);
    }
    refused(
        &phone
            .confirm(claim.decision(&json!({ "keep": "yes" })))
            .await,
        "invalid_request",
    );
    assert_eq!(login.state().await, "scanned");
    assert_eq!(login.now().await["version"], 2);
    claim.confirms().await;
    // A wrong digest gets nothing out of a repeat either.
    let changed = claim.decision(&json!({ "context_digest": other.scan["context_digest"] }));
    refused(&phone.confirm(changed).await, "not_ready");
}

#[tokio::test]
async fn a_ticket_is_its_phones_alone() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let second = world.another_phone("anna").await;
    let login = world.login().await;
    let claim = anna.claims(&login).await;
    let bobs = bob.claims(&world.login().await).await;
    let unknown = anna
        .confirm(claim.decision(&json!({ "ticket": "x" })))
        .await;
    refused(&unknown, "unknown_login");
    for phone in [&second, &bob] {
        assert_same(&phone.confirm(claim.decision(&json!({}))).await, &unknown);
    }
    let zeros = format!("{}{}", &claim.ticket()[..21], "A".repeat(43));
    for ticket in [
        "",
        &zeros,
        bobs.ticket(),
        login.device_code(),
        &login.code(),
        anna.refresh_token(),
        &claim.ticket()[..63],
        &format!("{}=", claim.ticket()),
    ] {
        let body = claim.decision(&json!({ "ticket": ticket }));
        assert_same(&anna.confirm(body).await, &unknown);
    }
    for ticket in [
        json!(null),
        json!([]),
        json!({}),
        json!(7),
        json!([claim.ticket()]),
    ] {
        let body = json!({ "ticket": ticket, "context_digest": claim.scan["context_digest"] });
        refused(&anna.confirm(body).await, "invalid_request");
    }
    assert_eq!(login.state().await, "scanned");
}

#[tokio::test]
async fn nothing_is_confirmed_before_it_was_scanned() {
    let world = World::new().await;
    let (phone, login) = (world.phone("anna").await, world.login().await);
    let digest = "A".repeat(43);
    for ticket in [login.device_code(), &login.code(), login.id(), ""] {
        let body = json!({ "ticket": ticket, "context_digest": digest });
        refused(&phone.confirm(body).await, "unknown_login");
    }
    assert_eq!(login.state().await, "waiting");
}

#[tokio::test]
async fn a_desktop_confirms_nothing_with_the_phones_ticket() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let login = world.login().await;
    let claim = phone.claims(&login).await;
    refused(
        &desktop.confirm(claim.decision(&json!({}))).await,
        "not_a_phone",
    );
    refused(
        &desktop.deny(json!({ "ticket": claim.ticket() })).await,
        "not_a_phone",
    );
    let body = json!({ "ticket": claim.ticket() });
    refused(&desktop.watch(body, &[]).await, "not_a_phone");
    assert_eq!(login.state().await, "scanned");
}

#[tokio::test]
async fn keep_picks_the_longer_duration_and_the_first_choice_counts() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for (first, then, seconds) in [
        (json!(null), json!(true), 28_800),
        (json!(false), json!(true), 28_800),
        (json!(true), json!(false), 2_592_000),
    ] {
        let login = world.login().await;
        let claim = phone.claims(&login).await;
        let confirmed = given(
            &phone
                .confirm(claim.decision(&json!({ "keep": first })))
                .await,
            200,
        );
        let again = given(
            &phone
                .confirm(claim.decision(&json!({ "keep": then })))
                .await,
            200,
        );
        assert_eq!(again["check_code"], confirmed["check_code"]);
        given(&login.check(text(&confirmed, "check_code")).await, 200);
        let grant = given(&login.collects().await.me().await, 200)["grant"].clone();
        let time = |name: &str| grant[name].as_u64().unwrap();
        assert_eq!(time("expires_at") - time("signed_in_at"), seconds);
    }
}

#[tokio::test]
async fn what_became_riskier_is_shown_again_and_the_old_ticket_is_dead() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let login = world.login().await;
    let before = anna.claims(&login).await;
    refused(&bob.scan_of(&login).await, "claimed");
    refused(&before.confirm().await, "context_changed");
    for dead in [before.confirm().await, before.deny().await] {
        refused(&dead, "unknown_login");
    }
    let after = anna.claims(&login).await;
    assert_ne!(after.ticket(), before.ticket());
    assert_ne!(after.scan["context_digest"], before.scan["context_digest"]);
    assert_eq!(after.scan["context"]["strangers"], 1);
    let mixed = after.decision(&json!({ "context_digest": before.scan["context_digest"] }));
    refused(&anna.confirm(mixed).await, "context_changed");
    given(&login.check(&after.confirms().await).await, 200);
    login.collects().await;
}

#[tokio::test]
async fn a_decision_comes_too_late_after_the_end() {
    let world = World::with("[lifetimes]\ndecision = 3\n").await;
    let phone = world.phone("anna").await;
    let (denied, expired) = (world.login().await, world.login().await);
    let claim = phone.claims(&denied).await;
    given(&claim.deny().await, 200);
    assert_eq!(
        refused(&claim.confirm().await, "login_ended")["state"],
        "denied"
    );
    let claim = phone.claims(&expired).await;
    assert_eq!(
        expired
            .stream()
            .await
            .rest()
            .await
            .last()
            .map(String::as_str),
        Some("expired")
    );
    assert_eq!(
        refused(&claim.confirm().await, "login_ended")["state"],
        "expired"
    );
    assert_eq!(
        refused(&claim.deny().await, "login_ended")["state"],
        "expired"
    );
}

#[tokio::test]
async fn whom_a_request_names_is_ignored() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let login = world.login().await;
    let claim = anna.claims(&login).await;
    let bobs: Value = bob.tokens["account"]["id"].clone();
    let body = claim.decision(&json!({
        "account": bobs, "account_id": bobs, "user_id": bobs, "sub": bobs, "session": bobs,
        "state": "confirmed", "approval": "tap",
    }));
    let confirmed = given(&anna.confirm(body).await, 200);
    assert_eq!(confirmed["state"], "checking");
    given(&login.check(text(&confirmed, "check_code")).await, 200);
    assert_eq!(
        login.collects().await.tokens["account"],
        anna.tokens["account"]
    );
}
