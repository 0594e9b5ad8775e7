//! `countersign account invite`: a link that gives an account its first credential and its first phone.

use std::process::ExitCode;
use std::time::Duration;

use countersign_core::account::{Account, AccountStatus, Email, display_name};
use countersign_core::audit::{Entry, Kind};
use countersign_core::ids::AccountId;
use countersign_core::invitation::{Invitation, InvitationSecret};
use countersign_core::ports::{Accounts as _, Clock as _, Entropy as _};
use countersign_core::service::Service;
use countersign_http::issuer::Issuer;
use countersign_store::SqliteStore;
use serde_json::json;

use super::{act, done, failed, login_name, on_store, usage};
use crate::cli::{AccountArgs, AccountInviteArgs};
use crate::keyring::{Folder, noted_issuer};
use crate::qr::{self, Symbol};
use crate::system::{SystemClock, SystemEntropy};
use crate::{CliError, terminal};

pub(super) fn run(args: &AccountInviteArgs) -> Result<ExitCode, CliError> {
    if args.withdraw {
        return withdraw(&args.account);
    }
    let issuer = issuer(args)?;
    let email = args.email.as_deref().map(email).transpose()?;
    let folder = Folder::open(&args.account.data).map_err(failed)?;
    let (link, there) = on_store(&folder.database, async |store| {
        let (account, there) = guest(store, args, email).await?;
        let now = SystemClock::start().now();
        let days = Duration::from_secs(u64::from(args.days) * 86_400);
        let secrets = (random(), random());
        let (invitation, secret) = Invitation::new(account.id, secrets, now, now.plus(days));
        let entry = Service::invitation_entry(account.id, there, now);
        countersign_core::ports::Invitations::add(store, invitation, entry)
            .await
            .map_err(failed)?;
        Ok((link(&issuer, &secret), there))
    })?;
    show(args, &link, there);
    Ok(ExitCode::SUCCESS)
}

/// Where the link leads to.
fn issuer(args: &AccountInviteArgs) -> Result<Issuer, CliError> {
    let noted = || noted_issuer(&args.account.data);
    let issuer = args.issuer.clone().or_else(noted).ok_or_else(|| {
        usage("No server has run on this data folder yet: say its address with --issuer.")
    })?;
    Issuer::parse(&issuer).map_err(|error| usage(&error.to_string()))
}

/// Makes an invitation that nobody accepted yet good for nothing.
fn withdraw(args: &AccountArgs) -> Result<ExitCode, CliError> {
    let withdrawn = act::on_account(args, async |store, account| {
        let entry = Entry {
            account: Some(account.id),
            ..Entry::new(SystemClock::start().now(), Kind::InvitationWithdrawn)
        };
        let withdrawn = countersign_core::ports::Invitations::withdraw(store, account.id, entry);
        withdrawn.await.map_err(failed)
    })?;
    let name = login_name(&args.name)?;
    let name = name.as_str();
    if !withdrawn {
        return Err(CliError::Failed(format!("{name} has no invitation.")));
    }
    let words = format!("withdrew the invitation of {name}");
    Ok(done(args.json, name, "invitation_withdrawn", &words))
}

/// Whom it is for, and whether that is somebody who is there or somebody new.
async fn guest(
    store: &SqliteStore,
    args: &AccountInviteArgs,
    email: Option<Email>,
) -> Result<(Account, bool), CliError> {
    let name = login_name(&args.account.name)?;
    if let Some(account) = store.by_name(&name).await.map_err(failed)? {
        if account.status == AccountStatus::Disabled {
            let name = name.as_str();
            return Err(CliError::Failed(format!(
                "{name} is disabled: use `countersign account enable` first."
            )));
        }
        if args.display_name.is_some() || email.is_some() {
            let words =
                "This account is there already: --display-name and --email are for new ones.";
            return Err(usage(words));
        }
        return Ok((account, true));
    }
    let shown = args.display_name.as_deref().unwrap_or(&args.account.name);
    let account = Account {
        id: AccountId::from_bytes(random()),
        login_name: name,
        display_name: display_name(shown)
            .ok_or_else(|| usage("The display name has nothing that could be shown."))?,
        password_hash: None,
        email,
        status: AccountStatus::Active,
        created_at: SystemClock::start().now(),
    };
    let entry = Entry {
        account: Some(account.id),
        ..Entry::new(account.created_at, Kind::AccountAdded)
    };
    let added = countersign_core::ports::Accounts::add(store, account.clone(), entry);
    if !added.await.map_err(failed)? {
        return Err(failed("Somebody added this account just now: try again."));
    }
    Ok((account, false))
}

fn link(issuer: &Issuer, secret: &InvitationSecret) -> String {
    format!("{}/welcome#{}", issuer.as_str(), secret.reveal())
}

fn email(text: &str) -> Result<Email, CliError> {
    Email::parse(text).ok_or_else(|| usage("That is no mail address."))
}

fn show(args: &AccountInviteArgs, link: &str, there: bool) {
    let name = &args.account.name;
    if args.account.json {
        let days = u64::from(args.days);
        let shown = json!({ "account": name, "done": "invited", "new": !there, "link": link, "days": days });
        return terminal::result_json(&shown);
    }
    if terminal::stdout_is_terminal()
        && let Ok(symbol) = Symbol::encode_any_level(link.as_bytes())
    {
        terminal::progress(&qr::terminal(&symbol, terminal::code_style(false)));
    }
    if there {
        terminal::progress(&format!(
            "{name} has an account already: accepting ends everything that it has now."
        ));
    }
    terminal::progress(&format!(
        "For {name}, on the phone that is to be theirs, within {} days. Whoever opens it first gets the account:",
        args.days
    ));
    terminal::result(link);
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemEntropy.fill(&mut bytes);
    bytes
}
