//! One module for each command; each takes its arguments and gives an exit code.

mod about;
mod account;
mod approve;
mod config;
mod lan_certificate;
mod login;
mod notices;
mod phrase;
mod policy;
mod qr;
mod revoke;
mod serve;

use std::future::Future;
use std::process::ExitCode;

use countersign_client::NewDevice;

use crate::CliError;
use crate::cli::{Command, ConfigCommand, MailCommand, QrCommand, WebhooksCommand};
use crate::environment;

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Serve(args) => serve::run(&args),
        Command::Config(ConfigCommand::Check(args)) => config::check(&args),
        Command::Config(ConfigCommand::Print(args)) => config::print(&args),
        Command::Policy(command) => policy::run(&command),
        Command::Account(command) => account::run(command),
        Command::Webhooks(WebhooksCommand::Test(args)) => notices::webhooks(&args),
        Command::Mail(MailCommand::Test(args)) => notices::mail(&args),
        Command::Revoke(args) => revoke::run(&args),
        Command::Login(args) => login::run(&args),
        Command::Approve(args) => approve::run(&args),
        Command::Qr(QrCommand::Encode(args)) => qr::encode(&args),
        Command::Qr(QrCommand::Decode(args)) => qr::decode(&args),
        Command::LanCertificate(args) => lan_certificate::run(&args),
        Command::Completions(args) => about::completions(&args),
        Command::Man(args) => about::man(&args),
    }
}

/// Runs a command that waits for others. Unfinished reads from standard input do not keep the program alive.
fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Failed(format!("cannot start: {error}")))?
        .block_on(work)
}

/// What this computer says about itself to a server.
fn this_device(name: Option<String>) -> NewDevice {
    NewDevice {
        name: name.or_else(environment::host_name),
        kind: "terminal".to_owned(),
        platform: Some(std::env::consts::OS.to_owned()),
    }
}

/// A name for a file: letters, digits, dots and dashes stay, everything else becomes a line.
fn file_name(text: &str) -> String {
    let bare = text
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    bare.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                c
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_hold_nothing_that_leads_elsewhere() {
        assert_eq!(
            file_name("https://login.example:8443"),
            "login.example_8443"
        );
        assert_eq!(file_name("../x/y"), ".._x_y");
    }
}
