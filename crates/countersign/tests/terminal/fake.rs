//! A server that answers what a test tells it to, one request a connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::help::COUNTERSIGN;

/// One answer.
pub(crate) enum Reply {
    /// Status and JSON.
    Json(u16, Value),
    /// An event stream of these states, then its end.
    States(Vec<Value>),
}

/// The fake, with a folder for what the programs keep.
pub(crate) struct Fake {
    pub(crate) issuer: String,
    folder: TempDir,
}

impl Fake {
    /// Starts it; `answer` is given path and body of each request, and the issuer.
    pub(crate) fn start(
        answer: impl Fn(&str, &str, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let (answer, named) = (Arc::new(answer), issuer.clone());
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (answer, issuer) = (Arc::clone(&answer), named.clone());
                thread::spawn(move || {
                    let connection = connection.unwrap();
                    let (path, body) = request(&connection);
                    reply(&connection, answer(&path, &body, &issuer));
                });
            }
        });
        Self {
            issuer,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The program, cut off from any terminal.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command
            .args(["--wait", COUNTERSIGN])
            .args(args)
            .args(["--issuer", &self.issuer])
            .env("XDG_STATE_HOME", self.folder.path());
        command
    }
}

fn request(connection: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(connection);
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if path.is_empty() {
            line.split(' ').nth(1).unwrap().clone_into(&mut path);
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (path, String::from_utf8(body).unwrap())
}

fn reply(mut connection: &TcpStream, reply: Reply) {
    let text = match reply {
        Reply::Json(status, body) => {
            let body = body.to_string();
            format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
        }
        Reply::States(states) => {
            let events: Vec<String> = states
                .iter()
                .map(|state| format!("event: state\ndata: {state}\n\n"))
                .collect();
            let events = events.concat();
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{events}"
            )
        }
    };
    // The program may be gone already.
    let _ = connection.write_all(text.as_bytes());
}
