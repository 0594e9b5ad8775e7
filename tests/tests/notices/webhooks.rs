use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use countersign_tests::parties::another_phone;
use countersign_tests::{Server, phone};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::receiver::{Arrival, Receiver};
use crate::secret_file;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The configuration of one webhook for sign-ins without a scan, on this computer.
fn hook(id: &str, url: &str, folder: &TempDir) -> String {
    let file = secret_file(folder, "hook.secret", SECRET);
    format!(
        "[[webhooks]]\nid = '{id}'\nurl = '{url}'\nsecret_file = '{}'\nevents = ['session.opened']\nprivate = true\n",
        file.display()
    )
}

/// Deliveries that the stopped server still owes.
fn owed(server: &Server) -> u32 {
    let database = Connection::open(server.database()).unwrap();
    let count = database.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0));
    count.unwrap()
}

#[tokio::test]
async fn what_a_kill_interrupts_is_sent_again_under_the_same_id() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::start(false).await;
    let mut server = Server::start_with(&hook("siem", &receiver.url, &folder)).await;
    let owner = phone(&server, "anna").await;
    let first = receiver.next().await;
    assert_eq!(first.json()["type"], "session.opened");
    assert_eq!(first.json()["data"]["login_name"], "anna");
    assert_eq!(first.json()["data"]["device"], "anna's phone");
    // It arrived and was not taken; nothing says so but the outbox.
    server.kill9();
    receiver.answer();
    server.restart().await;
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.json()["timestamp"], first.json()["timestamp"]);
    // What was taken comes no more: the next to arrive is the next event.
    another_phone(&server, "anna").await;
    let next = receiver.next().await;
    assert_ne!(next.header("webhook-id"), first.header("webhook-id"));
    assert!(server.stop().await.success());
    assert_eq!(owed(&server), 0);
    assert_no_secret(&server, &first);
    drop(owner);
}

fn assert_no_secret(server: &Server, arrival: &Arrival) {
    let undo = arrival.json()["data"]["undo_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = undo.split_once("/undo#").unwrap().1.to_owned();
    for line in server.logs() {
        for secret in [&token, SECRET.trim_start_matches("whsec_"), "/hook"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[tokio::test]
async fn what_an_operator_does_beside_the_server_is_told_too() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::start(true).await;
    let config =
        hook("siem", &receiver.url, &folder).replace("session.opened", "account.status_changed");
    let server = Server::start_with(&config).await;
    let _owner = phone(&server, "anna").await;
    assert!(
        server
            .command(&["account", "lock", "anna"], "")
            .await
            .status
            .success()
    );
    let told = receiver.next().await.json();
    assert_eq!(
        (&told["type"], &told["data"]["detail"]),
        (&"account.status_changed".into(), &"locked".into())
    );
}

#[tokio::test]
async fn an_endpoint_that_hangs_delays_no_other() {
    let folder = TempDir::new().unwrap();
    let (mut slow, mut quick) = (Receiver::start(false).await, Receiver::start(true).await);
    let config = hook("slow", &slow.url, &folder) + &hook("quick", &quick.url, &folder);
    let server = Server::start_with(&config).await;
    let _owner = phone(&server, "anna").await;
    let _ = slow.next().await;
    // More than are under way to one endpoint at once.
    for _ in 0..6 {
        another_phone(&server, "anna").await;
    }
    for _ in 0..7 {
        let _ = quick.next().await;
    }
}

/// The block of the page that begins with this comment.
fn documented(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/webhooks.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut blocks = page.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains(name)).unwrap();
    block.split_once('\n').unwrap().1.to_owned()
}

/// Runs a program on `input`; what it printed, when it ended well.
fn run(program: &str, args: &[&str], input: &[u8]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that refuses at once does not read.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| said.trim().to_owned())
}

/// Checks a message as the page says, in Node and in a shell, at `seconds` after it was made; both must agree.
fn verified(arrival: &Arrival, secret: &str, folder: &TempDir, seconds: u64) -> Option<String> {
    let [id, at, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| arrival.header(name));
    let now = at.parse::<u64>().unwrap() + seconds;
    let module = folder.path().join("verify-webhook.mjs");
    std::fs::write(&module, documented("verify-webhook.mjs")).unwrap();
    let call = format!(
        "import {{ verify }} from '{}'; import {{ readFileSync }} from 'node:fs';
         const [id, at, signature, secret, now] = process.argv.slice(1);
         const headers = {{ 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature }};
         console.log(verify(secret, headers, readFileSync(0), Number(now)));",
        module.display()
    );
    let now_text = now.to_string();
    let args = [
        "--input-type=module",
        "-e",
        &call,
        id,
        at,
        signature,
        secret,
        &now_text,
    ];
    let by_node = run("node", &args, &arrival.body);
    let script = format!(
        "date() {{ echo {now}; }}\n{}",
        documented("verify-webhook.sh")
    );
    let file = secret_file(folder, "receiver.secret", secret);
    let file = file.to_str().unwrap();
    let by_shell = run(
        "sh",
        &["-c", &script, "sh", file, id, at, signature],
        &arrival.body,
    );
    assert_eq!(
        by_node.is_some(),
        by_shell.is_some(),
        "Node and shell agree"
    );
    by_node
}

#[tokio::test]
async fn the_documented_check_tells_forged_and_replayed_ones_apart() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::start(true).await;
    let server = Server::start_with(&hook("siem", &receiver.url, &folder)).await;
    let _owner = phone(&server, "anna").await;
    let good = receiver.next().await;
    let id = Some(good.header("webhook-id").to_owned());
    assert_eq!(verified(&good, SECRET, &folder, 2), id);
    assert_eq!(
        verified(&good, SECRET, &folder, 3),
        id,
        "played again at once: the id gives it away"
    );
    assert_eq!(
        verified(&good, SECRET, &folder, 301),
        None,
        "played again later"
    );
    assert_eq!(
        verified(&good, "whsec_c29tZWJvZHkgZWxzZXMgc2VjcmV0IQ==", &folder, 2),
        None,
        "forged"
    );
    let text = String::from_utf8(good.body.clone()).unwrap();
    let altered = Arrival {
        body: text.replace("anna", "bert").into_bytes(),
        ..good
    };
    assert_eq!(verified(&altered, SECRET, &folder, 2), None, "altered");
}

#[tokio::test]
async fn the_command_says_what_came_back() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::start(true).await;
    let config = folder.path().join("config.toml");
    let public = "https://localhost:1/";
    let text = hook("here", &receiver.url, &folder)
        + &hook("there", public, &folder).replace("private = true", "private = false");
    std::fs::write(&config, text).unwrap();
    let server = Server::start().await;
    let config = config.to_str().unwrap();
    let done = server
        .command(&["webhooks", "test", "here", "--config", config], "")
        .await;
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "here took it, with 204\n"
    );
    assert_eq!(receiver.next().await.json()["type"], "webhook.test");
    let done = server
        .command(&["webhooks", "test", "--json", "--config", config], "")
        .await;
    assert_eq!(done.status.code(), Some(1), "one did not take it");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("is in a private network"), "{said}");
    let done = server
        .command(&["webhooks", "test", "nowhere", "--config", config], "")
        .await;
    assert_eq!(done.status.code(), Some(2));
}
