//! The wrong party: everything is right, but for who presents it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_client::{Call, NewLogin, State};
use countersign_tests::parties::wish;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::cases::Case;
use crate::support::{
    ALL_CLIENTS, Arena, DEVICE_CODE, Desktop, Kiosk, Login, assert_same, call, claimed, given,
    refused, text, undo, wrong,
};

pub(crate) const CASES: &[Case] = &[
    (
        "with all that the QR code shows: wait, cancel",
        "flaws.rs::with_all_that_the_qr_code_shows_nobody_waits_or_cancels",
    ),
    (
        "with the device code and another key: check",
        "flaws.rs::without_the_desktops_key_nobody_checks_even_with_its_device_code",
    ),
    (
        "with the device code and another key: collect",
        "flaws.rs::without_the_desktops_key_nobody_collects_even_with_its_device_code",
    ),
    (
        "with the device code, in a race with its desktop",
        "races/collect.rs::a_stolen_device_code_collects_nothing_and_ends_what_was_collected",
    ),
    (
        "with a page's device code and key, in another browser",
        "attacks/wrong_party.rs::a_pages_login_is_its_browsers_alone",
    ),
    (
        "a ticket of another phone, account, session",
        "routes/v1/scans/confirm.rs::a_ticket_is_its_phones_alone",
    ),
    (
        "confirm what was not shown: null, lists, another digest",
        "routes/v1/scans/confirm.rs::nobody_confirms_what_was_not_shown",
    ),
    (
        "confirm what was not scanned",
        "routes/v1/scans/confirm.rs::nothing_is_confirmed_before_it_was_scanned",
    ),
    (
        "a denial by a stranger",
        "routes/v1/scans/deny.rs::nobody_else_declines",
    ),
    (
        "a look by a stranger",
        "routes/v1/scans/wait.rs::only_the_phone_that_scanned_looks",
    ),
    (
        "two approvals in two tabs",
        "attacks/wrong_party.rs::of_two_open_approvals_the_one_on_the_screen_counts",
    ),
    (
        "what was shown has changed",
        "routes/v1/scans/confirm.rs::what_became_riskier_is_shown_again_and_the_old_ticket_is_dead",
    ),
    (
        "a bystander scans first",
        "attacks/wrong_party.rs::a_bystander_who_scans_first_signs_nobody_in",
    ),
    (
        "the check code sent by the phone",
        "routes/v1/logins/check.rs::another_key_is_told_nothing_and_costs_no_try",
    ),
    (
        "one login's check code at another",
        "routes/v1/logins/check.rs::one_logins_code_is_not_anothers",
    ),
    (
        "one login's phrase at another",
        "routes/v1/scans/phrase.rs::a_phrase_of_one_login_is_no_others",
    ),
    (
        "one client's code at another client",
        "routes/oauth/token/collect.rs::who_is_not_that_desktop_of_that_client_is_told_nothing",
    ),
    (
        "more scopes than were approved",
        "attacks/wrong_party.rs::a_collect_gives_no_scope_that_was_not_approved",
    ),
    (
        "more scopes than the client has",
        "routes/v1/logins/create.rs::scopes_are_the_clients_own_or_fewer",
    ),
    (
        "somebody else's thumbprint, at a tap",
        "flaws.rs::who_names_somebody_elses_key_gains_nothing",
    ),
    (
        "somebody else's thumbprint, on a page",
        "attacks/wrong_party.rs::a_page_that_names_somebody_elses_key_gets_no_session",
    ),
    (
        "a foreign site starts a login in a client's name",
        "routes/v1/logins/create.rs::only_a_clients_own_origins_start_its_logins",
    ),
    (
        "a program starts or collects a login of our pages",
        "attacks/wrong_party.rs::what_is_our_pages_no_program_starts_or_collects",
    ),
    (
        "a key where an id belongs, and the other way round",
        "routes/v1/logins/device_id.rs::a_key_where_an_id_belongs_is_refused_and_the_other_way_round",
    ),
    (
        "a device id and its login's secrets at a login that is bound to a key",
        "attacks/wrong_party.rs::a_device_id_is_nothing_where_a_key_is_bound",
    ),
    (
        "a key that is named like a device id",
        "attacks/wrong_party.rs::a_key_that_is_named_like_a_device_id_is_proved_by_no_id",
    ),
    (
        "a token that is bound to a key, as a bearer's",
        "routes/v1/logins/device_id.rs::a_key_bound_token_is_no_bearer_token",
    ),
    (
        "a token that is bound to a device id, in another way",
        "routes/v1/logins/device_id.rs::its_token_is_taken_with_its_id_and_in_no_other_way",
    ),
    (
        "another account's devices and sign-ins",
        "attacks/wrong_party.rs::what_is_anothers_is_as_unknown_as_what_is_nobodys",
    ),
    (
        "another account's past",
        "routes/v1/activity.rs::nobody_reads_another_accounts",
    ),
    (
        "another account's passkeys",
        "routes/v1/passkeys/own.rs::another_account_sees_and_touches_nothing",
    ),
    (
        "another account's passkey, where one's own is asked for",
        "routes/v1/passkeys/verify.rs::another_accounts_passkey_and_a_sign_ins_challenge_verify_nothing",
    ),
    (
        "another account's sign-ins, by their address, time, key or role",
        "routes/v1/revocations.rs::each_part_finds_its_sign_ins",
    ),
    (
        "a login that names somebody else",
        "routes/v1/logins/named.rs::a_login_for_one_account_is_no_others_to_claim",
    ),
    (
        "a passkey that was removed since it approved",
        "routes/v1/scans/passkey.rs::a_passkey_that_is_removed_before_the_collect_gives_nothing",
    ),
];

#[tokio::test]
async fn a_pages_login_is_its_browsers_alone() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (login, other) = (
        arena.page().login().await.unwrap(),
        arena.page().login().await.unwrap(),
    );
    let code = claimed(&phone, &login).await.confirms().await;
    let (own, others) = (
        login.page().cookie(&login.cookie()),
        other.page().cookie(&other.cookie()),
    );
    let (own, others) = (own.unwrap(), others.unwrap());
    let (own_name, others_name) = (login.cookie(), other.cookie());
    let wrong_browsers = [
        String::new(),
        format!("{others_name}={others}"),
        format!("{own_name}={others}"),
        format!("{others_name}={own}"),
        format!("{own_name}="),
        format!("{own_name}={own}; {own_name}={others}"),
        format!("{}={own}", own_name.trim_start_matches("__Host-")),
    ];
    // He has everything else: id, device code, check code, and even the key.
    let knock = async |door: &str, cookies: &str| {
        let body = json!({ "device_code": login.login().created().device_code, "code": code });
        let call = Call::post(format!("/v1/logins/{}/{door}", login.login().id()));
        let call = call.proof(login.page().key()).json(&body);
        arena.by_own_page(call.header("Cookie", cookies)).await
    };
    let before = arena.rows();
    for cookies in &wrong_browsers {
        refused(&knock("check", cookies).await, "unknown_login");
    }
    arena.assert_untouched(&before);
    assert_eq!(login.check(&code).await.unwrap().state, State::Confirmed);
    let before = arena.rows();
    for cookies in &wrong_browsers {
        let answer = knock("session", cookies).await;
        refused(&answer, "unknown_login");
        assert_eq!(answer.headers.get("set-cookie"), None);
    }
    arena.assert_untouched(&before);
    login.collect().await.unwrap();
    assert_eq!(login.page().at_me().await.unwrap(), "ok");
}

#[tokio::test]
async fn of_two_open_approvals_the_one_on_the_screen_counts() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (first, second) = (arena.login().await, arena.login().await);
    let (one, two) = (phone.claims(&first).await, phone.claims(&second).await);
    // What was read in one tab decides nothing in the other.
    let mixed = one.decision(&json!({ "context_digest": two.scan["context_digest"] }));
    refused(&phone.confirm(mixed).await, "context_changed");
    let code = one.confirms().await;
    assert_eq!(
        (first.state().await, second.state().await),
        ("checking".into(), "scanned".into())
    );
    refused(&second.check(&code).await, "not_ready");
    given(&two.deny().await, 200);
    given(&first.check(&code).await, 200);
    assert_eq!(second.state().await, "denied");
    first.collects().await;
    refused(&second.collect().await, "access_denied");
}

#[tokio::test]
async fn a_bystander_who_scans_first_signs_nobody_in() {
    let arena = Arena::new().await;
    let (anna, mallory) = (arena.phone("anna").await, arena.phone("mallory").await);
    let login = arena.login().await;
    let claim = mallory.claims(&login).await;
    assert_eq!(
        claim.scan["approval"], "code",
        "nobody's desktop needs a code"
    );
    // Anna wants to scan her own screen, and hears that somebody did.
    refused(&anna.scan_of(&login).await, "claimed");
    refused(&claim.confirm().await, "context_changed");
    let code = mallory.claims(&login).await.confirms().await;
    // He has the number, and she the desktop; what she can type is not it.
    refused(&login.collect().await, "authorization_pending");
    for left in [2, 1, 0] {
        assert_eq!(
            refused(&login.check(&wrong(&code)).await, "wrong_code")["tries_left"],
            left
        );
    }
    refused(&login.check(&code).await, "login_ended");
    refused(&login.collect().await, "access_denied");
}

#[tokio::test]
async fn a_collect_gives_no_scope_that_was_not_approved() {
    let arena = Arena::with("[[clients]]\nid = \"wide\"\nnative = true\nqr_scopes = [\"openid\", \"profile\", \"email\"]\n").await;
    let phone = arena.phone("anna").await;
    let login = arena
        .desktop_of("wide")
        .login_with(json!({ "scope": "openid" }))
        .await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", "wide"),
        ("scope", "openid profile email"),
    ];
    let tokens = given(&arena.token(&login.desktop.key, &form).await, 200);
    assert_eq!(tokens["scope"], "openid");
    let claims = crate::support::claims(text(&tokens, "access_token"));
    assert_eq!(claims["scope"], "openid");
    let me = Call::get("/v1/me")
        .proof(&login.desktop.key)
        .token(text(&tokens, "access_token"));
    let me = given(&arena.send(me).await, 200);
    assert_eq!(
        (&me["account"]["name"], &me["grant"]["scopes"]),
        (&json!(null), &json!(["openid"]))
    );
}

#[tokio::test]
async fn a_page_that_names_somebody_elses_key_gets_no_session() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let victim = arena.page();
    let proved = NewLogin {
        prove: true,
        ..wish()
    };
    let login = victim.create(&proved).await.unwrap();
    let code = claimed(&phone, &login).await.confirms().await;
    login.check(&code).await.unwrap();
    login.collect().await.unwrap();
    let again = claimed(&phone, &victim.create(&proved).await.unwrap()).await;
    assert_eq!(again.scan["approval"], "tap", "it is known");
    let thief = arena.page();
    // He asks in the name of a key that he doesn't have, and has the cookie of the login.
    let body = json!({ "client_id": "countersign", "dpop_jkt": victim.key().thumbprint() });
    let answer = thief
        .send(reqwest::Method::POST, Call::post("/v1/logins").json(&body))
        .await;
    let created = given(&answer.unwrap(), 201);
    let desktop = Desktop {
        world: &arena,
        key: thief.key().clone(),
        client: "countersign",
    };
    let login = Login { desktop, created };
    let claim = phone.claims(&login).await;
    assert_eq!(
        claim.scan["approval"], "code",
        "the victim's desktop is known, this one is not"
    );
    let code = claim.confirms().await;
    let knock = async |door: &str| {
        let body = json!({ "device_code": login.device_code(), "code": code });
        let call = Call::post(login.path(door)).proof(thief.key()).json(&body);
        thief.send(reqwest::Method::POST, call).await.unwrap()
    };
    refused(&knock("check").await, "unknown_login");
    refused(&knock("session").await, "not_ready");
    assert_eq!(login.state().await, "checking");
    assert_eq!(victim.at_me().await.unwrap(), "ok");
}

#[tokio::test]
async fn what_is_our_pages_no_program_starts_or_collects() {
    let arena = Arena::with(ALL_CLIENTS).await;
    let phone = arena.phone("anna").await;
    let login = arena.page_confirmed(&phone).await;
    let before = arena.rows();
    for origin in [
        None,
        Some("https://shop.example"),
        Some("null"),
        Some("https://evil.example"),
    ] {
        let dress = |call: Call| match origin {
            Some(origin) => call.header("Origin", origin),
            None => call,
        };
        let create =
            Call::post("/v1/logins").json(&arena.desktop_of("countersign").wish(&json!({})));
        refused(&arena.send(dress(create)).await, "origin_not_allowed");
        let cookie = login.page().cookie(&login.cookie()).unwrap();
        let collect = Call::post(format!("/v1/logins/{}/session", login.login().id()))
            .header("Cookie", &format!("{}={cookie}", login.cookie()))
            .proof(login.page().key())
            .json(&json!({ "device_code": login.login().created().device_code }));
        refused(&arena.send(dress(collect)).await, "origin_not_allowed");
    }
    arena.assert_untouched(&before);
    login.collect().await.unwrap();
}

/// A request about what has this id.
type Ask<'a> = &'a dyn Fn(&str) -> Call;

#[tokio::test]
async fn what_is_anothers_is_as_unknown_as_what_is_nobodys() {
    let arena = Arena::new().await;
    let (anna, mallory) = (arena.phone("anna").await, arena.phone("mallory").await);
    let (_, _, desktop) = anna.collected().await;
    let nobodys = "AAAAAAAAAAAAAAAAAAAAAA";
    let (device, grant) = (
        text(&desktop.tokens["device"], "id"),
        text(&desktop.tokens, "grant"),
    );
    let before = arena.rows();
    let ask = async |make: Ask<'_>, id: &str| mallory.send(make(id)).await;
    let requests: [(Ask<'_>, &str); 5] = [
        (
            &|id| call("PATCH", format!("/v1/devices/{id}")).json(&json!({ "name": "mine" })),
            device,
        ),
        (&|id| Call::delete(format!("/v1/devices/{id}")), device),
        (&|id| undo(id), grant),
        (
            &|id| {
                Call::post(format!("/v1/grants/{id}/undo")).json(&json!({ "approved_too": true }))
            },
            grant,
        ),
        (
            &|id| Call::post(format!("/v1/grants/{id}/allow")).json(&json!({})),
            grant,
        ),
    ];
    for (make, id) in requests {
        assert_same(&ask(make, id).await, &ask(make, nobodys).await);
    }
    arena.assert_untouched(&before);
    let activity = given(&mallory.send(Call::get("/v1/activity")).await, 200).to_string();
    let devices = given(&mallory.devices().await, 200).to_string();
    for secret in [device, grant, "anna", "Office PC"] {
        assert!(
            !activity.contains(secret) && !devices.contains(secret),
            "{secret}"
        );
    }
    given(&desktop.me().await, 200);
}

#[tokio::test]
async fn a_device_id_is_nothing_where_a_key_is_bound() {
    let arena = Arena::with(ALL_CLIENTS).await;
    let phone = arena.phone("anna").await;
    let kiosk = Kiosk::signed_in(&phone).await;
    let (login, _, code) = phone.checking().await;
    let desktop = phone.collected().await.2;
    let before = arena.rows();
    // At its check, also beside the right proof; with its code at the other's login; and at the token endpoint.
    let check = Call::post(login.path("check")).header("Device-Id", kiosk.id());
    let check = check.json(&json!({ "device_code": login.device_code(), "code": code }));
    refused(&arena.send(check.clone()).await, "unknown_login");
    refused(
        &arena.send(check.proof(&login.desktop.key)).await,
        "invalid_proof",
    );
    let mixed = Call::post(login.path("check")).header("Device-Id", kiosk.id());
    let mixed = mixed.json(&json!({ "device_code": kiosk.login.device_code(), "code": code }));
    refused(&arena.send(mixed).await, "unknown_login");
    for (kind, name, secret) in [
        (DEVICE_CODE, "device_code", login.device_code()),
        ("refresh_token", "refresh_token", desktop.refresh_token()),
    ] {
        let form = [("grant_type", kind), (name, secret), ("client_id", "kiosk")];
        let call = Call::post("/oauth/token").header("Device-Id", kiosk.id());
        refused(&arena.send(call.form(&form)).await, "invalid_grant");
    }
    arena.assert_untouched(&before);
    given(&login.check(&code).await, 200);
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", "demo"),
    ];
    let collect = Call::post("/oauth/token")
        .header("Device-Id", kiosk.id())
        .form(&form);
    refused(&arena.send(collect).await, "invalid_grant");
    given(&login.collects().await.me().await, 200);
    given(&kiosk.me().await, 200);
}

#[tokio::test]
async fn a_key_that_is_named_like_a_device_id_is_proved_by_no_id() {
    let arena = Arena::with(ALL_CLIENTS).await;
    let id = [7; 32];
    let hash = Sha256::new_with_prefix(b"countersign device id\0").chain_update(id);
    let plain = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let wish = json!({ "client_id": "demo", "dpop_jkt": plain(&hash.finalize()), "device": {} });
    let login = given(&arena.send(Call::post("/v1/logins").json(&wish)).await, 201);
    let path = format!("/v1/logins/{}/check", login["login_id"].as_str().unwrap());
    let body = json!({ "device_code": login["device_code"], "code": "000000" });
    let check = Call::post(path)
        .header("Device-Id", &plain(&id))
        .json(&body);
    refused(&arena.send(check).await, "unknown_login");
}
