//! Event streams: a desktop or a phone that waits keeps one open and hears of each change.
//!
//! Owns the form on the wire (WHATWG HTML §9.2) and the end of streams. Where changes come from is not known here.

use std::convert::Infallible;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::limits::HEARTBEAT;

/// Asks nginx and its kin to pass events on as they come.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// One state of a login as its waiter sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The login's version: the event's id, by which a waiter resumes.
    pub version: u64,
    /// The same object that a poll gives.
    pub state: Value,
}

/// Answers with a stream of `state` events.
///
/// It ends when `updates` end, or, without a word, when `stop` is cancelled: the waiter then reconnects and names
/// the last version that it saw. A comment every 15 s keeps it open. `held`, the places that it takes, is dropped at
/// the end.
pub fn respond(
    updates: impl Stream<Item = Update> + Send + 'static,
    stop: CancellationToken,
    held: impl Send + 'static,
) -> Response {
    let events = updates
        .take_until(stop.cancelled_owned())
        .map(move |update| {
            // Moved in here, they live exactly as long as the body.
            let _held = &held;
            Ok::<_, Infallible>(event(&update))
        });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response();
    // A cache may neither keep events nor repack them; axum alone would say `no-cache`.
    response.headers_mut().insert(
        "cache-control",
        HeaderValue::from_static("no-store, no-transform"),
    );
    response
        .headers_mut()
        .insert(UNBUFFERED, HeaderValue::from_static("no"));
    response
}

fn event(update: &Update) -> Event {
    // JSON text has no line ends of its own, which `data` would not take.
    Event::default()
        .event("state")
        .id(update.version.to_string())
        .data(update.state.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::BodyDataStream;
    use futures_util::stream;
    use serde_json::json;

    use super::*;
    use crate::guards::Slots;

    fn update(version: u64) -> Update {
        Update {
            version,
            state: json!({ "state": "waiting", "text": "a\nb" }),
        }
    }

    fn open(
        updates: impl Stream<Item = Update> + Send + 'static,
        stop: &CancellationToken,
        slots: &Slots,
    ) -> Response {
        respond(updates, stop.clone(), slots.take().unwrap())
    }

    async fn next(body: &mut BodyDataStream) -> Option<String> {
        body.next()
            .await
            .map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn events_have_name_id_and_data_and_the_stream_ends_with_its_source() {
        let (stop, slots) = (CancellationToken::new(), Slots::new(1));
        let response = open(stream::iter([update(1), update(2)]), &stop, &slots);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(
            response.headers()["cache-control"],
            "no-store, no-transform"
        );
        let mut body = response.into_body().into_data_stream();
        let data = r#"{"state":"waiting","text":"a\nb"}"#;
        assert_eq!(
            next(&mut body).await.unwrap(),
            format!("event: state\nid: 1\ndata: {data}\n\n")
        );
        assert_eq!(
            next(&mut body).await.unwrap(),
            format!("event: state\nid: 2\ndata: {data}\n\n")
        );
        assert_eq!(next(&mut body).await, None);
    }

    #[tokio::test]
    async fn a_stop_ends_an_open_stream_and_frees_its_place() {
        let (stop, slots) = (CancellationToken::new(), Slots::new(1));
        let mut body = open(
            stream::iter([update(1)]).chain(stream::pending()),
            &stop,
            &slots,
        )
        .into_body()
        .into_data_stream();
        assert!(next(&mut body).await.is_some());
        assert_eq!(slots.free(), 0);
        stop.cancel();
        assert_eq!(next(&mut body).await, None);
        drop(body);
        assert_eq!(slots.free(), 1);
    }

    #[tokio::test]
    async fn a_waiter_that_goes_away_frees_its_place() {
        let (stop, slots) = (CancellationToken::new(), Slots::new(1));
        drop(open(stream::pending(), &stop, &slots));
        assert_eq!(slots.free(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_with_comments() {
        let (stop, slots) = (CancellationToken::new(), Slots::new(1));
        let mut body = open(stream::pending(), &stop, &slots)
            .into_body()
            .into_data_stream();
        let start = tokio::time::Instant::now();
        for beat in 1..=2 {
            assert!(next(&mut body).await.unwrap().starts_with(':'));
            assert_eq!(
                start.elapsed().as_secs(),
                Duration::as_secs(&HEARTBEAT) * beat
            );
        }
    }
}
