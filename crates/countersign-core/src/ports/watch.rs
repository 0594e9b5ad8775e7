//! What detectors and operators ask of the store, over all accounts.

use std::net::{IpAddr, Ipv6Addr};

use async_trait::async_trait;

use crate::audit::Entry;
use crate::grant::Role;
use crate::ids::{AccountId, ClientId, DeviceId, GrantId, Thumbprint};
use crate::time::Timestamp;

use super::StoreError;

/// A range of addresses, an IPv4 one as the IPv6 range in which it travels (RFC 4291 §2.5.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The first address.
    pub first: Ipv6Addr,
    /// The last one.
    pub last: Ipv6Addr,
}

impl Network {
    /// The network of `address` that counts as one party: the IPv4 address, or the IPv6 /64.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(four) => {
                let one = four.to_ipv6_mapped();
                Self {
                    first: one,
                    last: one,
                }
            }
            IpAddr::V6(six) => Self {
                first: Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)),
                last: Ipv6Addr::from_bits(six.to_bits() | u128::from(u64::MAX)),
            },
        }
    }

    /// The network with the first `bits` bits of `address`; `None` for more bits than it has.
    pub fn with_prefix(address: IpAddr, bits: u8) -> Option<Self> {
        let (six, bits, most) = match address {
            IpAddr::V4(four) => (four.to_ipv6_mapped(), u32::from(bits) + 96, 32 + 96),
            IpAddr::V6(six) => (six, u32::from(bits), 128),
        };
        let host = u128::MAX.checked_shr(bits).unwrap_or(0);
        (bits <= most).then(|| Self {
            first: Ipv6Addr::from_bits(six.to_bits() & !host),
            last: Ipv6Addr::from_bits(six.to_bits() | host),
        })
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match IpAddr::V6(self.first).to_canonical() {
            IpAddr::V4(four) => write!(f, "{four}"),
            IpAddr::V6(six) => write!(f, "{six}/64"),
        }
    }
}

/// Which grants are meant: those for which every part that is given holds. Without any, none is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// This one.
    pub grant: Option<GrantId>,
    /// Held by this device.
    pub device: Option<DeviceId>,
    /// Bound to this key.
    pub key: Option<Thumbprint>,
    /// Made from an address in this network.
    pub network: Option<Network>,
    /// Made at this time or later.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
    /// Of this role.
    pub role: Option<Role>,
    /// Every one but this.
    pub but: Option<GrantId>,
}

impl Filter {
    /// Whether it names anything beside an account and what to spare: what matches everything is nobody's wish.
    pub fn names_something(&self) -> bool {
        self.grant.is_some()
            || self.device.is_some()
            || self.key.is_some()
            || self.network.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || self.role.is_some()
    }
}

/// How many accounts a desktop asked lately: counted up to the threshold, no further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Distinct accounts that claimed a login of this key, as far as it was proved: a key that is only named is
    /// anybody's to name.
    pub by_key: u32,
    /// Distinct accounts that claimed a login from this network.
    pub by_network: u32,
}

/// What detectors ask. Each question is answered from an index, within a window and up to a threshold.
#[async_trait]
pub trait Watch: Send + Sync {
    /// How many accounts claimed logins of `key`, and of those from `network`, after `since`.
    async fn asked(
        &self,
        key: &Thumbprint,
        network: Option<Network>,
        since: Timestamp,
    ) -> Result<Asked, StoreError>;

    /// How many logins of `client`, or from `network`, whichever is more, were denied after `since`.
    async fn denied(
        &self,
        client: &ClientId,
        network: Option<Network>,
        since: Timestamp,
    ) -> Result<u32, StoreError>;

    /// Writes an alert, unless one with the same detail and subject about the same account was written after
    /// `quiet_since`; says whether.
    async fn alert(&self, entry: Entry, quiet_since: Timestamp) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_both_kinds_are_ranges() {
        let four = Network::of("192.0.2.7".parse().unwrap());
        assert_eq!(
            (four.first, four.to_string()),
            (four.last, "192.0.2.7".to_owned())
        );
        let six = Network::of("2001:db8:1:2:3::4".parse().unwrap());
        assert_eq!(six.to_string(), "2001:db8:1:2::/64");
        let wide = Network::with_prefix("192.0.2.7".parse().unwrap(), 24).unwrap();
        assert!(wide.first < four.first && four.last < wide.last);
        assert_eq!(Network::with_prefix("192.0.2.7".parse().unwrap(), 33), None);
        assert!(Network::with_prefix("::".parse().unwrap(), 0).is_some());
        assert_eq!(Network::with_prefix("::".parse().unwrap(), 129), None);
    }
}
