//! Tells operators and people what happened: the messages that the outbox holds go out as signed webhooks and as mail.
//!
//! Owns the ways out and how often they are tried. What is worth telling is decided in the core, and a message is kept
//! in the same commit as what it tells of: it is delivered at least once, whatever dies meanwhile.

mod address;
mod back_off;
mod date;
mod endpoint;
mod event;
mod letter;
mod mailer;
mod sender;
mod signature;

use std::io;
use std::path::PathBuf;

use crate::config::{Config, Mail, Webhook};
use crate::secret_file::{self, SecretFileError};

pub(crate) use address::check as check_address;
pub(crate) use endpoint::Endpoint;
pub(crate) use event::{TYPES, test_message};
pub(crate) use letter::test_letter;
pub(crate) use mailer::Mailer;
pub(crate) use sender::{Sender, run};

use signature::Secret;

/// The outbox's name for mail.
const MAIL: &str = "mail";
/// What goes before a webhook's id in the outbox's name for it.
const WEBHOOK: &str = "webhook:";

/// The ways out, ready to be used.
pub(crate) struct Channels {
    pub(crate) webhooks: Vec<Endpoint>,
    pub(crate) mailer: Option<Mailer>,
}

/// Why a way out can't be used, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelError {
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    #[error("mail.authority {path}: {source}")]
    Authority { path: PathBuf, source: io::Error },
    #[error("can't prepare {what}: {reason}")]
    Unusable { what: String, reason: String },
}

impl Channels {
    /// Reads the secrets that the configuration names, and prepares everything; connects to nothing.
    pub(crate) fn load(config: &Config) -> Result<Self, ChannelError> {
        let webhooks = config
            .webhooks
            .iter()
            .map(endpoint)
            .collect::<Result<_, _>>()?;
        let mailer = config.mail.as_ref();
        let mailer = mailer
            .map(|mail| load_mailer(mail, config.issuer.as_str()))
            .transpose()?;
        Ok(Self { webhooks, mailer })
    }

    /// The outbox's names for them.
    pub(crate) fn names(config: &Config) -> Vec<String> {
        let webhooks = config.webhooks.iter();
        let webhooks = webhooks.map(|webhook| format!("{WEBHOOK}{}", webhook.id));
        let mail = config.mail.iter().map(|_| MAIL.to_owned());
        webhooks.chain(mail).collect()
    }
}

fn endpoint(webhook: &Webhook) -> Result<Endpoint, ChannelError> {
    let setting = format!("webhook {:?}: secret_file", webhook.id);
    let path = &webhook.secret_file;
    let text = secret_file::line(&setting, path)?;
    let secret = Secret::parse(&text).ok_or_else(|| {
        let what = "whsec_ and base64 of 24 to 64 random bytes. To make one: \
                    (printf whsec_; openssl rand -base64 32) > FILE";
        secret_file::wrong(&setting, path, what)
    })?;
    Endpoint::new(webhook, secret).map_err(|error| ChannelError::Unusable {
        what: format!("webhook {:?}", webhook.id),
        reason: error.to_string(),
    })
}

fn load_mailer(mail: &Mail, issuer: &str) -> Result<Mailer, ChannelError> {
    let password = match &mail.user {
        Some((_, file)) => Some(secret_file::line("mail.password_file", file)?),
        None => None,
    };
    let authority = mail.authority.as_ref().map(|path| {
        std::fs::read(path).map_err(|source| ChannelError::Authority {
            path: path.clone(),
            source,
        })
    });
    let authority = authority.transpose()?;
    Mailer::new(mail, password, authority.as_deref(), issuer).map_err(|error| {
        ChannelError::Unusable {
            what: "the way to mail.server".to_owned(),
            reason: error.to_string(),
        }
    })
}

#[cfg(test)]
mod tests;
