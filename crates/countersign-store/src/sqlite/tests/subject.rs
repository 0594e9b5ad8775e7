//! The SQLite store as a subject of the conformance suite.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::account::AccountStatus;
use countersign_core::ids::{AccountId, LoginId};
use countersign_core::ports::{Accounts, Audit, Logins};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::conformance::Subject;
use crate::{Live, Options, SqliteStore};

/// A store in a folder of its own.
pub(super) struct Sqlite {
    pub(super) store: SqliteStore,
    pub(super) path: PathBuf,
    logins: Arc<dyn Logins>,
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
        let store = SqliteStore::open_as_server(&path, &Options::default()).unwrap();
        let logins: Arc<dyn Logins> = if mirrored {
            Arc::new(Live::new(store.clone()))
        } else {
            Arc::new(store.clone())
        };
        Self {
            store,
            path,
            logins,
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

    fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(self.store.clone())
    }

    async fn reopen(self) -> Self {
        self.store.close().await;
        Self::open(self.path, self.folder, self.mirrored)
    }

    async fn set_status(&self, account: AccountId, status: AccountStatus) {
        let sql = "UPDATE accounts SET status = ? WHERE id = ?";
        let changed = self
            .by_hand()
            .execute(sql, (status.name(), account.bytes()));
        assert_eq!(changed, Ok(1));
    }

    async fn spoil(&self, login: LoginId) {
        let sql = "UPDATE logins SET phone_key = NULL WHERE id = ?";
        let changed = self.by_hand().execute(sql, [login.bytes()]);
        assert_eq!(changed, Ok(1));
    }
}
