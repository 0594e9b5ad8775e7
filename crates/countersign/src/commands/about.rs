//! What the program says about itself: completions for shells, and manual pages. Both are made from the command line's
//! own description, so that they can't say anything else.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::aot;
use clap_mangen::roff::{Roff, bold, roman};

use crate::CliError;
use crate::cli::{Cli, CompletionsArgs, ManArgs, Shell};
use crate::config::KEYS;
use crate::terminal;

const NAME: &str = "countersign";

pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitCode, CliError> {
    let shell = match args.shell {
        Shell::Bash => aot::Shell::Bash,
        Shell::Zsh => aot::Shell::Zsh,
        Shell::Fish => aot::Shell::Fish,
    };
    let mut script = Vec::new();
    aot::generate(shell, &mut Cli::command(), NAME, &mut script);
    terminal::result_bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(args: &ManArgs) -> Result<ExitCode, CliError> {
    let mut program = Cli::command();
    program.build();
    let mut command = &program;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            let known: Vec<&str> = command
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            CliError::Usage(format!(
                "There is no command {word:?} here. There are: {}.",
                known.join(", ")
            ))
        })?;
    }
    let mut page = Vec::new();
    let mut rendered = clap_mangen::Man::new(command.clone()).render(&mut page);
    if rendered.is_ok() && args.command == ["serve"] {
        rendered = settings().to_writer(&mut page);
    }
    rendered.map_err(|error| CliError::Failed(format!("can't make the page: {error}")))?;
    terminal::result_bytes(&page)?;
    Ok(ExitCode::SUCCESS)
}

/// The settings of the file and the environment, for the page of `serve`.
fn settings() -> Roff {
    let mut page = Roff::new();
    page.control("SH", ["SETTINGS"]);
    page.text([roman(
        "Keys of the configuration file, each with its variable. Options go before variables, those before the file.",
    )]);
    for key in KEYS {
        page.control("TP", []);
        page.text([bold(key.name), roman(", "), bold(key.variable())]);
        let what = key.what.replace('`', "");
        let default = match key.default {
            Some("") | None => String::new(),
            Some(default) => format!(" Default: {default}."),
        };
        let allowed = key.kind.allowed();
        page.text([roman(format!("{what}. It is {allowed}.{default}"))]);
    }
    page
}
