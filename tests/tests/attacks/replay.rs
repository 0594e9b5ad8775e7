//! Replay: what was used, is over, or belongs elsewhere is presented again.

use countersign_client::{Call, proof};
use countersign_tests::page::SESSION;
use countersign_tests::parties::new_key;
use countersign_tests::race::outcome;
use reqwest::Method;
use serde_json::json;

use crate::cases::Case;
use crate::support::{
    Arena, answer_to, claimed, decision, given, made_for, refused, text, undo, with,
};

pub(crate) const CASES: &[Case] = &[
    (
        "collect again with the same key, in time",
        "flaws.rs::the_same_key_gets_the_same_grant_and_never_two_live_families",
    ),
    (
        "collect again with the same key, too late",
        "flaws.rs::ten_seconds_later_the_same_key_gets_nothing_either",
    ),
    (
        "collect again after an undo",
        "attacks/replay.rs::after_an_undo_its_own_key_collects_nothing_more",
    ),
    (
        "collect again after a sign-out",
        "routes/oauth/token/collect.rs::who_signed_out_does_not_collect_again",
    ),
    (
        "collect through another door",
        "routes/v1/logins/session.rs::each_door_knows_its_own_logins_only",
    ),
    (
        "collect with another key",
        "flaws.rs::another_key_never_collects_and_the_attempt_ends_the_grant",
    ),
    (
        "collect a session with another key",
        "attacks/replay.rs::a_session_collected_with_another_key_ends",
    ),
    (
        "collect a session twice",
        "routes/v1/logins/session.rs::again_within_ten_seconds_the_same_browser_gets_a_new_cookie_and_later_none",
    ),
    (
        "collect with another device id",
        "routes/v1/logins/device_id.rs::a_wrong_id_checks_and_collects_nothing",
    ),
    (
        "scan, confirm and check after the collect",
        "flaws.rs::scan_confirm_and_check_replayed_have_no_effect",
    ),
    (
        "scan with what was claimed",
        "flaws.rs::a_code_is_claimed_once",
    ),
    (
        "confirm twice",
        "routes/v1/scans/confirm.rs::continuing_gives_a_check_code_and_its_repeat_the_same_one",
    ),
    (
        "the check code once confirmed",
        "routes/v1/logins/check.rs::the_right_code_confirms_and_its_repeat_says_the_same",
    ),
    (
        "an old step of the rotation",
        "routes/everywhere/time.rs::a_code_that_has_rotated_away_is_stale_but_a_hold_on_it_is_good",
    ),
    (
        "an old hold",
        "routes/v1/holds.rs::an_old_hold_is_refused_but_never_to_the_phone_that_claimed_with_it",
    ),
    (
        "a finished login asked about later",
        "routes/v1/logins/wait.rs::an_ended_login_tells_its_end_however_it_is_asked",
    ),
    (
        "a session cookie after the sign-out",
        "routes/v1/sessions/current.rs::a_browser_signs_out_and_forgets_its_cookie",
    ),
    (
        "a session cookie after the next sign-in",
        "attacks/replay.rs::signing_in_leaves_nothing_of_the_cookie_before",
    ),
    (
        "a proof beside a cookie, twice",
        "attacks/replay.rs::a_proof_beside_a_cookie_counts_once",
    ),
    (
        "a passkey's challenge: used, of another key, for another use, from another site",
        "routes/v1/passkeys/sign_in.rs::whatever_is_wrong_is_answered_like_a_wrong_password",
    ),
    (
        "a passkey's challenge: too late",
        "crates/countersign-http/src/passkey/challenge.rs::a_challenge_comes_back_by_its_key_for_its_purpose_and_in_time",
    ),
    (
        "a passkey's answer given for another use: approval, sign-in, verify, invitation",
        "attacks/replay.rs::a_passkeys_answer_counts_for_what_was_asked_alone",
    ),
    (
        "a passkey's answer to another login's approval, five times",
        "routes/v1/scans/passkey.rs::whatever_else_is_answered_is_rejected_five_times",
    ),
    (
        "a passkey's answer to what was shown before",
        "routes/v1/scans/passkey.rs::what_changed_is_asked_anew",
    ),
    (
        "a passkey's answer on another phone",
        "routes/v1/passkeys/verify.rs::a_passkey_opens_sensitive_acts_on_this_phone_alone",
    ),
    (
        "a copy of a passkey",
        "routes/v1/passkeys/sign_in.rs::a_copied_passkey_is_noticed_by_its_counter",
    ),
    (
        "a recovery code a second time",
        "routes/v1/recovery.rs::whoever_comes_back_by_a_code_waits_and_everybody_is_told",
    ),
    (
        "recovery codes that were replaced",
        "routes/v1/recovery.rs::ten_codes_are_made_shown_once_and_replaced",
    ),
    (
        "an invitation a second time",
        "routes/v1/invitations.rs::an_invitation_gives_a_password_and_the_first_phone",
    ),
];

#[tokio::test]
async fn after_an_undo_its_own_key_collects_nothing_more() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (login, _, desktop) = phone.collected().await;
    let grant = text(&desktop.tokens, "grant");
    for ended in [1, 0] {
        let undone = phone.send(undo(grant)).await;
        assert_eq!(given(&undone, 200)["ended"], ended);
        refused(&login.collect().await, "invalid_grant");
        refused(&desktop.refresh().await, "invalid_grant");
        refused(&desktop.me().await, "invalid_token");
    }

    let page = arena.page_confirmed(&phone).await;
    let grant = page.collect().await.unwrap();
    given(&phone.send(undo(text(&grant, "grant"))).await, 200);
    assert_eq!(outcome(&page.collect().await), "unknown_login");
    assert_eq!(page.page().at_me().await.unwrap(), "invalid_token");
}

#[tokio::test]
async fn a_session_collected_with_another_key_ends() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let login = arena.page_confirmed(&phone).await;
    login.collect().await.unwrap();
    let session = |cookie: Option<&str>| {
        let call = Call::post(format!("/v1/logins/{}/session", login.login().id()))
            .proof(&new_key())
            .json(&json!({ "device_code": login.login().created().device_code }));
        match cookie {
            Some(cookie) => call.header("Cookie", &format!("{}={cookie}", login.cookie())),
            None => call,
        }
    };
    // Without the browser's cookie he is nobody, and does no harm.
    refused(&arena.by_own_page(session(None)).await, "unknown_login");
    assert_eq!(login.page().at_me().await.unwrap(), "ok");
    let cookie = login.page().cookie(&login.cookie()).unwrap();
    refused(
        &arena.by_own_page(session(Some(&cookie))).await,
        "unknown_login",
    );
    assert_eq!(login.page().at_me().await.unwrap(), "invalid_token");
    assert_eq!(outcome(&login.collect().await), "unknown_login");
}

#[tokio::test]
async fn signing_in_leaves_nothing_of_the_cookie_before() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let earlier = page.cookie(SESSION).unwrap();
    let login = page.login().await.unwrap();
    let code = claimed(&phone, &login).await.confirms().await;
    login.check(&code).await.unwrap();
    login.collect().await.unwrap();
    let later = page.cookie(SESSION).unwrap();
    page.set_cookie(SESSION, Some(&earlier));
    assert_eq!(page.at_me().await.unwrap(), "invalid_token");
    page.set_cookie(SESSION, Some(&later));
    assert_eq!(page.at_me().await.unwrap(), "ok");
}

#[tokio::test]
async fn a_proof_beside_a_cookie_counts_once() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let url = arena.url("/v1/me");
    let proof = proof(page.key(), "GET", &url, None, None).unwrap();
    let look = Call::get("/v1/me").header("DPoP", &proof);
    for told in [None, Some("invalid_proof".to_owned())] {
        let answer = page.send(Method::GET, look.clone()).await.unwrap();
        assert_eq!(answer.code(), told);
    }
}

#[tokio::test]
async fn a_passkeys_answer_counts_for_what_was_asked_alone() {
    let vault = "[[clients]]\nid = \"vault\"\nnative = true\napproval = \"passkey\"\n";
    let arena = Arena::with(vault).await;
    let (phone, mut authenticator) = arena.with_passkey("anna").await;
    let login = arena.desktop_of("vault").login().await;
    let claim = phone.claims(&login).await;
    let approval = decision(&claim, &mut authenticator).await;
    let entry = arena.question(&phone.key).await;
    let verify = given(&phone.asks("verify").await, 200);
    let entering = answer_to(&entry, &mut authenticator).await;
    let verifying = answer_to(&verify, &mut authenticator).await;
    // For a sign-in: an answer to the approval, to verify, and each with the challenge of the sign-in.
    for response in [&approval["assertion"], &verifying["response"]] {
        let passkey = with(entering.clone(), &json!({ "response": response }));
        let told = arena.enter(&phone.key, &passkey, json!({})).await;
        refused(&told, "invalid_credentials");
    }
    for response in [&approval["assertion"], &entering["response"]] {
        let passkey = with(verifying.clone(), &json!({ "response": response }));
        let body = json!({ "passkey": passkey });
        let told = phone.post("/v1/sessions/current/verify", body).await;
        refused(&told, "passkey_rejected");
    }
    for answer in [&entering, &verifying] {
        let mixed = claim.decision(&json!({ "assertion": answer["response"] }));
        refused(&phone.confirm(mixed).await, "passkey_rejected");
    }
    given(&phone.confirm(approval).await, 200);

    // A new passkey for the account of a phone is none for an invitation, and the other way round.
    let invitation = arena.invitation("bert", &[]).await;
    let wish = json!({ "purpose": "invitation", "invitation": invitation });
    let asked = arena.page_post("/v1/passkeys/options", &phone.key, &wish);
    let asked = given(&asked.await, 200);
    let added = given(&phone.asks("add").await, 200);
    let invited = made_for(&asked, &mut arena.authenticator()).await;
    let adding = made_for(&added, &mut arena.authenticator()).await;
    let accept = async |made: &serde_json::Value| {
        let body = json!({ "invitation": invitation, "passkey": made });
        let path = "/v1/invitations/accept";
        arena.page_post(path, &phone.key, &body).await
    };
    refused(&accept(&adding).await, "passkey_rejected");
    let told = phone.post("/v1/passkeys", invited.clone()).await;
    refused(&told, "passkey_rejected");
    given(&phone.post("/v1/passkeys", adding).await, 201);
    given(&accept(&invited).await, 201);
}
