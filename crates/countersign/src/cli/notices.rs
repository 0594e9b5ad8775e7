//! The commands that try the ways on which people and systems are told.

use clap::{Args, Subcommand};

use super::SettingsArgs;

const WEBHOOKS_NOTES: &str = "Exit codes: 0 all took it (an answer of 2xx), 1 one did not, 2 called wrongly or misconfigured.\n\
The server need not run. The event's type is webhook.test; what webhooks say is in docs/webhooks.md.";

#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Send a test event and say what came back
    #[command(after_help = WEBHOOKS_NOTES)]
    Test(WebhooksTestArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Send a test mail
    Test(MailTestArgs),
}

/// `countersign webhooks test`
#[derive(Debug, Args)]
pub(crate) struct WebhooksTestArgs {
    /// The webhook [default: all of them]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// One JSON object per line: {"webhook", "ok", "status", "body"} or {"webhook", "ok", "reason"}
    #[arg(long)]
    pub(crate) json: bool,
}

/// `countersign mail test`
#[derive(Debug, Args)]
pub(crate) struct MailTestArgs {
    /// Where to send it
    #[arg(value_name = "ADDR")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
