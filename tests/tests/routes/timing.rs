//! Whether a name is taken does not show in how long an answer takes.
//!
//! Asks for known and unknown names in turn and compares how the times rank: the chance that a known name's answer
//! takes longer than an unknown one's. Where only noise differs it is a half. A sign-in that skips the hash where there
//! is no account, or a registration that skips the commit where there is one, moves it to nearly 0 or 1.

use std::time::Duration;

use countersign_client::Call;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{World, given, refused};

/// Of each kind. The chance below has a standard deviation of 0.009 with so many.
const SAMPLES: usize = 2_000;
/// How far the chance may be from a half: five deviations and some real difference that a remote observer, through a
/// network's noise, could make nothing of.
const BOUND: f64 = 0.08;

/// How often, of all pairs, the first one's time is the longer (the Mann–Whitney statistic over its largest value).
fn longer(known: &[Duration], unknown: &[Duration]) -> f64 {
    let pairs = known
        .iter()
        .flat_map(|one| unknown.iter().map(move |other| (one, other)));
    let (mut longer, mut all) = (0.0, 0.0);
    for (one, other) in pairs {
        all += 1.0;
        longer += match one.cmp(other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
    }
    longer / all
}

/// How long each of two requests takes; which is first follows no period that a busy machine could have too.
async fn in_turn(
    world: &World,
    round: usize,
    (one, other): (Call, Call),
    told: u16,
) -> (Duration, Duration) {
    if round.count_ones().is_multiple_of(2) {
        let first = timed(world, one, told).await;
        (first, timed(world, other, told).await)
    } else {
        let first = timed(world, other, told).await;
        (timed(world, one, told).await, first)
    }
}

async fn timed(world: &World, call: Call, told: u16) -> Duration {
    let start = Instant::now();
    let answer = world.http.send(&call).await.unwrap();
    let time = start.elapsed();
    assert_eq!(answer.status, told);
    time
}

/// The chance that a wrong password for `anna` is refused later than one for somebody who is not there.
async fn known_takes_longer(world: &World, samples: usize) -> f64 {
    let key = new_key();
    let ask = |account: &str| {
        let body = json!({ "account": account, "password": "wrong horse battery" });
        Call::post("/v1/sessions").proof(&key).json(&body)
    };
    refused(&world.send(ask("anna")).await, "invalid_credentials");
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..samples {
        let nobody = ask(&format!("nobody{n}"));
        let (one, other) = in_turn(world, n, (ask("anna"), nobody), 401).await;
        known.push(one);
        unknown.push(other);
    }
    longer(&known, &unknown)
}

#[tokio::test]
async fn a_sign_in_takes_as_long_for_a_name_that_nobody_has() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let chance = known_takes_longer(&world, SAMPLES).await;
    println!("a known name takes longer with a chance of {chance:.3}");
    assert!((chance - 0.5).abs() < BOUND, "{chance}");
    // Where one of the two skips its work, it shows: a hash that costs next to nothing stands for that here.
    let cheap = format!(
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${}",
        "A".repeat(43)
    );
    world.alter(&format!("UPDATE accounts SET password_hash = '{cheap}'"));
    let chance = known_takes_longer(&world, SAMPLES / 40).await;
    println!("without a hash to check, with one of {chance:.3}");
    assert!((chance - 0.5).abs() > BOUND, "{chance}");
}

#[tokio::test]
async fn a_registration_takes_as_long_for_a_name_that_is_taken() {
    let world = World::with("[accounts]\nregistration = \"open\"\n").await;
    let ask = |account: &str| {
        let body = json!({ "account": account, "password": "eleven tall giraffes" });
        Call::post("/v1/accounts").json(&body)
    };
    given(&world.send(ask("anna")).await, 202);
    let (mut taken, mut free) = (Vec::new(), Vec::new());
    for n in 0..SAMPLES {
        let calls = (ask("anna"), ask(&format!("free{n}")));
        let (one, other) = in_turn(&world, n, calls, 202).await;
        taken.push(one);
        free.push(other);
    }
    let chance = longer(&taken, &free);
    println!("a taken name takes longer with a chance of {chance:.3}");
    assert!((chance - 0.5).abs() < BOUND, "{chance}");
}

#[tokio::test]
async fn a_recovery_takes_as_long_for_a_name_that_nobody_has() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    given(&phone.post("/v1/recovery/codes", json!({})).await, 201);
    let (key, issuer) = (new_key(), world.server.issuer());
    let ask = |account: &str| {
        let code = "aaaa-bbbb-cccc-dddd-eeee-ffff";
        let body = json!({ "account": account, "code": code });
        let call = Call::post("/v1/recovery").proof(&key).json(&body);
        call.header("Origin", issuer)
    };
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..SAMPLES {
        let nobody = ask(&format!("nobody{n}"));
        let (one, other) = in_turn(&world, n, (ask("anna"), nobody), 401).await;
        known.push(one);
        unknown.push(other);
    }
    let chance = longer(&known, &unknown);
    println!("a known name takes longer with a chance of {chance:.3}");
    assert!((chance - 0.5).abs() < BOUND, "{chance}");
}

#[test]
fn the_chance_tells_a_difference_from_noise() {
    let ms = |times: &[u64]| -> Vec<Duration> {
        times
            .iter()
            .map(|time| Duration::from_millis(*time))
            .collect()
    };
    let noise = longer(&ms(&[1, 4, 2, 3]), &ms(&[2, 3, 1, 4]));
    assert!((noise - 0.5).abs() < f64::EPSILON, "{noise}");
    assert!(longer(&ms(&[30, 31, 29]), &ms(&[1, 2, 32])) > 0.5 + BOUND / 2.0);
    assert!(longer(&ms(&[1, 2]), &ms(&[30, 31])) < BOUND);
}
