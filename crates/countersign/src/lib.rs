//! The program `countersign`: the server, and a desktop, a phone and QR codes for the terminal.
//!
//! Owns commands, configuration, wiring, signals, files and the environment: the only crate that touches them.
//! Does not know the protocol's rules, which are the core's, nor its wire form, which http and client each have.

mod authority;
mod cli;
mod commands;
mod config;
mod descriptors;
mod environment;
mod failure;
mod keyring;
mod lan;
mod listener;
mod notify;
mod places;
mod private_file;
pub mod qr;
mod secret_file;
mod system;
mod terminal;
mod tls;
mod upkeep;
mod wiring;

use std::process::ExitCode;

use clap::FromArgMatches as _;
use clap::error::ErrorKind;

pub use failure::CliError;

/// Runs the program with the arguments of this process.
pub fn run() -> ExitCode {
    let parsed = cli::command()
        .try_get_matches()
        .and_then(|matches| cli::Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Printing can only fail when nobody reads; then there is nobody to tell.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => failure::USAGE.into(),
            };
        }
    };
    let json = cli.command.prints_json();
    commands::run(cli.command).unwrap_or_else(|error| error.report(json))
}
