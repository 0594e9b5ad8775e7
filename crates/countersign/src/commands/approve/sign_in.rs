//! A phone that may scan: the kept session if it still lives, else a password while a hold keeps the code alive.

use std::io;

use countersign_client::{Approval, Error, Http, Key, Phone, ScanLink, hold};

use super::phone_file::{PhoneFiles, Saved};
use super::source::OpenedBy;
use crate::cli::ApproveArgs;
use crate::commands::this_device;
use crate::{CliError, terminal};

/// What the scan is made with.
enum Proof {
    /// The link itself: the phone was signed in already.
    Link(String),
    /// A hold on it, taken before the password was typed.
    Hold(String),
}

/// A signed-in phone and the code it is about to scan.
pub(super) struct Claim {
    phone: Phone,
    account: String,
    files: PhoneFiles,
    proof: Proof,
    opened_by: OpenedBy,
    stdin_is_spent: bool,
}

impl Claim {
    pub(super) fn phone(&self) -> &Phone {
        &self.phone
    }

    /// The name that the account signs in with.
    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// Whether standard input carried the code, and so cannot carry an answer.
    pub(super) fn stdin_is_spent(&self) -> bool {
        self.stdin_is_spent
    }

    /// Claims the login, or gets its changed context.
    pub(super) async fn scan(&self) -> Result<Approval, CliError> {
        let approval = match &self.proof {
            Proof::Link(link) => self.phone.scan(link, self.opened_by).await,
            Proof::Hold(hold) => self.phone.scan_held(hold, self.opened_by).await,
        };
        Ok(approval?)
    }

    /// Writes the session down for the next time.
    pub(super) async fn keep(&self) -> Result<(), CliError> {
        let session = self.phone.session();
        self.files
            .save(&self.account, session.key(), session.tokens().await)
    }
}

/// Takes up the kept session, or signs in.
pub(super) async fn prepare(
    args: &ApproveArgs,
    http: Http,
    link: &ScanLink,
    opened_by: OpenedBy,
) -> Result<Claim, CliError> {
    let files = PhoneFiles::of(link.issuer())?;
    let stdin_is_spent = match args.source.as_deref() {
        Some("-") => true,
        Some(_) => false,
        None => !terminal::stdin_is_terminal(),
    };
    let saved = files.find(args.account.as_deref());
    if let Some(Saved {
        account,
        key,
        tokens,
    }) = &saved
    {
        let phone = Phone::resume(http.clone(), key.clone(), tokens.clone());
        // A session that has ended is noticed before anything is shown, while there is time to sign in again.
        match phone.me().await {
            Ok(_) => {
                let (account, proof) = (account.clone(), Proof::Link(link.to_string()));
                return Ok(Claim {
                    phone,
                    account,
                    files,
                    proof,
                    opened_by,
                    stdin_is_spent,
                });
            }
            Err(error) if has_ended(&error) => {
                terminal::progress("The kept session has ended: sign in again.");
            }
            Err(error) => return Err(error.into()),
        }
    }
    trust(args, link, saved.is_some())?;
    let key = match &saved {
        Some(saved) => saved.key.clone(),
        None => Key::generate()?,
    };
    let held = hold(&http, &key, &link.to_string()).await?;
    let known = args.account.clone().or(saved.map(|saved| saved.account));
    let (account, password) = credentials(args, link, known, stdin_is_spent)?;
    let phone = Phone::sign_in(&http, &key, &account, &password, &this_device(None)).await?;
    let claim = Claim {
        phone,
        account,
        files,
        proof: Proof::Hold(held.hold),
        opened_by,
        stdin_is_spent,
    };
    claim.keep().await?;
    Ok(claim)
}

/// Whether the session is over for good, so that only a password helps.
fn has_ended(error: &Error) -> bool {
    matches!(error.code(), "invalid_grant" | "invalid_token" | "bad_key")
}

/// A code alone must not choose who gets a password: the server has to be known or named. That holds for this computer,
/// too, because on a shared one anybody can listen on a port and show a code for it.
fn trust(args: &ApproveArgs, link: &ScanLink, known: bool) -> Result<(), CliError> {
    if known || args.issuer.is_some() {
        return Ok(());
    }
    let text = format!(
        "this code belongs to {0}, where you have not signed in from here before. If that is your server, say so: \
         --issuer {0}",
        link.issuer()
    );
    Err(CliError::Usage(text))
}

fn credentials(
    args: &ApproveArgs,
    link: &ScanLink,
    account: Option<String>,
    stdin_is_spent: bool,
) -> Result<(String, String), CliError> {
    let at_terminal = terminal::stdin_is_terminal();
    let account = match account {
        Some(account) => account,
        None if at_terminal => answer(&format!("Account at {}:", link.issuer()))?,
        None => {
            return Err(CliError::Usage(
                "say which account approves: --account NAME".to_owned(),
            ));
        }
    };
    let password = if args.password_stdin {
        terminal::first_line(&mut io::stdin().lock())
            .map_err(|error| unreadable(&error))?
            .unwrap_or_default()
    } else if at_terminal || stdin_is_spent {
        // Asks the terminal itself, wherever standard input comes from.
        let question = format!(
            "Password of {} at {}: ",
            terminal::plain(&account),
            link.issuer()
        );
        rpassword::prompt_password(question).map_err(|_| no_password())?
    } else {
        return Err(no_password());
    };
    if password.is_empty() {
        return Err(no_password());
    }
    Ok((account, password))
}

fn answer(question: &str) -> Result<String, CliError> {
    let line = terminal::ask(question).map_err(|error| unreadable(&error))?;
    let line = line
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty());
    line.ok_or_else(|| CliError::Usage("no account was named".to_owned()))
}

fn no_password() -> CliError {
    CliError::Usage(
        "no password: type it at a terminal, or give it with --password-stdin".to_owned(),
    )
}

fn unreadable(error: &io::Error) -> CliError {
    CliError::Failed(format!("cannot read standard input: {error}"))
}
