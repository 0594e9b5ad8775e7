//! Where the code comes from: a picture, a link, or either on standard input.

use std::path::Path;

use countersign_client::{Error, ScanLink};
use url::Url;

use crate::CliError;
use crate::cli::ApproveArgs;
use crate::commands::qr::{read_code, read_file, read_stdin};
use crate::{qr, terminal};

/// How the code came here, as the server wants to know it.
pub(super) type OpenedBy = &'static str;
const SCANNER: OpenedBy = "scanner";
const LINK: OpenedBy = "link";

/// Reads the code that is to be decided on.
///
/// # Errors
/// With the reason and what to do, when there is no code of this protocol.
pub(super) fn read(args: &ApproveArgs) -> Result<(ScanLink, OpenedBy), CliError> {
    match args.source.as_deref() {
        Some("-") if args.password_stdin => {
            let text = "standard input cannot carry both the code and the password: give the code as a file or link";
            Err(CliError::Usage(text.to_owned()))
        }
        Some("-") => from_bytes(&read_stdin(qr::MAX_FILE_BYTES)?),
        Some(text) if text.contains("://") => Ok((parse(text)?, LINK)),
        Some(path) => from_bytes(&read_file(Path::new(path), qr::MAX_FILE_BYTES)?),
        None if terminal::stdin_is_terminal() => {
            let line = terminal::ask("The link, or the name of a picture:");
            match line.ok().flatten().map(|line| line.trim().to_owned()) {
                Some(text) if text.contains("://") => Ok((parse(&text)?, LINK)),
                Some(path) if !path.is_empty() => {
                    from_bytes(&read_file(Path::new(&path), qr::MAX_FILE_BYTES)?)
                }
                _ => Err(nothing()),
            }
        }
        None if args.password_stdin => Err(nothing()),
        None => from_bytes(&read_stdin(qr::MAX_FILE_BYTES)?),
    }
}

fn nothing() -> CliError {
    CliError::Usage(
        "name the picture of the code or its link: countersign approve code.png".to_owned(),
    )
}

/// Text with a link in it, or a picture of a code.
fn from_bytes(bytes: &[u8]) -> Result<(ScanLink, OpenedBy), CliError> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.trim().is_empty() {
            return Err(nothing());
        }
        return Ok((parse(text)?, LINK));
    }
    Ok((parse(&read_code(bytes)?.text)?, SCANNER))
}

fn parse(text: &str) -> Result<ScanLink, CliError> {
    text.parse().map_err(|error: Error| {
        CliError::Failed(format!(
            "{error}. The code of a sign-in looks like https://login.example/q#…"
        ))
    })
}

/// Holds the code against the server that was named.
///
/// # Errors
/// When they differ: a picture from elsewhere must not choose where a password goes.
pub(super) fn check_issuer(args: &ApproveArgs, link: &ScanLink) -> Result<(), CliError> {
    let Some(issuer) = &args.issuer else {
        return Ok(());
    };
    let named = Url::parse(issuer).map_err(|_| Error::Issuer(issuer.clone()))?;
    let named = named.origin().ascii_serialization();
    if named == link.issuer() {
        return Ok(());
    }
    let text = format!(
        "the code belongs to {}, not to {named}. Nothing was sent. Do not approve it.",
        link.issuer()
    );
    Err(CliError::Failed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "https://login.example/q#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0";

    fn args(issuer: Option<&str>) -> ApproveArgs {
        ApproveArgs {
            source: None,
            issuer: issuer.map(str::to_owned),
            account: None,
            password_stdin: false,
            phrase_stdin: false,
            yes: false,
            deny: false,
            keep: false,
            json: false,
        }
    }

    #[test]
    fn a_link_and_a_picture_of_it_say_the_same() {
        let symbol = qr::Symbol::encode(TEXT.as_bytes(), qr::Level::M).unwrap();
        let (from_text, by_link) = from_bytes(format!(" {TEXT}\n").as_bytes()).unwrap();
        let (from_picture, by_scanner) = from_bytes(&qr::png(&symbol, 4).unwrap()).unwrap();
        assert_eq!((from_text.to_string(), by_link), (TEXT.to_owned(), LINK));
        assert_eq!(
            (from_picture.to_string(), by_scanner),
            (TEXT.to_owned(), SCANNER)
        );
    }

    #[test]
    fn a_code_of_another_server_than_the_named_one_is_refused() {
        let link: ScanLink = TEXT.parse().unwrap();
        assert!(check_issuer(&args(None), &link).is_ok());
        assert!(check_issuer(&args(Some("https://login.example/")), &link).is_ok());
        let error = check_issuer(&args(Some("https://evil.example")), &link).unwrap_err();
        assert!(error.to_string().contains("https://login.example"));
    }
}
