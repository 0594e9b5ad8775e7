//! The layers around all routes: how long a request may take, how many run at once, and what is answered when
//! something breaks or nothing is there.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;

use crate::body;
use crate::headers::{HeaderPolicy, secure_headers};
use crate::problem::{Code, Problem};

/// A number of places; who finds none is told `busy` at once instead of queueing.
#[derive(Debug, Clone)]
pub struct Slots(Arc<Semaphore>);

/// A place that is held until this is dropped.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Slots {
    /// `places` in all, such as [`crate::limits::REQUESTS_AT_ONCE`].
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Takes a place, or says `busy`.
    pub fn take(&self) -> Result<Slot, Problem> {
        Arc::clone(&self.0)
            .try_acquire_owned()
            .map(Slot)
            .map_err(|_| Problem::new(Code::Busy))
    }

    /// Places that are free now.
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }
}

/// Lets a group of routes answer within `time` (408 beyond it) and, at once, no more often than there are `slots`
/// (503 beyond it). The place is given back when the answer's head is ready; streams take a [`Slot`] of their own.
pub fn bounded(routes: Router, time: Duration, slots: Slots) -> Router {
    // The layer added last runs first: the time covers the work, not the refusal.
    routes
        .layer(from_fn_with_state(time, time_out))
        .layer(from_fn_with_state(slots, cap))
}

/// Lets what was begun come to its end even if its caller goes away: a commit is always followed by its wake-ups.
pub fn finished(routes: Router) -> Router {
    routes.layer(from_fn(finish))
}

/// Receives a request's body before it takes a place among those that are worked on, so that slow senders keep
/// nobody else waiting; `bodies` are the places for receiving.
pub fn received(routes: Router, bodies: Slots) -> Router {
    routes.layer(from_fn_with_state(bodies, receive))
}

/// An answer for unknown URLs, `nothing`, and one for unknown methods.
pub fn complete<H, T>(routes: Router, nothing: H) -> Router
where
    H: Handler<T, ()>,
    T: 'static,
{
    routes
        .fallback(nothing)
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
}

/// The outermost layers: an answer for panics, and the headers of [`crate::headers`] on all answers.
pub fn edge(routes: Router, policy: HeaderPolicy) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(policy, secure_headers))
}

async fn time_out(State(time): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::RequestTimeout).into_response(),
    }
}

async fn cap(State(slots): State<Slots>, request: Request, next: Next) -> Response {
    match slots.take() {
        Ok(_slot) => next.run(request).await,
        Err(busy) => busy.into_response(),
    }
}

async fn finish(request: Request, next: Next) -> Response {
    let work = tokio::spawn(next.run(request));
    work.await.unwrap_or_else(|failed| {
        Problem::internal(format!(
            "a handler did not finish: panicked {}",
            failed.is_panic()
        ))
        .into_response()
    })
}

async fn receive(State(bodies): State<Slots>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let slot = match bodies.take() {
        Ok(slot) => slot,
        Err(busy) => return busy.into_response(),
    };
    let received = body::received(request).await;
    drop(slot);
    match received {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// What a panic said may hold anything, so it is left to the panic hook and not repeated.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal("a handler panicked").into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use tokio::sync::Notify;
    use tower::ServiceExt;

    use super::*;
    use crate::issuer::Issuer;

    fn policy() -> HeaderPolicy {
        HeaderPolicy::of(&Issuer::parse("https://login.example").unwrap())
    }

    /// All of the edge around some routes.
    fn edge(routes: Router, policy: HeaderPolicy) -> Router {
        let nothing = || async { Problem::new(Code::NotFound) };
        super::edge(complete(routes, nothing), policy)
    }

    async fn ask(app: &Router, method: &str, path: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        app.clone().oneshot(request).await.unwrap()
    }

    /// Status, and that the answer is a problem with the headers of every answer.
    async fn problem(app: &Router, method: &str, path: &str) -> (StatusCode, Response) {
        let response = ask(app, method, path).await;
        let headers = response.headers();
        assert_eq!(headers["content-type"], "application/problem+json");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        (response.status(), response)
    }

    #[tokio::test]
    async fn an_unknown_url_is_a_404_and_an_unknown_method_a_405_that_names_the_others() {
        let app = edge(Router::new().route("/thing", post(|| async {})), policy());
        assert_eq!(problem(&app, "GET", "/nothing").await.0, 404);
        let (status, response) = problem(&app, "GET", "/thing").await;
        assert_eq!(status, 405);
        assert_eq!(response.headers()["allow"], "POST");
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_says_nothing() {
        let breaks = get(|| async { assert_eq!("the secret is 42", "") });
        let app = edge(Router::new().route("/", breaks), policy());
        let (status, response) = problem(&app, "GET", "/").await;
        assert_eq!(status, 500);
        let body = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("42"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_answers_is_a_408() {
        let never = Router::new().route("/", get(std::future::pending::<()>));
        let app = edge(
            bounded(never, Duration::from_secs(10), Slots::new(1)),
            policy(),
        );
        assert_eq!(problem(&app, "GET", "/").await.0, 408);
    }

    #[tokio::test]
    async fn one_too_many_is_a_503_and_the_place_comes_back() {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (begun.clone(), go.clone());
        let handler = get(move || async move {
            tell.notify_one();
            wait.notified().await;
        });
        let slots = Slots::new(1);
        let routes = Router::new().route("/", handler);
        let app = edge(
            bounded(routes, Duration::from_secs(10), slots.clone()),
            policy(),
        );

        let first = tokio::spawn({
            let app = app.clone();
            async move { ask(&app, "GET", "/").await.status() }
        });
        begun.notified().await;
        let (status, response) = problem(&app, "GET", "/").await;
        assert_eq!(status, 503);
        assert_eq!(response.headers()["retry-after"], "1");
        go.notify_one();
        assert_eq!(first.await.unwrap(), 200);
        assert_eq!(slots.free(), 1);
    }

    #[tokio::test]
    async fn a_body_that_trickles_takes_no_place_from_others() {
        let routes = Router::new()
            .route("/", post(|| async {}))
            .route("/other", get(|| async {}));
        let (slots, bodies) = (Slots::new(1), Slots::new(1));
        let routes = bounded(routes, Duration::from_secs(10), slots.clone());
        let app = edge(received(routes, bodies.clone()), policy());
        let (begun, mut asked) = tokio::sync::mpsc::channel::<()>(1);
        let trickle = futures_util::stream::unfold(begun, |begun| async move {
            begun.send(()).await.unwrap();
            std::future::pending::<Option<(Result<&str, std::io::Error>, _)>>().await
        });
        let request = Request::builder().method("POST").uri("/");
        let request = request.body(Body::from_stream(trickle)).unwrap();
        let slow = tokio::spawn(app.clone().oneshot(request));
        asked.recv().await.unwrap();
        assert_eq!((slots.free(), bodies.free()), (1, 0));
        assert_eq!(ask(&app, "GET", "/other").await.status(), 200);
        slow.abort();
        assert!(slow.await.unwrap_err().is_cancelled());
        assert_eq!(bodies.free(), 1);
    }

    #[tokio::test]
    async fn what_was_begun_is_finished_when_the_caller_goes_away() {
        let (begun, go, done) = (
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
        );
        let (tell, wait, finish) = (begun.clone(), go.clone(), done.clone());
        let handler = get(move || async move {
            tell.notify_one();
            wait.notified().await;
            finish.notify_one();
        });
        let app = edge(finished(Router::new().route("/", handler)), policy());
        let caller = tokio::spawn(async move { ask(&app, "GET", "/").await.status() });
        begun.notified().await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        go.notify_one();
        done.notified().await;
    }
}
