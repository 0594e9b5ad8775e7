//! Logins: insert, find, compare-and-swap, collect.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::audit::Entry;
use countersign_core::grant::{How, Role};
use countersign_core::ids::{AccountId, GrantId, LoginId};
use countersign_core::login::{Login, State};
use countersign_core::ports::{Collected, Logins, Minting, Replaced, StoreError};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::problem::Problem;
use super::rows::{audit, login, millis};
use super::writer::Outcome;
use super::{SqliteStore, minting, one};

#[async_trait]
impl Logins for SqliteStore {
    async fn insert(&self, login: Login, entry: Entry) -> Result<(), StoreError> {
        self.write(move |db| {
            login::insert(db, &login)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(()))
        })
        .await
    }

    async fn find(&self, id: LoginId) -> Result<Option<Arc<Login>>, StoreError> {
        self.read(move |db| {
            let sql = format!("SELECT {} FROM logins WHERE id = ?", login::LOGIN);
            Ok(one(db, &sql, [id.bytes()], login::login)?.map(Arc::new))
        })
        .await
    }

    async fn replace(
        &self,
        expected: u32,
        next: Login,
        entry: Entry,
    ) -> Result<Replaced, StoreError> {
        self.write(move |db| {
            if matches!(next.state, State::Collected { .. }) {
                return Err(Problem::Unfit("a collected login without its grant"));
            }
            if !login::replace(db, expected, &next)? {
                return Ok(Outcome::Undo(Replaced::Conflict));
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Replaced::Done))
        })
        .await
    }

    async fn collect(
        &self,
        expected: u32,
        next: Login,
        minting: Minting,
    ) -> Result<Collected, StoreError> {
        self.write(move |db| {
            let approved_by = approval(&next, &minting)?;
            if !login::replace(db, expected, &next)? {
                return Ok(Outcome::Undo(Collected::Conflict));
            }
            let account = minting.grant.account;
            if !may_approve(db, approved_by, account, minting.at)? {
                return Ok(Outcome::Undo(Collected::NotAllowed));
            }
            Ok(match minting::mint(db, minting)? {
                Some(holder) => Outcome::Keep(Collected::Done(Box::new(holder))),
                None => Outcome::Undo(Collected::NotAllowed),
            })
        })
        .await
    }
}

/// The phone session that approved, if login and grant tell the same story.
fn approval(next: &Login, minting: &Minting) -> Result<GrantId, Problem> {
    let grant = &minting.grant;
    match (&next.state, grant.how) {
        (
            State::Collected {
                claim, grant: id, ..
            },
            How::Scan {
                login, approved_by, ..
            },
        ) if login == next.id
            && grant.id == *id
            && grant.account == claim.account
            && approved_by == claim.session
            && grant.key == next.request.key =>
        {
            Ok(approved_by)
        }
        _ => Err(Problem::Unfit("a grant that is not its login's")),
    }
}

/// Whether `session` is a phone's session of `account` that is alive and may approve at `at`.
pub(super) fn may_approve(
    db: &Connection,
    session: GrantId,
    account: AccountId,
    at: Timestamp,
) -> Result<bool, Problem> {
    let sql = "SELECT 1 FROM grants WHERE id = :id AND account_id = :account AND role = :role \
               AND approves_from <= :at AND ended_at IS NULL AND expires_at > :at";
    let alive = db
        .prepare_cached(sql)?
        .query_row(
            named_params! {
                ":id": session.bytes(),
                ":account": account.bytes(),
                ":role": Role::Phone.name(),
                ":at": millis(at),
            },
            |_| Ok(()),
        )
        .optional()?;
    Ok(alive.is_some())
}
