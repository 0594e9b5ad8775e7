//! `countersign webhooks test` and `countersign mail test`: whether what is configured arrives.

use std::process::ExitCode;

use countersign_core::account::Email;
use countersign_core::ports::{Clock as _, Entropy as _};
use serde_json::json;

use super::block_on;
use super::serve::usage;
use crate::CliError;
use crate::cli::{MailTestArgs, SettingsArgs, WebhooksTestArgs};
use crate::config::{Config, Settings};
use crate::failure::FAILED;
use crate::notify::{Channels, Endpoint, test_letter, test_message};
use crate::system::{SystemClock, SystemEntropy};
use crate::terminal::{self, plain};

pub(crate) fn webhooks(args: &WebhooksTestArgs) -> Result<ExitCode, CliError> {
    let (_, mut channels) = load(&args.settings)?;
    if channels.webhooks.is_empty() {
        return Err(usage("No [[webhooks]] are configured."));
    }
    if let Some(id) = &args.id {
        channels.webhooks.retain(|endpoint| endpoint.id == *id);
        if channels.webhooks.is_empty() {
            return Err(usage(format!("There is no webhook {id:?}.")));
        }
    }
    let all_took_it = block_on(async {
        let mut all = true;
        for endpoint in &channels.webhooks {
            all &= test(endpoint, args.json).await;
        }
        Ok(all)
    })?;
    Ok(if all_took_it {
        ExitCode::SUCCESS
    } else {
        FAILED.into()
    })
}

async fn test(endpoint: &Endpoint, json: bool) -> bool {
    let now = SystemClock::start().now();
    let answer = endpoint.post(&test_message(random(), now), now).await;
    let ok = answer
        .as_ref()
        .is_ok_and(|answer| (200..300).contains(&answer.status));
    let id = &endpoint.id;
    if json {
        terminal::result_json(&match answer {
            Ok(answer) => {
                json!({ "webhook": id, "ok": ok, "status": answer.status, "body": answer.text })
            }
            Err(error) => json!({ "webhook": id, "ok": ok, "reason": error.to_string() }),
        });
        return ok;
    }
    let said = match answer {
        Ok(answer) => {
            let verdict = if ok { "took it" } else { "did not take it" };
            let body = match plain(answer.text.trim()) {
                body if body.is_empty() => String::new(),
                body => format!(": {body}"),
            };
            format!("{verdict}, with {}{body}", answer.status)
        }
        Err(error) => format!("did not get it: {error}"),
    };
    terminal::result(&format!("{id} {said}"));
    ok
}

pub(crate) fn mail(args: &MailTestArgs) -> Result<ExitCode, CliError> {
    let (config, channels) = load(&args.settings)?;
    let mailer = channels
        .mailer
        .ok_or_else(|| usage("No mail.server is configured."))?;
    let to = Email::parse(&args.to).ok_or_else(|| usage("That is no mail address."))?;
    let now = SystemClock::start().now();
    let id = format!("test-{:016x}", random());
    let letter = test_letter(config.issuer.as_str());
    block_on(async {
        let sent = mailer.send(to.as_str(), &letter, &id, now).await;
        sent.map_err(|error| {
            CliError::Failed(format!(
                "The mail was not sent: {}.",
                plain(&error.to_string())
            ))
        })
    })?;
    if args.json {
        terminal::result_json(&json!({ "to": to.as_str(), "done": "sent" }));
    } else {
        terminal::result("The mail server took it.");
    }
    Ok(ExitCode::SUCCESS)
}

fn load(args: &SettingsArgs) -> Result<(Config, Channels), CliError> {
    let settings = Settings::read(args).map_err(usage)?;
    let config = settings.check(settings.listen()).map_err(usage)?;
    let channels = Channels::load(&config).map_err(usage)?;
    Ok((config, channels))
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    SystemEntropy.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}
