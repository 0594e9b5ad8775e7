//! `countersign account …` beside the running server, which sees at once what was done.

use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::support::{Device, World, given, refused};

const NEW: &str = "eleven tall giraffes at noon";

/// Runs `countersign account …`; whether it succeeded, and what it said.
async fn account(world: &World, args: &[&str], input: &str) -> (bool, String) {
    let args = [&["account"], args].concat();
    let output = world.server.command(&args, input).await;
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[track_caller]
fn done((success, said): (bool, String), words: &str) {
    assert!(success && said.contains(words), "{said}");
}

async fn all_gone(devices: &[&Device<'_>]) {
    for device in devices {
        refused(&device.me().await, "invalid_token");
        refused(&device.refresh().await, "invalid_grant");
    }
}

#[tokio::test]
async fn an_account_that_is_locked_or_disabled_is_out_until_it_is_back() {
    let world = World::new().await;
    let bob = world.phone("bob").await;
    world.server.account("anna", PASSWORD).await;
    for (out, back, status) in [
        ("lock", "unlock", "locked"),
        ("disable", "enable", "disabled"),
    ] {
        let phone = world.another_phone("anna").await;
        let (_, _, desktop) = phone.collected().await;
        let browser = world.browser();
        given(&browser.sign_in("anna", &json!({})).await, 201);
        done(account(&world, &[out, "anna"], "").await, "anna");
        done(account(&world, &[out, "anna"], "").await, "anna");
        all_gone(&[&phone, &desktop]).await;
        refused(&browser.me().await, "invalid_token");
        let answer = world.sign_in("anna", &new_key(), json!({})).await;
        refused(&answer, "account_unavailable");
        let (_, said) = account(&world, &["list"], "").await;
        let line = said.lines().find(|line| line.starts_with("anna")).unwrap();
        assert!(line.contains(status), "{line}");
        // The other way back is not this one's.
        let wrong = if back == "unlock" { "enable" } else { "unlock" };
        let (success, said) = account(&world, &[wrong, "anna"], "").await;
        assert!(!success && said.contains(back), "{said}");
        done(account(&world, &[back, "anna"], "").await, "anna");
        all_gone(&[&phone, &desktop]).await;
        given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
    }
    given(&bob.me().await, 200);
    countersign_tests::invariants(&world.server);
}

#[tokio::test]
async fn a_new_password_by_command_signs_out_everywhere() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let args = ["password", "anna", "--password-stdin"];
    let (success, said) = account(&world, &args, "anna1234\n").await;
    assert!(!success && said.contains("guessed"), "{said}");
    given(&phone.me().await, 200);
    let told = account(&world, &args, &format!("{NEW}\n")).await;
    assert!(!told.1.contains(NEW));
    done(told, "2 sessions ended");
    all_gone(&[&phone, &desktop]).await;
    let old = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&old, "invalid_credentials");
    let new = json!({ "password": NEW });
    given(&world.sign_in("anna", &new_key(), new).await, 201);
}

#[tokio::test]
async fn to_sign_an_account_out_ends_its_sessions_and_nobody_elses() {
    let world = World::new().await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    let (confirmed, _) = phone.confirmed().await;
    let (_, _, desktop) = phone.collected().await;
    done(
        account(&world, &["sign-out", "ANNA"], "").await,
        "2 sessions ended",
    );
    all_gone(&[&phone, &desktop]).await;
    refused(&confirmed.collect().await, "access_denied");
    done(
        account(&world, &["sign-out", "anna"], "").await,
        "signed in nowhere",
    );
    given(&bob.me().await, 200);
    given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
    for args in [
        ["lock", "nobody"],
        ["sign-out", "nobody"],
        ["unlock", "nobody"],
    ] {
        let (success, said) = account(&world, &args, "").await;
        assert!(!success && said.contains("nobody"), "{said}");
    }
}
