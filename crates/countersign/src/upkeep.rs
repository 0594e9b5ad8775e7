//! What the server does beside requests: writes down what expired, and forgets what nobody needs.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::service::{Failure, Service};
use countersign_http::App;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

/// Between two rounds. Nobody waits for them: a deadline counts by itself, and what is over is only kept for longer.
const PAUSE: Duration = Duration::from_secs(30);

/// Works in rounds until `stop`; a round that fails is told in the log and tried again.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    loop {
        if let Err(failure) = round(&app.service, &stop).await {
            tracing::warn!(?failure, "a round of the upkeep failed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Everything that is due, batch by batch, so that requests come in between.
async fn round(service: &Service, stop: &CancellationToken) -> Result<(), Failure> {
    let mut expired = 0;
    while !stop.is_cancelled() {
        let overdue = service.overdue().await?;
        if overdue.is_empty() {
            break;
        }
        // Together, so that they share one commit.
        let written = join_all(overdue.iter().map(|id| service.expire(*id))).await;
        let done = written.iter().filter(|written| written.is_ok()).count();
        for (login, failed) in overdue.iter().zip(written) {
            if let Err(failure) = failed {
                tracing::warn!(%login, ?failure, "an expiry could not be written down");
            }
        }
        expired += done;
        if done == 0 {
            break;
        }
    }
    let mut deleted = 0;
    while !stop.is_cancelled() {
        let rows = service.sweep().await?;
        if rows == 0 {
            break;
        }
        deleted += rows;
    }
    if expired > 0 || deleted > 0 {
        tracing::debug!(expired, deleted, "upkeep");
    }
    Ok(())
}
