//! The server is killed (SIGKILL) in the middle of running logins, a hundred times on one data folder.
//!
//! What was acknowledged is there afterwards, nothing is doubled, and clients that simply ask again get through.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod client;
mod round;
mod streams;

use countersign_tests::parties::{another_phone, at_me};
use countersign_tests::race::outcome;
use countersign_tests::seed::Seeded;
use countersign_tests::{Server, invariants, phone};

use crate::client::{End, Kind};
use crate::round::Round;

const KILLS: usize = 100;

#[tokio::test(flavor = "local")]
async fn a_hundred_kills_lose_and_double_nothing() {
    let mut chance = Seeded::from_environment();
    // So that who waits from the first round on still does so after the last.
    let mut server = Server::start_with("[lifetimes]\nwaiting = 600\n").await;
    let mut phones = vec![phone(&server, "anna").await, phone(&server, "bert").await];
    while phones.len() < 6 {
        let account = ["anna", "bert"][phones.len() % 2];
        phones.push(another_phone(&server, account).await);
    }
    let mut ends: Vec<End> = Vec::new();
    let mut rounds_interrupted = 0;
    for _ in 0..KILLS {
        let kinds = phones.iter().map(|_| Kind::chosen(&mut chance));
        let round = Round::new(kinds.collect(), &mut chance);
        let (came_to, interrupted) = round.run(&mut server, &phones).await;
        ends.extend(came_to);
        rounds_interrupted += usize::from(interrupted > 0);
        invariants(&server);
    }

    // Not only right after its kill: to the end.
    let mut sessions = 0;
    for end in &ends {
        end.still_stands().await;
        if let End::Collected { session, .. } = end {
            assert_eq!(at_me(session).await.unwrap(), "ok");
            assert_eq!(outcome(&session.refresh().await), "ok");
            sessions += 1;
        }
    }
    println!(
        "{} logins, {sessions} signed in, {rounds_interrupted} kills in a request",
        ends.len()
    );
    assert!(sessions > KILLS && rounds_interrupted > KILLS / 2);
    invariants(&server);
    assert!(server.stop().await.success());
    let bad = |line: &&String| line.contains("ERROR") || line.contains("panicked");
    let logs = server.logs();
    let bad: Vec<_> = logs.iter().filter(bad).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
