//! The command line: what can be asked, with which options, and what `--help` says.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help texts, read in a terminal"
)]

mod notices;
mod operator;
mod policy;
mod server;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::qr;

pub(crate) use notices::{MailCommand, MailTestArgs, WebhooksCommand, WebhooksTestArgs};
pub(crate) use operator::{AccountInviteArgs, RevokeArgs};
pub(crate) use policy::{CaseArgs, DesktopKind, Flag, PolicyCommand};
pub(crate) use server::{
    AccountAddArgs, AccountArgs, AccountCommand, AccountEmailArgs, AccountListArgs,
    AccountPasswordArgs, ConfigArgs, ConfigCommand, LanCertificateArgs, ServeArgs, SettingsArgs,
};

/// Where the server of this computer listens without further settings.
const LOCAL_ISSUER: &str = "http://localhost:8080";

const LOGIN_CODES: &str = "Exit codes: 0 signed in, 1 something went wrong, 2 called wrongly, 3 declined, 4 expired, 5 cancelled.\n\
Ctrl-C cancels the login. NO_COLOR is honoured.";

const APPROVE_CODES: &str = "Exit codes: 0 signed in there (with --deny: declined), 1 something went wrong, 2 called wrongly, \
3 declined, 4 expired, 5 cancelled on the desktop.\n\
The session is kept for the next time, in a file that only you can read.";

const COMPLETIONS_NOTES: &str = "bash: countersign completions bash > ~/.local/share/bash-completion/completions/countersign\n\
zsh:  countersign completions zsh > DIR/_countersign, for a DIR in $fpath\n\
fish: countersign completions fish > ~/.config/fish/completions/countersign.fish";

const MAN_NOTES: &str = "To read one: countersign man serve | man -l -";

#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    about = "Sign in by scanning a code: a server, and a desktop and a phone for the terminal"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    #[command(after_help = server::SERVE_NOTES)]
    Serve(ServeArgs),
    /// Look at the server's configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// See what a sign-in takes, and why
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Manage accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// Try the webhooks
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Try the way for mail
    #[command(subcommand)]
    Mail(MailCommand),
    /// End all sign-ins of a kind, over all accounts
    #[command(after_help = operator::REVOKE_NOTES)]
    Revoke(RevokeArgs),
    /// Be signed in here: show a code for a phone to scan
    #[command(after_help = LOGIN_CODES)]
    Login(LoginArgs),
    /// Be the phone: look at a login's code and approve or decline it
    #[command(after_help = APPROVE_CODES)]
    Approve(ApproveArgs),
    /// Draw and read QR codes
    #[command(subcommand)]
    Qr(QrCommand),
    /// Make a certificate for an address of a local network, and the authority that signs it
    #[command(after_help = server::LAN_NOTES)]
    LanCertificate(LanCertificateArgs),
    /// Print what completes these commands in a shell
    #[command(after_help = COMPLETIONS_NOTES)]
    Completions(CompletionsArgs),
    /// Print the manual page of the program or of one of its commands, as roff
    #[command(after_help = MAN_NOTES)]
    Man(ManArgs),
}

/// The command line, in which a complaint shows the same usage as the help: clap's own names only what is required,
/// so that it hides the options.
pub(crate) fn command() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    with_usage(command)
}

fn with_usage(mut command: clap::Command) -> clap::Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    command.override_usage(usage).mut_subcommands(with_usage)
}

impl Command {
    /// Whether a failure also goes to standard output, as JSON.
    pub(crate) fn prints_json(&self) -> bool {
        match self {
            Self::Serve(args) => args.json,
            Self::Config(ConfigCommand::Check(args) | ConfigCommand::Print(args)) => args.json,
            Self::Policy(PolicyCommand::Explain(args)) => args.json,
            Self::Account(command) => command.prints_json(),
            Self::Revoke(args) => args.json,
            Self::Webhooks(WebhooksCommand::Test(args)) => args.json,
            Self::Mail(MailCommand::Test(args)) => args.json,
            Self::LanCertificate(args) => args.json,
            Self::Login(args) => args.json,
            Self::Approve(args) => args.json,
            Self::Qr(QrCommand::Decode(args)) => args.json,
            Self::Qr(QrCommand::Encode(_)) | Self::Completions(_) | Self::Man(_) => false,
        }
    }
}

/// `countersign login`
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct LoginArgs {
    /// The server
    #[arg(long, value_name = "URL", env = "COUNTERSIGN_ISSUER", hide_env_values = true, default_value = LOCAL_ISSUER)]
    pub(crate) issuer: String,
    /// The client to sign in to
    #[arg(long, value_name = "ID", default_value = "demo")]
    pub(crate) client_id: String,
    /// What this computer calls itself [default: its host name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Ask for a phrase that you were told, which must then be typed on the phone too
    #[arg(long)]
    pub(crate) phrase: bool,
    /// Read that phrase from the first line of standard input instead of asking
    #[arg(long, conflicts_with = "phrase")]
    pub(crate) phrase_stdin: bool,
    /// Where the token goes; only you will be able to read it [default: in ~/.local/state/countersign]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// One JSON object per line on standard output for each state; the link is in "scan"
    #[arg(long)]
    pub(crate) json: bool,
    /// For terminals with dark text on a light ground, where NO_COLOR is set
    #[arg(long)]
    pub(crate) dark_text: bool,
}

/// `countersign approve`
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct ApproveArgs {
    /// A picture of the code, the link it says, or - for either on standard input
    #[arg(value_name = "IMAGE|LINK|-")]
    pub(crate) source: Option<String>,
    /// The server; must be the one that the code belongs to
    #[arg(
        long,
        value_name = "URL",
        env = "COUNTERSIGN_ISSUER",
        hide_env_values = true
    )]
    pub(crate) issuer: Option<String>,
    /// The account to approve with [default: the one used last]
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Read the password from the first line of standard input instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Read the phrase, where one is needed, from the next line of standard input instead of asking
    #[arg(long)]
    pub(crate) phrase_stdin: bool,
    /// Approve without asking: only for a login that you started yourself
    #[arg(long, conflicts_with = "deny")]
    pub(crate) yes: bool,
    /// Decline without asking
    #[arg(long)]
    pub(crate) deny: bool,
    /// Keep the other computer signed in for long
    #[arg(long, conflicts_with = "deny")]
    pub(crate) keep: bool,
    /// One JSON object per line on standard output for each state; the check code is in "check_code"
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QrCommand {
    /// Draw a QR code of any text or bytes, up to 2953 bytes
    Encode(EncodeArgs),
    /// Read the QR code in a picture (PNG, JPEG, WebP, GIF, BMP, PNM, TIFF)
    Decode(DecodeArgs),
}

/// `countersign qr encode`
#[derive(Debug, Args)]
pub(crate) struct EncodeArgs {
    /// The text, or - for standard input, byte for byte
    #[arg(
        value_name = "TEXT|-",
        required_unless_present = "file",
        conflicts_with = "file"
    )]
    pub(crate) text: Option<String>,
    /// A file whose bytes to draw
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// What to draw [default: by the name of the output, else terminal]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Where the drawing goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Error correction [default: M, or L for what only fits there]
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) ec: Option<ErrorCorrection>,
    /// Pixels per module of a PNG
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) scale: u32,
    /// For terminals with dark text on a light ground, where NO_COLOR is set
    #[arg(long)]
    pub(crate) dark_text: bool,
}

/// `countersign qr decode`
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// The picture, or - for standard input
    #[arg(value_name = "IMAGE|-", default_value = "-")]
    pub(crate) image: String,
    /// Where the bytes go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Give the text in UTF-8, whatever character set the code uses, instead of its bytes unchanged
    #[arg(long, conflicts_with = "json")]
    pub(crate) text: bool,
    /// Give {"text", "bytes"} with the bytes in base64url
    #[arg(long)]
    pub(crate) json: bool,
}

/// `countersign completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `countersign man`
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// A command, such as: account add
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Terminal,
    Svg,
    Png,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorCorrection {
    /// Survives 7 % damage; the most room
    #[value(name = "L")]
    L,
    /// 15 %
    #[value(name = "M")]
    M,
    /// 25 %
    #[value(name = "Q")]
    Q,
    /// 30 %
    #[value(name = "H")]
    H,
}

impl From<ErrorCorrection> for qr::Level {
    fn from(level: ErrorCorrection) -> Self {
        match level {
            ErrorCorrection::L => Self::L,
            ErrorCorrection::M => Self::M,
            ErrorCorrection::Q => Self::Q,
            ErrorCorrection::H => Self::H,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
