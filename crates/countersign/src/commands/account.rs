//! `countersign account`: works on the data folder, also while the server runs.

mod act;
mod invite;
mod list;

use std::io::stdin;
use std::path::Path;
use std::process::ExitCode;

use countersign_core::account::{Account, AccountStatus, Email, LoginName, display_name};
use countersign_core::audit::{Entry, Kind};
use countersign_core::ids::AccountId;
use countersign_core::ports::{Accounts as _, Clock as _, Entropy as _};
use countersign_http::password::{Password, hash_now};
use countersign_store::SqliteStore;
use serde_json::json;

use crate::cli::{AccountAddArgs, AccountArgs, AccountCommand};
use crate::keyring::Folder;
use crate::system::{SystemClock, SystemEntropy};
use crate::terminal::{self, first_line};
use crate::{CliError, wiring};

pub(crate) fn run(command: AccountCommand) -> Result<ExitCode, CliError> {
    match command {
        AccountCommand::Add(args) => add(&args),
        AccountCommand::Invite(args) => invite::run(&args),
        AccountCommand::List(args) => list::run(&args),
        AccountCommand::Lock(args) => act::lock(&args),
        AccountCommand::Unlock(args) => act::unlock(&args),
        AccountCommand::Disable(args) => act::disable(&args),
        AccountCommand::Enable(args) => act::enable(&args),
        AccountCommand::Password(args) => act::password(&args),
        AccountCommand::SignOut(args) => act::sign_out(&args),
        AccountCommand::Email(args) => act::email(&args),
    }
}

fn add(args: &AccountAddArgs) -> Result<ExitCode, CliError> {
    let login_name = login_name(&args.account.name)?;
    let shown = args.display_name.as_deref().unwrap_or(&args.account.name);
    let display_name = display_name(shown)
        .ok_or_else(|| usage("The display name has nothing that could be shown."))?;
    let email = args.email.as_deref().map(email_address).transpose()?;
    let names = [login_name.as_str(), &display_name];
    let password_hash = chosen_password(&names, args.password_stdin)?;
    let mut id = [0; 16];
    SystemEntropy.fill(&mut id);
    let account = Account {
        id: AccountId::from_bytes(id),
        login_name,
        display_name,
        password_hash: Some(password_hash),
        email,
        status: AccountStatus::Active,
        created_at: SystemClock::start().now(),
    };
    keep(&args.account, account)
}

fn keep(args: &AccountArgs, account: Account) -> Result<ExitCode, CliError> {
    let folder = Folder::open(&args.data).map_err(failed)?;
    if folder.fresh {
        let made = args.data.display();
        terminal::progress(&format!("{made} had no database: a new one is made there."));
    }
    let name = account.login_name.as_str().to_owned();
    let entry = Entry {
        account: Some(account.id),
        ..Entry::new(account.created_at, Kind::AccountAdded)
    };
    let added = on_store(&folder.database, async |store| {
        store.add(account, entry).await.map_err(failed)
    })?;
    if !added {
        return Err(CliError::Failed(format!(
            "There is an account named {name} already."
        )));
    }
    let words = format!("added account {name}");
    Ok(done(args.json, &name, "added", &words))
}

/// Runs `work` on the store of a database, and closes it.
fn on_store<T>(
    database: &Path,
    work: impl AsyncFnOnce(&SqliteStore) -> Result<T, CliError>,
) -> Result<T, CliError> {
    super::block_on(async {
        let store = wiring::open(database)?;
        let result = work(&store).await;
        store.close().await;
        result
    })
}

/// The result of a command that did something to one account.
fn done(json: bool, name: &str, what: &str, words: &str) -> ExitCode {
    if json {
        terminal::result_json(&json!({ "account": name, "done": what }));
    } else {
        terminal::result(words);
    }
    ExitCode::SUCCESS
}

fn login_name(text: &str) -> Result<LoginName, CliError> {
    LoginName::parse(text).ok_or_else(|| {
        usage(
            "The name must be 1 to 64 of a–z, 0–9 and . _ - @ +, so that no two names look alike.",
        )
    })
}

fn email_address(text: &str) -> Result<Email, CliError> {
    Email::parse(text).ok_or_else(|| usage("That is no mail address, such as anna@example.org."))
}

/// Asks for a new password for somebody of these names, and gives its hash.
fn chosen_password(names: &[&str], from_stdin: bool) -> Result<String, CliError> {
    let password = Password::chosen(new_password(from_stdin)?, names)
        .map_err(|error| usage(&sentence(&error.to_string())))?;
    hash_now(&password).map_err(failed)
}

fn new_password(from_stdin: bool) -> Result<String, CliError> {
    let unread =
        |error: std::io::Error| CliError::Failed(format!("can't read the password: {error}"));
    if from_stdin {
        let line = first_line(&mut stdin().lock()).map_err(unread)?;
        return line.ok_or_else(|| usage("Standard input has no password."));
    }
    if !terminal::stdin_is_terminal() {
        return Err(usage(
            "There is no terminal to ask for the password: give it on standard input with --password-stdin.",
        ));
    }
    let password = rpassword::prompt_password("Password: ").map_err(unread)?;
    if rpassword::prompt_password("Once more: ").map_err(unread)? != password {
        return Err(usage("The two passwords differ."));
    }
    Ok(password)
}

fn usage(text: &str) -> CliError {
    CliError::Usage(text.to_owned())
}

fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::Failed(error.to_string())
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}
