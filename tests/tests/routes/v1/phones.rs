//! Who may approve: the first phone at once, a further one after a day or another's word.

use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{Device, World, given, refused, text};

const CONFIRM: &str = "[phones]\nadditional = \"confirm\"\n";
const DAY: u64 = 86_400;

/// Signs in again on a device; in how many seconds it may approve.
async fn waits(world: &World, device: &Device<'_>) -> Option<u64> {
    let again = world.device("anna", device.key.clone(), json!({})).await;
    let told = again.tokens["approves_in"].as_u64();
    assert_eq!(again.tokens["may_approve"], told.is_none());
    told
}

async fn undo(phone: &Device<'_>, grant: &str) {
    let path = format!("/v1/grants/{grant}/undo");
    given(&phone.post(&path, json!({})).await, 200);
}

#[tokio::test]
async fn the_first_phone_approves_at_once_and_the_next_one_after_a_day() {
    let world = World::with(CONFIRM).await;
    let first = world.phone("anna").await;
    assert_eq!(first.tokens["may_approve"], true);
    let (second, bob) = (world.another_phone("anna").await, world.phone("bob").await);
    assert_eq!(bob.tokens["may_approve"], true, "of another account");
    let login = world.login().await;
    let refusal = refused(&second.scan_of(&login).await, "phone_waiting");
    let seconds = refusal["approves_in"].as_u64().unwrap();
    assert!((DAY - 60..=DAY).contains(&seconds), "{seconds}");
    let me = given(&second.me().await, 200);
    assert_eq!(me["grant"]["may_approve"], false);
    let time = |name: &str| me["grant"][name].as_u64().unwrap();
    assert_eq!(time("approves_at") - time("signed_in_at"), DAY);

    world.grants_age(DAY - 60);
    let refusal = refused(&second.scan_of(&login).await, "phone_waiting");
    assert!(refusal["approves_in"].as_u64().unwrap() <= 60);
    // To sign in again makes the wait no longer and no shorter.
    let seconds = waits(&world, &second).await.unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let again = world.device("anna", second.key.clone(), json!({})).await;
    world.grants_age(60);
    again.claims(&login).await;
}

#[tokio::test]
async fn while_it_waits_it_sees_itself_and_nothing_else() {
    let world = World::with(CONFIRM).await;
    let first = world.phone("anna").await;
    let second = world.another_phone("anna").await;
    let (login, claim) = {
        let login = world.login().await;
        let claim = first.claims(&login).await;
        (login, claim)
    };
    refused(&second.devices().await, "phone_waiting");
    refused(
        &second.deny(json!({ "ticket": claim.ticket() })).await,
        "phone_waiting",
    );
    refused(
        &second.watch(json!({ "ticket": claim.ticket() }), &[]).await,
        "phone_waiting",
    );
    given(&second.me().await, 200);
    given(&second.refresh().await, 200);
    let second = world.device("anna", second.key.clone(), json!({})).await;
    given(&second.sign_out().await, 204);
    assert_eq!(login.state().await, "scanned");
}

#[tokio::test]
async fn a_phone_that_approved_before_need_not_wait_again_unless_it_was_taken_back() {
    let world = World::with(CONFIRM).await;
    let first = world.phone("anna").await;
    let second = world.another_phone("anna").await;
    let allow = format!("/v1/grants/{}/allow", second.grant().await);
    given(&first.post(&allow, json!({})).await, 200);
    assert_eq!(waits(&world, &second).await, None, "in place of its own");
    let second = world.device("anna", second.key.clone(), json!({})).await;
    given(&second.sign_out().await, 204);
    assert_eq!(waits(&world, &second).await, None, "after its own sign-out");
    let second = world.device("anna", second.key.clone(), json!({})).await;
    undo(&first, &second.grant().await).await;
    assert!(
        waits(&world, &second).await.unwrap() > DAY - 60,
        "after an undo"
    );
    // Another key of the same person is another phone.
    assert!(
        waits(
            &world,
            &Device::new(&world, &new_key(), "countersign", json!({}))
        )
        .await
        .is_some()
    );
}

#[tokio::test]
async fn who_comes_back_alone_is_the_first_only_after_a_month() {
    let world = World::with(CONFIRM).await;
    let first = world.phone("anna").await;
    given(&first.sign_out().await, 204);
    let other = world.another_phone("anna").await;
    assert_eq!(
        other.tokens["may_approve"], false,
        "the account had a phone"
    );
    given(&other.sign_out().await, 204);
    world.grants_age(29 * DAY);
    let other = world.another_phone("anna").await;
    assert_eq!(other.tokens["may_approve"], false);
    given(&other.sign_out().await, 204);
    world.grants_age(2 * DAY);
    let other = world.another_phone("anna").await;
    assert_eq!(other.tokens["may_approve"], true);
}

#[tokio::test]
async fn a_desktop_never_makes_a_phone_a_further_one() {
    let world = World::with(CONFIRM).await;
    world
        .server
        .account("anna", countersign_tests::parties::PASSWORD)
        .await;
    given(&world.browser().sign_in("anna", &json!({})).await, 201);
    let phone = world.another_phone("anna").await;
    assert_eq!(phone.tokens["may_approve"], true);
}

#[tokio::test]
async fn what_a_phone_approved_is_not_collected_once_it_is_undone() {
    let world = World::new().await;
    let (phone, lost) = (world.phone("anna").await, world.another_phone("anna").await);
    let (confirmed, _) = lost.confirmed().await;
    let (checking, _, code) = lost.checking().await;
    let (collected, _, desktop) = lost.collected().await;
    undo(&phone, &lost.grant().await).await;
    refused(&confirmed.collect().await, "access_denied");
    given(&checking.check(&code).await, 200);
    refused(&checking.collect().await, "access_denied");
    // What it had signed in stays, but is not given once more.
    refused(&collected.collect().await, "invalid_grant");
    given(&desktop.me().await, 200);
    assert_eq!(text(&desktop.tokens["account"], "name"), "anna");
}
