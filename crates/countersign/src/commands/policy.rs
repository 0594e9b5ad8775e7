//! `countersign policy explain`: what a sign-in takes, by the settings in force, in words.
//!
//! It asks the one function that decides and holds no rule of its own: also what would change a ruling is found by
//! asking it again.

mod case;
mod changes;
mod report;
mod table;
mod words;

use std::process::ExitCode;

use countersign_core::client::Client;
use serde_json::{Value, json};

use super::serve::usage;
use crate::CliError;
use crate::cli::PolicyCommand;
use crate::config::{Config, Settings, nearest_name};
use crate::places::Databases;
use crate::terminal;
use case::Case;
use report::Report;

/// A client, and the settings that made it what it is.
struct Policy<'a> {
    client: &'a Client,
    config: &'a Config,
    settings: &'a Settings,
}

impl Policy<'_> {
    /// Where a setting came from: the client's, or, with a dot in its name, one for all clients.
    fn whence(&self, key: &str) -> String {
        self.settings.whence(self.client.id.as_str(), key)
    }
}

pub(crate) fn run(command: &PolicyCommand) -> Result<ExitCode, CliError> {
    let PolicyCommand::Explain(args) = command;
    let settings = Settings::read(&args.settings).map_err(usage)?;
    let config = settings.check(settings.listen()).map_err(usage)?;
    let clients = chosen(&config, args.client.as_deref())?;
    let case = if args.case.is_empty() {
        None
    } else {
        let databases = Databases::open(&config.places).map_err(usage)?;
        Some(Case::of(&args.case, &config.networks, &databases))
    };
    let report = |client| {
        let policy = Policy {
            client,
            config: &config,
            settings: &settings,
        };
        match &case {
            None => report::overview(&policy),
            Some(case) => report::of_case(&policy, case),
        }
    };
    let reports: Vec<Report> = clients.into_iter().map(report).collect();
    if args.json {
        let clients: Vec<Value> = reports.into_iter().map(|report| report.json).collect();
        terminal::result_json(&json!({ "clients": clients }));
    } else {
        let texts: Vec<String> = reports.into_iter().map(|report| report.text).collect();
        terminal::result_bytes(texts.join("\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The named client, or all.
fn chosen<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<&'a Client>, CliError> {
    let Some(name) = name else {
        return Ok(config.clients.iter().collect());
    };
    let ids = || config.clients.iter().map(|client| client.id.as_str());
    let found = config
        .clients
        .iter()
        .find(|client| client.id.as_str() == name);
    found.map(|client| vec![client]).ok_or_else(|| {
        let meant = match nearest_name(name, ids()) {
            Some(near) => format!("Is {near} meant?"),
            None => format!("There are: {}.", ids().collect::<Vec<_>>().join(", ")),
        };
        CliError::Usage(format!("There is no client {name:?} here. {meant}"))
    })
}
