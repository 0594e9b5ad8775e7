//! Collect: one grant, at most one live refresh family, nothing once the phone has signed out.

use countersign_client::{Phone, Session, State};
use countersign_tests::parties::{
    another_phone, confirmed, desktop_of, desktop_sees, new_key, phone_sees,
};
use countersign_tests::race::{at_once, both, outcome};
use countersign_tests::{Server, desktop, invariants, phone};
use rusqlite::Connection;

/// Tasks of one race: enough that every stage of the server holds several at once.
const TASKS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_collects_give_one_grant_and_the_last_tokens_work() {
    const ROUNDS: i64 = 5;
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (login, _) = confirmed(&desktop(&server), &phone).await;
        let collects = at_once(TASKS, |_| {
            let login = login.clone();
            async move { login.collect().await }
        });
        let mut sessions = Vec::new();
        for collect in collects.await {
            assert_eq!(outcome(&collect), "ok", "within ten seconds it may repeat");
            sessions.extend(collect);
        }
        let mut grants = Vec::new();
        for session in &sessions {
            grants.push(session.me().await.unwrap().grant.id.unwrap());
        }
        grants.dedup();
        assert_eq!(grants.len(), 1, "round {round}: one grant");
        assert_eq!(that_refresh(&sessions).await, 1, "round {round}");
    }
    invariants(&server);
    assert!(server.stop().await.success());
    let db = Connection::open(server.database()).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let grants = "SELECT count(*) FROM grants WHERE how = 'scan'";
    assert_eq!(count(grants), ROUNDS);
    let families = "SELECT count(*) FROM families JOIN grants ON grants.id = grant_id
                    WHERE how = 'scan' AND ended = 0";
    assert_eq!(count(families), ROUNDS);
}

/// How many of the sessions can renew their tokens; the others are refused and do no harm by asking.
async fn that_refresh(sessions: &[Session]) -> usize {
    let mut refreshed = 0;
    for session in sessions {
        match outcome(&session.refresh().await) {
            "ok" => refreshed += 1,
            told => assert_eq!(told, "invalid_grant"),
        }
    }
    refreshed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_device_code_collects_nothing_and_ends_what_was_collected() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..20 {
        let (login, _) = confirmed(&desktop(&server), &phone).await;
        let thief = desktop_of(&server, &new_key(), "demo").resume(login.created().clone());
        let (collect, theft) = both(
            round,
            {
                let login = login.clone();
                async move { login.collect().await }
            },
            async move { thief.collect().await },
        )
        .await;
        assert_eq!(outcome(&theft), "invalid_grant", "round {round}");
        // Before the collect the thief is nobody; after it the grant is in doubt, and ends.
        let session = collect.unwrap();
        let me = session.me().await;
        assert!(
            matches!(outcome(&me), "ok" | "invalid_grant"),
            "{}",
            outcome(&me)
        );
        assert_eq!(desktop_sees(&login).await.state, State::Collected);
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_signed_out_gives_no_tokens() {
    let server = Server::start().await;
    let _first = phone(&server, "anna").await;
    for round in 0..20 {
        let phone = another_phone(&server, "anna").await;
        let (login, approval) = confirmed(&desktop(&server), &phone).await;
        let (collect, signed_out) = both(
            round,
            {
                let login = login.clone();
                async move { login.collect().await }
            },
            {
                let phone = phone.clone();
                async move { phone.sign_out().await }
            },
        )
        .await;
        signed_out.unwrap();
        let (end, later) = match outcome(&collect) {
            "ok" => (State::Collected, "invalid_grant"),
            "access_denied" => (State::Denied, "access_denied"),
            other => panic!("round {round}: {other}"),
        };
        // Its sign-out was answered: from here on nothing is given, not even once more.
        assert_eq!(outcome(&login.collect().await), later, "round {round}");
        assert_eq!(desktop_sees(&login).await.state, end);
        let look = phone.watch(&approval.ticket).next().await;
        assert!(look.is_err(), "and the phone sees nothing any more");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_signed_out_before_gives_no_tokens_in_any_state() {
    let server = Server::start().await;
    let other = phone(&server, "anna").await;
    let phone = another_phone(&server, "anna").await;
    let (login, _) = confirmed(&desktop(&server), &phone).await;
    phone.sign_out().await.unwrap();
    assert_eq!(outcome(&login.collect().await), "access_denied");
    assert_eq!(desktop_sees(&login).await.state, State::Denied);

    let (login, approval) = confirmed(&desktop(&server), &other).await;
    login.collect().await.unwrap();
    let seen = phone_sees(&other, &approval).await;
    assert!(seen.grant.is_some(), "another phone's logins are untouched");
    assert_eq!(grants_of(&other).await, 2, "its own and the desktop's");
    invariants(&server);
}

async fn grants_of(phone: &Phone) -> usize {
    let devices = phone.devices().await.unwrap();
    devices.iter().map(|device| device.grants.len()).sum()
}
