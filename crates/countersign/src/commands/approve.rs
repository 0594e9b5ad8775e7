//! `countersign approve`: a phone in the terminal.

mod outcome;
mod phone_file;
mod sign_in;
mod source;
mod words;

use std::io;
use std::process::ExitCode;

use countersign_client::{Approval, Confirmed, Error, Http, Phrase, State};
use serde_json::json;

use self::sign_in::Claim;
use crate::cli::ApproveArgs;
use crate::commands::phrase;
use crate::{CliError, commands, terminal};

/// How often a context that changed under the person's eyes is shown anew.
const MAX_CONTEXTS: u32 = 3;

/// Looks at a login and decides on it.
pub(crate) fn run(args: &ApproveArgs) -> Result<ExitCode, CliError> {
    let (link, opened_by) = source::read(args)?;
    source::check_issuer(args, &link)?;
    commands::block_on(async {
        let http = Http::new(link.issuer())?;
        let mut claim = sign_in::prepare(args, http, &link, opened_by).await?;
        let end = decide(args, &mut claim).await;
        // A token that was renewed on the way is worth keeping whatever became of the login.
        claim.keep().await?;
        end
    })
}

async fn decide(args: &ApproveArgs, claim: &mut Claim) -> Result<ExitCode, CliError> {
    let mut phrase = None;
    for _ in 0..MAX_CONTEXTS {
        let approval = claim.scan().await?;
        show(args, claim, &approval);
        if args.deny || !(args.yes || wants_it(claim)?) {
            decline(claim, &approval.ticket).await?;
            return declined(args);
        }
        let Some(confirmed) = confirm(args, claim, &approval, &mut phrase).await? else {
            terminal::progress("\nThe request has changed since you looked at it. Look again:");
            continue;
        };
        let host = approval.context.client.host.as_deref();
        outcome::show_check_code(args.json, &confirmed, host);
        outcome::follow(args.json, claim.phone(), &approval.ticket, confirmed.state).await?;
        return Ok(ExitCode::SUCCESS);
    }
    Err(CliError::Failed(
        "the request keeps changing; it was not approved. Start again on the other computer."
            .to_owned(),
    ))
}

/// Approves; `None` when the request has changed. Asks for the phrase, where one is needed, until it is right or the
/// tries are over; one that comes from standard input is tried once.
async fn confirm(
    args: &ApproveArgs,
    claim: &Claim,
    approval: &Approval,
    typed: &mut Option<Phrase>,
) -> Result<Option<Confirmed>, CliError> {
    loop {
        let phone = claim.phone();
        let answer = if approval.context.phrase {
            let phrase = match typed.take() {
                Some(phrase) => phrase,
                None if args.phrase_stdin => phrase::read()?,
                None => phrase::ask("The phrase that was typed on the other computer: ")?,
            };
            let phrase = typed.insert(phrase);
            phone.confirm_with_phrase(approval, args.keep, phrase).await
        } else {
            phone.confirm(approval, args.keep).await
        };
        let refusal = match answer {
            Ok(confirmed) => return Ok(Some(confirmed)),
            Err(error) if error.code() == "context_changed" => return Ok(None),
            Err(Error::Refused(refusal)) if refusal.code == "wrong_phrase" => refusal,
            Err(error) => return Err(error.into()),
        };
        match refusal.tries_left {
            Some(0) => return Err(wrong_phrases()),
            Some(left) if !args.phrase_stdin => {
                terminal::progress(&format!("That is another phrase. Tries left: {left}."));
                *typed = None;
            }
            _ => return Err(Error::Refused(refusal).into()),
        }
    }
}

fn wrong_phrases() -> CliError {
    CliError::Ended {
        state: State::Denied,
        text: "The phrase was wrong three times. Not signed in.".to_owned(),
    }
}

/// Declines. A ticket dies when the request has changed, and the answer that said so may have been lost: then a new
/// one is got, once. What has changed does not matter to somebody who declines.
async fn decline(claim: &Claim, ticket: &str) -> Result<(), CliError> {
    let mut declined = claim.phone().deny(ticket, false).await;
    if let Err(error) = &declined
        && error.code() == "unknown_login"
    {
        let anew = claim.scan().await?;
        declined = claim.phone().deny(&anew.ticket, false).await;
    }
    declined?;
    Ok(())
}

fn show(args: &ApproveArgs, claim: &Claim, approval: &Approval) {
    for line in words::context(approval, claim.account(), args.keep) {
        terminal::progress(&line);
    }
    if args.json {
        let line = json!({
            "state": State::Scanned,
            "context": approval.context,
            "approval": approval.approval,
            "expires_in": approval.expires_in,
        });
        terminal::result_json(&line);
    }
}

/// Asks, unless nobody is there to answer.
fn wants_it(claim: &Claim) -> Result<bool, CliError> {
    let unanswered = || {
        let text = "nobody answered. Add --yes to approve or --deny to decline without being asked. Nothing was approved.";
        CliError::Usage(text.to_owned())
    };
    if claim.stdin_is_spent() {
        return Err(unanswered());
    }
    loop {
        let answer = terminal::ask("Approve? [y/N]").map_err(|error| stdin_error(&error))?;
        match answer
            .ok_or_else(unanswered)?
            .trim()
            .to_ascii_lowercase()
            .as_str()
        {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => terminal::progress("Please answer y or n."),
        }
    }
}

/// With `--deny` declining is what was wanted; else the login did not get what it asked for.
fn declined(args: &ApproveArgs) -> Result<ExitCode, CliError> {
    if !args.deny {
        return Err(CliError::Ended {
            state: State::Denied,
            text: "Declined.".to_owned(),
        });
    }
    if args.json {
        terminal::result_json(&json!({"state": State::Denied}));
    }
    terminal::progress("Declined.");
    Ok(ExitCode::SUCCESS)
}

fn stdin_error(error: &io::Error) -> CliError {
    CliError::Failed(format!("cannot read the answer: {error}"))
}
