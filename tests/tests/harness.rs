//! The harness itself, seen at work: a whole sign-in, a stop, a kill and a restart.

use countersign_client::{Call, NewLogin};
use countersign_tests::invariants::breaches;
use countersign_tests::parties::{desktop_of, new_key, scanned};
use countersign_tests::{Server, invariants, phone, scan_link, sign_in_whole};
use rusqlite::Connection;

#[tokio::test]
async fn a_desktop_is_signed_in_and_stays_so_over_a_kill_and_a_stop() {
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let desktop = sign_in_whole(&server, &phone).await;
    assert_eq!(desktop.me().await.unwrap().account.name, "anna");

    let (pid, issuer) = (server.pid(), server.issuer().to_owned());
    server.kill9();
    server.restart().await;
    assert_ne!(server.pid(), pid);
    assert_eq!(server.issuer(), issuer);
    assert_eq!(desktop.me().await.unwrap().account.name, "anna");

    assert!(server.stop().await.success());
    server.restart().await;
    assert_eq!(server.send(&Call::get("/healthz")).await.status, 200);
    assert!(server.logs().iter().any(|line| line.contains("INFO")));
}

#[tokio::test]
async fn a_desktop_without_a_name_and_a_client_that_may_not_see_names_are_served() {
    let client = "[[clients]]\nid = \"tv\"\nnative = true\nqr_scopes = [\"openid\"]\n";
    let server = Server::start_with(client).await;
    let phone = phone(&server, "anna").await;
    let tv = desktop_of(&server, &new_key(), "tv");
    let login = tv.create(&NewLogin::default()).await.unwrap();
    let approval = phone.scan(&scan_link(&login), "scanner").await.unwrap();
    let confirmed = phone.confirm(&approval, false).await.unwrap();
    login.check(&confirmed.check_code.unwrap()).await.unwrap();
    let session = login.collect().await.unwrap();
    let tokens = session.tokens().await;
    assert_eq!(tokens.device.name, "other", "its kind");
    assert_eq!(
        tokens.account.name, "",
        "the tokens' answer has none either"
    );
    let me = session.me().await.unwrap();
    assert_eq!((&*me.account.name, &*me.device.name), ("", "other"));
    assert_eq!(phone.devices().await.unwrap().len(), 2);
}

#[tokio::test]
async fn every_broken_invariant_is_found() {
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let desktop = sign_in_whole(&server, &phone).await;
    desktop.refresh().await.unwrap();
    let (waiting, approval) = scanned(&countersign_tests::desktop(&server), &phone).await;
    phone.deny(&approval.ticket, false).await.unwrap();
    drop(waiting);
    invariants(&server);
    assert!(server.stop().await.success());
    invariants(&server);
    let log = server.data().join("countersign.db-wal");
    let left = std::fs::metadata(log).map_or(0, |file| file.len());
    assert_eq!(
        left,
        0,
        "a stop writes all back:\n{}",
        server.logs().join("\n")
    );

    for (rule, damage) in DAMAGES {
        let copy = server.data().join("damaged.db");
        std::fs::copy(server.database(), &copy).unwrap();
        let db = Connection::open(&copy).unwrap();
        db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
            .unwrap();
        db.execute_batch(damage)
            .unwrap_or_else(|error| panic!("{damage}: {error}"));
        drop(db);
        let found = breaches(&copy);
        assert!(
            found.iter().any(|breach| breach.starts_with(rule)),
            "{damage}\nshould break: {rule}\nbroken: {found:#?}"
        );
    }
}

const DAMAGES: [(&str, &str); 32] = [
    (
        "no row points into nothing",
        "DELETE FROM devices",
    ),
    (
        "a login gives at most one grant",
        "CREATE TABLE unbound AS SELECT * FROM grants; UPDATE unbound SET id = randomblob(16);
         INSERT INTO unbound SELECT * FROM grants; DROP TABLE grants;
         CREATE UNIQUE INDEX unbound_ids ON unbound (id); ALTER TABLE unbound RENAME TO grants",
    ),
    (
        "a grant by scan is that of a login",
        "UPDATE grants SET login_id = zeroblob(16) WHERE how = 'scan'",
    ),
    (
        "a login has a grant, the one that it names",
        "UPDATE logins SET state = 'denied', cause = 'declined' WHERE state = 'collected'",
    ),
    (
        "a login has a grant, the one that it names",
        "UPDATE logins SET grant_id = zeroblob(16) WHERE state = 'collected'",
    ),
    (
        "a grant is what was asked at creation",
        "UPDATE grants SET scopes = scopes || ' admin' WHERE how = 'scan'",
    ),
    (
        "a grant is what was asked at creation",
        "UPDATE grants SET binding = 'device-id' WHERE how = 'scan'",
    ),
    (
        "a phone that waits claims nothing",
        "UPDATE grants SET approves_from = approves_from + 86400000",
    ),
    (
        "phones may approve from some time on",
        "UPDATE grants SET approves_from = 1 WHERE how = 'scan'",
    ),
    (
        "phones may approve from some time on",
        "UPDATE grants SET approves_from = NULL",
    ),
    (
        "no password was given where a scan signed in",
        "UPDATE grants SET verified_at = 1",
    ),
    (
        "what can't sign is a desktop",
        "UPDATE grants SET binding = 'device-id' WHERE role = 'phone'",
    ),
    (
        "what can't sign proved nothing",
        "UPDATE logins SET binding = 'device-id', proved = 1",
    ),
    (
        "a cookie keeps the desktops",
        "UPDATE families SET kind = 'cookie'",
    ),
    (
        "nothing is renewed, collected or allowed",
        "INSERT INTO audit (seq, at, kind, grant_id) SELECT -1, 0, 'grant_ended', grant_id FROM audit WHERE kind = 'refreshed'",
    ),
    (
        "an account that is out of use",
        "UPDATE accounts SET status = 'locked'",
    ),
    (
        "who approved is a phone",
        "UPDATE grants SET role = 'desktop' WHERE role = 'phone'",
    ),
    (
        "whose phone's session had ended",
        "INSERT INTO audit (seq, at, kind, grant_id)
         SELECT -1, 0, 'grant_ended', id FROM grants WHERE role = 'phone'",
    ),
    (
        "a grant is bound to one key",
        "UPDATE families SET key = zeroblob(32)",
    ),
    (
        "a grant has at most one live refresh token or cookie",
        "DROP INDEX families_alive; INSERT INTO families SELECT randomblob(16), grant_id, kind, key, version,
         randomblob(32), previous, repeats, used_at, 0 FROM families LIMIT 1",
    ),
    (
        "a grant has at most one live refresh token or cookie",
        "UPDATE grants SET ended_at = 1, end_cause = 'signed_out'",
    ),
    (
        "a device has at most one live grant",
        "UPDATE grants SET device_id = (SELECT id FROM devices), role = 'phone', client = 'demo'",
    ),
    (
        "a login's audit begins with its creation",
        "DELETE FROM audit WHERE login_version = 2",
    ),
    (
        "a login's audit ends where its row stands",
        "UPDATE logins SET version = version + 1",
    ),
    (
        "an audited login has a row",
        "DELETE FROM logins WHERE state = 'denied'",
    ),
    (
        "a login moves along the table",
        "UPDATE audit SET login_from = 'expired' WHERE login_to = 'collected'",
    ),
    (
        "one account alone moves a login",
        "UPDATE audit SET account_id = randomblob(16) WHERE login_to = 'scanned'",
    ),
    (
        "strangers and wrong codes are counted",
        "UPDATE logins SET wrong_codes = 1",
    ),
    (
        "nothing expires early",
        "UPDATE audit SET login_to = 'expired', at = 0 WHERE login_to = 'denied'",
    ),
    (
        "a grant was made once, and ended once",
        "UPDATE grants SET ended_at = 1, end_cause = 'signed_out' WHERE how = 'scan'",
    ),
    (
        "a grant has a family for each time",
        "INSERT INTO audit (at, kind, grant_id) SELECT 0, 'collected_again', id FROM grants",
    ),
    (
        "each refresh is audited once",
        "UPDATE families SET version = version + 1",
    ),
];
