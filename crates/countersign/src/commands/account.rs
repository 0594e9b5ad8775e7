//! `countersign account`: works on the data folder, also while the server runs.

use std::io::stdin;
use std::process::ExitCode;

use countersign_core::account::{Account, AccountStatus, LoginName, display_name};
use countersign_core::audit::{Entry, Kind};
use countersign_core::ids::AccountId;
use countersign_core::ports::{Accounts as _, Clock as _, Entropy as _};
use countersign_http::password::{Password, hash_now};

use crate::cli::AccountAddArgs;
use crate::keyring::Folder;
use crate::system::{SystemClock, SystemEntropy};
use crate::terminal::{self, first_line};
use crate::{CliError, wiring};

pub(crate) fn add(args: &AccountAddArgs) -> Result<ExitCode, CliError> {
    let wrong = |text: &str| CliError::Usage(text.to_owned());
    let login_name = LoginName::parse(&args.name).ok_or_else(|| {
        wrong(
            "The name must be 1 to 64 of a–z, 0–9 and . _ - @ +, so that no two names look alike.",
        )
    })?;
    let shown = args.display_name.as_deref().unwrap_or(&args.name);
    let display_name = display_name(shown)
        .ok_or_else(|| wrong("The display name has nothing that could be shown."))?;
    let password =
        Password::chosen(password(args)?).map_err(|error| wrong(&sentence(&error.to_string())))?;
    let mut id = [0; 16];
    SystemEntropy.fill(&mut id);
    let account = Account {
        id: AccountId::from_bytes(id),
        login_name,
        display_name,
        password_hash: hash_now(&password).map_err(|error| CliError::Failed(error.to_string()))?,
        status: AccountStatus::Active,
        created_at: SystemClock::start().now(),
    };
    keep(args, account)
}

fn keep(args: &AccountAddArgs, account: Account) -> Result<ExitCode, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    let folder = Folder::open(&args.data).map_err(|error| failed(&error))?;
    if folder.fresh {
        let made = args.data.display();
        terminal::progress(&format!("{made} had no database: a new one is made there."));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?;
    let name = account.login_name.as_str().to_owned();
    let entry = Entry {
        account: Some(account.id),
        ..Entry::new(account.created_at, Kind::AccountAdded)
    };
    let added = runtime.block_on(async {
        let store = wiring::open(&folder.database, false)?;
        let added = store
            .add(account, entry)
            .await
            .map_err(|error| failed(&error));
        store.close().await;
        added
    })?;
    if !added {
        return Err(CliError::Failed(format!(
            "There is an account named {name} already."
        )));
    }
    terminal::result(&format!("added account {name}"));
    Ok(ExitCode::SUCCESS)
}

fn password(args: &AccountAddArgs) -> Result<String, CliError> {
    let unread =
        |error: std::io::Error| CliError::Failed(format!("can't read the password: {error}"));
    if args.password_stdin {
        let line = first_line(&mut stdin().lock()).map_err(unread)?;
        return line.ok_or_else(|| CliError::Usage("Standard input has no password.".to_owned()));
    }
    if !terminal::stdin_is_terminal() {
        let how = "There is no terminal to ask for the password: give it on standard input with --password-stdin.";
        return Err(CliError::Usage(how.to_owned()));
    }
    let password = rpassword::prompt_password("Password: ").map_err(unread)?;
    if rpassword::prompt_password("Once more: ").map_err(unread)? != password {
        return Err(CliError::Usage("The two passwords differ.".to_owned()));
    }
    Ok(password)
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}
