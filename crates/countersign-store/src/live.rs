//! The mirror of live logins: a poll of a pending login costs no database read.
//!
//! Every write of this process goes through it to the store and is kept here when it is durable;
//! whatever it does not know is read from the store. It is right because one process owns the
//! store: see `SqliteStore::open_as_server`.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use countersign_core::audit::Entry;
use countersign_core::ids::LoginId;
use countersign_core::limits::{OPEN_LOGINS, TICKET_READS};
use countersign_core::login::{Login, StateName};
use countersign_core::ports::{
    Collected, Logins, Minting, Replaced, StoreError, SweepBefore, Upkeep,
};
use countersign_core::time::Timestamp;

use crate::wake::shard_of;

/// Parts of the map, each with its own lock: more than there are processors to meet at one.
const SHARDS: usize = 64;
/// Logins looked at for each one that is added: more than one, so that what is over leaves faster
/// than new ones come.
const SWEPT_EACH: usize = 4;
/// Logins looked at when there is no more room.
const SWEPT_WHEN_FULL: usize = 256;

/// Logins in a store, the live ones mirrored in memory.
///
/// At most [`OPEN_LOGINS`] are mirrored: one more new login is [`StoreError::Busy`].
#[derive(Debug)]
pub struct Live<S> {
    store: Arc<S>,
    mirror: Arc<Mirror>,
}

impl<S: Logins + 'static> Live<S> {
    /// Mirrors the live logins of `store`, whose only writer of logins this must be.
    pub fn new(store: S) -> Self {
        Self::with_room_for(store, OPEN_LOGINS)
    }

    /// Like [`Live::new`] with room for `room` logins.
    pub fn with_room_for(store: S, room: usize) -> Self {
        Self {
            store: Arc::new(store),
            mirror: Arc::new(Mirror::new(room)),
        }
    }

    /// Logins that are mirrored now.
    pub fn mirrored(&self) -> usize {
        self.mirror.kept.load(Ordering::Relaxed)
    }

    /// Runs a write to its end even when its caller goes away: half-way the mirror could keep what
    /// the store has replaced.
    async fn finish<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        tokio::spawn(write)
            .await
            .unwrap_or_else(|_| Err(StoreError::Failed("a write was cut short".to_owned())))
    }
}

#[async_trait]
impl<S: Logins + 'static> Logins for Live<S> {
    async fn insert(&self, login: Login, entry: Entry) -> Result<(), StoreError> {
        let mirror = Arc::clone(&self.mirror);
        let store = Arc::clone(&self.store);
        mirror.reserve(login.id, entry.at)?;
        self.finish(async move {
            let guard = Unwritten::new(&mirror, login.id);
            store.insert(login.clone(), entry).await?;
            guard.written(login);
            Ok(())
        })
        .await
    }

    async fn find(&self, id: LoginId) -> Result<Option<Arc<Login>>, StoreError> {
        let forgotten = match self.mirror.get(id) {
            Ok(login) => return Ok(Some(login)),
            Err(forgotten) => forgotten,
        };
        let Some(login) = self.store.find(id).await? else {
            return Ok(None);
        };
        Ok(Some(self.mirror.read(login, forgotten)))
    }

    async fn replace(
        &self,
        expected: u32,
        next: Login,
        entry: Entry,
    ) -> Result<Replaced, StoreError> {
        let mirror = Arc::clone(&self.mirror);
        let store = Arc::clone(&self.store);
        self.finish(async move {
            let guard = Unwritten::new(&mirror, next.id);
            let replaced = store.replace(expected, next.clone(), entry).await?;
            if replaced == Replaced::Done {
                guard.written(next);
            }
            Ok(replaced)
        })
        .await
    }

    async fn collect(
        &self,
        expected: u32,
        next: Login,
        minting: Minting,
    ) -> Result<Collected, StoreError> {
        let mirror = Arc::clone(&self.mirror);
        let store = Arc::clone(&self.store);
        self.finish(async move {
            let guard = Unwritten::new(&mirror, next.id);
            let collected = store.collect(expected, next.clone(), minting).await?;
            match collected {
                Collected::Done(_) => guard.written(next),
                // The login stands as it stood.
                Collected::NotAllowed => guard.untouched(),
                Collected::Conflict => {}
            }
            Ok(collected)
        })
        .await
    }
}

#[async_trait]
impl<S: Logins + Upkeep + 'static> Upkeep for Live<S> {
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<LoginId>, StoreError> {
        self.store.overdue(now, limit).await
    }

    async fn sweep(&self, before: SweepBefore, limit: u32) -> Result<u32, StoreError> {
        // Before the rows go: what is mirrored longer than its row would be there for some only.
        self.mirror.swept(before);
        self.store.sweep(before, limit).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }
}

/// A write whose end is not known. Dropped so, after an error, a conflict or a panic, the mirror
/// forgets the login and the next look reads it again.
struct Unwritten<'a> {
    mirror: &'a Mirror,
    id: Option<LoginId>,
}

impl<'a> Unwritten<'a> {
    fn new(mirror: &'a Mirror, id: LoginId) -> Self {
        let id = Some(id);
        Self { mirror, id }
    }

    fn written(mut self, login: Login) {
        self.id = None;
        self.mirror.wrote(Arc::new(login));
    }

    fn untouched(mut self) {
        self.id = None;
    }
}

impl Drop for Unwritten<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.mirror.forget(id);
        }
    }
}

#[derive(Debug)]
struct Mirror {
    shards: Box<[Mutex<Shard>]>,
    room: usize,
    /// Slots in all shards.
    kept: AtomicUsize,
    /// The time that the last new login named: the mirror has no clock.
    latest: AtomicU64,
    /// Logins that ended before may have no row any more, and are not answered from here.
    swept: AtomicU64,
    denials_swept: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    /// `None` where a login is being inserted, or was forgotten.
    slots: HashMap<LoginId, Option<Arc<Login>>>,
    /// Every slot's id once, for sweeping round and round.
    round: VecDeque<LoginId>,
    /// Rises when something that this process wrote is no longer here. A reader that began before
    /// may bring what is older than that, and it is not kept.
    forgotten: u64,
}

impl Mirror {
    fn new(room: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            room,
            kept: AtomicUsize::new(0),
            latest: AtomicU64::new(0),
            swept: AtomicU64::new(0),
            denials_swept: AtomicU64::new(0),
        }
    }

    fn shard(&self, id: LoginId) -> MutexGuard<'_, Shard> {
        self.shards[shard_of(id.bytes(), self.shards.len())]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for a new login.
    fn reserve(&self, id: LoginId, at: Timestamp) -> Result<(), StoreError> {
        self.latest.store(at.millis(), Ordering::Relaxed);
        let mut shard = self.shard(id);
        if self.add(&mut shard, id, None) {
            return Ok(());
        }
        self.sweep(&mut shard, SWEPT_WHEN_FULL);
        if self.add(&mut shard, id, None) {
            return Ok(());
        }
        Err(StoreError::Busy)
    }

    /// The login, or the mark that what is read instead has to be handed in with.
    fn get(&self, id: LoginId) -> Result<Arc<Login>, u64> {
        let shard = self.shard(id);
        match shard.slots.get(&id) {
            Some(Some(login)) if !self.may_be_swept(login) => Ok(Arc::clone(login)),
            _ => Err(shard.forgotten),
        }
    }

    /// Gives up what ended so long ago that its row goes; lets go of a part of it.
    fn swept(&self, before: SweepBefore) {
        let (logins, denials) = (before.logins.millis(), before.denials.millis());
        self.swept.fetch_max(logins, Ordering::Relaxed);
        self.denials_swept.fetch_max(denials, Ordering::Relaxed);
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            self.sweep(&mut shard, SWEPT_EACH);
        }
    }

    fn may_be_swept(&self, login: &Login) -> bool {
        let before = match login.state.name() {
            StateName::Denied => &self.denials_swept,
            _ => &self.swept,
        };
        let before = Timestamp::from_millis(before.load(Ordering::Relaxed));
        login.state.ended_at().is_some_and(|at| at < before)
    }

    /// Takes what was read from the store; gives it, or what is newer.
    fn read(&self, login: Arc<Login>, forgotten: u64) -> Arc<Login> {
        let mut shard = self.shard(login.id);
        // Nobody waits for a login that is over: it costs a read and no room.
        let unfit = login.state.name().is_final() || shard.forgotten != forgotten;
        match shard.slots.get_mut(&login.id) {
            Some(Some(kept)) if kept.version >= login.version => Arc::clone(kept),
            _ if unfit => login,
            Some(slot) => {
                *slot = Some(Arc::clone(&login));
                login
            }
            None => {
                self.add(&mut shard, login.id, Some(Arc::clone(&login)));
                login
            }
        }
    }

    /// Takes what was written to the store.
    fn wrote(&self, login: Arc<Login>) {
        let mut shard = self.shard(login.id);
        let id = login.id;
        match shard.slots.get_mut(&id) {
            Some(Some(kept)) if kept.version >= login.version => {}
            Some(slot) => *slot = Some(login),
            None => {
                if !self.add(&mut shard, id, Some(login)) {
                    shard.forgotten += 1;
                }
            }
        }
    }

    fn forget(&self, id: LoginId) {
        let mut shard = self.shard(id);
        shard.forgotten += 1;
        if let Some(slot) = shard.slots.get_mut(&id) {
            *slot = None;
        }
    }

    /// Adds a slot, sweeping a little; `false` when there is no room.
    fn add(&self, shard: &mut Shard, id: LoginId, login: Option<Arc<Login>>) -> bool {
        self.sweep(shard, SWEPT_EACH);
        let taken = self.kept.fetch_add(1, Ordering::Relaxed);
        if taken >= self.room {
            self.kept.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        if shard.slots.insert(id, login).is_some() {
            self.kept.fetch_sub(1, Ordering::Relaxed);
        } else {
            shard.round.push_back(id);
        }
        true
    }

    /// Looks at the next `count` logins of a shard and lets go of those that are over.
    fn sweep(&self, shard: &mut Shard, count: usize) {
        let now = Timestamp::from_millis(self.latest.load(Ordering::Relaxed));
        for _ in 0..count.min(shard.round.len()) {
            let Some(id) = shard.round.pop_front() else {
                return;
            };
            let over = match shard.slots.get(&id) {
                Some(Some(login)) => is_over(login, now),
                // Forgotten, or being inserted: then its write puts it back.
                _ => true,
            };
            if over {
                shard.slots.remove(&id);
                shard.forgotten += 1;
                self.kept.fetch_sub(1, Ordering::Relaxed);
            } else {
                shard.round.push_back(id);
            }
        }
    }
}

/// Whether a login is worth no memory: it is final, or nobody came to write down that it expired.
fn is_over(login: &Login, now: Timestamp) -> bool {
    login
        .state
        .deadline()
        .is_none_or(|until| now >= until.plus(TICKET_READS))
}

#[cfg(test)]
mod tests;
