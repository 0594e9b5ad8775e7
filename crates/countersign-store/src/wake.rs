//! Wake-ups inside one process: who waits for which login.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use countersign_core::ids::LoginId;
use countersign_core::ports::{Listener, Signal};
use tokio::sync::watch;

/// Parts of the map, each with its own lock: more than there are processors to meet at one.
const SHARDS: usize = 64;

type Shard = Mutex<HashMap<LoginId, watch::Sender<()>>>;

/// Wakes the listeners of a login in this process. Clones share them.
///
/// A login is remembered only while somebody listens.
#[derive(Clone)]
pub struct Wakes {
    shards: Arc<[Shard; SHARDS]>,
}

impl Default for Wakes {
    fn default() -> Self {
        Self {
            shards: Arc::new(std::array::from_fn(|_| Shard::default())),
        }
    }
}

impl std::fmt::Debug for Wakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wakes").finish_non_exhaustive()
    }
}

impl Wakes {
    /// Logins that somebody listens to.
    pub fn listened(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).len()).sum()
    }

    fn shard(&self, login: LoginId) -> MutexGuard<'_, HashMap<LoginId, watch::Sender<()>>> {
        locked(&self.shards[shard_of(login, SHARDS)])
    }
}

impl Signal for Wakes {
    fn wake(&self, login: LoginId) {
        if let Some(sender) = self.shard(login).get(&login) {
            sender.send_replace(());
        }
    }

    fn listen(&self, login: LoginId) -> Box<dyn Listener> {
        let receiver = self
            .shard(login)
            .entry(login)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe();
        Box::new(Listening {
            wakes: self.clone(),
            login,
            receiver: Some(receiver),
        })
    }
}

struct Listening {
    wakes: Wakes,
    login: LoginId,
    receiver: Option<watch::Receiver<()>>,
}

#[async_trait]
impl Listener for Listening {
    async fn changed(&mut self) {
        if let Some(receiver) = &mut self.receiver
            && receiver.changed().await.is_ok()
        {
            return;
        }
        // The sender lives as long as its listeners; without one there is nothing to hear.
        std::future::pending::<()>().await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut shard = self.wakes.shard(self.login);
        self.receiver = None;
        if shard
            .get(&self.login)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            shard.remove(&self.login);
        }
    }
}

/// The shard of a login: its id is random.
pub(crate) fn shard_of(login: LoginId, shards: usize) -> usize {
    usize::from(login.bytes()[0]) % shards
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
