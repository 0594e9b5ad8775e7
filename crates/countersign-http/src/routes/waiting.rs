//! Waiting for a login to change: stream, long poll or poll, the same for desktop and phone.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use countersign_core::ids::LoginId;
use countersign_core::login::{Login, StateName, View};
use countersign_core::ports::Listener;
use futures_util::{Stream, stream};
use serde_json::Value;

use crate::app::App;
use crate::caller::Address;
use crate::limits::{LONG_POLL_MAX, LOOK_AGAIN};
use crate::pace::Party;
use crate::problem::{Code, Problem};
use crate::rate::Place;
use crate::sse::{self, Update};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What a waiter sees at one moment.
pub(super) struct Look {
    pub(super) view: View,
    pub(super) body: Value,
    /// Until the state's deadline; `None` when it is final.
    left: Option<Duration>,
}

impl Look {
    pub(super) fn new(app: &App, login: &Login, body: Value) -> Self {
        let now = app.service.now();
        let left = login.state.deadline().map(|until| until.since(now));
        Self {
            view: login.view(now),
            body,
            left,
        }
    }

    fn is_final(&self) -> bool {
        self.view.state.is_final()
    }

    /// Whether `party` still waits for what it asks about: a desktop that may collect does not.
    fn is_pending(&self, party: Party) -> bool {
        let collectable = party == Party::Desktop && self.view.state == StateName::Confirmed;
        !self.is_final() && !collectable
    }
}

/// One party's way to look at one login; refuses when it may not, or not any more.
pub(super) trait Watch: Send + Sync + 'static {
    const PARTY: Party;
    fn app(&self) -> &Arc<App>;
    fn login(&self) -> LoginId;
    fn look(&self) -> impl Future<Output = Result<Look, Problem>> + Send;
}

/// How the waiter wants to be answered.
enum Mode {
    Stream,
    LongPoll(Duration),
    Poll,
}

impl Mode {
    fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        if accept
            .unwrap_or_default()
            .split(',')
            .any(|kind| kind.trim().starts_with("text/event-stream"))
        {
            return Self::Stream;
        }
        long_poll_time(headers).map_or(Self::Poll, Self::LongPoll)
    }
}

/// How long the caller prefers to wait (RFC 7240 §4.3), within bounds; a preference that is no number is none.
pub(super) fn long_poll_time(headers: &HeaderMap) -> Option<Duration> {
    let prefer = headers.get(PREFER)?.to_str().ok()?;
    let mut words = prefer.split([',', ';']);
    let wait = words.find_map(|word| word.trim().strip_prefix("wait="));
    let seconds = wait?.trim().parse().ok().filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds).min(LONG_POLL_MAX))
}

/// Says on the answer how long was waited at most (RFC 7240 §3).
pub(super) fn applied(time: Duration, mut response: Response) -> Response {
    if let Ok(applied) = HeaderValue::from_str(&format!("wait={}", time.as_secs())) {
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    response
}

/// Answers a waiter at `address` that has last seen version `seen`.
pub(super) async fn answer<W: Watch>(
    watch: W,
    address: Address,
    headers: &HeaderMap,
    seen: Option<u32>,
) -> Result<Response, Problem> {
    let place = || watch.app().rates.waits.take(address.0);
    match Mode::of(headers) {
        Mode::Stream => {
            let place = place()?;
            open(watch, place).await
        }
        Mode::LongPoll(time) => {
            let _place = place()?;
            long_poll(watch, seen, time).await
        }
        Mode::Poll => poll(watch, seen).await,
    }
}

async fn poll<W: Watch>(watch: W, seen: Option<u32>) -> Result<Response, Problem> {
    let look = watch.look().await?;
    let news = seen.is_some_and(|version| version != look.view.version);
    let (app, now) = (watch.app(), watch.app().service.now());
    // Told instead of "pending", never instead of a result.
    if look.is_pending(W::PARTY)
        && !news
        && let Err(interval) = app.paces.poll(watch.login(), W::PARTY, now)
    {
        return Err(Problem::new(Code::SlowDown).retry_after(interval));
    }
    Ok(Json(look.body).into_response())
}

async fn long_poll<W: Watch>(
    watch: W,
    seen: Option<u32>,
    time: Duration,
) -> Result<Response, Problem> {
    let mut listener = watch.app().service.signal.listen(watch.login());
    let stop = watch.app().stop.clone();
    let look = tokio::select! {
        look = next(&watch, &mut listener, seen) => look?,
        () = tokio::time::sleep(time) => watch.look().await?,
        () = stop.cancelled() => watch.look().await?,
    };
    Ok(applied(time, Json(look.body).into_response()))
}

/// Opens a stream. Each event is the whole state and the first comes at once, so a waiter that
/// reconnects has missed nothing, whatever it saw last. Who may not look gets an answer instead.
async fn open<W: Watch>(watch: W, place: Place) -> Result<Response, Problem> {
    let app = Arc::clone(watch.app());
    let slot = app.waits.take()?;
    let listener = app.service.signal.listen(watch.login());
    let first = watch.look().await?;
    Ok(sse::respond(
        updates(watch, listener, first),
        app.stop.clone(),
        (slot, place),
    ))
}

/// The updates from `first` on; they end with a final state, or when the waiter may not look any
/// more.
fn updates<W: Watch>(
    watch: W,
    listener: Box<dyn Listener>,
    first: Look,
) -> impl Stream<Item = Update> {
    let start = (watch, listener, Some(first), None);
    stream::unfold(start, |(watch, mut listener, first, seen)| async move {
        let look = match (first, seen) {
            (Some(first), _) => first,
            (None, Some((_, true))) => return None,
            (None, seen) => next(&watch, &mut listener, seen.map(|(version, _)| version))
                .await
                .ok()?,
        };
        let update = Update {
            version: look.view.version.into(),
            state: look.body.clone(),
        };
        let seen = Some((look.view.version, look.is_final()));
        Some((update, (watch, listener, None, seen)))
    })
}

/// Waits until the login has another version than `seen`; at once without one.
///
/// Wake-ups are hints: it looks again at the deadline, and now and then in case one was lost.
async fn next<W: Watch>(
    watch: &W,
    listener: &mut Box<dyn Listener>,
    seen: Option<u32>,
) -> Result<Look, Problem> {
    loop {
        let look = watch.look().await?;
        if look.is_final() || seen != Some(look.view.version) {
            return Ok(look);
        }
        let pause = look
            .left
            .map_or(LOOK_AGAIN, |left| left.min(LOOK_AGAIN))
            .max(Duration::from_millis(1));
        tokio::select! {
            () = listener.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
