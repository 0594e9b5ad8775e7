//! Guessing: what must be long is long, what is short has few tries, and no answer says who is there.

use countersign_client::Call;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::cases::Case;
use crate::support::{Arena, encoded, given, refused};

pub(crate) const CASES: &[Case] = &[
    (
        "a scan code, bit by bit",
        "flaws.rs::guessed_codes_claim_nothing",
    ),
    (
        "scan codes at random, from one address and from a thousand that are forged",
        "attacks/guessing.rs::scan_codes_at_random_are_few_whatever_addresses_they_claim",
    ),
    (
        "whether a wrong scan code's login exists",
        "routes/v1/scans/create.rs::a_wrong_code_is_an_unknown_login_whatever_became_of_it",
    ),
    (
        "whether a hold's login exists",
        "routes/v1/holds.rs::any_code_of_the_right_form_gets_one_so_it_tells_nothing",
    ),
    (
        "a device code, a stranger's every way",
        "routes/v1/logins/wait.rs::a_stranger_learns_nothing_whatever_he_tries",
    ),
    (
        "check codes in parallel: three in all",
        "races/decide.rs::fifty_wrong_codes_are_three_tries",
    ),
    (
        "check codes one after the other",
        "routes/v1/logins/check.rs::three_wrong_codes_deny_and_the_right_one_comes_too_late",
    ),
    (
        "who has an account, at the sign-in",
        "routes/v1/sessions/create.rs::a_wrong_password_and_an_unknown_account_are_answered_alike",
    ),
    (
        "who has an account, at the registration",
        "routes/v1/accounts.rs::a_name_that_is_taken_is_answered_like_a_free_one_and_stays_its_owners",
    ),
    (
        "who has an account, where registration is closed",
        "routes/v1/accounts.rs::where_it_is_closed_nobody_does_whatever_they_send",
    ),
    (
        "who has an account, by the time of a sign-in",
        "routes/timing.rs::a_sign_in_takes_as_long_for_a_name_that_nobody_has",
    ),
    (
        "who has an account, by the time of a registration",
        "routes/timing.rs::a_registration_takes_as_long_for_a_name_that_is_taken",
    ),
    (
        "whose account is out of use",
        "routes/everywhere/out_of_use.rs::only_who_knows_its_password_is_told",
    ),
    (
        "one password on a thousand accounts",
        "attacks/guessing.rs::one_password_on_a_thousand_accounts_is_tried_on_few",
    ),
    (
        "passwords on one account, and what else goes on",
        "routes/everywhere/rates.rs::guessing_passwords_is_slowed_down_alike_for_names_that_nobody_has",
    ),
    (
        "the password on a stolen phone",
        "attacks/guessing.rs::the_password_is_guessed_on_a_stolen_phone_no_faster",
    ),
    (
        "addresses that are forged",
        "routes/everywhere/rates.rs::forged_addresses_are_still_one_address",
    ),
];

fn sign_in(account: &str, password: &str) -> Call {
    let body = json!({ "account": account, "password": password });
    Call::post("/v1/sessions").proof(&new_key()).json(&body)
}

#[tokio::test]
async fn scan_codes_at_random_are_few_whatever_addresses_they_claim() {
    let arena = Arena::with("[limits]\nscans = 40\n").await;
    // One account has a limit of its own, wherever it is; so there are ten.
    let mut phones = Vec::new();
    for number in 0..10 {
        phones.push(arena.phone(&format!("mallory{number}")).await);
    }
    let login = arena.login().await;
    let before = arena.rows();
    let mut judged = 0;
    for (guess, phone) in (0..1_060_u64).zip(phones.iter().cycle()) {
        let scan = format!(
            "{}.{}",
            login.id(),
            encoded(&guess.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())
        );
        let call = Call::post("/v1/scans").json(&json!({ "scan": scan }));
        let call = if guess < 60 {
            call
        } else {
            call.header(
                "X-Forwarded-For",
                &format!("198.51.{}.{}", guess / 250, guess % 250),
            )
            .header("Forwarded", &format!("for=203.0.113.{}", guess % 250))
            .header("X-Real-IP", &format!("192.0.2.{}", guess % 250))
        };
        let answer = phone.send(call).await;
        if answer.status == 429 {
            assert!(guess >= 40, "an honest phone scans that often");
        } else {
            refused(&answer, "unknown_login");
            judged += 1;
        }
    }
    assert!((40..200).contains(&judged), "{judged} of 1,060 were judged");
    arena.assert_untouched(&before);
}

#[tokio::test]
async fn one_password_on_a_thousand_accounts_is_tried_on_few() {
    let arena = Arena::with("[limits]\nsign_ins = 25\n").await;
    let phone = arena.phone("user500").await;
    let mut tried = 0;
    for number in 0..1_000 {
        let account = format!("user{number}");
        let answer = arena.send(sign_in(&account, PASSWORD)).await;
        if answer.status == 429 {
            refused(&answer, "slow_down");
        } else {
            tried += 1;
        }
    }
    assert!((1..500).contains(&tried), "{tried} passwords were tried");
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn the_password_is_guessed_on_a_stolen_phone_no_faster() {
    let arena = Arena::with("[limits]\naccount_sign_ins = 4\n").await;
    let phone = arena.phone("anna").await;
    let before = arena.rows();
    let mut told = Vec::new();
    for guess in 0..12 {
        let answer = phone.verify(&format!("guess number {guess}")).await;
        told.push(answer.code().unwrap());
    }
    let judged = told
        .iter()
        .filter(|code| *code == "invalid_credentials")
        .count();
    assert!((1..=5).contains(&judged), "{told:?}");
    assert_eq!(told.last().unwrap(), "slow_down");
    let right = phone.verify(PASSWORD).await;
    refused(&right, "slow_down");
    arena.assert_untouched(&before);
    // Its owner signs in elsewhere, and everything else goes on.
    given(&arena.send(sign_in("anna", PASSWORD)).await, 201);
    phone.collected().await;
}
