//! `countersign revoke`: ends all sign-ins of a kind, over all accounts.

use std::process::ExitCode;

use countersign_core::account::LoginName;
use countersign_core::grant::{EndCause, Ended, Role};
use countersign_core::ids::{AccountId, DeviceId, GrantId, Thumbprint};
use countersign_core::ports::{Accounts as _, Clock as _, Filter, Gone, Grants as _, Over, Which};
use countersign_core::time::Timestamp;
use countersign_store::SqliteStore;
use serde_json::json;

use crate::cli::RevokeArgs;
use crate::keyring::existing_database;
use crate::system::SystemClock;
use crate::{CliError, terminal, wiring};

/// What was or would be ended.
enum Found {
    Ended(Gone),
    WouldEnd(u64),
}

pub(crate) fn run(args: &RevokeArgs) -> Result<ExitCode, CliError> {
    let database = existing_database(&args.data).map_err(failed)?;
    let filter = filter(args)?;
    if args.account.is_none() && !filter.names_something() {
        let words = "Say what to revoke: at least one of --account, --grant, --device, --key, --address, --since, --until, --role.";
        return Err(CliError::Usage(words.to_owned()));
    }
    let found = super::block_on(async {
        let store = wiring::open(&database)?;
        let found = revoke(&store, args, filter).await;
        store.close().await;
        found
    })?;
    show(args, &found);
    Ok(ExitCode::SUCCESS)
}

async fn revoke(
    store: &SqliteStore,
    args: &RevokeArgs,
    mut filter: Filter,
) -> Result<Found, CliError> {
    if let Some(name) = &args.account {
        filter.account = Some(account(store, name).await?);
    }
    let (which, at) = (Which::Matching(filter), SystemClock::start().now());
    if args.dry_run {
        let count = store.count(which, at).await.map_err(failed)?;
        return Ok(Found::WouldEnd(count));
    }
    let cause = EndCause::Revoked;
    let over = store.end(which, Ended { at, cause }, None).await;
    match over.map_err(failed)? {
        Over::Done(gone) => Ok(Found::Ended(gone)),
        Over::NotAllowed | Over::VerificationRequired => Err(failed("Nothing was revoked.")),
    }
}

async fn account(store: &SqliteStore, name: &str) -> Result<AccountId, CliError> {
    let nobody = || CliError::Failed(format!("There is no account named {name}."));
    let name = LoginName::parse(name).ok_or_else(nobody)?;
    let found = store.by_name(&name).await.map_err(failed)?;
    found.map(|account| account.id).ok_or_else(nobody)
}

fn filter(args: &RevokeArgs) -> Result<Filter, CliError> {
    Ok(Filter {
        account: None,
        grant: id("--grant", args.grant.as_deref(), GrantId::parse)?,
        device: id("--device", args.device.as_deref(), DeviceId::parse)?,
        key: id("--key", args.key.as_deref(), Thumbprint::parse)?,
        network: args.address,
        since: args.since.map(moment),
        until: args.until.map(moment),
        role: args.role.as_deref().and_then(Role::parse),
        but: None,
    })
}

fn id<T>(
    option: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, CliError> {
    let read = |text| {
        parse(text).ok_or_else(|| CliError::Usage(format!("{option}: {text:?} is no such id.")))
    };
    text.map(read).transpose()
}

fn moment(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

fn show(args: &RevokeArgs, found: &Found) {
    let (count, passkeys, done) = match found {
        Found::Ended(gone) => (gone.grants.len() as u64, gone.passkeys, true),
        Found::WouldEnd(count) => (*count, 0, false),
    };
    if args.json {
        let key = if done { "ended" } else { "would_end" };
        let mut shown = json!({ key: count });
        if done {
            shown["passkeys_removed"] = passkeys.into();
        }
        return terminal::result_json(&shown);
    }
    let sign_ins = match count {
        0 => "no sign-in".to_owned(),
        1 => "1 sign-in".to_owned(),
        many => format!("{many} sign-ins"),
    };
    terminal::result(&match (done, passkeys) {
        (false, _) => {
            format!("would end {sign_ins}; passkeys and phones made by them would go too")
        }
        (true, 0) => format!("ended {sign_ins}"),
        (true, passkeys) => {
            format!("ended {sign_ins} and removed {passkeys} passkeys that they had added")
        }
    });
}

fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::Failed(error.to_string())
}
