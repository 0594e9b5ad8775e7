use std::path::Path;

use countersign_client::{Http, Key, NewDevice, Phone};
use serde_json::Value;

use crate::program::{Server, countersign, run, run_with_input};

const PASSWORD: &str = "correct horse battery staple";
/// What a session hears that has ended: neither its access token nor its refresh token is good any more.
const GONE: &str = "invalid_grant";
const OTHER: &str = "another long pass phrase 77";

/// A command on the data folder, with JSON for a result.
fn account(data: &Path, args: &[&str], input: &str) -> (Option<i32>, Value) {
    let mut command = countersign(&["account"]);
    command.args(args).arg("--json").arg("--data").arg(data);
    let (code, out, errors) = run_with_input(&mut command, input);
    let line = out.lines().next().unwrap_or_default();
    (
        code,
        serde_json::from_str(line).unwrap_or_else(|_| panic!("{out}{errors}")),
    )
}

async fn sign_in(http: &Http, password: &str) -> Result<Phone, String> {
    let key = Key::generate().unwrap();
    let device = NewDevice {
        name: None,
        kind: "terminal".to_owned(),
        platform: None,
    };
    let phone = Phone::sign_in(http, &key, "anna", password, &device).await;
    phone.map_err(|error| error.code().to_owned())
}

#[tokio::test]
async fn what_an_administrator_does_counts_at_once_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &["--listen", "127.0.0.1:0"], &[]);
    let http = Http::new(server.line["issuer"].as_str().unwrap()).unwrap();
    let (code, done) = account(data, &["add", "anna", "--password-stdin"], PASSWORD);
    assert_eq!((code, &done["done"]), (Some(0), &"added".into()));

    for (act, back, done) in [
        ("lock", "unlock", "locked"),
        ("disable", "enable", "disabled"),
    ] {
        let phone = sign_in(&http, PASSWORD).await.unwrap();
        phone.me().await.unwrap();
        assert_eq!(account(data, &[act, "anna"], "").1["done"], done);
        assert_eq!(phone.me().await.unwrap_err().code(), GONE);
        assert!(sign_in(&http, PASSWORD).await.is_err());
        assert_eq!(account(data, &["list"], "").1["status"], done);
        let wrong = if back == "unlock" { "enable" } else { "unlock" };
        assert_eq!(
            account(data, &[wrong, "anna"], "").0,
            Some(1),
            "each has its own way back"
        );
        assert_eq!(account(data, &[back, "anna"], "").0, Some(0));
        assert_eq!(phone.me().await.unwrap_err().code(), GONE);
    }

    let phone = sign_in(&http, PASSWORD).await.unwrap();
    assert_eq!(account(data, &["sign-out", "anna"], "").0, Some(0));
    assert_eq!(phone.me().await.unwrap_err().code(), GONE);

    let phone = sign_in(&http, PASSWORD).await.unwrap();
    let (code, done) = account(data, &["password", "anna", "--password-stdin"], OTHER);
    assert_eq!((code, &done["done"]), (Some(0), &"password_changed".into()));
    assert_eq!(phone.me().await.unwrap_err().code(), GONE);
    assert_eq!(
        sign_in(&http, PASSWORD).await.err().unwrap(),
        "invalid_credentials"
    );
    sign_in(&http, OTHER).await.unwrap();
}

#[test]
fn what_can_not_be_is_refused_with_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let (code, said) = account(data, &["list"], "");
    assert_eq!((code, &said["error"]["code"]), (Some(1), &"failed".into()));
    assert!(
        !data.join("server.key").exists(),
        "nothing is made by looking"
    );
    assert_eq!(
        account(data, &["add", "anna", "--password-stdin"], PASSWORD).0,
        Some(0)
    );
    for (args, input, code) in [
        (vec!["add", "anna", "--password-stdin"], PASSWORD, 1),
        (vec!["add", "bert", "--password-stdin"], "password1", 2),
        (vec!["add", "bert", "--password-stdin"], "short", 2),
        (vec!["add", "böse", "--password-stdin"], PASSWORD, 2),
        (vec!["password", "anna", "--password-stdin"], "annaanna", 2),
        (vec!["password", "nobody", "--password-stdin"], PASSWORD, 1),
        (vec!["lock", "nobody"], "", 1),
        (vec!["invite", "nobody", "--withdraw"], "", 1),
        (vec!["invite", "anna", "--withdraw"], "", 1),
        // Nobody knows yet where a link would lead.
        (vec!["invite", "anna"], "", 2),
        (
            vec!["invite", "anna", "--issuer", "http://localhost:8080"],
            "",
            0,
        ),
        (vec!["invite", "anna", "--withdraw"], "", 0),
        (vec!["invite", "anna", "--withdraw"], "", 1),
    ] {
        assert_eq!(account(data, &args, input).0, Some(code), "{args:?}");
    }
    let mut list = countersign(&["account", "list"]);
    let (code, out, _) = run(list.env("COUNTERSIGN_DATA", data));
    assert_eq!(code, Some(0));
    assert!(out.starts_with("anna ") && out.contains("active"), "{out}");
}
