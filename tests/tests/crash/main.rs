//! The server is killed (SIGKILL) in the middle of running logins and of all that people do with their accounts, two
//! hundred times, a hundred on each of two data folders.
//!
//! What was acknowledged is there afterwards, nothing is doubled, and clients that simply ask again get through.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod client;
mod owner;
mod restart;
mod round;
mod streams;

use countersign_client::{Call, Phone};
use countersign_tests::parties::{PASSWORD, another_phone, at_me};
use countersign_tests::race::outcome;
use countersign_tests::seed::Seeded;
use countersign_tests::{Server, invariants, phone};
use serde_json::{Value, json};

use crate::client::End;
use crate::owner::Owner;
use crate::round::Round;

const KILLS: usize = 100;

/// Phones wait until another one allows them; and who waits from the first round on still does so after the last.
const CONFIG: &str = "[lifetimes]\nwaiting = 600\n[phones]\nadditional = \"confirm\"\n";

/// A phone of an account that has one.
async fn further(server: &Server, first: &Phone, account: &str) -> Phone {
    let phone = another_phone(server, account).await;
    let grant = phone.me().await.unwrap().grant.id.unwrap();
    let call = Call::post(format!("/v1/grants/{grant}/allow")).json(&json!({}));
    first.session().ask::<Value>(&call).await.unwrap();
    phone
}

#[tokio::test(flavor = "local")]
async fn a_hundred_kills_lose_and_double_nothing() {
    kills().await;
}

#[tokio::test(flavor = "local")]
async fn nor_do_a_hundred_others() {
    kills().await;
}

#[expect(
    clippy::print_stdout,
    reason = "the test runner shows it with a failure"
)]
async fn kills() {
    let mut chance = Seeded::from_environment();
    let mut server = Server::start_with(CONFIG).await;
    let (anna, bert) = (phone(&server, "anna").await, phone(&server, "bert").await);
    let more = [
        further(&server, &anna, "anna").await,
        further(&server, &bert, "bert").await,
    ];
    let phones = [vec![anna, bert], more.into()].concat();
    let mut owners = Vec::new();
    for account in ["cleo", "dora"] {
        let phone = phone(&server, account).await;
        owners.push(Owner::new(phone, account, PASSWORD));
    }
    let mut ends: Vec<End> = Vec::new();
    let mut rounds_interrupted = 0;
    for _ in 0..KILLS {
        let round = Round::new(phones.len(), owners.len(), &mut chance);
        let (came_to, interrupted) = round.run(&mut server, &phones, &mut owners).await;
        ends.extend(came_to);
        rounds_interrupted += usize::from(interrupted > 0);
        invariants(&server);
    }

    // Not only right after its kill: to the end.
    let (mut sessions, mut browsers, mut gone) = (0, 0, 0);
    for end in &ends {
        end.still_stands().await;
        match end {
            End::Collected { session, .. } => {
                assert_eq!(at_me(session).await.unwrap(), "ok");
                assert_eq!(outcome(&session.refresh().await), "ok");
                sessions += 1;
            }
            End::Browser(_) => browsers += 1,
            End::Gone(_) => gone += 1,
            End::Other { .. } => {}
        }
    }
    for owner in &owners {
        owner.still_stands(server.http()).await;
    }
    println!(
        "{} logins, {sessions} signed in, {browsers} by cookie, {gone} taken back, {rounds_interrupted} kills in a request",
        ends.len()
    );
    assert!(sessions > KILLS && rounds_interrupted > KILLS / 2);
    assert!(browsers > KILLS / 4 && gone > KILLS / 4);
    invariants(&server);
    assert!(server.stop().await.success());
    let bad = |line: &&String| line.contains("ERROR") || line.contains("panicked");
    let logs = server.logs();
    let bad: Vec<_> = logs.iter().filter(bad).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
