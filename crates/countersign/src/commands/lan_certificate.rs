//! `countersign lan-certificate`: a certificate for trying things out with a phone.

use std::process::ExitCode;

use countersign_core::ports::Clock as _;
use serde_json::json;

use crate::CliError;
use crate::cli::LanCertificateArgs;
use crate::lan::{Certificates, LanError, ensure};
use crate::system::SystemClock;
use crate::terminal;

pub(crate) fn run(args: &LanCertificateArgs) -> Result<ExitCode, CliError> {
    let now = SystemClock::start().now();
    let made = ensure(&args.data, args.address, now).map_err(|error| match error {
        LanError::NoHost(_) => CliError::Usage(error.to_string()),
        error => CliError::Failed(error.to_string()),
    })?;
    let Certificates {
        certificate,
        key,
        authority,
        fingerprint,
        new_authority,
    } = made;
    if args.json {
        terminal::result_json(&json!({
            "certificate": certificate,
            "key": key,
            "authority": authority,
            "fingerprint": fingerprint,
            "new_authority": new_authority,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    if new_authority {
        terminal::progress("A new authority was made: install it where pages are to be opened.");
    }
    terminal::result(&format!("certificate {}", certificate.display()));
    terminal::result(&format!("key         {}", key.display()));
    terminal::result(&format!("authority   {}", authority.display()));
    terminal::result(&format!("fingerprint {fingerprint}"));
    Ok(ExitCode::SUCCESS)
}
