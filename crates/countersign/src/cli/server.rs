//! The commands for whoever runs a server.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help texts, read in a terminal"
)]

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) const SERVE_NOTES: &str = "With an empty data folder it starts by itself. It prints one line when it listens, and logs to \
standard error (COUNTERSIGN_LOG=debug says more). SIGTERM or Ctrl-C ends it: open streams are told, running requests \
finish.\n\n\
Each setting can be in the file and in the environment (COUNTERSIGN_LIMITS__SCANS=60); these options go before both. \
`countersign config print` shows them all, with where each came from.";

pub(crate) const LAN_NOTES: &str = "For trying Countersign with a phone in the same network, where no public authority \
gives certificates. Phones that install the authority trust it for private addresses and this one only; its key stays in the folder, \
for its owner alone. Run again, it makes a new certificate only when the address has changed or the old one is about to \
expire.";

/// What decides how a server runs.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// Folder for the database and the keys; made if it is not there [default: countersign-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// The server's own address as browsers see it, such as <https://login.example>
    /// [default: localhost and the port, when it listens on this computer only]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Configuration file (TOML) [default: what COUNTERSIGN_CONFIG names]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// `countersign serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// The line on standard output as JSON: {"listening", "issuer"}
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check everything that serve would check, without starting anything
    Check(ConfigArgs),
    /// Print the settings in force as a configuration file, each with where it came from
    Print(ConfigArgs),
}

/// `countersign config check` and `print`
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add an account
    Add(AccountAddArgs),
    /// Invite somebody: print a link that gives an account its password or passkey and its first phone
    #[command(after_help = super::operator::INVITE_NOTES)]
    Invite(super::AccountInviteArgs),
    /// List all accounts
    List(AccountListArgs),
    /// Lock an account, as its owner can in an emergency: it is signed out everywhere and can't sign in
    Lock(AccountArgs),
    /// Unlock an account that its owner or an administrator has locked
    Unlock(AccountArgs),
    /// Take an account out of use: it is signed out everywhere and can't sign in
    Disable(AccountArgs),
    /// Take an account into use again
    Enable(AccountArgs),
    /// Set a new password; the account is signed out everywhere. Its next phone waits a day before it may approve, and
    /// one that comes by `account invite` does not
    Password(AccountPasswordArgs),
    /// End all sessions of an account
    SignOut(AccountArgs),
    /// Say where mail about an account goes
    Email(AccountEmailArgs),
}

impl AccountCommand {
    pub(super) fn prints_json(&self) -> bool {
        match self {
            Self::Add(args) => args.account.json,
            Self::Invite(args) => args.account.json,
            Self::List(args) => args.json,
            Self::Password(args) => args.account.json,
            Self::Email(args) => args.account.json,
            Self::Lock(args)
            | Self::Unlock(args)
            | Self::Disable(args)
            | Self::Enable(args)
            | Self::SignOut(args) => args.json,
        }
    }
}

/// Which account, and where.
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    /// The name to sign in with
    pub(crate) name: String,
    /// The server's data folder; the server may be running
    #[arg(
        long,
        value_name = "DIR",
        env = "COUNTERSIGN_DATA",
        hide_env_values = true
    )]
    pub(crate) data: PathBuf,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `countersign account list`
#[derive(Debug, Args)]
pub(crate) struct AccountListArgs {
    /// The server's data folder; the server may be running
    #[arg(
        long,
        value_name = "DIR",
        env = "COUNTERSIGN_DATA",
        hide_env_values = true
    )]
    pub(crate) data: PathBuf,
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// `countersign account add`
#[derive(Debug, Args)]
pub(crate) struct AccountAddArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// The name to show [default: the name to sign in with]
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: Option<String>,
    /// Where mail about the account goes
    #[arg(long, value_name = "ADDR")]
    pub(crate) email: Option<String>,
    /// Read the password from the first line of standard input instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `countersign account email`
#[derive(Debug, Args)]
pub(crate) struct AccountEmailArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// The address
    #[arg(value_name = "ADDR", required_unless_present = "none")]
    pub(crate) email: Option<String>,
    /// Send no mail any more
    #[arg(long, conflicts_with = "email")]
    pub(crate) none: bool,
}

/// `countersign account password`
#[derive(Debug, Args)]
pub(crate) struct AccountPasswordArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// Read the password from the first line of standard input instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `countersign lan-certificate`
#[derive(Debug, Args)]
pub(crate) struct LanCertificateArgs {
    /// Folder for the authority and the certificate; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// This computer's address in the local network
    #[arg(long, value_name = "IP")]
    pub(crate) address: IpAddr,
    /// The result as JSON: {"certificate", "key", "authority", "fingerprint"}
    #[arg(long)]
    pub(crate) json: bool,
}
