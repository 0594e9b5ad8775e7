//! Without any terminal: JSON lines, files, pictures, standard input.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::help::{COUNTERSIGN, PASSWORD, Running, Server, finish, screenshot, text};

fn scan_link(login: &Running) -> String {
    login.json("scan")["scan"].as_str().unwrap().to_owned()
}

/// Signs a new desktop in and gives what `login` said at its end.
fn sign_in(server: &Server) -> Value {
    let mut login = server.login(&["--json"]);
    let approve = server.approve(&scan_link(&login), &["--yes"]);
    let code = approve.json("check_code")["check_code"]
        .as_str()
        .unwrap()
        .to_owned();
    login.say(&code);
    let end = login.json("account");
    assert_eq!(login.end().0, Some(0));
    let (exit, lines, errors) = approve.end();
    assert_eq!(exit, Some(0), "{errors}");
    assert!(lines.last().unwrap().contains("\"collected\""), "{lines:?}");
    end
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_script_signs_in_and_its_files_are_its_owners_alone() {
    let server = Server::start();
    let end = sign_in(&server);
    assert_eq!(end["account"]["name"], "Anna");
    let token_file = end["token_file"].as_str().unwrap();
    assert_eq!(mode(Path::new(token_file)), 0o600);
    let kept: Value = serde_json::from_slice(&fs::read(token_file).unwrap()).unwrap();
    assert_eq!(kept["issuer"], server.issuer);
    assert!(
        kept["tokens"]["access_token"]
            .as_str()
            .unwrap()
            .starts_with("ey")
    );
    let phones = server.state().join("countersign/phones");
    let issuer = fs::read_dir(phones)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let phone = fs::read_dir(issuer)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(mode(&phone), 0o600);
}

#[test]
fn the_second_approval_needs_no_password_and_a_known_desktop_no_check_code() {
    let server = Server::start();
    sign_in(&server);
    let login = server.login(&["--json"]);
    let picture = server.file("shot.png");
    screenshot(&scan_link(&login), &picture);
    let approved = finish(
        &mut server.command(&["approve", picture.to_str().unwrap(), "--yes", "--json"]),
        b"",
    );
    assert_eq!(
        approved.status.code(),
        Some(0),
        "{}",
        text(&approved.stderr)
    );
    assert!(
        text(&approved.stdout).contains("\"approval\":\"tap\""),
        "{}",
        text(&approved.stdout)
    );
    assert_eq!(login.end().0, Some(0));
}

#[test]
fn a_picture_or_a_link_on_standard_input_is_read() {
    let server = Server::start();
    sign_in(&server);
    for as_picture in [false, true] {
        let login = server.login(&["--json"]);
        let link = scan_link(&login);
        let picture = server.file("shot.png");
        screenshot(&link, &picture);
        let input = if as_picture {
            fs::read(&picture).unwrap()
        } else {
            format!("{link}\n").into_bytes()
        };
        let approved = finish(&mut server.command(&["approve", "-", "--yes"]), &input);
        assert_eq!(
            approved.status.code(),
            Some(0),
            "{}",
            text(&approved.stderr)
        );
        assert_eq!(login.end().0, Some(0));
    }
}

#[test]
fn the_check_code_alone_is_on_standard_output() {
    let server = Server::start();
    let mut login = server.login(&[]);
    let link = login.stderr_line("/q#");
    let mut approve = server.command(&[
        "approve",
        &link,
        "--issuer",
        &server.issuer,
        "--account",
        "anna",
        "--password-stdin",
        "--yes",
    ]);
    let mut approve = Running::start(&mut approve);
    approve.say(PASSWORD);
    let code = approve.stdout_line();
    assert!(
        code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()),
        "{code:?}"
    );
    login.stderr_line("Type the code");
    // As people type it.
    login.say(&format!(" {} {} ", &code[..3], &code[3..]));
    let (exit, lines, _) = login.end();
    assert_eq!(
        (exit, lines),
        (Some(0), vec!["Signed in as Anna.".to_owned()])
    );
    assert_eq!(approve.end().0, Some(0));
}

#[test]
fn an_answer_may_come_by_pipe_and_without_one_nothing_is_approved() {
    let server = Server::start();
    sign_in(&server);
    let login = server.login(&["--json"]);
    let link = scan_link(&login);
    let silent = finish(&mut server.command(&["approve", &link]), b"");
    assert_eq!(silent.status.code(), Some(2));
    assert!(
        text(&silent.stderr).contains("--yes"),
        "{}",
        text(&silent.stderr)
    );
    let answered = finish(&mut server.command(&["approve", &link]), b"what?\ny\n");
    assert_eq!(
        answered.status.code(),
        Some(0),
        "{}",
        text(&answered.stderr)
    );
    assert_eq!(login.end().0, Some(0));
}

#[test]
fn a_phrase_is_typed_on_both_sides_and_shown_on_none() {
    let server = Server::start();
    sign_in(&server);
    let mut login = server.login(&["--json", "--phrase-stdin"]);
    login.say("Blue  Herons");
    let link = scan_link(&login);
    for (input, exit, words) in [
        ("", 2, "--phrase-stdin"),
        ("grey herons\n", 1, "wrong_phrase"),
        ("abc\n", 1, "4 to 64 characters"),
    ] {
        let args = ["approve", &link, "--yes", "--json", "--phrase-stdin"];
        let refused = finish(&mut server.command(&args), input.as_bytes());
        let said = text(&refused.stdout) + &text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(exit), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let args = ["approve", &link, "--yes", "--phrase-stdin"];
    let approved = finish(&mut server.command(&args), b"blue herons\n");
    let said = text(&approved.stdout) + &text(&approved.stderr);
    assert_eq!(approved.status.code(), Some(0), "{said}");
    assert!(said.contains("It takes:"), "{said}");
    assert!(!said.to_lowercase().contains("herons"), "{said}");
    let (exit, lines, errors) = login.end();
    assert_eq!(exit, Some(0), "{errors}");
    let said = lines.join("\n") + &errors;
    assert!(!said.to_lowercase().contains("herons"), "{said}");
}

#[test]
fn a_code_of_a_server_never_used_gets_no_password() {
    let server = Server::start();
    let foreign = "https://evil.example";
    // Nor does one on this computer: on a shared one anybody can listen on a port.
    for issuer in [foreign, &server.issuer] {
        let link = format!("{issuer}/q#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0");
        let args = ["approve", &link, "--account", "anna", "--password-stdin"];
        let stranger = finish(&mut server.command(&args), PASSWORD.as_bytes());
        assert_eq!(stranger.status.code(), Some(2));
        let errors = text(&stranger.stderr);
        assert!(errors.contains(&format!("--issuer {issuer}")), "{errors}");
    }
    let link = format!("{foreign}/q#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0");
    let other = server.approve(&link, &["--yes"]).end();
    assert_eq!(other.0, Some(1));
    assert!(other.2.contains("Nothing was sent"), "{}", other.2);
}

#[test]
fn wrong_passwords_and_wrong_pictures_are_said() {
    let server = Server::start();
    let login = server.login(&["--json"]);
    let link = scan_link(&login);
    let mut wrong = server.command(&[
        "approve",
        &link,
        "--issuer",
        &server.issuer,
        "--account",
        "anna",
        "--password-stdin",
        "--yes",
        "--json",
    ]);
    let wrong = finish(&mut wrong, b"wrong\n");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stdout).contains("invalid_credentials"),
        "{}",
        text(&wrong.stdout)
    );
    let no_code = finish(
        &mut server.command(&["approve", "-", "--yes"]),
        b"P5 30 30 255\n\xff",
    );
    assert_eq!(no_code.status.code(), Some(1));
    assert!(
        text(&no_code.stderr).contains("damaged"),
        "{}",
        text(&no_code.stderr)
    );
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let add = |name: &str| {
        let mut add = Command::new(COUNTERSIGN);
        add.args(["account", "add", name, "--password-stdin", "--data"])
            .arg(&data);
        let added = finish(&mut add, format!("{PASSWORD}\n").as_bytes());
        assert!(added.status.success(), "{}", text(&added.stderr));
        text(&added.stderr)
    };
    assert!(!add("anna").contains("warning"));
    let keys = ["server.key", "signing.key"];
    for key in keys {
        fs::set_permissions(data.join(key), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let errors = add("bert");
    for key in keys {
        let advice = format!("chmod 600 '{}'", data.join(key).display());
        assert!(errors.contains(&advice), "{errors}");
    }
}
