//! The phrase that a person was told: typed at the terminal without being shown, or a line of standard input.

use std::io;

use countersign_client::Phrase;

use crate::{CliError, terminal};

/// Asks the terminal itself, wherever standard input comes from.
///
/// # Errors
/// Without a terminal, or with nothing typed.
pub(super) fn ask(question: &str) -> Result<Phrase, CliError> {
    of(rpassword::prompt_password(question).ok())
}

/// Reads the next line of standard input.
///
/// # Errors
/// When there is none.
pub(super) fn read() -> Result<Phrase, CliError> {
    let line = terminal::first_line(&mut io::stdin().lock())
        .map_err(|error| CliError::Failed(format!("cannot read standard input: {error}")))?;
    of(line)
}

fn of(line: Option<String>) -> Result<Phrase, CliError> {
    let line = line.filter(|line| !line.trim().is_empty());
    let missing = "no phrase: type it at a terminal, or give it with --phrase-stdin";
    line.map(Phrase::from)
        .ok_or_else(|| CliError::Usage(missing.to_owned()))
}
