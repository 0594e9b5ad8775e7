use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use countersign_tests::Server;
use countersign_tests::parties::{PASSWORD, another_phone};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::secret_file;

const USER: &str = "login@mail.example";
const MAIL_PASSWORD: &str = "the mail server's password";

/// A running mail server, killed when dropped.
struct MailServer {
    child: Child,
    lines: Option<std::io::Lines<BufReader<ChildStdout>>>,
    port: u16,
}

impl MailServer {
    async fn start(args: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notices/mail_server.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).args(args).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 is there");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Self {
            child,
            lines: Some(lines),
            port: 0,
        };
        server.port = server.line().await.parse().unwrap();
        server
    }

    async fn line(&mut self) -> String {
        let mut lines = self.lines.take().unwrap();
        let (line, lines) = tokio::task::spawn_blocking(move || (lines.next(), lines))
            .await
            .unwrap();
        self.lines = Some(lines);
        line.expect("the mail server runs: is python3-aiosmtpd installed?")
            .unwrap()
    }

    /// The next mail that it takes.
    async fn next(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let headers = mail["headers"].as_array().unwrap();
    let mut named = headers.iter().filter(|header| header[0] == name);
    let header = named.next().expect("the header is there")[1]
        .as_str()
        .unwrap();
    assert!(named.next().is_none(), "{name} is there once");
    header
}

/// A certificate for `localhost` that is its own authority, and its key.
fn certificate(folder: &TempDir) -> (PathBuf, PathBuf) {
    let (certificate, key) = (
        folder.path().join("mail.pem"),
        folder.path().join("mail.key"),
    );
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=mail",
        ])
        .args(["-days", "2", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl is there");
    assert!(made.status.success());
    (certificate, key)
}

#[tokio::test]
async fn a_person_is_told_by_mail_of_a_new_device_with_the_link_that_takes_it_back() {
    let mut mails = MailServer::start(&[]).await;
    let config = format!(
        "[mail]\nserver = '127.0.0.1:{}'\nsecurity = 'none'\nfrom = 'Example <{USER}>'\n",
        mails.port
    );
    let mut server = Server::start_with(&config).await;
    let add = [
        "account",
        "add",
        "anna",
        "--email",
        "anna@people.example",
        "--password-stdin",
    ];
    let done = server.command(&add, &format!("{PASSWORD}\n")).await;
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    another_phone(&server, "anna").await;
    let mail = mails.next().await;
    assert_eq!(mail["to"], json!(["anna@people.example"]));
    assert_eq!(mail["from"], USER);
    assert_eq!(header(&mail, "From"), format!("Example <{USER}>"));
    let host = server.issuer().trim_start_matches("http://").to_owned();
    assert_eq!(
        header(&mail, "Subject"),
        format!("A device was signed in ({host})")
    );
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("your account anna at"), "{text}");
    assert!(
        text.contains("Device: calls itself \"anna's phone\""),
        "{text}"
    );
    let link = format!("{}/undo#", server.issuer());
    let token = text
        .split_once(&link)
        .unwrap()
        .1
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let command = ["account", "email", "anna", "elsewhere@people.example"];
    let done = server.command(&command, "").await;
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    another_phone(&server, "anna").await;
    let mail = mails.next().await;
    assert_eq!(mail["to"], json!(["elsewhere@people.example"]));
    assert!(server.stop().await.success());
    for line in server.logs() {
        assert!(
            !line.contains(&token) && !line.contains("people.example"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn mail_goes_by_tls_and_with_the_password_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let (certificate, key) = certificate(&folder);
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let mut mails = MailServer::start(&[certificate, key, USER, MAIL_PASSWORD]).await;
    let server = Server::start().await;
    let good = secret_file(&folder, "password", MAIL_PASSWORD);
    let wrong = secret_file(&folder, "wrong", "another password");
    let authority = format!("authority = '{certificate}'\n");
    let test = async |password: &Path, authority: &str, to: &str| {
        let config = format!(
            "[mail]\nserver = 'localhost:{}'\nfrom = '{USER}'\nuser = '{USER}'\npassword_file = '{}'\n{authority}",
            mails.port,
            password.display()
        );
        let file = folder.path().join("config.toml");
        std::fs::write(&file, config).unwrap();
        let args = ["mail", "test", to, "--config", file.to_str().unwrap()];
        let done = server.command(&args, "").await;
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stderr).into_owned(),
        )
    };
    let to = "anna@people.example";
    let (code, said) = test(&good, "", to).await;
    assert_eq!(
        code,
        Some(1),
        "a certificate that nobody vouches for: {said}"
    );
    let (code, said) = test(&wrong, &authority, to).await;
    assert!(code == Some(1) && said.contains("535"), "{said}");
    let (code, said) = test(&good, &authority, "nobody@people.example").await;
    assert!(code == Some(1) && said.contains("takes no mail"), "{said}");
    let (code, said) = test(&good, &authority, "a@b\r\nBcc: eve@evil.example").await;
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = test(&good, &authority, to).await;
    assert_eq!(code, Some(0), "{said}");
    let mail = mails.next().await;
    assert_eq!(
        (&mail["tls"], &mail["signed_in"]),
        (&true.into(), &true.into())
    );
    assert_eq!(mail["to"], json!([to]), "and none of the others");
}
