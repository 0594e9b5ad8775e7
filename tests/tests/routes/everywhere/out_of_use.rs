//! An account that is locked or disabled: no tokens, at whatever moment it happens.

use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::support::{World, given, refused};

const OUT_OF_USE: [&str; 2] = ["locked", "disabled"];

/// Changes an account's status by command, beside the running server.
async fn set_status(world: &World, account: &str, status: &str) {
    let words: &[&str] = match status {
        "locked" => &["lock"],
        "disabled" => &["disable"],
        // Whichever it was.
        _ => &["unlock", "enable"],
    };
    let mut done = false;
    for word in words {
        let args = ["account", word, account];
        done |= world.server.command(&args, "").await.status.success();
    }
    assert!(done, "{account} is to be {status}");
}

#[tokio::test]
async fn only_who_knows_its_password_is_told() {
    let world = World::new().await;
    world.phone("anna").await;
    let wrong = json!({ "password": "wrong horse battery" });
    for status in OUT_OF_USE {
        set_status(&world, "anna", status).await;
        let answer = world.sign_in("anna", &new_key(), json!({})).await;
        refused(&answer, "account_unavailable");
        let browser = world.browser().sign_in("anna", &json!({})).await;
        refused(&browser, "account_unavailable");
        let answer = world.sign_in("anna", &new_key(), wrong.clone()).await;
        refused(&answer, "invalid_credentials");
    }
}

#[tokio::test]
async fn its_devices_are_nobody_and_stay_so_when_it_is_back() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let login = world.login().await;
    for status in OUT_OF_USE {
        let phone = world.another_phone("anna").await;
        let (_, _, desktop) = phone.collected().await;
        set_status(&world, "anna", status).await;
        let gone = async || {
            for device in [&phone, &desktop] {
                refused(&device.me().await, "invalid_token");
                refused(&device.refresh().await, "invalid_grant");
            }
            refused(&phone.scan_of(&login).await, "invalid_token");
            refused(&phone.devices().await, "invalid_token");
        };
        gone().await;
        set_status(&world, "anna", "active").await;
        gone().await;
    }
    world.another_phone("anna").await.claims(&login).await;
}

/// At every moment before the collect, by tokens and by cookie: nothing is given, then or when the account is back.
#[tokio::test]
async fn what_it_had_begun_is_not_collected() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    for status in OUT_OF_USE {
        let phone = world.another_phone("anna").await;
        let (waiting, scanned) = (world.login().await, world.login().await);
        let claim = phone.claims(&scanned).await;
        let (checking, _, code) = phone.checking().await;
        let (confirmed, _) = phone.confirmed().await;
        let (collected, _, _) = phone.collected().await;
        let browser = world.browser();
        let ours = browser.login().await;
        let ours_code = phone.claims(&ours).await.confirms().await;
        given(&browser.check(&ours, &ours_code).await, 200);

        set_status(&world, "anna", status).await;
        refused(&phone.scan_of(&waiting).await, "invalid_token");
        refused(&claim.confirm().await, "invalid_token");
        given(&checking.check(&code).await, 200);
        for login in [&checking, &confirmed] {
            refused(&login.collect().await, "access_denied");
            assert_eq!(login.state().await, "denied");
        }
        refused(&collected.collect().await, "invalid_grant");
        let ended = refused(&browser.collect(&ours).await, "login_ended");
        assert_eq!(ended["state"], "denied");
        assert_eq!(browser.page.cookie(countersign_tests::page::SESSION), None);
        set_status(&world, "anna", "active").await;
        refused(&confirmed.collect().await, "access_denied");
        refused(&claim.confirm().await, "invalid_token");
        refused(&scanned.collect().await, "authorization_pending");
    }
    countersign_tests::invariants(&world.server);
}
