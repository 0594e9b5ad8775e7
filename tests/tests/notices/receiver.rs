//! A receiver of webhooks on loopback, that takes what comes or leaves its senders waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// A bound for failing, never a pause.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Receiver {
    pub(crate) url: String,
    answers: Arc<AtomicBool>,
    arrivals: UnboundedReceiver<Arrival>,
}

/// A request, as it came.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Receiver {
    /// Starts one, that answers or not.
    pub(crate) async fn start(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let answers = Arc::new(AtomicBool::new(answers));
        let (tell, arrivals) = unbounded_channel();
        let shared = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared), tell.clone()));
            }
        });
        Self {
            url,
            answers,
            arrivals,
        }
    }

    /// Has it answer from now on.
    pub(crate) fn answer(&self) {
        self.answers.store(true, Ordering::SeqCst);
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Arrival {
        let arrival = timeout(PATIENCE, self.arrivals.recv()).await;
        arrival.expect("it comes").expect("it listens")
    }
}

impl Arrival {
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.expect("the header is there").1
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One request after another on a connection, each told as soon as it is there.
async fn serve(mut stream: TcpStream, answers: Arc<AtomicBool>, tell: UnboundedSender<Arrival>) {
    while let Some(arrival) = read(&mut stream).await {
        // A test that has heard enough listens no more.
        drop(tell.send(arrival));
        if !answers.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Arrival> {
    let mut bytes = Vec::new();
    let head = loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(head);
    let mut arrival = Arrival {
        head: String::from_utf8(bytes).unwrap(),
        body: Vec::new(),
    };
    let length: usize = arrival.header("content-length").parse().unwrap();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    arrival.body = body;
    Some(arrival)
}
