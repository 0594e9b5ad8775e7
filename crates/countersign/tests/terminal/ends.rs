//! The ends that are no success, with their exit codes, and the turning code.

use std::process::Command;

use crate::help::{Running, Server, finish, text};

fn scan_link(login: &Running) -> String {
    login.json("scan")["scan"].as_str().unwrap().to_owned()
}

#[test]
fn declined() {
    let server = Server::start();
    let login = server.login(&["--json"]);
    let denied = server.approve(&scan_link(&login), &["--deny"]).end();
    assert_eq!(
        denied.0,
        Some(0),
        "declining is what --deny is for: {}",
        denied.2
    );
    let (exit, lines, _) = login.end();
    assert_eq!(exit, Some(3));
    assert!(
        lines.last().unwrap().contains("\"code\":\"denied\""),
        "{lines:?}"
    );
}

#[test]
fn three_wrong_codes_decline() {
    let server = Server::start();
    let mut login = server.login(&["--json"]);
    let approve = server.approve(&scan_link(&login), &["--yes"]);
    let right: u32 = approve.json("check_code")["check_code"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    for no_code in ["12345", "1234567", "abcdef", "12345\u{666}"] {
        login.say(no_code);
        assert_eq!(login.json("error")["error"], "no_check_code", "{no_code}");
    }
    for tries_left in [2, 1, 0] {
        login.say(&format!("{:06}", (right + 1 + tries_left) % 1_000_000));
        if tries_left > 0 {
            assert_eq!(login.json("tries_left")["tries_left"], tries_left);
        }
    }
    let (exit, _, errors) = login.end();
    assert_eq!(exit, Some(3));
    assert!(errors.contains("A check code is six digits."), "{errors}");
    assert!(errors.contains("wrong three times"), "{errors}");
    let (exit, _, errors) = approve.end();
    assert_eq!(exit, Some(3));
    assert!(errors.contains("A wrong code was typed"), "{errors}");
}

#[test]
fn interrupted_it_is_cancelled_at_the_server_too() {
    let server = Server::start();
    for name in ["INT", "TERM", "HUP"] {
        let login = server.login(&["--json"]);
        let link = scan_link(&login);
        // setsid has become the program: it starts no child of its own.
        let process = login.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &process])
            .status()
            .unwrap();
        assert!(sent.success());
        assert_eq!(login.end().0, Some(5), "SIG{name}");
        let approve = server.approve(&link, &["--yes"]).end();
        assert_eq!(approve.0, Some(1));
        assert!(
            approve.1.last().unwrap().contains("login_ended"),
            "{:?}",
            approve.1
        );
    }
}

#[test]
fn expired() {
    let server = Server::with_config("[lifetimes]\nwaiting = 2\n");
    let (exit, lines, errors) = server.login(&["--json"]).end();
    assert_eq!(exit, Some(4), "{errors}");
    assert!(
        lines.last().unwrap().contains("\"code\":\"expired\""),
        "{lines:?}"
    );
}

#[test]
fn without_anybody_to_type_the_code_the_login_is_cancelled() {
    let server = Server::start();
    let mut login = server.login(&["--json"]);
    login.close_stdin();
    let approve = server.approve(&scan_link(&login), &["--yes"]);
    let (exit, _, errors) = login.end();
    assert_eq!(exit, Some(1));
    assert!(errors.contains("standard input"), "{errors}");
    assert_eq!(approve.end().0, Some(5));
}

#[test]
fn the_next_code_is_shown_when_the_time_of_one_is_up() {
    let server = Server::with_config("[rotation]\nseconds = 15\n");
    let login = server.login(&["--json"]);
    let (first, second) = (scan_link(&login), scan_link(&login));
    assert_ne!(first, second);
    let denied = server.approve(&second, &["--deny"]).end();
    assert_eq!(denied.0, Some(0), "the new code is good: {}", denied.2);
    assert_eq!(login.end().0, Some(3));
}

#[test]
fn a_server_called_by_another_address_than_its_own_is_said_with_advice() {
    let server = Server::start();
    let login = |issuer: &str| {
        let args = ["login", "--issuer", issuer];
        let login = finish(&mut server.command(&args), b"");
        (login.status.code(), text(&login.stderr))
    };
    let (exit, errors) = login(&server.issuer.replace("localhost", "127.0.0.1"));
    assert_eq!(exit, Some(1));
    assert!(errors.contains("calls its own"), "{errors}");
    let (exit, errors) = login(&server.issuer.replace("http:", "https:"));
    assert_eq!(exit, Some(1));
    assert!(errors.contains("That port speaks http"), "{errors}");
}

#[test]
fn a_server_that_is_not_there_is_said_with_advice() {
    let server = Server::start();
    let nobody = finish(
        &mut server.command(&["login", "--issuer", "http://localhost:1"]),
        b"",
    );
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        text(&nobody.stderr).contains("Is the server running"),
        "{}",
        text(&nobody.stderr)
    );
    let no_issuer = finish(
        &mut server.command(&["login", "--issuer", "http://login.example"]),
        b"",
    );
    assert_eq!(no_issuer.status.code(), Some(2));
    let errors = text(&no_issuer.stderr);
    assert!(errors.contains("http is for localhost only"), "{errors}");
    let wrong_call = finish(
        &mut server.command(&["approve", "--yes", "--deny", "x"]),
        b"",
    );
    assert_eq!(wrong_call.status.code(), Some(2));
}
