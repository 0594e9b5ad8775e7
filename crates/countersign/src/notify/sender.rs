//! Sends what the outbox holds: what is due, each channel on its own, until it arrives or is given up.
//!
//! Of each channel a few messages are under way at once, so that one that is slow or down delays no other. A message is
//! noted as done only after it was taken: what a crash interrupts is sent again, under the same id.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_core::ids::GrantId;
use countersign_core::outbox::{Delivery, Fate, Notice};
use countersign_core::ports::{Clock, Outbox};
use countersign_core::time::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::endpoint::Endpoint;
use super::letter::letter;
use super::mailer::{MailError, Mailer};
use super::{Channels, MAIL, WEBHOOK, back_off, event};

/// Messages of one channel that are under way at once.
const AT_ONCE: u32 = 4;
/// Between two looks into the outbox while nothing happens: nobody waits for a notice with a watch in hand.
const PAUSE: Duration = Duration::from_secs(1);
/// What is under way at a stop may take this long; then it is sent again after the next start.
const GRACE: Duration = Duration::from_secs(5);

/// Makes the token of an undo link for a grant.
type UndoToken = Box<dyn Fn(GrantId) -> Option<String> + Send + Sync>;

/// What sending takes.
pub(crate) struct Sender {
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    undo_token: UndoToken,
    issuer: String,
    webhooks: HashMap<String, Hook>,
    mailer: Option<Mailer>,
}

struct Hook {
    endpoint: Endpoint,
    /// It answered that it is gone, and is told nothing more until the server starts anew.
    gone: AtomicBool,
}

/// What became of an attempt, before the back-off has its say.
enum Outcome {
    /// Taken, or of no interest there.
    Over,
    /// Never again, and why.
    Never(String),
    /// Not now, and why.
    Failed(String),
}

impl Sender {
    pub(crate) fn new(
        channels: Channels,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
        issuer: &str,
        undo_token: impl Fn(GrantId) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let hook = |endpoint: Endpoint| {
            let gone = AtomicBool::new(false);
            (endpoint.id.clone(), Hook { endpoint, gone })
        };
        Self {
            outbox,
            clock,
            undo_token: Box::new(undo_token),
            issuer: issuer.to_owned(),
            webhooks: channels.webhooks.into_iter().map(hook).collect(),
            mailer: channels.mailer,
        }
    }

    /// One attempt, and what becomes of the message then.
    pub(super) async fn attempt(&self, delivery: &Delivery) -> Fate {
        let why = match self.deliver(delivery).await {
            Outcome::Over => return Fate::Over,
            Outcome::Never(why) => {
                let Delivery {
                    channel, notice, ..
                } = delivery;
                tracing::warn!(channel, event = notice.seq, why, "a notice is given up");
                return Fate::Over;
            }
            Outcome::Failed(why) => why,
        };
        let Delivery {
            channel,
            attempts,
            notice,
            ..
        } = delivery;
        let event = notice.seq;
        if let Some(at) = back_off::next(*attempts, self.clock.now()) {
            tracing::info!(
                channel,
                event,
                attempts,
                why,
                "a notice is tried again later"
            );
            return Fate::Again(at);
        }
        tracing::warn!(channel, event, attempts, why, "a notice is given up");
        Fate::Over
    }

    async fn deliver(&self, delivery: &Delivery) -> Outcome {
        let Delivery {
            channel, notice, ..
        } = delivery;
        let Some(kind) = event::type_of(&notice.entry) else {
            return Outcome::Over;
        };
        let now = self.clock.now();
        if channel == MAIL {
            return match &self.mailer {
                Some(mailer) => self.mail(mailer, kind, notice, now).await,
                None => Outcome::Over,
            };
        }
        // What is kept for a webhook that is configured no more, nobody wants.
        let hook = channel
            .strip_prefix(WEBHOOK)
            .and_then(|id| self.webhooks.get(id));
        match hook {
            Some(hook) => self.post(hook, kind, notice, now).await,
            None => Outcome::Over,
        }
    }

    async fn post(&self, hook: &Hook, kind: &str, notice: &Notice, now: Timestamp) -> Outcome {
        let Hook { endpoint, gone } = hook;
        if !endpoint.wants(kind) || gone.load(Ordering::Relaxed) {
            return Outcome::Over;
        }
        let message = event::message(kind, notice, self.undo_url(kind, notice));
        match endpoint.post(&message, now).await {
            Ok(answer) => match answer.status {
                200..=299 => Outcome::Over,
                410 => {
                    gone.store(true, Ordering::Relaxed);
                    Outcome::Never(
                        "it answered 410: nothing more is sent there until the next start"
                            .to_owned(),
                    )
                }
                300..=399 => Outcome::Failed(format!(
                    "it answered {}, and redirects are not followed",
                    answer.status
                )),
                status => Outcome::Failed(format!("it answered {status}")),
            },
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    async fn mail(&self, mailer: &Mailer, kind: &str, notice: &Notice, now: Timestamp) -> Outcome {
        let Some(to) = &notice.account else {
            return Outcome::Over;
        };
        let Some(email) = &to.email else {
            return Outcome::Over;
        };
        let undo_url = self.undo_url(kind, notice);
        let Some(letter) = letter(kind, notice, to, &self.issuer, undo_url.as_deref()) else {
            return Outcome::Over;
        };
        match mailer
            .send(email, &letter, &format!("event-{}", notice.seq), now)
            .await
        {
            Ok(()) => Outcome::Over,
            Err(error @ MailError::NoSuchAddress) => Outcome::Never(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    /// The link that takes back what happened, for events in which a session did something.
    fn undo_url(&self, kind: &str, notice: &Notice) -> Option<String> {
        let grant = event::undoable(kind, &notice.entry)?;
        let token = (self.undo_token)(grant)?;
        // In the fragment, which is sent to no server and stands in no log.
        Some(format!("{}/undo#{token}", self.issuer))
    }
}

/// Sends until `stop`.
pub(crate) async fn run(sender: Sender, stop: CancellationToken) {
    let sender = Arc::new(sender);
    let mut under_way = JoinSet::new();
    let mut ids = HashSet::new();
    while !stop.is_cancelled() {
        match sender.outbox.due(sender.clock.now(), AT_ONCE).await {
            Ok(due) => {
                // What is under way is still due.
                for delivery in due.into_iter().filter(|delivery| ids.insert(delivery.id)) {
                    under_way.spawn(carry(Arc::clone(&sender), delivery));
                }
            }
            Err(error) => tracing::warn!(?error, "the outbox could not be read"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(PAUSE) => {}
            Some(Ok(id)) = under_way.join_next() => {
                ids.remove(&id);
            }
        }
    }
    let finished = async { while under_way.join_next().await.is_some() {} };
    // What is not finished by then is dropped, and sent again after the next start.
    let _ = timeout(GRACE, finished).await;
}

/// Makes one attempt, and notes what became of it.
async fn carry(sender: Arc<Sender>, delivery: Delivery) -> u64 {
    let fate = sender.attempt(&delivery).await;
    if let Err(error) = sender.outbox.settle(vec![(delivery.id, fate)]).await {
        tracing::warn!(?error, "what became of a notice could not be written down");
        // It is still due: not at once again.
        sleep(PAUSE).await;
    }
    delivery.id
}
