//! The mirror in front of a store that can be watched, stopped and changed behind its back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::audit::Entry;
use countersign_core::ids::LoginId;
use countersign_core::login::{Event, Login, State};
use countersign_core::ports::{
    Collected, Logins, Minting, Replaced, StoreError, SweepBefore, Upkeep,
};
use countersign_core::time::Timestamp;
use tokio::sync::Semaphore;

use super::Live;
use crate::conformance::samples::{applied, at, key, login_with};

/// A store in memory whose reads are counted, and whose answers can be held back.
#[derive(Clone)]
struct Watched(Arc<Inner>);

struct Inner {
    rows: Mutex<HashMap<LoginId, Login>>,
    reads: AtomicUsize,
    /// An answer to a read needs a permit, after it was read; an answer to a write, after it was
    /// written.
    reading: Semaphore,
    writing: Semaphore,
    failing: AtomicUsize,
}

const FREE: usize = 1_000_000;

impl Watched {
    fn new() -> Self {
        Self(Arc::new(Inner {
            rows: Mutex::default(),
            reads: AtomicUsize::new(0),
            reading: Semaphore::new(FREE),
            writing: Semaphore::new(FREE),
            failing: AtomicUsize::new(0),
        }))
    }

    fn reads(&self) -> usize {
        self.0.reads.load(Ordering::SeqCst)
    }

    fn put(&self, login: &Login) {
        let mut rows = self.0.rows.lock().unwrap();
        rows.insert(login.id, login.clone());
    }

    fn write(&self, expected: Option<u32>, login: &Login) -> Result<Replaced, StoreError> {
        if self.0.failing.load(Ordering::SeqCst) > 0 {
            self.0.failing.fetch_sub(1, Ordering::SeqCst);
            return Err(StoreError::Busy);
        }
        let version = self
            .0
            .rows
            .lock()
            .unwrap()
            .get(&login.id)
            .map(|l| l.version);
        if version != expected {
            return Ok(Replaced::Conflict);
        }
        self.put(login);
        Ok(Replaced::Done)
    }

    /// Holds answers back until permits are added.
    fn hold(semaphore: &Semaphore) {
        semaphore.forget_permits(FREE);
        assert_eq!(semaphore.available_permits(), 0);
    }
}

#[async_trait]
impl Logins for Watched {
    async fn insert(&self, login: Login, _: Entry) -> Result<(), StoreError> {
        self.write(None, &login)?;
        self.0.writing.acquire().await.unwrap().forget();
        Ok(())
    }

    async fn find(&self, id: LoginId) -> Result<Option<Arc<Login>>, StoreError> {
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        let found = self.0.rows.lock().unwrap().get(&id).cloned();
        self.0.reading.acquire().await.unwrap().forget();
        Ok(found.map(Arc::new))
    }

    async fn replace(&self, expected: u32, next: Login, _: Entry) -> Result<Replaced, StoreError> {
        let replaced = self.write(Some(expected), &next);
        self.0.writing.acquire().await.unwrap().forget();
        replaced
    }

    async fn collect(&self, _: u32, _: Login, _: Minting) -> Result<Collected, StoreError> {
        Ok(Collected::Conflict)
    }
}

#[async_trait]
impl Upkeep for Watched {
    async fn overdue(&self, _: Timestamp, _: u32) -> Result<Vec<LoginId>, StoreError> {
        Ok(Vec::new())
    }

    async fn sweep(&self, before: SweepBefore, _: u32) -> Result<u32, StoreError> {
        let mut rows = self.0.rows.lock().unwrap();
        let all = rows.len();
        let old = |login: &Login| login.state.ended_at().is_some_and(|at| at < before.logins);
        rows.retain(|_, login| !old(login));
        Ok(u32::try_from(all - rows.len()).unwrap())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Login number `n`; all are kept in the same part of the map.
fn login(n: u8) -> Login {
    let mut bytes = [0; 16];
    bytes[15] = n;
    login_with(LoginId::from_bytes(bytes), key(9))
}

async fn insert(live: &Live<Watched>, login: &Login, now: Timestamp) -> Result<(), StoreError> {
    let mut entry = Entry::created(login);
    entry.at = now;
    live.insert(login.clone(), entry).await
}

/// Writes the step after `before`: one that leaves it live.
async fn replace(live: &Live<Watched>, before: &Login) -> Result<Login, StoreError> {
    let next = after(before);
    let entry = Entry::step(before, &next, at(1));
    match live.replace(before.version, next.clone(), entry).await? {
        Replaced::Done => Ok(next),
        Replaced::Conflict => unreachable!("nobody else writes"),
    }
}

fn after(before: &Login) -> Login {
    let mut next = before.clone();
    next.version += 1;
    next
}

async fn version(live: &Live<Watched>, id: LoginId) -> u32 {
    live.find(id).await.unwrap().unwrap().version
}

#[tokio::test]
async fn a_live_login_costs_no_read_and_after_a_restart_one() {
    let store = Watched::new();
    let live = Live::new(store.clone());
    let first = login(1);
    insert(&live, &first, at(0)).await.unwrap();
    assert_eq!(version(&live, first.id).await, 1);
    replace(&live, &first).await.unwrap();
    assert_eq!(version(&live, first.id).await, 2);
    assert_eq!(store.reads(), 0);

    let live = Live::new(store.clone());
    for _ in 0..3 {
        assert_eq!(version(&live, first.id).await, 2);
    }
    assert_eq!(store.reads(), 1);
    assert_eq!(live.find(login(2).id).await, Ok(None));
}

#[tokio::test]
async fn a_login_that_is_over_is_read_and_not_kept() {
    let store = Watched::new();
    let over = applied(&login(1), &Event::Cancel, at(5));
    store.put(&over);
    let live = Live::new(store.clone());
    assert_eq!(version(&live, over.id).await, 2);
    assert_eq!(version(&live, over.id).await, 2);
    assert_eq!((store.reads(), live.mirrored()), (2, 0));
}

#[tokio::test]
async fn a_login_that_was_swept_is_not_answered_from_memory() {
    let store = Watched::new();
    let live = Live::new(store.clone());
    let open = login(1);
    insert(&live, &open, at(0)).await.unwrap();
    // So many that one sweep does not look at all of them.
    for n in 100..140 {
        insert(&live, &login(n), at(0)).await.unwrap();
    }
    for n in 2..=3 {
        insert(&live, &login(n), at(0)).await.unwrap();
        let over = applied(&login(n), &Event::Cancel, at(5 * u64::from(n)));
        let entry = Entry::step(&login(n), &over, at(5));
        assert_eq!(live.replace(1, over, entry).await, Ok(Replaced::Done));
    }
    let before = SweepBefore {
        logins: at(15),
        denials: at(0),
        grants: at(0),
        audit: at(0),
        notices: at(0),
        passwords: at(0),
    };
    assert_eq!(live.sweep(before, 10).await, Ok(1));
    assert_eq!(live.mirrored(), 43, "both are in memory still");
    assert_eq!(live.find(login(2).id).await, Ok(None));
    assert_eq!(version(&live, open.id).await, 1);
    assert_eq!(version(&live, login(3).id).await, 2);
    // Nobody comes, and still what is over leaves the memory.
    for _ in 0..11 {
        assert_eq!(live.sweep(before, 10).await, Ok(0));
    }
    assert_eq!(live.mirrored(), 41);
    // A sweep that asks for less brings nothing back.
    let nothing = SweepBefore {
        logins: at(0),
        ..before
    };
    store.put(&applied(&login(4), &Event::Cancel, at(5)));
    assert_eq!(live.sweep(nothing, 10).await, Ok(0));
    assert_eq!(live.find(login(2).id).await, Ok(None));
}

#[tokio::test]
async fn without_room_a_new_login_is_busy_and_an_old_one_costs_reads() {
    let store = Watched::new();
    let live = Live::with_room_for(store.clone(), 2);
    insert(&live, &login(1), at(0)).await.unwrap();
    insert(&live, &login(2), at(0)).await.unwrap();
    assert_eq!(insert(&live, &login(3), at(0)).await, Err(StoreError::Busy));
    assert_eq!(
        live.find(login(3).id).await,
        Ok(None),
        "nothing was written"
    );
    store.put(&login(4));
    assert_eq!(version(&live, login(4).id).await, 1);
    assert_eq!(replace(&live, &login(4)).await.unwrap().version, 2);
    assert_eq!(version(&live, login(4).id).await, 2);

    // One is over: there is room again.
    let over = applied(&login(1), &Event::Cancel, at(5));
    let entry = Entry::step(&login(1), &over, at(5));
    assert_eq!(live.replace(1, over, entry).await, Ok(Replaced::Done));
    insert(&live, &login(5), at(6)).await.unwrap();
    assert_eq!(live.mirrored(), 2);
}

#[tokio::test]
async fn logins_that_nobody_finished_are_let_go_ten_minutes_after_their_deadline() {
    let live = Live::with_room_for(Watched::new(), 3);
    let State::Waiting { until } = login(1).state else {
        unreachable!("a new login waits");
    };
    for n in 1..=3 {
        insert(&live, &login(n), at(0)).await.unwrap();
    }
    let just_before = Timestamp::from_millis(until.millis() + 599_999);
    let busy = insert(&live, &login(4), just_before).await;
    assert_eq!(busy, Err(StoreError::Busy));
    let then = Timestamp::from_millis(until.millis() + 600_000);
    insert(&live, &login(4), then).await.unwrap();
    assert_eq!(live.mirrored(), 1);
}

#[tokio::test]
async fn memory_stays_flat_however_many_come_and_go() {
    let live = Live::new(Watched::new());
    let mut most = 0;
    for n in 0..5_000_u64 {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        let login = login_with(LoginId::from_bytes(bytes), key(9));
        insert(&live, &login, at(0)).await.unwrap();
        let over = applied(&login, &Event::Cancel, at(5));
        let entry = Entry::step(&login, &over, at(5));
        assert_eq!(live.replace(1, over, entry).await, Ok(Replaced::Done));
        most = most.max(live.mirrored());
    }
    assert!(most <= 4 * super::SHARDS, "{most}");
}

#[tokio::test]
async fn a_conflict_and_a_failed_write_make_it_read_again() {
    let store = Watched::new();
    let live = Live::new(store.clone());
    let first = login(1);
    insert(&live, &first, at(0)).await.unwrap();
    let second = after(&first);
    store.put(&second);
    assert_eq!(version(&live, first.id).await, 1, "nobody told the mirror");
    let entry = Entry::step(&first, &second, at(1));
    let replaced = live.replace(1, second.clone(), entry).await;
    assert_eq!(replaced, Ok(Replaced::Conflict));
    assert_eq!(version(&live, first.id).await, 2);
    assert_eq!(store.reads(), 1);

    store.0.failing.store(1, Ordering::SeqCst);
    let third = after(&second);
    store.put(&third);
    assert!(replace(&live, &third).await.is_err());
    assert_eq!(version(&live, first.id).await, 3);
    assert_eq!(store.reads(), 2);

    store.0.failing.store(1, Ordering::SeqCst);
    assert_eq!(insert(&live, &login(2), at(2)).await, Err(StoreError::Busy));
    assert_eq!(live.find(login(2).id).await, Ok(None));
}

#[tokio::test]
async fn a_slow_read_never_overwrites_a_quick_write() {
    for forgotten in [false, true] {
        let store = Watched::new();
        let live = Arc::new(Live::new(store.clone()));
        let first = login(1);
        store.put(&first);
        Watched::hold(&store.0.reading);
        let slow = tokio::spawn({
            let live = Arc::clone(&live);
            let id = first.id;
            async move { version(&live, id).await }
        });
        while store.reads() == 0 {
            tokio::task::yield_now().await;
        }
        // The read has the first version in its hand.
        let second = replace(&live, &first).await.unwrap();
        if forgotten {
            store.0.failing.store(1, Ordering::SeqCst);
            assert!(replace(&live, &second).await.is_err());
        }
        store.0.reading.add_permits(FREE);
        // What it answers itself is of the time when it was asked.
        assert_eq!(slow.await.unwrap(), if forgotten { 1 } else { 2 });
        assert_eq!(version(&live, first.id).await, 2);
    }
}

#[tokio::test]
async fn a_slow_read_brings_nothing_back_that_had_no_room_meanwhile() {
    let store = Watched::new();
    let live = Arc::new(Live::with_room_for(store.clone(), 2));
    insert(&live, &login(1), at(0)).await.unwrap();
    insert(&live, &login(2), at(0)).await.unwrap();
    let elsewhere = login_with(LoginId::from_bytes([1; 16]), key(9));
    store.put(&elsewhere);
    Watched::hold(&store.0.reading);
    let slow = tokio::spawn({
        let live = Arc::clone(&live);
        async move { version(&live, elsewhere.id).await }
    });
    while store.reads() == 0 {
        tokio::task::yield_now().await;
    }
    let elsewhere = login_with(LoginId::from_bytes([1; 16]), key(9));
    replace(&live, &elsewhere).await.unwrap();
    // The two that took the room end, and one that comes sweeps them out.
    for n in 1..=2 {
        let over = applied(&login(n), &Event::Cancel, at(5));
        let entry = Entry::step(&login(n), &over, at(5));
        assert_eq!(live.replace(1, over, entry).await, Ok(Replaced::Done));
    }
    insert(&live, &login(3), at(6)).await.unwrap();
    assert_eq!(live.mirrored(), 1);
    store.0.reading.add_permits(FREE);
    assert_eq!(slow.await.unwrap(), 1);
    assert_eq!(version(&live, elsewhere.id).await, 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_mirror_right() {
    let store = Watched::new();
    let live = Live::new(store.clone());
    let first = login(1);
    insert(&live, &first, at(0)).await.unwrap();
    Watched::hold(&store.0.writing);
    let mut asked = Box::pin(replace(&live, &first));
    let pending = std::future::poll_fn(|context| {
        std::task::Poll::Ready(asked.as_mut().poll(context).is_pending())
    });
    assert!(pending.await);
    drop(asked);
    store.0.writing.add_permits(FREE);
    // One thread: the write goes on whenever this one waits.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(version(&live, first.id).await, 2);
    assert_eq!(store.reads(), 0);
}
