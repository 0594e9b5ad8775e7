//! No secret of a run is in what the server writes: not in its logs at the finest level, not in its database, and in
//! its answers only where the protocol gives it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod places;
mod recorder;
mod secret;
mod story;

use countersign_tests::{Server, invariants};

use crate::secret::{Kind, Secret};

#[tokio::test]
async fn no_secret_of_a_run_is_in_logs_database_or_foreign_answers() {
    let mut server = Server::start_with(story::CONFIG).await;
    let recorder = story::tell(&server).await;
    let secrets = recorder.secrets();
    for kind in Kind::ALL {
        let count = secrets.iter().filter(|secret| secret.kind == kind).count();
        assert!(count > 0, "the run had no {kind:?}");
    }
    invariants(&server);
    // Killed, so that the write-ahead log is left as it is; then once more after it has been written back.
    server.kill9();
    let mut leaks = places::in_folder(&server, secrets);
    leaks.extend(places::in_columns(&server, secrets));
    server.restart().await;
    assert!(server.stop().await.success());
    leaks.extend(places::in_folder(&server, secrets));
    let logs = server.logs();
    let refusals = logs.iter().filter(|line| line.contains("request refused"));
    assert!(refusals.count() > 10, "the log says what was refused");
    leaks.extend(places::in_logs(&logs, secrets));
    println!(
        "{} secrets, {} log lines, {} answers",
        secrets.len(),
        logs.len(),
        recorder.exchanges().len()
    );
    leaks.extend(places::in_answers(recorder.exchanges(), secrets));
    assert!(leaks.is_empty(), "leaks:\n{}", leaks.join("\n"));
}

#[test]
fn a_planted_secret_is_found_in_every_form() {
    let secret = Secret::new(Kind::RefreshToken, "q83vEjRWeJAAq83vEjRWeJAB_-8");
    let forms = secret.forms();
    assert!(forms.len() >= 8, "{forms:?}");
    for (form, bytes) in &forms {
        let mut haystack = b"GET /x?token=".to_vec();
        haystack.extend_from_slice(bytes);
        haystack.extend_from_slice(b" and so on");
        let secrets = [secret.clone()];
        let found = places::in_bytes("log", &haystack, &secrets);
        assert!(!found.is_empty(), "{form} was not found");
        let at = found.iter().any(|leak| leak.contains(form));
        assert!(at, "{form} was found as something else: {found:?}");
    }
    let clean = places::in_bytes("log", b"nothing to see", &[secret]);
    assert!(clean.is_empty());
}

#[test]
fn a_planted_check_code_is_found_as_a_word_and_only_so() {
    let codes = [Secret::new(Kind::CheckCode, "204863")];
    for line in [
        "code=204863",
        "typed \"204863\"",
        "204863",
        "a 204863, b",
        "[204863]",
    ] {
        assert!(
            !places::in_logs(&[line.to_owned()], &codes).is_empty(),
            "{line}"
        );
    }
    for line in [
        "1204863",
        "2048631",
        "a204863f",
        "12:00:00.204863Z",
        "20486",
    ] {
        assert!(
            places::in_logs(&[line.to_owned()], &codes).is_empty(),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_secret_planted_in_database_logs_and_answers_is_found() {
    let mut server = Server::start_with(story::CONFIG).await;
    let recorder = story::tell(&server).await;
    server.kill9();
    let secrets = recorder.secrets();
    let db = rusqlite::Connection::open(server.database()).unwrap();
    db.execute("CREATE TABLE planted (secret)", []).unwrap();
    let firsts = Kind::ALL.map(|kind| secrets.iter().find(|secret| secret.kind == kind).unwrap());
    for secret in firsts {
        let one = [secret.clone()];
        let planted = format!("as JSON: {{\"a\":\"{}\"}}", secret.text);
        db.execute("INSERT INTO planted VALUES (?)", [planted])
            .unwrap();
        assert!(
            !places::in_columns(&server, &one).is_empty(),
            "{:?}",
            secret.kind
        );
        db.execute("DELETE FROM planted", []).unwrap();
        if let Some((_, bytes)) = secret.forms().pop() {
            db.execute("INSERT INTO planted VALUES (?)", [bytes])
                .unwrap();
            assert!(
                !places::in_columns(&server, &one).is_empty(),
                "{:?}",
                secret.kind
            );
            assert!(
                !places::in_folder(&server, &one).is_empty(),
                "{:?}",
                secret.kind
            );
        }
        let line = format!("TRACE request{{x=\"{}\"}}", secret.text);
        assert!(!places::in_logs(&[line], &one).is_empty());
        let mut exchange = recorder.exchanges()[0].clone();
        exchange.path = "/elsewhere".to_owned();
        exchange.body.extend_from_slice(secret.text.as_bytes());
        assert!(
            !places::in_answers(&[exchange], &one).is_empty(),
            "{:?}",
            secret.kind
        );
    }
}
