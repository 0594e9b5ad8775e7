//! Invitations.

use async_trait::async_trait;
use countersign_core::account::{Account, AccountStatus};
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended, How, Role};
use countersign_core::ids::{AccountId, InvitationId};
use countersign_core::invitation::Invitation;
use countersign_core::ports::{Accepted, FirstCredential, Invitations, Minting, StoreError, Which};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::passkeys::is_taken;
use super::problem::Problem;
use super::rows::account::{self, ACCOUNT};
use super::rows::invitation::{self, INVITATION};
use super::rows::{audit, millis, passkey};
use super::sessions::spend;
use super::writer::Outcome;
use super::{SqliteStore, accounts, ending, former, minting, one};

#[async_trait]
impl Invitations for SqliteStore {
    async fn add(&self, invitation: Invitation, entry: Entry) -> Result<(), StoreError> {
        self.write(move |db| {
            void(db, invitation.account, entry.at)?;
            invitation::insert(db, &invitation)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(()))
        })
        .await
    }

    async fn withdraw(&self, account: AccountId, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |db| {
            if !void(db, account, entry.at)? {
                return Ok(Outcome::Undo(false));
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(true))
        })
        .await
    }

    async fn find(&self, id: InvitationId) -> Result<Option<(Invitation, Account)>, StoreError> {
        self.read(move |db| find(db, id)).await
    }

    async fn accept(
        &self,
        id: InvitationId,
        first: FirstCredential,
        minting: Minting,
    ) -> Result<Accepted, StoreError> {
        self.write(move |db| accept(db, id, first, minting)).await
    }
}

/// Makes the account's invitation good for nothing; says whether there was one that could have been accepted.
pub(super) fn void(db: &Connection, account: AccountId, at: Timestamp) -> Result<bool, Problem> {
    let sql = "UPDATE invitations SET used_at = :at WHERE account_id = :account AND used_at IS NULL \
               RETURNING id, expires_at";
    let params = named_params! { ":at": millis(at), ":account": account.bytes() };
    let expires_at = one(db, sql, params, |columns| {
        columns.id("invitations")?;
        columns.time()
    })?;
    Ok(expires_at.is_some_and(|expires_at| at < expires_at))
}

fn find(db: &Connection, id: InvitationId) -> Result<Option<(Invitation, Account)>, Problem> {
    let sql = format!(
        "SELECT {INVITATION}, {ACCOUNT} FROM invitations \
         JOIN accounts ON accounts.id = invitations.account_id WHERE invitations.id = ?"
    );
    one(db, &sql, [id.bytes()], |columns| {
        let invitation = invitation::invitation(columns)?;
        Ok((invitation, account::account(columns)?))
    })
}

fn accept(
    db: &Connection,
    id: InvitationId,
    first: FirstCredential,
    mut minting: Minting,
) -> Result<Outcome<Accepted>, Problem> {
    let at = minting.at;
    let found = find(db, id)?.filter(|(invitation, account)| {
        invitation.good(at) && account.status != AccountStatus::Disabled
    });
    let Some((_, account)) = found else {
        return Ok(Outcome::Undo(Accepted::NotGood));
    };
    let grant = &mut minting.grant;
    let invited = grant.how == How::Invitation && grant.role == Role::Phone;
    if !invited || grant.account != account.id {
        return Err(Problem::Unfit("a session that is not its invitation's"));
    }
    // The operator's word: it is a first phone, whatever was there.
    grant.approves_from = Some(grant.created_at);
    let made_by = grant.id;
    let sql = "UPDATE invitations SET used_at = ? WHERE id = ?";
    db.prepare_cached(sql)?.execute((millis(at), id.bytes()))?;
    // With every passkey and code: each was made by a grant of the account, alive or not.
    let cause = EndCause::InvitedAnew;
    ending::end(db, &Which::All(account.id), Ended { at, cause }, None)?;
    let hash = match &first {
        FirstCredential::Password(hash) => Some(hash.as_str()),
        FirstCredential::Passkey(..) => None,
    };
    former::set(db, account.id, hash, (Some(made_by), at))?;
    activate(db, account.id, at)?;
    let Some(holder) = minting::mint(db, minting)? else {
        return Ok(Outcome::Undo(Accepted::NotGood));
    };
    if let FirstCredential::Passkey(passkey, spent) = first {
        if passkey.account != account.id || passkey.made_by != made_by {
            return Err(Problem::Unfit("a passkey that is not its invitation's"));
        }
        if !spend(db, &spent)? || is_taken(db, &passkey.credential)? {
            return Ok(Outcome::Undo(Accepted::Spent));
        }
        passkey::insert(db, &passkey)?;
    }
    Ok(Outcome::Keep(Accepted::Done(Box::new(holder))))
}

/// Makes a locked account active.
fn activate(db: &Connection, account: AccountId, at: Timestamp) -> Result<(), Problem> {
    let status = AccountStatus::Active;
    if accounts::set_status(db, account, status)? {
        let entry = Entry {
            account: Some(account),
            detail: Some(status.name().into()),
            ..Entry::new(at, Kind::StatusChanged)
        };
        audit::insert(db, &entry)?;
    }
    Ok(())
}
