//! Guessing: what must be long is long, what is short has few tries, and no answer says who is there.

use countersign_client::Call;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::cases::Case;
use crate::support::{Arena, OPERATOR, Secrets, codes, encoded, given, refused};

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
    (
        "recovery codes, invitations, links of notices and the operator's token",
        "attacks/guessing.rs::what_lets_in_or_throws_out_is_guessed_at_few_times",
    ),
    (
        "a phrase, one after the other",
        "routes/v1/scans/phrase.rs::three_wrong_phrases_deny_and_the_desktop_learns_no_more_than_that",
    ),
    (
        "two hundred phrases at once",
        "races/decide.rs::two_hundred_wrong_phrases_are_three_tries",
    ),
    (
        "who has an account, at the recovery",
        "routes/v1/recovery.rs::whatever_is_wrong_is_answered_like_a_wrong_password",
    ),
    (
        "who has an account, by the time of a recovery",
        "routes/timing.rs::a_recovery_takes_as_long_for_a_name_that_nobody_has",
    ),
    (
        "who has an account, by a login that names it",
        "routes/v1/logins/named.rs::nobody_learns_from_a_hint_who_has_an_account",
    ),
    (
        "whom a login is for, by scanning it",
        "routes/v1/logins/named.rs::the_third_account_that_is_not_named_cancels",
    ),
    (
        "whether an invitation is there, taken, replaced or too old",
        "routes/v1/invitations.rs::what_is_no_good_invitation_is_told_alike",
    ),
    (
        "what could be the link of a notice",
        "routes/v1/undo.rs::what_is_no_link_of_a_notice_undoes_nothing",
    ),
    (
        "the operator's token, almost right",
        "routes/v1/revocations.rs::the_operator_revokes_over_all_accounts",
    ),
    (
        "one password on many accounts, from however many addresses",
        "routes/everywhere/rates_of_strangers.rs::one_password_on_many_accounts_is_tried_on_few_from_however_many_addresses",
    ),
    (
        "lockout as an attack: guesses from everywhere",
        "routes/everywhere/rates_of_strangers.rs::guesses_from_everywhere_lock_out_neither_the_owner_nor_what_is_signed_in",
    ),
    (
        "lockout as an attack: guesses from the owner's own address",
        "routes/everywhere/rates_of_strangers.rs::who_shares_the_owners_address_spends_nothing_of_her_key",
    ),
    (
        "lockout as an attack: what all strangers share is spent",
        "routes/everywhere/rates_of_strangers.rs::what_a_crowd_has_spent_keeps_strangers_out_and_nobody_else",
    ),
    (
        "lockout as an attack: a large network that takes many names",
        "routes/everywhere/rates.rs::a_large_network_is_some_callers_and_not_thousands",
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

#[tokio::test]
async fn what_lets_in_or_throws_out_is_guessed_at_few_times() {
    let secrets = Secrets::new();
    let limits = "[limits]\nsign_ins = 6\naccount_sign_ins = 6\n";
    let arena = Arena::with(&format!("{}{limits}", secrets.operator())).await;
    let phone = arena.phone("anna").await;
    let code = codes(&phone).await.remove(0);
    let invitation = arena.invitation("bert", &[]).await;
    let before = arena.rows();
    let random = |guess: u64| encoded(&guess.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    for (door, member, right, refusal) in [
        ("/v1/recovery", "code", &*code, "invalid_credentials"),
        (
            "/v1/invitations/look",
            "invitation",
            &invitation,
            "invitation_invalid",
        ),
        ("/v1/undo", "undo", "", "undo_invalid"),
        ("/admin/v1/revocations", "", OPERATOR, "invalid_token"),
    ] {
        let knock = async |guess: &str| {
            let body = json!({ "account": "anna", member: guess, "role": "phone" });
            if member.is_empty() {
                let bearer = format!("Bearer {guess}");
                let call = Call::post(door).header("Authorization", &bearer);
                arena.send(call.json(&body)).await
            } else {
                arena.page_post(door, &new_key(), &body).await
            }
        };
        let mut judged = 0;
        for guess in 0..40 {
            let answer = knock(&random(guess)).await;
            if answer.status == 429 {
                refused(&answer, "slow_down");
            } else {
                refused(&answer, refusal);
                judged += 1;
            }
        }
        assert!((2..12).contains(&judged), "{door}: {judged} of 40");
        // The right one, too, has to wait: it tells nothing.
        refused(&knock(right).await, "slow_down");
    }
    arena.assert_untouched(&before);
    given(&phone.me().await, 200);
    phone.collected().await;
}
