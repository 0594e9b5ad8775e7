//! One kill: several logins under way, the server ended at a request chosen by chance, and started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_client::{Error, Phone};
use countersign_tests::Server;
use countersign_tests::seed::Seeded;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::client::{End, Kind};
use crate::owner::{Act, Owner};

/// Longest time between the chosen request's beginning and the kill: so long it is under way at most.
const UNDER_WAY: u64 = 4_000;

/// What the clients of a round share with the one who kills.
pub(crate) struct Shared {
    /// Requests that were begun.
    begun: AtomicU64,
    /// With how many of them the kill comes.
    fatal: u64,
    kill: Notify,
    /// Requests that had to be asked again.
    interrupted: AtomicU64,
    up: watch::Sender<bool>,
}

pub(crate) struct Round {
    kinds: Vec<Kind>,
    acts: Vec<Act>,
    shared: Arc<Shared>,
    /// From the fatal request's beginning to the kill.
    after: Duration,
}

impl Round {
    /// A round of `kinds` logins and `acts` of owners.
    pub(crate) fn new(kinds: usize, acts: usize, chance: &mut Seeded) -> Self {
        let kinds: Vec<_> = (0..kinds).map(|_| Kind::chosen(chance)).collect();
        let acts: Vec<_> = (0..acts).map(|_| Act::chosen(chance)).collect();
        let logins: u64 = kinds.iter().map(|kind| kind.requests()).sum();
        let requests = logins + acts.iter().map(|act| act.requests()).sum::<u64>();
        let shared = Shared {
            begun: AtomicU64::new(0),
            fatal: 1 + chance.below(requests),
            kill: Notify::new(),
            interrupted: AtomicU64::new(0),
            up: watch::Sender::new(true),
        };
        Self {
            kinds,
            acts,
            shared: Arc::new(shared),
            after: Duration::from_micros(chance.below(UNDER_WAY)),
        }
    }

    /// Runs the logins, kills and restarts the server in their midst; what they came to, and how many of their
    /// requests had to be asked again.
    pub(crate) async fn run(
        self,
        server: &mut Server,
        phones: &[Phone],
        owners: &mut Vec<Owner>,
    ) -> (Vec<End>, u64) {
        let (mut clients, mut at_work) = (JoinSet::new(), JoinSet::new());
        for (act, owner) in self.acts.into_iter().zip(owners.drain(..)) {
            let (shared, http) = (Arc::clone(&self.shared), server.http());
            at_work.spawn_local(async move { owner.run(act, &shared, http).await });
        }
        for (kind, phone) in self.kinds.into_iter().zip(phones) {
            let (shared, phone, http) = (Arc::clone(&self.shared), phone.clone(), server.http());
            clients.spawn_local(async move { kind.run(&shared, http, &phone).await });
        }
        self.shared.kill.notified().await;
        tokio::time::sleep(self.after).await;
        self.shared.up.send_replace(false);
        server.kill9();
        server.restart().await;
        self.shared.up.send_replace(true);
        let mut ends = Vec::new();
        while let Some(end) = clients.join_next().await {
            ends.push(end.unwrap());
        }
        while let Some(owner) = at_work.join_next().await {
            owners.push(owner.unwrap());
        }
        (ends, self.shared.interrupted.load(Ordering::Relaxed))
    }
}

impl Shared {
    /// Asks until there is an answer, as a client does whose server is away for a moment. Any answer counts,
    /// but one that says the server is broken.
    pub(crate) async fn until_answered<T>(
        &self,
        ask: impl AsyncFn() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut up = self.up.subscribe();
        // One try before the kill, one after, and some that a dead connection may cost.
        for _ in 0..5 {
            if self.begun.fetch_add(1, Ordering::Relaxed) + 1 == self.fatal {
                self.kill.notify_one();
            }
            match ask().await {
                Err(Error::Unreachable { .. }) => {
                    self.interrupted.fetch_add(1, Ordering::Relaxed);
                    up.wait_for(|up| *up).await.unwrap();
                }
                Err(Error::Refused(refusal)) if refusal.status >= 500 => panic!("{refusal:?}"),
                answer => return answer,
            }
        }
        panic!("no answer, though the server runs");
    }
}
