//! What happens at a deadline: exactly one outcome, never early, never late, and everybody is told the same.
//!
//! Many logins cross the same deadline, each with its request a little later than the one before. What the server
//! knew is bounded by what was seen here: a deadline lies between the earliest and the latest moment that the
//! request which set it may have taken effect, plus the lifetime.

use std::time::Duration;

use countersign_client::{Approval, Error, Login, Phone, State};
use countersign_tests::parties::{checking, desktop_sees, phone_sees, scanned, wish};
use countersign_tests::race::outcome;
use countersign_tests::{Server, desktop, invariants, phone, scan_link};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How far before and after the deadline the requests are sent, and how many of them.
const AROUND: Duration = Duration::from_millis(400);
const STEPS: u32 = 100;
/// The server counts milliseconds, each rounded down.
const ROUNDING: Duration = Duration::from_millis(2);

/// When something was asked, and when it was answered: it took effect in between.
#[derive(Clone, Copy)]
struct Span {
    asked: Instant,
    answered: Instant,
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Span) {
    let asked = Instant::now();
    let value = work.await;
    let answered = Instant::now();
    (value, Span { asked, answered })
}

/// Where the request number `step` is to be sent when the deadline is `lifetime` after `set`.
fn moment(set: Span, lifetime: Duration, step: u32) -> Instant {
    set.asked + lifetime - AROUND + AROUND * 2 * step / STEPS
}

/// Whether an act that was done by its deadline, or refused because of it, was judged rightly.
fn judged_rightly(set: Span, lifetime: Duration, act: Span, done: bool) -> bool {
    if done {
        act.asked < set.answered + lifetime + ROUNDING
    } else {
        act.answered + ROUNDING >= set.asked + lifetime
    }
}

/// What one login came to.
struct Crossing {
    step: u32,
    done: bool,
    rightly: bool,
}

/// Checks that the requests really were on both sides of the deadline, and all judged rightly.
async fn both_sides(mut crossings: JoinSet<Crossing>) {
    let (mut done, mut refused) = (0, 0);
    while let Some(crossing) = crossings.join_next().await {
        let Crossing {
            step,
            done: by_then,
            rightly,
        } = crossing.unwrap();
        assert!(
            rightly,
            "step {step}, {}",
            if by_then { "too late" } else { "too early" }
        );
        if by_then { done += 1 } else { refused += 1 }
    }
    assert!(
        done > 0 && refused > 0,
        "{done} in time, {refused} too late"
    );
}

async fn create(server: &Server) -> Login {
    let login = desktop(server).create(&wish()).await;
    login.unwrap()
}

/// The end that a refusal names; `None` for an answer.
fn end_of<T>(answer: &Result<T, Error>) -> Option<State> {
    let refusal = answer.as_ref().err()?.refusal()?;
    assert_eq!(refusal.code, "login_ended");
    refusal.state
}

async fn both_see(login: &Login, phone: &Phone, ticket: &Approval, state: State) {
    assert_eq!(desktop_sees(login).await.state, state);
    assert_eq!(phone_sees(phone, ticket).await.state, state);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirm_at_the_deadline_counts_or_finds_the_login_expired() {
    const DECISION: Duration = Duration::from_secs(1);
    let server = Server::start_with("[lifetimes]\ndecision = 1\n").await;
    let phone = phone(&server, "anna").await;
    let mut crossings = JoinSet::new();
    for step in 0..STEPS {
        let login = create(&server).await;
        let link = scan_link(&login);
        let (approval, set) = timed(phone.scan(&link, "scanner")).await;
        let (approval, phone) = (approval.unwrap(), phone.clone());
        crossings.spawn(async move {
            sleep_until(moment(set, DECISION, step)).await;
            let (confirm, act) = timed(phone.confirm(&approval, false)).await;
            let done = confirm.is_ok();
            if !done {
                assert_eq!(end_of(&confirm), Some(State::Expired));
            }
            let state = if done {
                State::Checking
            } else {
                State::Expired
            };
            both_see(&login, &phone, &approval, state).await;
            Crossing {
                step,
                done,
                rightly: judged_rightly(set, DECISION, act, done),
            }
        });
    }
    both_sides(crossings).await;
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_code_at_the_deadline_counts_or_finds_the_login_expired() {
    const CHECK: Duration = Duration::from_secs(1);
    let server = Server::start_with("[lifetimes]\ncheck = 1\n").await;
    let phone = phone(&server, "anna").await;
    let mut crossings = JoinSet::new();
    for step in 0..STEPS {
        let (login, approval) = scanned(&desktop(&server), &phone).await;
        let (confirm, set) = timed(phone.confirm(&approval, false)).await;
        let (phone, code) = (phone.clone(), confirm.unwrap().check_code.unwrap());
        crossings.spawn(async move {
            sleep_until(moment(set, CHECK, step)).await;
            let (check, act) = timed(login.check(&code)).await;
            let done = check.is_ok();
            if !done {
                assert_eq!(end_of(&check), Some(State::Expired));
            }
            let state = if done {
                State::Confirmed
            } else {
                State::Expired
            };
            both_see(&login, &phone, &approval, state).await;
            Crossing {
                step,
                done,
                rightly: judged_rightly(set, CHECK, act, done),
            }
        });
    }
    both_sides(crossings).await;
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collect_at_the_deadline_gives_tokens_or_finds_the_login_expired() {
    const COLLECT: Duration = Duration::from_secs(1);
    let server = Server::start_with("[lifetimes]\ncollect = 1\n").await;
    let phone = phone(&server, "anna").await;
    let mut crossings = JoinSet::new();
    for step in 0..STEPS {
        let (login, approval, confirm) = checking(&desktop(&server), &phone).await;
        let code = confirm.check_code.unwrap();
        let (check, set) = timed(login.check(&code)).await;
        let (_, phone) = (check.unwrap(), phone.clone());
        crossings.spawn(async move {
            sleep_until(moment(set, COLLECT, step)).await;
            let (collect, act) = timed(login.collect()).await;
            let told = outcome(&collect);
            assert!(told == "ok" || told == "expired_token", "{told}");
            let done = collect.is_ok();
            let state = if done {
                State::Collected
            } else {
                State::Expired
            };
            both_see(&login, &phone, &approval, state).await;
            if let Ok(session) = collect {
                session.me().await.unwrap();
            }
            Crossing {
                step,
                done,
                rightly: judged_rightly(set, COLLECT, act, done),
            }
        });
    }
    both_sides(crossings).await;
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_at_the_deadline_claims_or_finds_the_login_expired() {
    const WAITING: Duration = Duration::from_secs(1);
    let server = Server::start_with("[lifetimes]\nwaiting = 1\n").await;
    let phone = phone(&server, "anna").await;
    let mut crossings = JoinSet::new();
    for step in 0..STEPS {
        let (login, set) = timed(create(&server)).await;
        let phone = phone.clone();
        crossings.spawn(async move {
            sleep_until(moment(set, WAITING, step)).await;
            let link = scan_link(&login);
            let (scan, act) = timed(phone.scan(&link, "scanner")).await;
            let done = scan.is_ok();
            match scan {
                Ok(approval) => both_see(&login, &phone, &approval, State::Scanned).await,
                Err(_) => assert_eq!(end_of(&scan), Some(State::Expired)),
            }
            Crossing {
                step,
                done,
                rightly: judged_rightly(set, WAITING, act, done),
            }
        });
    }
    both_sides(crossings).await;
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_code_at_its_rotation_is_current_or_stale_and_the_next_one_claims() {
    // A code lives through its own period and the next one.
    const LIFE: Duration = Duration::from_secs(30);
    let server = Server::start_with("[rotation]\nseconds = 15\n").await;
    let phone = phone(&server, "anna").await;
    let mut crossings = JoinSet::new();
    for step in 0..STEPS {
        let (login, set) = timed(create(&server)).await;
        let phone = phone.clone();
        crossings.spawn(async move {
            sleep_until(moment(set, LIFE, step)).await;
            let (scan, act) = timed(phone.scan(&login.link(0).unwrap(), "scanner")).await;
            let done = scan.is_ok();
            if !done {
                assert_eq!(outcome(&scan), "scan_code_stale");
                assert_eq!(desktop_sees(&login).await.state, State::Waiting);
                phone
                    .scan(&login.link(2).unwrap(), "scanner")
                    .await
                    .unwrap();
            }
            assert_eq!(desktop_sees(&login).await.state, State::Scanned);
            Crossing {
                step,
                done,
                rightly: judged_rightly(set, LIFE, act, done),
            }
        });
    }
    both_sides(crossings).await;
    invariants(&server);
}
