//! The SQLite store as a subject of the conformance suite.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::ids::LoginId;
use countersign_core::ports::{
    Accounts, Audit, Devices, Grants, Invitations, Logins, Outbox, Passkeys, RecoveryCodes, Upkeep,
    Watch,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::conformance::Subject;
use crate::conformance::outbox::CHANNELS;
use crate::{Live, Options, SqliteStore};

/// How a store that tells over these channels is opened.
pub(super) fn options(channels: &[&str]) -> Options {
    Options {
        channels: channels.iter().map(|name| (*name).to_owned()).collect(),
        ..Options::default()
    }
}

/// A store in a folder of its own.
pub(super) struct Sqlite {
    pub(super) store: SqliteStore,
    pub(super) path: PathBuf,
    logins: Arc<dyn Logins>,
    upkeep: Arc<dyn Upkeep>,
    mirrored: bool,
    folder: Option<TempDir>,
}

impl Sqlite {
    pub(super) fn fresh(mirrored: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Self::open(path, Some(folder), mirrored)
    }

    pub(super) fn open(path: PathBuf, folder: Option<TempDir>, mirrored: bool) -> Self {
        let store = SqliteStore::open_as_server(&path, &options(&CHANNELS)).unwrap();
        Self::of(store, path, folder, mirrored)
    }

    pub(super) fn of(
        store: SqliteStore,
        path: PathBuf,
        folder: Option<TempDir>,
        mirrored: bool,
    ) -> Self {
        let (logins, upkeep): (Arc<dyn Logins>, Arc<dyn Upkeep>) = if mirrored {
            let live = Arc::new(Live::new(store.clone()));
            (Arc::<Live<SqliteStore>>::clone(&live), live)
        } else {
            (Arc::new(store.clone()), Arc::new(store.clone()))
        };
        Self {
            store,
            path,
            logins,
            upkeep,
            mirrored,
            folder,
        }
    }

    /// A connection of somebody else, past every check.
    pub(super) fn by_hand(&self) -> Connection {
        let db = Connection::open(&self.path).unwrap();
        db.pragma_update(None, "ignore_check_constraints", true)
            .unwrap();
        db
    }
}

#[async_trait]
impl Subject for Sqlite {
    fn logins(&self) -> Arc<dyn Logins> {
        Arc::clone(&self.logins)
    }

    fn accounts(&self) -> Arc<dyn Accounts> {
        Arc::new(self.store.clone())
    }

    fn grants(&self) -> Arc<dyn Grants> {
        Arc::new(self.store.clone())
    }

    fn devices(&self) -> Arc<dyn Devices> {
        Arc::new(self.store.clone())
    }

    fn passkeys(&self) -> Arc<dyn Passkeys> {
        Arc::new(self.store.clone())
    }

    fn recovery_codes(&self) -> Arc<dyn RecoveryCodes> {
        Arc::new(self.store.clone())
    }

    fn invitations(&self) -> Arc<dyn Invitations> {
        Arc::new(self.store.clone())
    }

    fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(self.store.clone())
    }

    fn watch(&self) -> Arc<dyn Watch> {
        Arc::new(self.store.clone())
    }

    fn upkeep(&self) -> Arc<dyn Upkeep> {
        Arc::clone(&self.upkeep)
    }

    fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(self.store.clone())
    }

    async fn reopen_with(self, channels: &[&str]) -> Self {
        self.store.close().await;
        let store = SqliteStore::open_as_server(&self.path, &options(channels)).unwrap();
        Self::of(store, self.path, self.folder, self.mirrored)
    }

    async fn spoil(&self, login: LoginId) {
        let sql = "UPDATE logins SET phone_key = NULL WHERE id = ?";
        let changed = self.by_hand().execute(sql, [login.bytes()]);
        assert_eq!(changed, Ok(1));
    }
}
