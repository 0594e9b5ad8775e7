use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Server, countersign, run};

fn file(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    fs::write(&path, text).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

#[test]
fn check_refuses_in_the_same_words_as_serve_and_opens_nothing() {
    for text in [
        "isuer = 'https://login.example'",
        "[limits]\nscans = 0",
        "listen = '0.0.0.0:0'",
        "[tls]\ncertificate = 'nowhere.pem'\nkey = 'nowhere.key'",
        "trusted_proxies = ['0.0.0.0/0']",
    ] {
        let (folder, path) = file(text);
        let of = |command: &[&str]| {
            let mut command = countersign(command);
            let data = folder.path().join("data");
            run(command.args(["--config", &path]).arg("--data").arg(data))
        };
        let (code, out, errors) = of(&["config", "check"]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{text}");
        assert!(
            errors.contains(&path) || errors.contains("nowhere") || text.contains("listen"),
            "{errors}"
        );
        assert_eq!(of(&["serve"]), (code, out, errors), "{text}");
        assert!(!folder.path().join("data").exists());
    }
}

#[test]
fn check_says_ok_and_what_one_should_know() {
    let (_folder, path) = file("issuer = 'https://login.example'");
    let (code, out, errors) = run(&mut countersign(&["config", "check", "--config", &path]));
    assert_eq!((code, out.as_str()), (Some(0), "ok\n"));
    assert!(
        errors.contains("trusted_proxies") && errors.contains("demo"),
        "{errors}"
    );
    let mut check = countersign(&["config", "check", "--json"]);
    let (_, out, _) = run(check.env("COUNTERSIGN_CONFIG", &path));
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&result["ok"], result["warnings"].as_array().unwrap().len()),
        (&Value::Bool(true), 2)
    );
    let mut check = countersign(&["config", "check", "--json"]);
    let (code, out, _) = run(check.env("COUNTERSIGN_NONSENSE", "1"));
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &result["error"]["code"]),
        (Some(2), &Value::from("usage"))
    );
}

#[test]
fn print_says_where_each_setting_came_from() {
    let (_folder, path) = file("[lifetimes]\nwaiting = 100");
    let mut print = countersign(&["config", "print", "--json", "--listen", "127.0.0.1:99"]);
    print
        .env("COUNTERSIGN_CONFIG", &path)
        .env("COUNTERSIGN_LIMITS__SCANS", "5");
    let (code, out, _) = run(&mut print);
    assert_eq!(code, Some(0));
    let settings = &serde_json::from_str::<Value>(&out).unwrap()["settings"];
    let given = |key: &str| {
        (
            settings[key]["value"].clone(),
            settings[key]["from"].as_str().unwrap(),
        )
    };
    assert_eq!(given("listen"), ("127.0.0.1:99".into(), "--listen"));
    assert_eq!(
        given("limits.scans"),
        (5.into(), "COUNTERSIGN_LIMITS__SCANS")
    );
    assert_eq!(
        given("lifetimes.waiting"),
        (100.into(), format!("{path}, line 2").as_str())
    );
    assert_eq!(given("lifetimes.check"), (120.into(), "default"));
}

#[test]
fn serve_takes_its_settings_from_the_environment_alone() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("COUNTERSIGN_LISTEN", "127.0.0.1:0")];
    let server = Server::start(folder.path(), &[], &variables);
    let (_, port) = server.address("listening").rsplit_once(':').unwrap();
    assert_eq!(server.line["issuer"], format!("http://localhost:{port}"));
    assert_eq!(server.line["authority"], Value::Null);
}
