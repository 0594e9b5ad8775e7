//! Servers that mean ill, or answer what no server should: the program ends in order, and the terminal stays its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::fake::{Fake, Reply};
use crate::help::{PASSWORD, finish, text};

/// What steers a terminal, or deceives the eye.
const TREACHEROUS: &str = "A\u{9b}31m\u{7f}\u{85}\u{202e}n\u{200b}na";

/// The answer to a new login, with these numbers for its code.
fn created(issuer: &str, step: u64, rotates: u64, turns_in: u64, interval: u64) -> Reply {
    let answer = json!({
        "login_id": "AAECAwQFBgcICQoLDA0ODw", "device_code": "d", "expires_in": u64::MAX, "interval": interval,
        "scan": {
            "url": format!("{issuer}/q"), "rotation_key": "AAEC",
            "rotation_step": step, "rotate_seconds": rotates, "rotate_in": turns_in,
        },
    });
    Reply::Json(201, answer)
}

fn state(name: &str) -> Value {
    json!({"state": name, "version": 9, "expires_in": 100})
}

fn tokens() -> Value {
    json!({
        "access_token": "a", "token_type": "DPoP", "expires_in": 600, "refresh_token": "r",
        "account": {"id": "1", "name": TREACHEROUS},
        "device": {"id": "2", "name": TREACHEROUS, "kind": "terminal"},
    })
}

/// The lines of JSON, none of which may hold anything but plain characters.
fn plain_lines(output: &[u8]) -> Vec<Value> {
    let output = text(output);
    assert!(
        output
            .chars()
            .all(|c| c == '\n' || (' '..='~').contains(&c)),
        "{output:?}"
    );
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn numbers_near_the_end_of_all_numbers_end_nothing() {
    let asked = AtomicU32::new(0);
    let most = u64::MAX;
    let fake = Fake::start(move |path, _, issuer| match path {
        "/v1/logins" => created(issuer, most, most, most, most),
        // The last step turns after a second, while the program waits for two.
        path if path.ends_with("/wait") => match asked.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::States(vec![json!({
                "state": "waiting", "version": 1, "expires_in": most, "interval": most,
                "rotation_step": most, "rotate_in": 0,
            })]),
            1 => Reply::Json(429, json!({"code": "slow_down", "retry_after": 2})),
            _ => Reply::States(vec![state("denied")]),
        },
        _ => Reply::Json(200, json!(null)),
    });
    let login = finish(&mut fake.command(&["login", "--json"]), b"");
    assert_eq!(login.status.code(), Some(3), "{}", text(&login.stderr));
}

#[test]
fn a_flood_of_codes_is_not_drawn() {
    let steps = 20_000;
    let fake = Fake::start(move |path, _, issuer| {
        if path == "/v1/logins" {
            return created(issuer, 0, 30, 30, 5);
        }
        let waiting =
            |step| json!({"state": "waiting", "version": 1, "rotation_step": step, "rotate_in": 0});
        let flood = (0..steps).map(waiting).chain([state("denied")]);
        Reply::States(flood.collect())
    });
    let login = finish(&mut fake.command(&["login", "--json"]), b"");
    assert_eq!(login.status.code(), Some(3), "{}", text(&login.stderr));
    let drawn = text(&login.stdout).matches("\"scan\"").count();
    assert!(drawn < 1000, "{drawn} drawings");
}

#[test]
fn a_login_that_goes_back_and_forth_is_told_once() {
    let fake = Fake::start(|path, _, issuer| {
        if path == "/v1/logins" {
            return created(issuer, 0, 0, 0, 5);
        }
        let mut states: Vec<Value> = ["scanned", "waiting"]
            .repeat(100)
            .into_iter()
            .map(state)
            .collect();
        states.push(state("expired"));
        Reply::States(states)
    });
    let login = finish(&mut fake.command(&["login", "--json"]), b"");
    assert_eq!(login.status.code(), Some(4), "{}", text(&login.stderr));
    assert_eq!(text(&login.stdout).matches("\"scanned\"").count(), 1);
}

#[test]
fn the_end_of_an_outage_is_said_once() {
    let asked = AtomicU32::new(0);
    let fake = Fake::start(move |path, _, issuer| match path {
        "/v1/logins" => created(issuer, 0, 0, 0, 5),
        _ => match asked.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::Json(503, json!({"code": "busy", "retry_after": 1})),
            _ => Reply::States(vec![state("waiting"), state("scanned"), state("expired")]),
        },
    });
    let login = finish(&mut fake.command(&["login"]), b"");
    let errors = text(&login.stderr);
    assert_eq!(login.status.code(), Some(4), "{errors}");
    assert_eq!(errors.matches("Connected again.").count(), 1, "{errors}");
}

#[test]
fn names_in_the_lines_of_a_login_steer_no_terminal() {
    let fake = Fake::start(|path, _, issuer| match path {
        "/v1/logins" => created(issuer, 0, 0, 0, 5),
        "/oauth/token" => Reply::Json(200, tokens()),
        _ => Reply::States(vec![state("confirmed")]),
    });
    let login = finish(&mut fake.command(&["login", "--json"]), b"");
    assert_eq!(login.status.code(), Some(0), "{}", text(&login.stderr));
    let lines = plain_lines(&login.stdout);
    assert_eq!(lines.last().unwrap()["account"]["name"], TREACHEROUS);
}

#[test]
fn a_token_that_cannot_be_kept_is_known_before_the_code_is_drawn() {
    let fake = Fake::start(|_, _, _| panic!("nothing is asked"));
    // Not even root writes there.
    let args = ["login", "--json", "--token-file", "/proc/nowhere/token"];
    let login = finish(&mut fake.command(&args), b"");
    let errors = text(&login.stderr);
    assert_eq!(login.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("cannot write /proc/nowhere/token"),
        "{errors}"
    );
    assert!(!text(&login.stdout).contains("\"scan\""));
}

#[test]
fn a_session_whose_token_cannot_be_kept_after_all_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let tokens_folder = folder.path().join("tokens");
    let file = tokens_folder.join("token");
    let ended = std::sync::Arc::new(AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&ended);
    let fake = Fake::start(move |path, _, issuer| match path {
        "/v1/logins" => created(issuer, 0, 0, 0, 5),
        "/oauth/token" => {
            std::fs::remove_dir(&tokens_folder).unwrap();
            std::fs::write(&tokens_folder, "in the way").unwrap();
            Reply::Json(200, tokens())
        }
        "/v1/sessions/current" => {
            counted.fetch_add(1, Ordering::Relaxed);
            Reply::Json(200, json!(null))
        }
        _ => Reply::States(vec![state("confirmed")]),
    });
    let args = ["login", "--token-file", file.to_str().unwrap()];
    let login = finish(&mut fake.command(&args), b"");
    let errors = text(&login.stderr);
    assert_eq!(login.status.code(), Some(1), "{errors}");
    assert!(errors.contains("signed out again"), "{errors}");
    assert_eq!(ended.load(Ordering::Relaxed), 1);
}

/// Declines at a server that forgets the first `lost` tickets.
fn decline(lost: u32) -> (std::process::Output, String) {
    let tickets = AtomicU32::new(0);
    let denied = std::sync::Arc::new(Mutex::new(String::new()));
    let kept = std::sync::Arc::clone(&denied);
    let fake = Fake::start(move |path, body, _| match path {
        "/v1/holds" => Reply::Json(201, json!({"hold": "h", "expires_in": 60})),
        "/v1/sessions" => Reply::Json(201, tokens()),
        "/v1/scans" => Reply::Json(
            201,
            json!({
                "ticket": tickets.fetch_add(1, Ordering::Relaxed).to_string(),
                "expires_in": 100, "version": 2, "context_digest": "d", "approval": "tap",
                "context": {
                    "client": {"name": TREACHEROUS}, "network": "same", "requested_at": 1, "desktop": "new",
                    "opened_by": "link",
                },
            }),
        ),
        "/v1/scans/deny" => {
            let body: Value = serde_json::from_str(body).unwrap();
            let ticket = body["ticket"].as_str().unwrap();
            kept.lock().unwrap().push_str(ticket);
            if ticket.parse::<u32>().unwrap() < lost {
                return Reply::Json(404, json!({"code": "unknown_login"}));
            }
            Reply::Json(200, json!({"state": "denied", "version": 3}))
        }
        _ => Reply::Json(500, json!({"code": "internal"})),
    });
    let link = format!("{}/q#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0", fake.issuer);
    let args = [
        "approve",
        &link,
        "--account",
        "anna",
        "--password-stdin",
        "--deny",
        "--json",
    ];
    let output = finish(&mut fake.command(&args), PASSWORD.as_bytes());
    let denied = denied.lock().unwrap().clone();
    (output, denied)
}

#[test]
fn names_in_the_lines_of_an_approval_steer_no_terminal() {
    let (approve, _) = decline(0);
    assert_eq!(approve.status.code(), Some(0), "{}", text(&approve.stderr));
    let lines = plain_lines(&approve.stdout);
    assert_eq!(lines[0]["context"]["client"]["name"], TREACHEROUS);
}

#[test]
fn declining_with_a_ticket_that_has_died_is_done_with_a_new_one_once() {
    let (approve, denied) = decline(1);
    assert_eq!(approve.status.code(), Some(0), "{}", text(&approve.stderr));
    assert_eq!(denied, "01");
    let (approve, denied) = decline(9);
    assert_eq!(approve.status.code(), Some(1));
    assert_eq!(denied, "01");
}
