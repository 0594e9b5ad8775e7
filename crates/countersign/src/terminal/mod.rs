//! What people and scripts see: progress on standard error, results on standard output, answers from standard input.

mod input;
mod screen;
mod text;

use std::io::{self, IsTerminal as _, Write as _};

pub(crate) use input::{Lines, first_line, stdin_is_terminal};
pub(crate) use screen::{Screen, code_style};
use serde_json::Value;
pub(crate) use text::{duration, harmless, json_line, plain};

use crate::CliError;

/// A line about how it goes, on standard error. A closed one changes nothing: there is nobody to tell.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A line of result, on standard output. A closed one is its reader's wish, as with `head`.
pub(crate) fn result(line: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// A line of result for a program: one JSON value.
pub(crate) fn result_json(value: &Value) {
    result(&json_line(value));
}

/// Bytes of result, exactly, on standard output.
///
/// # Errors
/// [`CliError::Failed`] when they cannot be written whole: half a picture is none.
pub(crate) fn result_bytes(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| CliError::Failed(format!("cannot write to standard output: {error}")))
}

/// Whether standard output is read by a person at a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Asks a question on standard error and reads one line; `None` at the end of input.
pub(crate) fn ask(question: &str) -> io::Result<Option<String>> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} ").and_then(|()| stderr.flush())?;
    let answer = first_line(&mut io::stdin().lock());
    if !matches!(answer, Ok(Some(_))) {
        // Nobody has ended the line.
        let _ = writeln!(stderr);
    }
    answer
}
