//! Races: what must not happen is tried at the moment at which it may just be possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign_client::{Answer, Call, Http, Phone, Session};
use countersign_tests::parties::{PASSWORD, another_phone, at_me, confirmed, new_key, scanned};
use countersign_tests::race::{at_once, both, outcome};
use countersign_tests::{desktop, phone};
use reqwest::Method;
use serde_json::json;

use crate::cases::Case;
use crate::support::Arena;

pub(crate) const CASES: &[Case] = &[
    (
        "two accounts scan",
        "races/scan.rs::of_two_accounts_one_claims_and_the_other_is_a_stranger",
    ),
    (
        "two phones of one account scan",
        "races/scan.rs::of_two_phones_of_one_account_one_claims_and_the_other_is_not_counted",
    ),
    (
        "six accounts scan",
        "races/scan.rs::a_code_that_goes_round_is_cancelled_at_the_third_stranger",
    ),
    (
        "one phone taps fifty times",
        "races/scan.rs::one_phone_that_scans_fifty_times_claims_once",
    ),
    (
        "confirm and confirm",
        "races/decide.rs::fifty_confirms_are_one",
    ),
    (
        "confirm and deny",
        "races/decide.rs::a_denial_beats_a_confirm_that_is_not_collected",
    ),
    (
        "confirm and cancel",
        "races/decide.rs::a_cancel_beats_a_confirm_that_is_not_collected",
    ),
    (
        "collect and deny",
        "races/decide.rs::a_confirmed_login_is_collected_or_denied_and_both_hear_the_same",
    ),
    (
        "confirm and expiry",
        "races/expiry.rs::a_confirm_at_the_deadline_counts_or_finds_the_login_expired",
    ),
    (
        "check and expiry",
        "races/expiry.rs::a_check_code_at_the_deadline_counts_or_finds_the_login_expired",
    ),
    (
        "collect and expiry",
        "races/expiry.rs::a_collect_at_the_deadline_gives_tokens_or_finds_the_login_expired",
    ),
    (
        "scan and expiry",
        "races/expiry.rs::a_scan_at_the_deadline_claims_or_finds_the_login_expired",
    ),
    (
        "scan and rotation",
        "races/expiry.rs::a_scan_code_at_its_rotation_is_current_or_stale_and_the_next_one_claims",
    ),
    (
        "a right check code among wrong ones",
        "races/decide.rs::a_right_code_among_wrong_ones_counts_only_before_the_third",
    ),
    (
        "two hundred collects of tokens",
        "races/collect.rs::two_hundred_collects_give_one_grant_and_the_last_tokens_work",
    ),
    (
        "many collects of a cookie",
        "races/sessions.rs::a_browser_that_collects_many_times_has_one_good_cookie",
    ),
    (
        "polls at full rate while it is confirmed",
        "attacks/races.rs::polls_at_full_rate_disturb_nothing_and_see_no_step_back",
    ),
    (
        "collect and the lock of the account",
        "races/sessions.rs::a_locked_account_gives_nothing_whoever_was_quicker",
    ),
    (
        "collect and the end of the phone's session",
        "races/collect.rs::a_phone_that_signed_out_gives_no_tokens",
    ),
    (
        "collect and a sign-out of all others",
        "attacks/races.rs::signing_out_the_others_leaves_none_of_them",
    ),
    (
        "collect again and undo",
        "races/sessions.rs::what_is_undone_is_not_collected_once_more",
    ),
    (
        "refresh and a sign-out from elsewhere",
        "races/sessions.rs::a_refresh_keeps_nobody_signed_in_whom_others_signed_out",
    ),
    (
        "two tabs of one browser",
        "races/sessions.rs::two_tabs_of_one_browser_are_one_session_in_the_end",
    ),
    (
        "verify and a new password",
        "races/sessions.rs::the_old_password_verifies_nothing_once_there_is_a_new_one",
    ),
    (
        "a sign-in with the old password and a new one",
        "races/passwords.rs::a_sign_in_with_the_old_password_does_not_survive_a_new_one",
    ),
    (
        "a new password and the end of the phone that asks for it",
        "races/passwords.rs::a_phone_that_was_thrown_out_changes_no_password",
    ),
    (
        "two new passwords",
        "races/sessions.rs::of_two_changes_of_one_password_one_counts_and_one_phone_is_left",
    ),
    (
        "fifty refreshes of one token",
        "races/refresh.rs::fifty_refreshes_of_one_token_are_a_copy_and_end_the_grant",
    ),
    (
        "twenty registrations of one name",
        "attacks/races.rs::of_twenty_registrations_of_one_name_one_counts",
    ),
    (
        "a failure between the collect's writes",
        "crates/countersign-store/src/conformance/collect.rs::a_collect_that_fails_half_way_leaves_nothing",
    ),
    (
        "first phones",
        "races/sessions.rs::of_phones_that_sign_in_first_at_once_only_one_is_the_first",
    ),
];

const ROUNDS: usize = 8;

/// What a desktop is after its race, its tokens untouched: `ok`, or the code of the refusal.
async fn alive(collected: Option<Session>) -> String {
    match collected {
        Some(session) => at_me(&session).await.unwrap(),
        None => "never collected".to_owned(),
    }
}

/// A request with a phone's token.
fn of(phone: &Phone, call: Call) -> impl Future<Output = Answer> + use<> {
    let phone = phone.clone();
    async move {
        let token = phone.session().tokens().await.access_token;
        let call = call.proof(phone.session().key()).token(&token);
        phone.session().http().send(&call).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_at_full_rate_disturb_nothing_and_see_no_step_back() {
    let arena = Arena::new().await;
    let phone = phone(arena.server(), "anna").await;
    let desktop = desktop(arena.server());
    for _ in 0..3 {
        let (login, approval) = scanned(&desktop, &phone).await;
        let over = Arc::new(AtomicBool::new(false));
        let call = Call::post(format!("/v1/logins/{}/wait", login.id()))
            .json(&json!({ "device_code": login.created().device_code }));
        let pollers: Vec<_> = (0..20)
            .map(|_| tokio::spawn(polls(arena.http.clone(), call.clone(), Arc::clone(&over))))
            .collect();
        let confirmed = phone.confirm(&approval, false).await.unwrap();
        login.check(&confirmed.check_code.unwrap()).await.unwrap();
        login.collect().await.unwrap().me().await.unwrap();
        over.store(true, Ordering::SeqCst);
        for poller in pollers {
            assert!(poller.await.unwrap().is_sorted(), "time goes one way");
        }
    }
}

/// Polls without a pause until it is over; the versions seen. What is pending may be refused, a result never.
async fn polls(http: Http, call: Call, over: Arc<AtomicBool>) -> Vec<u64> {
    let mut versions = Vec::new();
    loop {
        let last = over.load(Ordering::SeqCst);
        let answer = http.send(&call).await.unwrap();
        match answer.status {
            200 => versions.push(answer.json()["version"].as_u64().unwrap()),
            status => assert_eq!(status, 429),
        }
        if last {
            assert_eq!(answer.json()["state"], "collected");
            return versions;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_the_others_leaves_none_of_them() {
    let arena = Arena::new().await;
    let owner = phone(arena.server(), "anna").await;
    for round in 0..ROUNDS {
        let second = another_phone(arena.server(), "anna").await;
        let (login, _) = confirmed(&desktop(arena.server()), &second).await;
        let (late, _) = confirmed(&desktop(arena.server()), &second).await;
        let collect = {
            let login = login.clone();
            async move { login.collect().await }
        };
        let others = if round < ROUNDS / 2 {
            Call::post("/v1/devices/sign-out-others").json(&json!({}))
        } else {
            let password = json!({ "password": PASSWORD });
            Call::new(Method::PUT, "/v1/password").json(&password)
        };
        let (collected, ended) = both(round, collect, of(&owner, others)).await;
        assert_eq!(ended.status, 200);
        assert!(ended.json()["ended"].as_u64().unwrap() >= 1);
        assert_ne!(alive(collected.ok()).await, "ok");
        assert_ne!(outcome(&login.collect().await), "ok");
        assert_eq!(outcome(&late.collect().await), "access_denied");
        assert_eq!(at_me(second.session()).await.unwrap(), "invalid_token");
        assert_eq!(at_me(owner.session()).await.unwrap(), "ok");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_registrations_of_one_name_one_counts() {
    let arena = Arena::with("[accounts]\nregistration = \"open\"\n").await;
    let password = |number: usize| format!("{number} strange passwords for one name");
    let answers = at_once(20, |number| {
        let http = arena.http.clone();
        let body = json!({ "account": "anna", "password": password(number) });
        async move {
            http.send(&Call::post("/v1/accounts").json(&body))
                .await
                .unwrap()
        }
    });
    for answer in answers.await {
        assert_eq!((answer.status, answer.json()), (202, json!({})));
    }
    let mut owners = Vec::new();
    for number in 0..20 {
        let body = json!({ "account": "anna", "password": password(number) });
        let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
        let answer = arena.send(call).await;
        match answer.status {
            201 => owners.push(answer.json()["account"]["id"].clone()),
            status => assert_eq!(status, 401),
        }
    }
    assert_eq!(owners.len(), 1);
}
