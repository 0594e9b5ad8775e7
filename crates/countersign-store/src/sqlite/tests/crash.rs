//! A process that is killed in the middle of traffic: what it had acknowledged is there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use countersign_core::ids::LoginId;
use countersign_core::login::{Event, StateName};
use countersign_core::ports::{Audit as _, Logins as _};
use rusqlite::Connection;

use super::subject::Sqlite;
use crate::conformance::samples::{Scene, at, key};

const CHILD: &str = "sqlite::tests::crash::writes_until_it_is_killed";
/// Acknowledged logins after which the child is killed; it would make ten times as many.
const ENOUGH: usize = 400;
const WRITERS: usize = 16;

#[tokio::test]
async fn what_a_killed_process_had_acknowledged_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if let Some(id) = line.unwrap().strip_prefix("cancelled ") {
            acknowledged.extend(LoginId::parse(id));
        }
        if acknowledged.len() == ENOUGH {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(
        !status.success() && acknowledged.len() >= ENOUGH,
        "{status}"
    );

    let path = folder.path().join("test.db");
    let store = Sqlite::open(path.clone(), None, false).store;
    // Of each session the deliveries are there exactly with the entry that they tell of.
    let half = Connection::open(path).unwrap().query_row(
        "SELECT count(*) FILTER (WHERE told <> 2), count(*) > 0 FROM (SELECT audit.seq, \
         count(outbox.id) AS told FROM audit LEFT JOIN outbox ON outbox.seq = audit.seq \
         WHERE kind = 'session_opened' GROUP BY audit.seq)",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)),
    );
    assert_eq!(half, Ok((0, true)));
    for id in acknowledged {
        let login = store.find(id).await.unwrap().unwrap();
        assert_eq!(login.state.name(), StateName::Cancelled);
        assert_eq!(store.of_login(id).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test above starts and kills"]
async fn writes_until_it_is_killed() {
    let scene = Arc::new(Scene::new(Sqlite::open("test.db".into(), None, false)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let scene = Arc::clone(&scene);
            tokio::spawn(async move {
                let account = scene.account(&format!("anna{n}")).await.id;
                for _ in 0..10 * ENOUGH / WRITERS {
                    scene.phone(account, key(1)).await;
                    let login = scene.waiting(key(1)).await;
                    let over = scene.step(&login, &Event::Cancel, at(5)).await;
                    let mut out = std::io::stdout().lock();
                    // One write, so that a kill leaves whole lines, but for the last.
                    out.write_all(format!("\ncancelled {}\n", over.id).as_bytes())
                        .unwrap();
                    out.flush().unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}
