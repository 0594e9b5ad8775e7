//! `GET /v1/activity`

use countersign_client::{Answer, Call};
use countersign_tests::parties::{PASSWORD, new_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Device, World, given, header, members, refused, text};

async fn activity(phone: &Device<'_>, query: &str) -> Answer {
    // A proof is for the URL without its query.
    phone.send(Call::get(format!("/v1/activity{query}"))).await
}

async fn entries(phone: &Device<'_>) -> Vec<Value> {
    let answer = given(&activity(phone, "?limit=100").await, 200);
    answer["entries"].as_array().unwrap().clone()
}

/// The newest entries' kinds, but for what the detectors make of them.
async fn kinds(phone: &Device<'_>, count: usize) -> Vec<String> {
    let entries = entries(phone).await;
    let kinds = entries.iter().map(|entry| text(entry, "kind").to_owned());
    kinds.filter(|kind| kind != "alert").take(count).collect()
}

#[tokio::test]
async fn what_becomes_of_sign_ins_is_told_the_accounts_owner() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    assert_eq!(
        kinds(&phone, 9).await,
        ["signed_in_by_password", "account_added"]
    );

    phone.collected().await;
    assert_eq!(kinds(&phone, 1).await, ["signed_in"]);
    let entry = entries(&phone).await.remove(0);
    let all = [
        "at", "client", "device", "grant", "how", "id", "kind", "undoable",
    ];
    assert_eq!(members(&entry), all);
    assert_eq!(
        (&entry["how"], &entry["undoable"]),
        (&json!("scan"), &json!(true))
    );
    assert_eq!(
        (&entry["device"], &entry["client"]),
        (&json!("Office PC"), &json!("Countersign demo"))
    );

    let (_, claim) = phone.confirmed().await;
    given(&claim.deny().await, 200);
    assert_eq!(kinds(&phone, 1).await, ["declined"]);
    let (_, claim) = phone.confirmed().await;
    let report = json!({ "ticket": claim.ticket(), "report": true });
    given(&phone.deny(report).await, 200);
    assert_eq!(kinds(&phone, 1).await, ["reported"]);

    let (login, _, code) = phone.checking().await;
    for _ in 0..3 {
        let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        login.check(&wrong).await;
    }
    assert_eq!(kinds(&phone, 1).await, ["wrong_codes"]);
    let (login, _, _) = phone.checking().await;
    given(&login.cancel().await, 200);
    assert_eq!(kinds(&phone, 1).await, ["cancelled"]);

    let login = world.login().await;
    phone.claims(&login).await;
    refused(&bob.scan_of(&login).await, "claimed");
    assert_eq!(kinds(&bob, 1).await, ["stranger_scanned"]);
}

#[tokio::test]
async fn what_is_done_with_an_account_is_told_its_owner() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let undone = format!("/v1/grants/{}/undo", text(&desktop.tokens, "grant"));
    given(&phone.post(&undone, json!({})).await, 200);
    let entry = entries(&phone).await.remove(0);
    assert_eq!(
        (&entry["kind"], &entry["detail"]),
        (&json!("signed_out"), &json!("undone"))
    );

    let second = world.another_phone("anna").await;
    assert_eq!(kinds(&phone, 1).await, ["phone_added"]);
    let allowed = format!("/v1/grants/{}/allow", second.grant().await);
    given(&phone.post(&allowed, json!({})).await, 200);
    assert_eq!(kinds(&phone, 1).await, ["phone_allowed"]);
    let renamed = format!("/v1/devices/{}", text(&second.tokens["device"], "id"));
    let rename = Call::new(Method::PATCH, renamed).json(&json!({ "name": "the other" }));
    given(&phone.send(rename).await, 200);
    let entry = entries(&phone).await.remove(0);
    assert_eq!(
        (&entry["kind"], &entry["device"]),
        (&json!("device_renamed"), &json!("the other"))
    );
    refused(
        &second
            .refresh_with(&new_key(), second.refresh_token())
            .await,
        "invalid_grant",
    );
    let entry = entries(&phone).await.remove(0);
    assert_eq!(
        (&entry["kind"], &entry["detail"]),
        (&json!("misuse"), &json!("refresh_misused"))
    );
}

#[tokio::test]
async fn so_is_a_new_password_and_a_lock() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = world.phone("anna").await;
    given(&phone.verify(PASSWORD).await, 200);
    assert_ne!(
        kinds(&phone, 1).await,
        ["verified"],
        "part of something else"
    );
    let change = Call::new(Method::PUT, "/v1/password")
        .json(&json!({ "password": "eleven tall giraffes at noon" }));
    given(&phone.send(change).await, 200);
    assert_eq!(kinds(&phone, 1).await, ["password_changed"]);
    given(&phone.post("/v1/account/lock", json!({})).await, 204);
    assert!(
        world
            .server
            .command(&["account", "unlock", "anna"], "")
            .await
            .status
            .success()
    );
    let wish = json!({ "password": "eleven tall giraffes at noon" });
    let key = phone.key.clone();
    given(&world.sign_in("anna", &key, wish).await, 201);
    // What the last phone may read after a day, is in the database now.
    world.alter("UPDATE grants SET approves_from = created_at WHERE role = 'phone'");
    let wish = json!({ "password": "eleven tall giraffes at noon" });
    let back = world.device("anna", key, wish).await;
    let told = kinds(&back, 6).await;
    for kind in ["account_unlocked", "account_locked", "signed_out"] {
        assert!(told.contains(&kind.to_owned()), "{kind} in {told:?}");
    }
}

#[tokio::test]
async fn it_is_read_page_by_page_newest_first() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for _ in 0..3 {
        let (_, claim) = phone.confirmed().await;
        given(&claim.deny().await, 200);
    }
    let all = entries(&phone).await;
    assert_eq!(all.len(), 5);
    let ids: Vec<u64> = all
        .iter()
        .map(|entry| entry["id"].as_u64().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
    let (mut read, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = given(&activity(&phone, &query).await, 200);
        let entries = page["entries"].as_array().unwrap();
        read.extend(entries.iter().cloned());
        let Some(next) = page["next"].as_u64() else {
            assert!(entries.len() < 3);
            break;
        };
        assert_eq!((entries.len(), &entries[2]["id"]), (3, &json!(next)));
        query = format!("?limit=3&before={next}");
    }
    assert_eq!(read, all);
    let none = given(&activity(&phone, "?before=0").await, 200);
    assert_eq!(none, json!({ "entries": [] }));
    for wrong in [
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?limit=-1",
        "?before=x",
        "?before=-1",
        "?after=x",
        "?limit=1&limit=2",
    ] {
        refused(&activity(&phone, wrong).await, "invalid_request");
    }
}

#[tokio::test]
async fn news_come_to_who_waits_for_them() {
    let world = World::new().await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    let known = entries(&phone).await[0]["id"].as_u64().unwrap();
    let wait = async || {
        let call = Call::get(format!("/v1/activity?after={known}"));
        phone.send(call.header("Prefer", "wait=25")).await
    };
    let (news, ()) = tokio::join!(wait(), async {
        bob.collected().await;
        world.another_phone("anna").await;
    });
    assert_eq!(header(&news, "preference-applied"), "wait=25");
    let news = given(&news, 200);
    assert_eq!(news["entries"].as_array().unwrap().len(), 1, "{news}");
    let entry = &news["entries"][0];
    assert_eq!(entry["kind"], "signed_in_by_password");
    assert!(entry["id"].as_u64().unwrap() > known);
    // It can be taken back by what it says; the sign-in that asks is not offered that.
    let path = format!("/v1/grants/{}/undo", text(entry, "grant"));
    assert_eq!(given(&phone.post(&path, json!({})).await, 200)["ended"], 1);
    let all = entries(&phone).await;
    let undoable = all.iter().filter(|entry| entry["undoable"] == true);
    assert_eq!(undoable.count(), 0, "{all:?}");
    // Without the wish to wait it answers at once, with nothing.
    let newest = all[0]["id"].as_u64().unwrap();
    let none = given(&activity(&phone, &format!("?after={newest}")).await, 200);
    assert_eq!(none, json!({ "entries": [] }));
}

#[tokio::test]
async fn nobody_reads_another_accounts() {
    let world = World::new().await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    for _ in 0..3 {
        bob.collected().await;
    }
    let account = text(&bob.tokens["account"], "id");
    let newest = entries(&bob).await[0]["id"].as_u64().unwrap();
    for query in [
        String::new(),
        format!("?account={account}"),
        format!("?sub={account}&before={}", newest + 1),
    ] {
        let answer = given(&activity(&phone, &query).await, 200);
        assert!(answer["entries"].as_array().unwrap().len() <= 2, "{answer}");
        assert!(!answer.to_string().contains("bob"), "{answer}");
    }
}
