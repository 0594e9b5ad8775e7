//! The commands with which an operator lets people in, and takes back what should not be.

use std::path::PathBuf;

use clap::Args;
use countersign_core::ports::Network;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::AccountArgs;

pub(crate) const INVITE_NOTES: &str = "The link is a secret until it is used: who opens it first gets the account. \
For an account that is there already it is the way back in for somebody who has lost everything; accepting it ends \
whatever the account had, and nothing ends before that. A new invitation voids the one before.";

pub(crate) const REVOKE_NOTES: &str = "All that are given must hold, and at least one must be. It takes what the revoked \
devices made with them: passkeys, phones that they let approve, recovery codes. Try it with --dry-run first.\n\n\
countersign revoke --address 203.0.113.0/24 --since 2026-11-23T08:00Z --data DIR\n\
countersign revoke --account anna --role desktop --data DIR\n\
countersign revoke --key q8Vn… --data DIR";

/// `countersign account invite`
#[derive(Debug, Args)]
pub(crate) struct AccountInviteArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// Make an invitation that nobody accepted yet good for nothing
    #[arg(long, conflicts_with_all = ["display_name", "email", "days"])]
    pub(crate) withdraw: bool,
    /// The name to show, for a new account [default: the name to sign in with]
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: Option<String>,
    /// Where notices reach the person; the link itself is not mailed: pass it on yourself
    #[arg(long, value_name = "ADDR")]
    pub(crate) email: Option<String>,
    /// How many days the invitation is good
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=30))]
    pub(crate) days: u16,
    /// The server's address as browsers see it [default: the one with which it last ran on this data folder]
    #[arg(
        long,
        value_name = "URL",
        env = "COUNTERSIGN_ISSUER",
        hide_env_values = true
    )]
    pub(crate) issuer: Option<String>,
}

/// `countersign revoke`
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// Sign-ins of this account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// This one sign-in, by its grant's id
    #[arg(long, value_name = "ID")]
    pub(crate) grant: Option<String>,
    /// Sign-ins that this device holds
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<String>,
    /// Sign-ins bound to this key, by its thumbprint (RFC 7638)
    #[arg(long, value_name = "THUMBPRINT")]
    pub(crate) key: Option<String>,
    /// Sign-ins made from this address or network, such as 203.0.113.0/24
    #[arg(long, value_name = "ADDR[/BITS]", value_parser = network)]
    pub(crate) address: Option<Network>,
    /// Sign-ins made at this time or later: 2026-11-23, 2026-11-23T08:00Z, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<u64>,
    /// Sign-ins made before this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<u64>,
    /// Sign-ins of phones, or of desktops
    #[arg(long, value_name = "ROLE", value_parser = ["phone", "desktop"])]
    pub(crate) role: Option<String>,
    /// Say how many it would be, without the passkeys and phones that go with them, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
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

fn network(text: &str) -> Result<Network, String> {
    let wrong = || "expected an address or a network, such as 203.0.113.0/24".to_owned();
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let address: std::net::IpAddr = address.parse().map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    Network::with_prefix(address, bits.unwrap_or(most)).ok_or_else(wrong)
}

/// Seconds since 1970. A day begins at midnight in UTC, and seconds may be left out.
fn moment(text: &str) -> Result<u64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        17 => text.replace('Z', ":00Z"),
        _ => text.to_owned(),
    };
    let read = OffsetDateTime::parse(&whole, &Rfc3339).ok();
    read.and_then(|time| u64::try_from(time.unix_timestamp()).ok())
        .ok_or_else(|| {
            "expected a day, a time such as 2026-11-23T08:00Z, or seconds since 1970".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_operators_write_them() {
        assert_eq!(moment("1970-01-01"), Ok(0));
        assert_eq!(moment("2026-11-23"), Ok(1_795_392_000));
        assert_eq!(moment("2024-02-29T12:30Z"), Ok(1_709_209_800));
        assert_eq!(moment("2024-02-29T12:30:05Z"), Ok(1_709_209_805));
        assert_eq!(moment("1795392000"), Ok(1_795_392_000));
        for odd in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-23T08:00",
            "2026-11",
            "2026-02-30",
            "1969-12-31",
        ] {
            assert!(moment(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_network_is_an_address_with_bits_or_without() {
        assert!(network("203.0.113.0/24").is_ok());
        assert!(network("2001:db8::/32").is_ok());
        assert_eq!(network("203.0.113.7"), network("203.0.113.7/32"));
        for odd in ["", "203.0.113", "203.0.113.0/33", "x/8", "::/129"] {
            assert!(network(odd).is_err(), "{odd}");
        }
    }
}
