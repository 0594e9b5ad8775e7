//! What the running server says of itself in `/openapi.json`, held against what it does.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod asker;
mod back;
mod described;
mod story;

use countersign_client::Call;
use countersign_tests::Server;
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use self::described::Described;

/// What opens the operator's routes.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A server with all routes, also those that are there with a token only; and the folder with that.
async fn operated(config: &str) -> (Server, TempDir) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("token");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .unwrap();
    file.write_all(TOKEN.as_bytes()).unwrap();
    let config = format!("[admin]\ntoken_file = \"{}\"\n{config}", path.display());
    (Server::start_with(&config).await, folder)
}

#[tokio::test]
async fn the_document_is_served_to_every_site() {
    let server = Server::start().await;
    let origin = "https://elsewhere.example";
    let asking = Call::get("/openapi.json").header("Origin", origin);
    let answer = server.send(&asking).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let kept: Value = serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
    assert_eq!(answer.json(), kept);
}

#[tokio::test]
async fn each_path_takes_the_described_methods_and_no_others() {
    let (server, _token) = operated("").await;
    let operations = Described::default().operations();
    for (_, path) in &operations {
        let mut described: Vec<String> = operations
            .iter()
            .filter(|(_, other)| other == path)
            .map(|(method, _)| method.to_ascii_uppercase())
            .collect();
        if described.contains(&"GET".to_owned()) {
            described.push("HEAD".to_owned());
        }
        let url = path.replace("{login_id}", "x").replace("{id}", "x");
        // A method that nothing takes: the refusal names those that something does.
        let refused = server.send(&Call::new(Method::TRACE, url)).await;
        assert_eq!(refused.status, 405, "{path}");
        let mut allowed: Vec<_> = refused.headers["allow"]
            .to_str()
            .unwrap()
            .split(',')
            .collect();
        allowed.sort_unstable();
        described.sort_unstable();
        assert_eq!(allowed, described, "{path}");
    }
}

#[test]
fn every_example_is_what_it_is_an_example_of() {
    assert_eq!(Described::default().example_faults(), Vec::<String>::new());
}
