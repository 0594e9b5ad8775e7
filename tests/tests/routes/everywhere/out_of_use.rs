//! An account that is locked or disabled: no tokens, at whatever moment it happens.

use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, given, refused};

const OUT_OF_USE: [&str; 2] = ["locked", "disabled"];

/// What no command does yet: an account's status, changed beside the running server.
fn set_status(world: &World, account: &str, status: &str) {
    let database = rusqlite::Connection::open(world.server.database()).unwrap();
    database
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    let sql = "UPDATE accounts SET status = ? WHERE login_name = ?";
    assert_eq!(database.execute(sql, [status, account]).unwrap(), 1);
}

#[tokio::test]
async fn only_who_knows_its_password_is_told() {
    let world = World::new().await;
    world.phone("anna").await;
    let wrong = json!({ "password": "wrong horse battery" });
    for status in OUT_OF_USE {
        set_status(&world, "anna", status);
        let answer = world.sign_in("anna", &new_key(), json!({})).await;
        refused(&answer, "account_unavailable");
        let answer = world.sign_in("anna", &new_key(), wrong.clone()).await;
        refused(&answer, "invalid_credentials");
    }
}

#[tokio::test]
async fn its_devices_are_nobody_until_it_is_back() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let login = world.login().await;
    for status in OUT_OF_USE {
        set_status(&world, "anna", status);
        for device in [&phone, &desktop] {
            refused(&device.me().await, "invalid_token");
            refused(&device.refresh().await, "invalid_grant");
        }
        refused(&phone.scan_of(&login).await, "invalid_token");
        refused(&phone.devices().await, "invalid_token");
        set_status(&world, "anna", "active");
        given(&phone.me().await, 200);
        given(&desktop.me().await, 200);
    }
    phone.claims(&login).await;
}

#[tokio::test]
async fn what_it_had_approved_is_not_collected() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for status in OUT_OF_USE {
        let (checking, _, code) = phone.checking().await;
        let (confirmed, _) = phone.confirmed().await;
        let (collected, _, _) = phone.collected().await;
        set_status(&world, "anna", status);
        given(&checking.check(&code).await, 200);
        for login in [&checking, &confirmed] {
            refused(&login.collect().await, "access_denied");
            assert_eq!(login.state().await, "denied");
        }
        refused(&collected.collect().await, "invalid_grant");
        set_status(&world, "anna", "active");
        refused(&confirmed.collect().await, "access_denied");
    }
}
