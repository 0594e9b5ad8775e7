//! `countersign config`: what the server's configuration is, and whether it is right.

use std::process::ExitCode;

use countersign_core::ports::Clock as _;
use serde_json::json;

use super::serve::usage;
use crate::CliError;
use crate::cli::ConfigArgs;
use crate::config::Settings;
use crate::notify::Channels;
use crate::places::Databases;
use crate::secret_file;
use crate::system::SystemClock;
use crate::terminal;
use crate::tls::Tls;

/// Checks everything that `serve` would check before it opens anything.
pub(crate) fn check(args: &ConfigArgs) -> Result<ExitCode, CliError> {
    let settings = Settings::read(&args.settings).map_err(usage)?;
    let config = settings.check(settings.listen()).map_err(usage)?;
    let mut warnings = config.warnings();
    Databases::open(&config.places).map_err(usage)?;
    Channels::load(&config).map_err(usage)?;
    if let Some(file) = &config.admin_token_file {
        secret_file::admin_token(file).map_err(usage)?;
    }
    if let Some(files) = &config.tls {
        let now = SystemClock::start().now();
        let tls = Tls::load(files, config.issuer.as_str(), now).map_err(usage)?;
        warnings.extend(tls.warnings);
    }
    if args.json {
        terminal::result_json(&json!({ "ok": true, "warnings": warnings }));
        return Ok(ExitCode::SUCCESS);
    }
    for warning in warnings {
        terminal::progress(&warning);
    }
    terminal::result("ok");
    Ok(ExitCode::SUCCESS)
}

/// Prints the settings in force.
pub(crate) fn print(args: &ConfigArgs) -> Result<ExitCode, CliError> {
    let settings = Settings::read(&args.settings).map_err(usage)?;
    if args.json {
        terminal::result_json(&settings.as_json());
    } else {
        terminal::result_bytes(settings.as_toml().as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
