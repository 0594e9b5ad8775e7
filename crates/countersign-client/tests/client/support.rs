//! A server that answers what a test tells it to, in that order, one request a connection, and keeps what was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What to do with one request.
pub(crate) enum Reply {
    /// Status, further header lines, JSON.
    Json(u16, &'static str, Value),
    /// An event stream with this text, then its end.
    Stream(String),
    /// Nothing: the connection is closed.
    Nothing,
}

/// One request as it came.
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The claims of the DPoP proof, unverified.
    pub(crate) fn proof(&self) -> Option<Value> {
        let claims = self.header("DPoP")?.split('.').nth(1)?.to_owned();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Starts the server; gives its issuer and what it is asked.
pub(crate) fn serve(script: Vec<Reply>) -> (String, Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = channel();
    thread::spawn(move || {
        for reply in script {
            let (connection, _) = listener.accept().unwrap();
            answer(connection, reply, &sender);
        }
    });
    (issuer, asked)
}

fn answer(mut connection: TcpStream, reply: Reply, asked: &Sender<Asked>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut read_line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let line = read_line();
    let mut headers = Vec::new();
    loop {
        let header = read_line();
        let Some((name, value)) = header.split_once(": ") else {
            break;
        };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    // The test may have ended already.
    let _ = asked.send(Asked {
        line,
        headers,
        body,
    });
    let text = match reply {
        Reply::Nothing => return,
        Reply::Stream(events) => {
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{events}"
            )
        }
        Reply::Json(status, extra, body) => {
            let body = body.to_string();
            let length = body.len();
            format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n{extra}\r\n{body}"
            )
        }
    };
    let _ = connection.write_all(text.as_bytes());
}
