//! Wake-ups inside one process: who waits for which login, or for news of which account.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use countersign_core::ids::{AccountId, LoginId};
use countersign_core::ports::{Listener, Signal};
use tokio::sync::watch;

/// Parts of the map, each with its own lock: more than there are processors to meet at one.
const SHARDS: usize = 64;

/// Wakes listeners in this process. Clones share them.
///
/// A login or an account is remembered only while somebody listens.
#[derive(Clone, Default)]
pub struct Wakes {
    logins: Ears<LoginId>,
    accounts: Ears<AccountId>,
}

impl std::fmt::Debug for Wakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wakes").finish_non_exhaustive()
    }
}

impl Wakes {
    /// Logins and accounts that somebody listens to.
    pub fn listened(&self) -> usize {
        self.logins.listened() + self.accounts.listened()
    }
}

impl Signal for Wakes {
    fn wake(&self, login: LoginId) {
        self.logins.wake(login);
    }

    fn listen(&self, login: LoginId) -> Box<dyn Listener> {
        self.logins.listen(login)
    }

    fn tell(&self, account: AccountId) {
        self.accounts.wake(account);
    }

    fn listen_to_account(&self, account: AccountId) -> Box<dyn Listener> {
        self.accounts.listen(account)
    }
}

/// What somebody listens to, by its id.
trait Id: Copy + Eq + Hash + Send + Sync + 'static {
    /// Its bytes: random.
    fn random(&self) -> &[u8; 16];
}

impl Id for LoginId {
    fn random(&self) -> &[u8; 16] {
        self.bytes()
    }
}

impl Id for AccountId {
    fn random(&self) -> &[u8; 16] {
        self.bytes()
    }
}

type Shard<I> = Mutex<HashMap<I, watch::Sender<()>>>;

/// Who listens to what.
struct Ears<I> {
    shards: Arc<[Shard<I>; SHARDS]>,
}

impl<I> Clone for Ears<I> {
    fn clone(&self) -> Self {
        Self {
            shards: Arc::clone(&self.shards),
        }
    }
}

impl<I> Default for Ears<I> {
    fn default() -> Self {
        Self {
            shards: Arc::new(std::array::from_fn(|_| Shard::default())),
        }
    }
}

impl<I: Id> Ears<I> {
    fn listened(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).len()).sum()
    }

    fn shard(&self, id: I) -> MutexGuard<'_, HashMap<I, watch::Sender<()>>> {
        locked(&self.shards[shard_of(id.random(), SHARDS)])
    }

    fn wake(&self, id: I) {
        if let Some(sender) = self.shard(id).get(&id) {
            sender.send_replace(());
        }
    }

    fn listen(&self, id: I) -> Box<dyn Listener> {
        let receiver = self
            .shard(id)
            .entry(id)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe();
        Box::new(Listening {
            ears: self.clone(),
            id,
            receiver: Some(receiver),
        })
    }
}

struct Listening<I: Id> {
    ears: Ears<I>,
    id: I,
    receiver: Option<watch::Receiver<()>>,
}

#[async_trait]
impl<I: Id> Listener for Listening<I> {
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

impl<I: Id> Drop for Listening<I> {
    fn drop(&mut self) {
        let mut shard = self.ears.shard(self.id);
        self.receiver = None;
        if shard
            .get(&self.id)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            shard.remove(&self.id);
        }
    }
}

/// The shard of something with a random id.
pub(crate) fn shard_of(id: &[u8; 16], shards: usize) -> usize {
    usize::from(id[0]) % shards
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const LOGIN: LoginId = LoginId::from_bytes([1; 16]);
    const OTHER: LoginId =
        LoginId::from_bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

    /// Whether the listener would go on at once.
    async fn hears(listener: &mut Box<dyn Listener>) -> bool {
        let mut changed = listener.changed();
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(changed.as_mut().poll(context).is_ready())
        })
        .await
    }

    #[tokio::test]
    async fn a_wake_up_between_listening_and_waiting_is_heard_once() {
        let wakes = Wakes::default();
        let mut listener = wakes.listen(LOGIN);
        assert!(!hears(&mut listener).await);
        wakes.wake(LOGIN);
        wakes.wake(LOGIN);
        assert!(hears(&mut listener).await);
        assert!(!hears(&mut listener).await);
    }

    #[tokio::test]
    async fn a_wake_up_is_for_every_listener_of_its_login_alone() {
        let wakes = Wakes::default();
        wakes.wake(LOGIN);
        let (mut one, mut two) = (wakes.listen(LOGIN), wakes.clone().listen(LOGIN));
        let mut other = wakes.listen(OTHER);
        wakes.wake(LOGIN);
        assert!(hears(&mut one).await && hears(&mut two).await);
        assert!(!hears(&mut other).await);
        drop(one);
        wakes.wake(LOGIN);
        assert!(hears(&mut two).await);
    }

    #[tokio::test]
    async fn a_login_is_forgotten_with_its_last_listener() {
        let wakes = Wakes::default();
        let (one, two) = (wakes.listen(LOGIN), wakes.listen(LOGIN));
        assert_eq!(wakes.listened(), 1);
        drop(one);
        assert_eq!(wakes.listened(), 1);
        drop(two);
        assert_eq!(wakes.listened(), 0);
        wakes.wake(LOGIN);
        assert_eq!(wakes.listened(), 0);
    }

    #[tokio::test]
    async fn news_of_an_account_are_heard_by_its_listeners_alone() {
        let wakes = Wakes::default();
        // Of the same bytes, so that only the kind tells them apart.
        let account = AccountId::from_bytes(*LOGIN.bytes());
        let mut login = wakes.listen(LOGIN);
        let mut own = wakes.clone().listen_to_account(account);
        let mut other = wakes.listen_to_account(AccountId::from_bytes([2; 16]));
        wakes.tell(account);
        assert!(hears(&mut own).await);
        assert!(!hears(&mut own).await && !hears(&mut other).await && !hears(&mut login).await);
        wakes.wake(LOGIN);
        assert!(hears(&mut login).await && !hears(&mut own).await);
        assert_eq!(wakes.listened(), 3);
        drop((login, own, other));
        assert_eq!(wakes.listened(), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_sleeps_through_the_last_change() {
        const LAST: u64 = 2_000;
        let wakes = Wakes::default();
        let value = Arc::new(AtomicU64::new(0));
        let waiters: Vec<_> = (0..8)
            .map(|_| {
                let (wakes, value) = (wakes.clone(), Arc::clone(&value));
                tokio::spawn(async move {
                    // Half of the time anew, half of the time with the same ear.
                    let mut listener = wakes.listen(LOGIN);
                    loop {
                        let seen = value.load(Ordering::SeqCst);
                        if seen == LAST {
                            return;
                        }
                        listener.changed().await;
                        if seen % 2 == 0 {
                            drop(listener);
                            listener = wakes.listen(LOGIN);
                        }
                    }
                })
            })
            .collect();
        for n in 1..=LAST {
            value.store(n, Ordering::SeqCst);
            wakes.wake(LOGIN);
            tokio::task::yield_now().await;
        }
        for waiter in waiters {
            waiter.await.unwrap();
        }
        assert_eq!(wakes.listened(), 0);
    }
}
