//! Escalation: who is signed in somehow reaches for more.

use countersign_client::Call;
use countersign_tests::page::SESSION;
use countersign_tests::parties::PASSWORD;
use serde_json::json;

use crate::cases::Case;
use crate::support::{
    ALL_CLIENTS, Arena, Device, Kiosk, Victim, call, further_phone, given, refused, text, undo,
};

pub(crate) const CASES: &[Case] = &[
    (
        "a collected desktop's token at every route of phones",
        "attacks/escalation.rs::what_a_scan_signed_in_reaches_nothing_of_the_account",
    ),
    (
        "the same after a refresh",
        "attacks/escalation.rs::a_refresh_makes_no_phone_of_a_desktop",
    ),
    (
        "a collected session cookie there",
        "attacks/escalation.rs::a_session_cookie_reaches_nothing_of_the_account",
    ),
    (
        "a device id's token there",
        "attacks/escalation.rs::a_device_that_cannot_sign_reaches_nothing_of_the_account",
    ),
    (
        "another client's token there",
        "attacks/escalation.rs::another_clients_token_reaches_nothing_of_the_account",
    ),
    (
        "a desktop decides with a phone's ticket",
        "routes/v1/scans/confirm.rs::a_desktop_confirms_nothing_with_the_phones_ticket",
    ),
    (
        "another client asks for a phone by password",
        "routes/v1/sessions/create.rs::only_our_own_clients_ever_see_a_password",
    ),
    (
        "any other client, by password, passkey, recovery code or invitation",
        "routes/v1/sessions/create.rs::only_a_client_of_phones_signs_in_without_a_scan",
    ),
    (
        "a second phone by password alone, everywhere",
        "attacks/escalation.rs::a_second_phone_by_password_alone_waits_everywhere",
    ),
    (
        "a second phone that allows itself",
        "attacks/escalation.rs::only_a_phone_that_approves_allows_another_one",
    ),
    (
        "a phone's token without its key, with another, as a bearer's, after its sign-out",
        "routes/everywhere/phones_only.rs::nobody_else_does_what_a_phone_does",
    ),
    (
        "a refresh instead of a password",
        "routes/everywhere/phones_only.rs::what_can_do_lasting_harm_needs_a_password_first",
    ),
    (
        "a phone that was taken back signs in again",
        "routes/v1/phones.rs::a_phone_that_approved_before_need_not_wait_again_unless_it_was_taken_back",
    ),
    (
        "what a phone approved before it was taken back",
        "routes/v1/phones.rs::what_a_phone_approved_is_not_collected_once_it_is_undone",
    ),
    (
        "a stolen phone without its password",
        "attacks/escalation.rs::what_is_sensitive_takes_a_fresh_password",
    ),
    (
        "a stolen phone throws the owner's out",
        "attacks/escalation.rs::another_phone_is_sent_away_with_the_password_alone",
    ),
    (
        "a phone that signed out before it was taken back",
        "attacks/escalation.rs::who_signs_out_first_waits_all_the_same",
    ),
    (
        "a phone that signed in again before it was taken back with what it approved",
        "attacks/escalation.rs::signing_in_again_hides_nothing_that_a_phone_approved",
    ),
    (
        "the right password given by what a scan signed in",
        "routes/v1/sessions/verify.rs::a_session_that_is_no_phones_gains_nothing_by_a_password",
    ),
];

#[tokio::test]
async fn what_a_scan_signed_in_reaches_nothing_of_the_account() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let victim = Victim::of(&arena, phone).await;
    victim
        .refuses(&arena, "not_a_phone", async |call| desktop.send(call).await)
        .await;
    given(&desktop.me().await, 200);
}

#[tokio::test]
async fn a_refresh_makes_no_phone_of_a_desktop() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    for client in ["countersign", "demo"] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", desktop.refresh_token()),
            ("client_id", client),
            ("role", "phone"),
            ("scope", "openid profile phone"),
        ];
        let answer = arena.token(&desktop.key, &form).await;
        if client == "countersign" {
            refused(&answer, "invalid_grant");
        } else {
            let renewed = Device {
                tokens: given(&answer, 200),
                ..desktop.clone()
            };
            let victim = Victim::of(&arena, phone.clone()).await;
            victim
                .refuses(&arena, "not_a_phone", async |call| renewed.send(call).await)
                .await;
        }
    }
}

#[tokio::test]
async fn a_session_cookie_reaches_nothing_of_the_account() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let by_password = arena.page();
    by_password.sign_in("anna", PASSWORD).await.unwrap();
    let victim = Victim::of(&arena, phone).await;
    for page in [page, by_password] {
        let cookie = format!("{SESSION}={}", page.cookie(SESSION).unwrap());
        let dressed = |call: Call| call.header("Cookie", &cookie);
        let proved = async |call: Call| arena.by_own_page(dressed(call).proof(page.key())).await;
        victim.refuses(&arena, "invalid_token", proved).await;
        let bare = async |call: Call| arena.by_own_page(dressed(call)).await;
        victim.refuses(&arena, "invalid_token", bare).await;
        let as_token = async |call: Call| {
            let token = page.cookie(SESSION).unwrap();
            arena
                .by_own_page(dressed(call).proof(page.key()).token(&token))
                .await
        };
        victim.refuses(&arena, "invalid_token", as_token).await;
        assert_eq!(page.at_me().await.unwrap(), "ok");
    }
}

#[tokio::test]
async fn a_device_that_cannot_sign_reaches_nothing_of_the_account() {
    let arena = Arena::with(ALL_CLIENTS).await;
    let phone = arena.phone("anna").await;
    let kiosk = Kiosk::signed_in(&phone).await;
    let victim = Victim::of(&arena, phone).await;
    victim
        .refuses(&arena, "invalid_token", async |call| kiosk.send(call).await)
        .await;
    given(&kiosk.me().await, 200);
}

#[tokio::test]
async fn another_clients_token_reaches_nothing_of_the_account() {
    let arena = Arena::with(ALL_CLIENTS).await;
    let phone = arena.phone("anna").await;
    let login = arena.desktop_of("tv").login().await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    let television = login.collects().await;
    let victim = Victim::of(&arena, phone).await;
    victim
        .refuses(&arena, "invalid_token", async |call| {
            television.send(call).await
        })
        .await;
    given(&television.me().await, 200);
}

#[tokio::test]
async fn a_second_phone_by_password_alone_waits_everywhere() {
    let arena = Arena::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = arena.phone("anna").await;
    let second = further_phone(&arena, "anna").await;
    assert_eq!(second.tokens["may_approve"], false);
    let victim = Victim::of(&arena, phone).await;
    victim
        .refuses(&arena, "phone_waiting", async |call| {
            second.send(call).await
        })
        .await;
    // Nor do a refresh, the password once more, or signing in again help.
    let second = Device {
        tokens: given(&second.refresh().await, 200),
        ..second
    };
    let verify = Call::post("/v1/sessions/current/verify").json(&json!({ "password": PASSWORD }));
    given(&second.send(verify).await, 200);
    let victim = victim.later(&arena);
    victim
        .refuses(&arena, "phone_waiting", async |call| {
            second.send(call).await
        })
        .await;
    let again = arena.device("anna", second.key.clone(), json!({})).await;
    let third = further_phone(&arena, "anna").await;
    let victim = victim.later(&arena);
    for phone in [again, third] {
        victim
            .refuses(&arena, "phone_waiting", async |call| phone.send(call).await)
            .await;
    }
}

#[tokio::test]
async fn only_a_phone_that_approves_allows_another_one() {
    let arena = Arena::with("[phones]\nadditional = \"confirm\"\n").await;
    let (phone, mallory) = (arena.phone("anna").await, arena.phone("mallory").await);
    let (second, third) = (
        further_phone(&arena, "anna").await,
        further_phone(&arena, "anna").await,
    );
    let (_, _, desktop) = phone.collected().await;
    let me = given(&second.me().await, 200);
    let allow =
        Call::post(format!("/v1/grants/{}/allow", text(&me["grant"], "id"))).json(&json!({}));
    for (device, code) in [
        (&second, "phone_waiting"),
        (&third, "phone_waiting"),
        (&desktop, "not_a_phone"),
        (&mallory, "not_found"),
    ] {
        refused(&device.send(allow.clone()).await, code);
    }
    let login = arena.login().await;
    refused(&second.scan_of(&login).await, "phone_waiting");
    given(&phone.send(allow).await, 200);
    second.claims(&login).await;
    refused(&third.scan_of(&arena.login().await).await, "phone_waiting");
}

#[tokio::test]
async fn what_is_sensitive_takes_a_fresh_password() {
    let arena = Arena::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = arena.phone("anna").await;
    let second = further_phone(&arena, "anna").await;
    let grant = given(&second.me().await, 200)["grant"].clone();
    // Six minutes pass.
    let passed = "UPDATE grants SET verified_at = verified_at - 360000";
    assert!(arena.alter(passed) > 0);
    let sensitive = || {
        [
            Call::post("/v1/devices/sign-out-others").json(&json!({})),
            Call::post("/v1/devices/sign-out-others").json(&json!({ "only": "desktops" })),
            Call::post(format!("/v1/grants/{}/allow", text(&grant, "id"))).json(&json!({})),
            call("PUT", "/v1/password").json(&json!({ "password": "a rather strange new pass" })),
            call("POST", "/v1/account/lock"),
        ]
    };
    let verify = async |password: &str| {
        let body = json!({ "password": password });
        phone
            .send(Call::post("/v1/sessions/current/verify").json(&body))
            .await
    };
    let before = arena.rows();
    for guess in [
        "",
        "wrong password",
        &PASSWORD.to_uppercase(),
        phone.refresh_token(),
    ] {
        refused(&verify(guess).await, "invalid_credentials");
        for request in sensitive() {
            refused(&phone.send(request).await, "verification_required");
        }
    }
    arena.assert_untouched(&before);
    given(&verify(PASSWORD).await, 200);
    for request in &sensitive()[..3] {
        let answer = phone.send(request.clone()).await;
        assert!(
            answer.status == 200 || answer.status == 404,
            "{}",
            answer.status
        );
    }
    refused(&second.me().await, "invalid_token");
}

/// The ways to take a phone back that name it.
fn taken_back(device: &str, grant: &str) -> [Call; 3] {
    let too = json!({ "approved_too": true });
    [
        Call::delete(format!("/v1/devices/{device}")),
        undo(grant),
        Call::post(format!("/v1/grants/{grant}/undo")).json(&too),
    ]
}

/// A further phone that another one allowed.
async fn allowed<'w>(arena: &'w Arena, by: &Device<'_>) -> (Device<'w>, String) {
    let phone = further_phone(arena, "anna").await;
    let grant = phone.grant().await;
    let allow = Call::post(format!("/v1/grants/{grant}/allow")).json(&json!({}));
    given(&by.send(allow).await, 200);
    (phone, grant)
}

#[tokio::test]
async fn another_phone_is_sent_away_with_the_password_alone() {
    let arena = Arena::with("[phones]\nadditional = \"confirm\"\n").await;
    let stolen = arena.phone("anna").await;
    let (owners, grant) = allowed(&arena, &stolen).await;
    let device = text(&owners.tokens["device"], "id").to_owned();
    // Six minutes pass.
    let passed = "UPDATE grants SET verified_at = verified_at - 360000";
    assert!(arena.alter(passed) > 0);
    let refuses_all = async || {
        let before = arena.rows();
        for request in taken_back(&device, &grant) {
            refused(&stolen.send(request).await, "verification_required");
        }
        arena.assert_untouched(&before);
    };
    refuses_all().await;
    given(&owners.me().await, 200);
    // Nor while it is signed out: it would have to wait when it comes back.
    given(&owners.sign_out().await, 204);
    refuses_all().await;
    let owners = arena.device("anna", owners.key.clone(), json!({})).await;
    assert_eq!(owners.tokens["may_approve"], true);
    refuses_all().await;
    // A phone that waits and a computer go at once, and so does a phone after the password.
    let waiting = further_phone(&arena, "anna").await;
    given(&stolen.send(undo(&waiting.grant().await)).await, 200);
    let (_, _, desktop) = stolen.collected().await;
    let one = format!("/v1/devices/{}", text(&desktop.tokens["device"], "id"));
    given(&stolen.send(Call::delete(one)).await, 204);
    given(&stolen.verify(PASSWORD).await, 200);
    let [delete, ..] = taken_back(&device, &grant);
    given(&stolen.send(delete).await, 204);
    for gone in [owners, waiting, desktop] {
        refused(&gone.me().await, "invalid_token");
    }
}

#[tokio::test]
async fn who_signs_out_first_waits_all_the_same() {
    let arena = Arena::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = arena.phone("anna").await;
    let others = Call::post("/v1/devices/sign-out-others").json(&json!({}));
    for way in 0..4 {
        let (lost, grant) = allowed(&arena, &phone).await;
        given(&lost.sign_out().await, 204);
        let device = text(&lost.tokens["device"], "id");
        let mut ways = Vec::from(taken_back(device, &grant));
        ways.push(others.clone());
        let answer = phone.send(ways.swap_remove(way)).await;
        assert!(matches!(answer.status, 200 | 204), "{}", answer.status);
        let again = arena.device("anna", lost.key.clone(), json!({})).await;
        assert_eq!(again.tokens["may_approve"], false, "{way}");
    }
}

#[tokio::test]
async fn signing_in_again_hides_nothing_that_a_phone_approved() {
    let arena = Arena::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = arena.phone("anna").await;
    let (lost, _) = allowed(&arena, &phone).await;
    let (_, _, own) = phone.collected().await;
    let (_, _, desktop) = lost.collected().await;
    let again = arena.device("anna", lost.key.clone(), json!({})).await;
    let too = json!({ "approved_too": true });
    let undo = Call::post(format!("/v1/grants/{}/undo", again.grant().await)).json(&too);
    assert_eq!(given(&phone.send(undo).await, 200)["ended"], 2);
    for gone in [again, desktop] {
        refused(&gone.me().await, "invalid_token");
        refused(&gone.refresh().await, "invalid_grant");
    }
    given(&own.me().await, 200);
}
