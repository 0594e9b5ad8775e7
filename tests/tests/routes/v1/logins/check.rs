//! `POST /v1/logins/{login_id}/check`

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, assert_same, given, members, refused};

/// A code of the right form that is not `code`.
pub(crate) fn wrong(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

#[tokio::test]
async fn the_right_code_confirms_and_its_repeat_says_the_same() {
    let world = World::new().await;
    let (login, _, code) = world.phone("anna").await.checking().await;
    let first = given(&login.check(&code).await, 200);
    assert_eq!(members(&first), ["expires_in", "state", "version"]);
    assert_eq!(first["state"], "confirmed");
    let spaced = format!(" {}-{}\u{a0}", &code[..3], &code[3..]);
    for repeat in [&code, &spaced] {
        let again = given(&login.check(repeat).await, 200);
        assert_eq!(
            (&again["state"], &again["version"]),
            (&first["state"], &first["version"])
        );
    }
    refused(&login.check(&wrong(&code)).await, "not_ready");
    login.collects().await;
    assert_eq!(
        refused(&login.check(&code).await, "login_ended")["state"],
        "collected"
    );
}

#[tokio::test]
async fn three_wrong_codes_deny_and_the_right_one_comes_too_late() {
    let world = World::new().await;
    let (login, claim, code) = world.phone("anna").await.checking().await;
    let long = format!("{code}0");
    for (typed, left) in [(wrong(&code), 2), (String::new(), 1), (long, 0)] {
        let problem = refused(&login.check(&typed).await, "wrong_code");
        assert_eq!(problem["tries_left"], left);
        assert_eq!(claim.now().await["wrong_codes"], 3 - left);
    }
    assert_eq!(login.state().await, "denied");
    assert_eq!(
        refused(&login.check(&code).await, "login_ended")["state"],
        "denied"
    );
    refused(&login.collect().await, "access_denied");
}

#[tokio::test]
async fn a_wrong_code_leaves_the_right_one_good() {
    let world = World::new().await;
    let (login, _, code) = world.phone("anna").await.checking().await;
    for _ in 0..2 {
        refused(&login.check(&wrong(&code)).await, "wrong_code");
    }
    assert_eq!(given(&login.check(&code).await, 200)["state"], "confirmed");
}

#[tokio::test]
async fn tries_in_parallel_are_three_in_all() {
    let world = World::new().await;
    let (login, _, code) = world.phone("anna").await.checking().await;
    let typed = wrong(&code);
    let tries = async || {
        let (a, b, c) = tokio::join!(
            login.check(&typed),
            login.check(&typed),
            login.check(&typed)
        );
        [a, b, c]
    };
    let (a, b, c) = tokio::join!(tries(), tries(), tries());
    let answers: Vec<_> = [a, b, c].into_iter().flatten().collect();
    let wrong = |left: u64| move |answer: &&_| given_left(answer) == Some(left);
    for left in 0..3 {
        assert_eq!(answers.iter().filter(wrong(left)).count(), 1, "{left} left");
    }
    let over = answers
        .iter()
        .filter(|answer| answer.json()["code"] == "login_ended");
    assert_eq!(over.count(), 6);
}

fn given_left(answer: &countersign_client::Answer) -> Option<u64> {
    answer.json()["tries_left"].as_u64()
}

#[tokio::test]
async fn another_key_is_told_nothing_and_costs_no_try() {
    let world = World::new().await;
    let (login, claim, code) = world.phone("anna").await.checking().await;
    let stranger = new_key();
    let unknown = {
        let body = json!({ "device_code": login.device_code(), "code": code });
        let path = "/v1/logins/AAAAAAAAAAAAAAAAAAAAAA/check";
        world
            .send(Call::post(path).proof(&stranger).json(&body))
            .await
    };
    refused(&unknown, "unknown_login");
    for typed in [&code, &wrong(&code), &code, &wrong(&code), &code] {
        assert_same(&login.check_by(&stranger, typed).await, &unknown);
    }
    assert_same(&login.check_by(&claim.phone.key, &code).await, &unknown);
    assert_eq!(claim.now().await["wrong_codes"], 0);
    assert_eq!(given(&login.check(&code).await, 200)["state"], "confirmed");
    assert_same(&login.check_by(&stranger, &code).await, &unknown);
}

#[tokio::test]
async fn key_and_device_code_are_both_needed() {
    let world = World::new().await;
    let (login, claim, code) = world.phone("anna").await.checking().await;
    let other = world.login().await;
    let send = async |body| {
        let call = Call::post(login.path("check"))
            .proof(&login.desktop.key)
            .json(&body);
        world.send(call).await
    };
    refused(
        &send(json!({ "device_code": other.device_code(), "code": code })).await,
        "unknown_login",
    );
    refused(
        &send(json!({ "device_code": "", "code": code })).await,
        "unknown_login",
    );
    refused(
        &send(json!({ "device_code": login.code(), "code": code })).await,
        "unknown_login",
    );
    refused(
        &send(json!({ "device_code": claim.ticket(), "code": code })).await,
        "unknown_login",
    );
    refused(&send(json!({ "code": code })).await, "invalid_request");
    let body = json!({ "device_code": login.device_code(), "code": code });
    let no_proof = Call::post(login.path("check")).json(&body);
    refused(&world.send(no_proof).await, "invalid_proof");
    for odd in [
        json!(null),
        json!(code.parse::<u32>().unwrap()),
        json!([code]),
        json!({}),
    ] {
        let body = json!({ "device_code": login.device_code(), "code": odd });
        refused(&send(body).await, "invalid_request");
    }
    assert_eq!(claim.now().await["wrong_codes"], 0);
}

#[tokio::test]
async fn a_code_counts_only_after_the_phone_has_confirmed() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    refused(&login.check("000000").await, "not_ready");
    let claim = phone.claims(&login).await;
    refused(&login.check("000000").await, "not_ready");
    assert_eq!(claim.now().await["wrong_codes"], 0);
    let code = claim.confirms().await;
    given(&claim.deny().await, 200);
    assert_eq!(
        refused(&login.check(&code).await, "login_ended")["state"],
        "denied"
    );
}

#[tokio::test]
async fn one_logins_code_is_not_anothers() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let ((one, _, first), (other, _, second)) = (phone.checking().await, phone.checking().await);
    assert_ne!(first, second, "one time in a million they are equal");
    refused(&one.check(&second).await, "wrong_code");
    refused(&other.check(&first).await, "wrong_code");
}
