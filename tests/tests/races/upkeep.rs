//! The upkeep at work beside the parties: what it writes down and deletes is what nobody needs.

use std::time::Duration;

use countersign_client::State;
use countersign_tests::parties::{checking, desktop_sees, wish};
use countersign_tests::race::outcome;
use countersign_tests::{Server, desktop, invariants, phone, sign_in_whole};
use rusqlite::Connection;

/// Logins that are made for each of the upkeep's batches to have something to do.
const OVERDUE: usize = 300;

fn open(server: &Server) -> Connection {
    let db = Connection::open(server.database()).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    db
}

fn count(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_is_written_down_and_swept_while_others_collect() {
    let mut server = Server::start_with("[lifetimes]\nwaiting = 4\n").await;
    let phone = phone(&server, "anna").await;
    let mut kept = Vec::new();
    for _ in 0..5 {
        kept.push(sign_in_whole(&server, &phone).await);
    }
    let mut overdue = Vec::new();
    for _ in 0..OVERDUE {
        overdue.push(desktop(&server).create(&wish()).await.unwrap());
    }
    // The last one of them to expire says when all have.
    let mut last = overdue.last().unwrap().watch();
    while last.next().await.unwrap().is_some() {}
    // A restart begins with the upkeep; what ended two hours ago, as the rows say, is swept by it too.
    assert!(server.stop().await.success());
    let db = open(&server);
    let ago = "UPDATE logins SET ended_at = ended_at - 7200000, created_at = created_at - 7200000,
               claimed_at = claimed_at - 7200000, confirmed_at = confirmed_at - 7200000
               WHERE ended_at IS NOT NULL; UPDATE audit SET at = at - 7200000 WHERE login_id IN
               (SELECT id FROM logins WHERE ended_at IS NOT NULL); UPDATE grants SET created_at = created_at - 7200000";
    db.execute_batch(ago).unwrap();
    let old: i64 = count(
        &db,
        "SELECT count(*) FROM logins WHERE ended_at IS NOT NULL",
    );
    assert_eq!(old, 5, "no expiry was written down yet");
    server.restart().await;

    let mut sessions = Vec::new();
    let mut rounds = 0;
    loop {
        let (login, _, confirm) = checking(&desktop(&server), &phone).await;
        login.check(&confirm.check_code.unwrap()).await.unwrap();
        sessions.push(login.collect().await.unwrap());
        rounds += 1;
        let left = count(&db, "SELECT count(*) FROM logins WHERE state = 'waiting'");
        let swept =
            "SELECT count(*) FROM logins WHERE ended_at < (SELECT max(at) FROM audit) - 3600000";
        if left == 0 && count(&db, swept) == 0 && rounds >= 20 {
            break;
        }
    }
    for session in sessions.iter().chain(&kept) {
        assert_eq!(outcome(&session.me().await), "ok");
        assert_eq!(outcome(&session.refresh().await), "ok");
    }
    let stale = overdue.iter().rev().skip(1).take(20);
    for login in stale {
        assert_eq!(desktop_sees(login).await.state, State::Expired);
    }
    let expired = "SELECT count(*) FROM audit WHERE login_to = 'expired'";
    assert_eq!(
        count(&db, expired),
        i64::try_from(OVERDUE).unwrap(),
        "each once"
    );
    invariants(&server);
}
