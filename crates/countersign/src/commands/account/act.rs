//! What an administrator does to an account. A running server sees it at once: it reads the same database.

use std::process::ExitCode;

use countersign_core::account::{Account, AccountStatus};
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended};
use countersign_core::ports::{
    Accounts as _, Clock as _, Gone, Grants as _, Over, PasswordChange, Which,
};
use countersign_store::SqliteStore;

use super::{chosen_password, done, email_address, failed, login_name, on_store};
use crate::CliError;
use crate::cli::{AccountArgs, AccountEmailArgs, AccountPasswordArgs};
use crate::keyring::existing_database;
use crate::system::SystemClock;

pub(super) fn lock(args: &AccountArgs) -> Result<ExitCode, CliError> {
    status(args, AccountStatus::Locked, "locked")
}

/// Ends a lock. An account that is out of use stays so: that has a command of its own.
pub(super) fn unlock(args: &AccountArgs) -> Result<ExitCode, CliError> {
    back(args, AccountStatus::Locked, "unlocked")
}

pub(super) fn disable(args: &AccountArgs) -> Result<ExitCode, CliError> {
    status(args, AccountStatus::Disabled, "disabled")
}

/// Takes an account into use again.
pub(super) fn enable(args: &AccountArgs) -> Result<ExitCode, CliError> {
    back(args, AccountStatus::Disabled, "enabled")
}

pub(super) fn password(args: &AccountPasswordArgs) -> Result<ExitCode, CliError> {
    // Before anything is asked: nobody should think of a password for nobody.
    let account = on_account(&args.account, async |_, account| Ok(account))?;
    let name = account.login_name;
    let names = [name.as_str(), &account.display_name];
    let hash = chosen_password(&names, args.password_stdin)?;
    let ended = on_account(&args.account, async |store, account| {
        let change = PasswordChange {
            account: account.id,
            hash,
            ends: Some(Which::All(account.id)),
            entry: entry(&account, Kind::PasswordChanged),
        };
        let ended = store.set_password(change).await.map_err(failed)?;
        ended.ok_or_else(|| failed("The password was not changed."))
    })?;
    let words = format!("new password for {}; {}", name.as_str(), sessions(&ended));
    Ok(done(
        args.account.json,
        name.as_str(),
        "password_changed",
        &words,
    ))
}

pub(super) fn email(args: &AccountEmailArgs) -> Result<ExitCode, CliError> {
    let email = args.email.as_deref().map(email_address).transpose()?;
    let words = match &email {
        Some(email) => format!("mail goes to {}", email.as_str()),
        None => "no mail is sent".to_owned(),
    };
    on_account(&args.account, async |store, account| {
        let entry = entry(&account, Kind::EmailChanged);
        let changed = store.set_email(account.id, email, entry).await;
        changed.map_err(failed)
    })?;
    let name = login_name(&args.account.name)?;
    let words = format!("{}: {words}", name.as_str());
    Ok(done(
        args.account.json,
        name.as_str(),
        "email_changed",
        &words,
    ))
}

pub(super) fn sign_out(args: &AccountArgs) -> Result<ExitCode, CliError> {
    let ended = on_account(args, async |store, account| {
        let ended = Ended {
            at: SystemClock::start().now(),
            cause: EndCause::SignedOutByOperator,
        };
        let which = Which::All(account.id);
        match store.end(which, ended, None).await.map_err(failed)? {
            Over::Done(gone) => Ok(gone),
            Over::NotAllowed | Over::VerificationRequired => Err(failed("Nothing was ended.")),
        }
    })?;
    let name = login_name(&args.name)?;
    let words = format!("{}: {}", name.as_str(), sessions(&ended));
    Ok(done(args.json, name.as_str(), "signed_out", &words))
}

fn status(args: &AccountArgs, to: AccountStatus, word: &str) -> Result<ExitCode, CliError> {
    let was = on_account(args, async |store, account| {
        set(store, &account, to).await.map(|()| account.status)
    })?;
    let name = login_name(&args.name)?;
    let mut words = format!("{word} {}", name.as_str());
    if was == AccountStatus::Locked && to == AccountStatus::Disabled {
        words.push_str(" (it was locked: enabling it will end the lock too)");
    }
    Ok(done(args.json, name.as_str(), word, &words))
}

fn back(args: &AccountArgs, from: AccountStatus, word: &str) -> Result<ExitCode, CliError> {
    on_account(args, async |store, account| {
        let name = account.login_name.as_str();
        match account.status {
            status if status == from => set(store, &account, AccountStatus::Active).await,
            AccountStatus::Active => Ok(()),
            other => Err(CliError::Failed(format!(
                "{name} is {}, not {}: use `countersign account {}`.",
                other.name(),
                from.name(),
                if other == AccountStatus::Locked {
                    "unlock"
                } else {
                    "enable"
                },
            ))),
        }
    })?;
    let name = login_name(&args.name)?;
    let words = format!("{word} {}", name.as_str());
    Ok(done(args.json, name.as_str(), word, &words))
}

async fn set(store: &SqliteStore, account: &Account, to: AccountStatus) -> Result<(), CliError> {
    let mut entry = entry(account, Kind::StatusChanged);
    entry.detail = Some(to.name().into());
    let changed = store.set_status(account.id, to, entry).await;
    let changed = changed.map_err(failed)?;
    changed
        .then_some(())
        .ok_or_else(|| failed("The status was not changed."))
}

fn entry(account: &Account, kind: Kind) -> Entry {
    Entry {
        account: Some(account.id),
        ..Entry::new(SystemClock::start().now(), kind)
    }
}

fn sessions(gone: &Gone) -> String {
    match gone.grants.len() {
        0 => "it was signed in nowhere".to_owned(),
        1 => "1 session ended".to_owned(),
        many => format!("{many} sessions ended"),
    }
}

/// Runs `work` on the account that the arguments name.
pub(super) fn on_account<T>(
    args: &AccountArgs,
    work: impl AsyncFnOnce(&SqliteStore, Account) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let name = login_name(&args.name)?;
    let database = existing_database(&args.data).map_err(failed)?;
    on_store(&database, async |store| {
        let account = store.by_name(&name).await.map_err(failed)?;
        let account = account.ok_or_else(|| {
            CliError::Failed(format!("There is no account named {}.", name.as_str()))
        })?;
        work(store, account).await
    })
}
