//! Crowds: many guess, or ask, from everywhere; who signed in here before goes on.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::support::{World, given, refused};

const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\", \"::1\"]\n";

/// Where Anna signed in before, and where she never was.
const HOME: &str = "198.51.100.7";
const ABROAD: &str = "203.0.113.9";

async fn world(limits: &str) -> World {
    World::with(&format!("{TRUSTED}[limits]\n{limits}")).await
}

fn from(call: Call, address: &str) -> Call {
    call.header("X-Forwarded-For", address)
}

async fn sign_in(world: &World, key: &Key, who: (&str, &str), address: &str) -> Answer {
    let body = json!({ "account": who.0, "password": who.1 });
    let call = Call::post("/v1/sessions").proof(key).json(&body);
    world.send(from(call, address)).await
}

/// A stranger's guess from the `n`th address.
async fn guess(world: &World, n: u32, account: &str, password: &str) -> Answer {
    let address = format!("192.0.{}.{}", n / 250, n % 250);
    sign_in(world, &new_key(), (account, password), &address).await
}

#[tokio::test]
async fn guesses_from_everywhere_lock_out_neither_the_owner_nor_what_is_signed_in() {
    let world = world("account_sign_ins = 6\n").await;
    let phone = world.phone("anna").await;
    let (key, anna) = (new_key(), ("anna", PASSWORD));
    given(&sign_in(&world, &key, anna, HOME).await, 201);
    let (login, claim, code) = phone.checking().await;

    let mut judged = 0;
    for n in 0..40 {
        let answer = guess(&world, n, "anna", &format!("guess number {n}")).await;
        if answer.status == 401 {
            judged += 1;
        } else {
            refused(&answer, "slow_down");
        }
    }
    assert!((4..8).contains(&judged), "{judged} guesses");
    let stranger = sign_in(&world, &new_key(), anna, ABROAD).await;
    refused(&stranger, "slow_down");

    // A new device at home, and the known one wherever it is.
    given(&sign_in(&world, &new_key(), anna, HOME).await, 201);
    given(&sign_in(&world, &key, anna, ABROAD).await, 201);
    // Nothing that is signed in, or under way, has noticed.
    claim.now().await;
    given(&login.check(&code).await, 200);
    let desktop = login.collects().await;
    for device in [&phone, &desktop] {
        given(&device.me().await, 200);
        given(&device.refresh().await, 200);
    }
    given(&phone.verify(PASSWORD).await, 200);
    phone.collected().await;
}

#[tokio::test]
async fn who_shares_the_owners_address_spends_nothing_of_her_key() {
    let world = world("account_sign_ins = 4\nsign_ins = 10\n").await;
    world.server.account("anna", PASSWORD).await;
    let (key, anna) = (new_key(), ("anna", PASSWORD));
    given(&sign_in(&world, &key, anna, HOME).await, 201);
    let mut judged = 0;
    for n in 0..20 {
        let (own, password) = (new_key(), format!("guess number {n}"));
        let answer = sign_in(&world, &own, ("anna", &password), HOME).await;
        judged += u32::from(answer.status == 401);
        sign_in(&world, &own, (&format!("name{n}"), &password), HOME).await;
    }
    assert!((1..5).contains(&judged), "{judged} guesses at home");
    refused(&sign_in(&world, &new_key(), anna, HOME).await, "slow_down");
    given(&sign_in(&world, &key, anna, HOME).await, 201);
}

#[tokio::test]
async fn one_password_on_many_accounts_is_tried_on_few_from_however_many_addresses() {
    let world = world("account_sign_ins = 5\n").await;
    let careless = "seven blue kettles";
    world.server.account("name30", careless).await;
    let key = new_key();
    let own = ("name30", careless);
    given(&sign_in(&world, &key, own, HOME).await, 201);
    let mut judged = 0;
    for n in 0..60 {
        let answer = guess(&world, n, &format!("name{n}"), careless).await;
        if answer.status == 401 {
            judged += 1;
        } else {
            refused(&answer, "slow_down");
        }
    }
    assert!((5..8).contains(&judged), "{judged} accounts");
    let other = guess(&world, 61, "name61", "another one").await;
    refused(&other, "invalid_credentials");
    given(&sign_in(&world, &key, own, ABROAD).await, 201);
    given(&sign_in(&world, &new_key(), own, HOME).await, 201);
}

#[tokio::test]
async fn what_a_crowd_has_spent_keeps_strangers_out_and_nobody_else() {
    let world = world("creations = 1\nopen_logins = 1000\n").await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let anna = ("anna", PASSWORD);
    given(&sign_in(&world, &new_key(), anna, HOME).await, 201);
    let wish = world.desktop().wish(&json!({}));
    let create = async |address: &str| {
        let call = Call::post("/v1/logins").json(&wish);
        world.send(from(call, address)).await
    };
    // A hundred addresses' worth for all, half of it in one client's name.
    let mut created = 0;
    for n in 0..80 {
        created += u32::from(create(&format!("192.0.2.{n}")).await.status == 201);
    }
    assert!((45..75).contains(&created), "{created} logins");
    refused(&create(ABROAD).await, "slow_down");
    given(&create(HOME).await, 201);
    refused(&create(HOME).await, "slow_down");
    // With a live session or a right code it takes no part in that.
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    given(&login.collects().await.refresh().await, 200);
}
