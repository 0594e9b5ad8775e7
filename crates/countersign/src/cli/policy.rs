//! The command line of `countersign policy`.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help texts, read in a terminal"
)]

use std::net::IpAddr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use countersign_core::network::Network;
use countersign_core::opened_by::OpenedBy;

use super::SettingsArgs;

pub(super) const EXPLAIN_NOTES: &str = "Without circumstances it says what each client's settings mean, and what a sign-in \
takes by who asks, from where, and how the code reached the phone. With any of them it says what this one sign-in would \
take, each reason, the setting that decides, and what would make it stricter or laxer.\n\n\
countersign policy explain shop --desktop new --network far --config FILE";

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Say in words what a sign-in takes and which setting decides it
    #[command(after_help = EXPLAIN_NOTES)]
    Explain(ExplainArgs),
}

/// `countersign policy explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The client [default: all of them]
    #[arg(value_name = "CLIENT")]
    pub(crate) client: Option<String>,
    #[command(flatten)]
    pub(crate) case: CaseArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The circumstances of one sign-in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Circumstances")]
pub(crate) struct CaseArgs {
    /// What the desktop is; several with commas between them [default: new]
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub(crate) desktop: Vec<DesktopKind>,
    /// How far apart desktop and phone are [default: unknown]
    #[arg(long, value_name = "HOW", value_parser = network(), conflicts_with_all = ["desktop_address", "phone_address"])]
    pub(crate) network: Option<Network>,
    /// The desktop's address, to be compared by the lists and databases in force
    #[arg(long, value_name = "IP")]
    pub(crate) desktop_address: Option<IpAddr>,
    /// The phone's address, likewise
    #[arg(long, value_name = "IP")]
    pub(crate) phone_address: Option<IpAddr>,
    /// How the code reached the phone [default: scanner]
    #[arg(long, value_name = "HOW", value_parser = opened_by())]
    pub(crate) opened_by: Option<OpenedBy>,
    /// What is odd about the desktop; may be given again
    #[arg(long, value_enum, value_name = "FLAG", value_delimiter = ',')]
    pub(crate) flag: Vec<Flag>,
    /// How many other accounts scanned the code [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) strangers: Option<u8>,
    /// The account that scans has no passkey
    #[arg(long)]
    pub(crate) no_passkey: bool,
    /// The login was begun for another account than the one that scans
    #[arg(long)]
    pub(crate) other_account: bool,
    /// The login is to add a passkey to the account
    #[arg(long)]
    pub(crate) add_passkey: bool,
}

/// What a desktop is to the account and the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DesktopKind {
    /// This account never signed in there
    New,
    /// This account signed in there before
    Known,
    /// Its key is one of registered_desktops
    Registered,
    /// It only named its key, and proved it with nothing
    Unproved,
}

/// What is odd about a desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Flag {
    /// It asked several accounts lately
    ManyAccounts,
    /// Its network changed since it showed the code
    DesktopMoved,
}

impl CaseArgs {
    /// Whether none is given.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            desktop,
            network,
            desktop_address,
            phone_address,
            opened_by,
            flag,
            strangers,
            no_passkey,
            other_account,
            add_passkey,
        } = self;
        desktop.is_empty()
            && flag.is_empty()
            && network.is_none()
            && desktop_address.is_none()
            && phone_address.is_none()
            && opened_by.is_none()
            && strangers.is_none()
            && !(*no_passkey || *other_account || *add_passkey)
    }
}

fn network() -> impl TypedValueParser<Value = Network> {
    let names = Network::ALL.iter().map(|network| network.name());
    let parse = |name: String| Network::parse(&name).ok_or("no such network");
    PossibleValuesParser::new(names).try_map(parse)
}

fn opened_by() -> impl TypedValueParser<Value = OpenedBy> {
    let names = OpenedBy::ALL.iter().map(|how| how.name());
    let parse = |name: String| OpenedBy::parse(&name).ok_or("no such way");
    PossibleValuesParser::new(names).try_map(parse)
}
