//! Following a login until it ends: by event stream, else by long poll, else by poll.
//!
//! A stream that a proxy buffers is noticed by its silence; a lost network or a restarted server is waited out.
//! Time is measured here in durations only, never by comparing clocks.

mod source;

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

pub(crate) use source::Source;
pub use source::{Progress, Update};

use crate::error::Error;
use crate::event_stream::Parser;
use crate::http::{Answer, Call, Opened};
use crate::wire::bound::LONGEST_PAUSE;

/// Seconds between plain polls where the server names none (RFC 8628 §3.2).
pub(crate) const DEFAULT_INTERVAL: u64 = 5;
/// Seconds that the server is asked to hold a long poll: less than the 30 s after which common proxies cut.
const LONG_POLL: u64 = 25;
/// Time for the head of an answer, and for the first byte of a stream: its first event comes at once.
const FIRST_BYTE: Duration = Duration::from_secs(20);
/// Silence after which a stream is dead: three heartbeats.
const SILENCE: Duration = Duration::from_secs(45);
/// Streams that end without an event before they are given up.
const EMPTY_STREAMS: u32 = 2;
/// Pause before a stream that the server ended is opened again.
const REOPEN: Duration = Duration::from_millis(250);
/// First and longest pause after a failure; doubled in between.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// No login lives longer than 10 minutes, so after that long without any answer there is nothing to wait for.
const GIVE_UP: Duration = Duration::from_mins(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Stream,
    LongPoll,
    Poll,
}

struct Stream {
    response: reqwest::Response,
    parser: Parser,
    heard: bool,
    /// Events that came together and are still to be given.
    ready: VecDeque<String>,
}

/// A login that is being followed. [`Watch::next`] may be dropped and called again at any time.
pub struct Watch<T> {
    source: Source,
    how: How,
    stream: Option<Stream>,
    empty_streams: u32,
    version: Option<u64>,
    interval: Duration,
    not_before: Option<Instant>,
    failures: u32,
    last_answer: Instant,
    ended: bool,
    of: PhantomData<fn() -> T>,
}

impl<T: Progress> Watch<T> {
    pub(crate) fn new(source: Source, interval: u64) -> Self {
        Self {
            source,
            how: How::Stream,
            stream: None,
            empty_streams: 0,
            version: None,
            interval: Duration::from_secs(interval),
            not_before: None,
            failures: 0,
            last_answer: Instant::now(),
            ended: false,
            of: PhantomData,
        }
    }

    /// The same, without the event stream: for servers behind something that is known to hold streams back.
    #[must_use]
    pub fn polling(mut self) -> Self {
        self.how = How::LongPoll;
        self
    }

    /// The next news; `None` once a final state was given.
    ///
    /// # Errors
    /// What no waiting helps against, such as `unknown_login`; a passing failure after ten minutes without any answer.
    pub async fn next(&mut self) -> Result<Option<Update<T>>, Error> {
        while !self.ended {
            if let Some(instant) = self.not_before {
                sleep_until(instant).await;
                self.not_before = None;
            }
            let answer = match self.how {
                How::Stream => self.next_of_stream().await,
                How::LongPoll | How::Poll => self.next_of_poll().await,
            };
            match answer {
                Ok(Some(state)) => {
                    self.note(&state);
                    return Ok(Some(Update::State(state)));
                }
                Ok(None) => {}
                Err(error) => return self.pause_after(error).map(Some),
            }
        }
        Ok(None)
    }

    fn note(&mut self, state: &T) {
        self.failures = 0;
        self.last_answer = Instant::now();
        self.version = Some(state.version());
        self.ended = state.state().is_final();
        if let Some(seconds) = state.interval() {
            self.interval = Duration::from_secs(seconds);
        }
    }

    fn pause_after(&mut self, error: Error) -> Result<Update<T>, Error> {
        self.stream = None;
        if !error.is_passing() || self.last_answer.elapsed() > GIVE_UP {
            self.ended = true;
            return Err(error);
        }
        let doubled = BACK_OFF
            .0
            .saturating_mul(1 << self.failures.min(10))
            .min(BACK_OFF.1);
        let after = match error.refusal() {
            // RFC 8628 §3.5: slow_down makes the interval 5 s longer, for good.
            Some(refusal) if refusal.code == "slow_down" => {
                self.interval = (self.interval + Duration::from_secs(5)).min(LONGEST_PAUSE);
                refusal.retry_after.unwrap_or(self.interval)
            }
            refusal => refusal
                .and_then(|refusal| refusal.retry_after)
                .unwrap_or(doubled),
        }
        // A server that says "at once" each time must not make this a flood.
        .max(BACK_OFF.0);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(Instant::now() + after);
        Ok(Update::Retrying { error, after })
    }

    /// One request; a phone's token that is no longer taken is replaced once.
    async fn open(&self, headers: &[(&str, &str)]) -> Result<Opened, Error> {
        let dress = |call: Call| {
            headers
                .iter()
                .fold(call, |call, (name, value)| call.header(name, value))
        };
        let http = self.source.http();
        let (call, token) = self.source.call(self.version).await?;
        let opened = http.open(&dress(call)).await?;
        if let (Opened::Failure(answer), Source::Phone { session, .. }, Some(token)) =
            (&opened, &self.source, token)
            && answer.code().as_deref() == Some("invalid_token")
        {
            session.replace_token(&token).await?;
            let (call, _) = self.source.call(self.version).await?;
            return http.open(&dress(call)).await;
        }
        Ok(opened)
    }

    fn timed_out(&self, after: Duration) -> Error {
        Error::TimedOut {
            issuer: self.source.http().issuer().to_owned(),
            after,
        }
    }

    async fn next_of_poll(&mut self) -> Result<Option<T>, Error> {
        let (asked_version, started) = (self.version, Instant::now());
        let wait = format!("wait={LONG_POLL}");
        let headers: &[(&str, &str)] = match self.how {
            How::LongPoll => &[("Prefer", &wait)],
            _ => &[],
        };
        let limit = FIRST_BYTE + Duration::from_secs(LONG_POLL);
        let exchange = async {
            match self.open(headers).await? {
                Opened::Success(response) => self.read(response).await,
                Opened::Failure(answer) => answer.into_result(self.source.http().issuer()),
            }
        };
        let answer = timeout(limit, exchange).await;
        let Ok(answer) = answer else {
            // Something on the way does not let requests wait.
            self.how = How::Poll;
            return Err(self.timed_out(limit));
        };
        let state = answer?;
        // An early answer without news means that nobody held the request: then this is a plain poll.
        let idle = asked_version == Some(state.version()) && started.elapsed() < self.interval;
        if self.how == How::Poll || idle {
            self.not_before = Some(Instant::now() + self.interval);
        }
        Ok(Some(state))
    }

    async fn read(&self, response: reqwest::Response) -> Result<T, Error> {
        let issuer = self.source.http().issuer();
        Answer::read(response, issuer).await?.into_result(issuer)
    }

    async fn next_of_stream(&mut self) -> Result<Option<T>, Error> {
        let Some(stream) = &mut self.stream else {
            return self.open_stream().await;
        };
        if let Some(data) = stream.ready.pop_front() {
            return self.parse(&data).map(Some);
        }
        let patience = if stream.heard { SILENCE } else { FIRST_BYTE };
        let Ok(chunk) = timeout(patience, stream.response.chunk()).await else {
            // Heard once, then silent: the connection died. Never heard: something on the way holds streams back.
            if !stream.heard {
                self.how = How::LongPoll;
            }
            self.stream = None;
            return Ok(None);
        };
        let chunk =
            chunk.map_err(|error| crate::http::unreachable(self.source.http().issuer(), &error))?;
        let Some(chunk) = chunk else {
            self.end_of_stream();
            return Ok(None);
        };
        stream.heard = true;
        let Some(events) = stream.parser.feed(&chunk) else {
            return Err(self.bad_stream("an event of its stream is too long"));
        };
        let states = events.into_iter().filter(|event| event.name == "state");
        stream.ready.extend(states.map(|event| event.data));
        Ok(None)
    }

    async fn open_stream(&mut self) -> Result<Option<T>, Error> {
        let opened = timeout(FIRST_BYTE, self.open(&[("Accept", "text/event-stream")])).await;
        let response = match opened.map_err(|_| self.timed_out(FIRST_BYTE))?? {
            Opened::Success(response) => response,
            Opened::Failure(answer) => {
                return answer.into_result(self.source.http().issuer()).map(Some);
            }
        };
        let kind = response
            .headers()
            .get("Content-Type")
            .and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            self.stream = Some(Stream {
                response,
                parser: Parser::default(),
                heard: false,
                ready: VecDeque::new(),
            });
            return Ok(None);
        }
        self.how = How::LongPoll;
        timeout(FIRST_BYTE, self.read(response))
            .await
            .map_err(|_| self.timed_out(FIRST_BYTE))?
            .map(Some)
    }

    fn end_of_stream(&mut self) {
        let heard = self.stream.take().is_some_and(|stream| stream.heard);
        self.empty_streams = if heard { 0 } else { self.empty_streams + 1 };
        if self.empty_streams >= EMPTY_STREAMS {
            self.how = How::LongPoll;
        }
        self.not_before = Some(Instant::now() + REOPEN);
    }

    fn parse(&self, data: &str) -> Result<T, Error> {
        serde_json::from_str(data).map_err(|error| self.bad_stream(&error.to_string()))
    }

    fn bad_stream(&self, reason: &str) -> Error {
        Error::BadAnswer {
            issuer: self.source.http().issuer().to_owned(),
            reason: reason.to_owned(),
        }
    }
}
