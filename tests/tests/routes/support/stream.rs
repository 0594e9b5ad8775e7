//! Event streams, read byte by byte.

use serde_json::Value;

use super::answers::text;
use super::parties::World;

/// An open event stream.
pub(crate) struct Stream {
    response: reqwest::Response,
    text: String,
}

/// One event of a stream, exactly as it came.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) state: Value,
}

impl Stream {
    /// Opens one, which must succeed.
    pub(crate) async fn open(
        world: &World,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .post(world.url(path))
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(body.to_string());
        let dress = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        let response = headers.iter().fold(request, dress).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(
            response.headers()["cache-control"],
            "no-store, no-transform"
        );
        assert_eq!(response.headers()["x-frame-options"], "DENY");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next block, comments included; `None` at the end.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            if block.starts_with(':') {
                continue;
            }
            let field = |name: &str| {
                let found = block.lines().find_map(|line| line.strip_prefix(name));
                found
                    .unwrap_or_else(|| panic!("no {name} in {block:?}"))
                    .trim()
                    .to_owned()
            };
            assert_eq!(field("event:"), "state");
            let state = serde_json::from_str(&field("data:")).unwrap();
            return Some(Event {
                id: field("id:"),
                state,
            });
        }
    }

    /// The states that are still to come.
    pub(crate) async fn rest(mut self) -> Vec<String> {
        let mut states = Vec::new();
        while let Some(event) = self.next().await {
            states.push(text(&event.state, "state").to_owned());
        }
        states
    }
}
