//! `countersign account list`.

use std::process::ExitCode;

use countersign_core::account::Account;
use countersign_core::ports::Accounts as _;
use serde_json::json;

use super::{failed, on_store};
use crate::cli::AccountListArgs;
use crate::keyring::existing_database;
use crate::{CliError, terminal};

/// Accounts read at a time: a server may have very many.
const PAGE: u32 = 500;

pub(super) fn run(args: &AccountListArgs) -> Result<ExitCode, CliError> {
    let database = existing_database(&args.data).map_err(failed)?;
    on_store(&database, async |store| {
        let mut after = None;
        loop {
            let page = store.list(after.as_ref(), PAGE).await.map_err(failed)?;
            for account in &page {
                show(account, args.json);
            }
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.login_name.clone());
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn show(account: &Account, json: bool) {
    let (name, status) = (account.login_name.as_str(), account.status.name());
    if json {
        terminal::result_json(&json!({
            "account": name,
            "name": account.display_name,
            "status": status,
            "created_at": account.created_at.millis() / 1000,
        }));
    } else {
        terminal::result(&format!("{name:<24} {status:<9} {}", account.display_name));
    }
}
