//! `POST /v1/grants/{id}/undo` and `…/allow`

use countersign_client::{Answer, Call};
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::{Value, json};

use crate::support::{Device, World, assert_same, given, refused, text};

const NOBODYS: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const CONFIRM: &str = "[phones]\nadditional = \"confirm\"\n";

async fn undo(phone: &Device<'_>, grant: &str, body: Value) -> Answer {
    phone.post(&format!("/v1/grants/{grant}/undo"), body).await
}

async fn allow(phone: &Device<'_>, grant: &str) -> Answer {
    let path = format!("/v1/grants/{grant}/allow");
    phone.post(&path, json!({})).await
}

/// Also when it signed itself out before, and by whatever it sets next.
#[tokio::test]
async fn a_password_that_an_intruder_set_goes_with_them() {
    let world = World::new().await;
    let (phone, thief) = (world.phone("anna").await, world.another_phone("anna").await);
    let grant = thief.grant().await;
    for password in [
        "eleven tall giraffes at noon",
        "twelve tall giraffes at noon",
    ] {
        let body = json!({ "password": password, "sign_out_others": false });
        let call = Call::new(reqwest::Method::PUT, "/v1/password").json(&body);
        given(&thief.send(call).await, 200);
    }
    given(&thief.sign_out().await, 204);
    let owner = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&owner, "invalid_credentials");
    given(&undo(&phone, &grant, json!({})).await, 200);
    given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
    let theirs = json!({ "password": "twelve tall giraffes at noon" });
    let theirs = world.sign_in("anna", &new_key(), theirs).await;
    refused(&theirs, "invalid_credentials");
}

#[tokio::test]
async fn what_is_undone_is_over_and_says_so_once() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, desktop) = phone.collected().await;
    let (_, _, other) = phone.collected().await;
    let grant = text(&desktop.tokens, "grant");
    let undone = undo(&phone, grant, json!({})).await;
    assert_eq!(
        given(&undone, 200),
        json!({ "ended": 1, "passkeys_removed": 0 })
    );
    refused(&desktop.me().await, "invalid_token");
    refused(&desktop.refresh().await, "invalid_grant");
    refused(&login.collect().await, "invalid_grant");
    assert_eq!(claim.now().await["state"], "collected", "ends never change");
    let again = undo(&phone, grant, json!({})).await;
    assert_eq!(
        given(&again, 200),
        json!({ "ended": 0, "passkeys_removed": 0 })
    );
    given(&other.me().await, 200);
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn a_browsers_session_is_undone_like_any_other() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let browser = world.browser();
    let session = given(&browser.sign_in("anna", &json!({})).await, 201);
    given(&undo(&phone, text(&session, "grant"), json!({})).await, 200);
    refused(&browser.me().await, "invalid_token");
    refused(&browser.sign_out().await, "invalid_token");
}

#[tokio::test]
async fn with_a_phone_goes_what_it_approved_where_that_is_wanted() {
    let world = World::new().await;
    let (phone, lost) = (world.phone("anna").await, world.another_phone("anna").await);
    let (_, _, own) = phone.collected().await;
    let (_, _, one) = lost.collected().await;
    let (_, _, two) = lost.collected().await;
    let grant = lost.grant().await;
    given(
        &undo(&phone, text(&two.tokens, "grant"), json!({})).await,
        200,
    );
    // The phone alone at first; what it approved is still there to go with it.
    let undone = given(&undo(&phone, &grant, json!({})).await, 200);
    assert_eq!(undone["ended"], 1);
    refused(&lost.me().await, "invalid_token");
    given(&one.me().await, 200);
    let too = json!({ "approved_too": true });
    let undone = given(&undo(&phone, &grant, too.clone()).await, 200);
    assert_eq!(undone["ended"], 1);
    refused(&one.me().await, "invalid_token");
    refused(&one.refresh().await, "invalid_grant");
    let again = given(&undo(&phone, &grant, too).await, 200);
    assert_eq!(again["ended"], 0);
    given(&own.me().await, 200);
}

#[tokio::test]
async fn unknown_and_foreign_grants_are_answered_alike() {
    let world = World::new().await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    let (_, _, theirs) = bob.collected().await;
    let foreign = [bob.grant().await, text(&theirs.tokens, "grant").to_owned()];
    for door in ["undo", "allow"] {
        let ask = async |grant: &str| {
            let path = format!("/v1/grants/{grant}/{door}");
            phone.post(&path, json!({})).await
        };
        let unknown = ask(NOBODYS).await;
        refused(&unknown, "not_found");
        for grant in &foreign {
            assert_same(&ask(grant).await, &unknown);
        }
        let device = text(&phone.tokens["device"], "id");
        for grant in ["x", "%FF", device, text(&phone.tokens["account"], "id")] {
            assert_same(&ask(grant).await, &unknown);
        }
    }
    let nothing = undo(&phone, NOBODYS, json!({ "approved_too": "yes" })).await;
    refused(&nothing, "invalid_request");
    given(&theirs.me().await, 200);
    given(&bob.me().await, 200);
}

#[tokio::test]
async fn an_undone_desktop_is_a_new_one() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = world.desktop();
    let collect = async |level: &str| {
        let login = desktop.proved_login(json!({})).await;
        let claim = phone.claims(&login).await;
        assert_eq!(claim.scan["approval"], level);
        let confirmed = given(&claim.confirm().await, 200);
        if level == "code" {
            given(&login.check(text(&confirmed, "check_code")).await, 200);
        }
        login.collects().await
    };
    collect("code").await;
    let tapped = collect("tap").await;
    let grant = text(&tapped.tokens, "grant");
    given(&undo(&phone, grant, json!({})).await, 200);
    collect("code").await;
    let signed_out = collect("tap").await;
    given(&signed_out.sign_out().await, 204);
    collect("tap").await;
}

#[tokio::test]
async fn a_phone_that_waits_may_approve_once_another_says_so() {
    let world = World::with(CONFIRM).await;
    let phone = world.phone("anna").await;
    let waiting = world.another_phone("anna").await;
    let grant = waiting.grant().await;
    let login = world.login().await;
    refused(&waiting.scan_of(&login).await, "phone_waiting");
    world.grants_age(301);
    refused(&allow(&phone, &grant).await, "verification_required");
    refused(&waiting.scan_of(&login).await, "phone_waiting");
    given(&phone.verify(PASSWORD).await, 200);
    assert_eq!(given(&allow(&phone, &grant).await, 200), json!({}));
    let me = given(&waiting.me().await, 200);
    assert_eq!(me["grant"]["may_approve"], true);
    waiting.claims(&login).await;
    given(&allow(&phone, &grant).await, 200);
}

#[tokio::test]
async fn nobody_allows_a_desktop_or_a_phone_that_is_gone() {
    let world = World::with(CONFIRM).await;
    let phone = world.phone("anna").await;
    let waiting = world.another_phone("anna").await;
    let grant = waiting.grant().await;
    refused(&allow(&waiting, &grant).await, "phone_waiting");
    let (_, _, desktop) = phone.collected().await;
    let of_desktop = text(&desktop.tokens, "grant");
    refused(&allow(&phone, of_desktop).await, "not_found");
    refused(&allow(&desktop, &grant).await, "not_a_phone");
    given(&waiting.sign_out().await, 204);
    refused(&allow(&phone, &grant).await, "not_found");
}
