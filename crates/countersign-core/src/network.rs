//! How the desktop's and the phone's networks compare, as far as addresses tell.

use std::net::{IpAddr, Ipv6Addr};

use crate::named::named;

named! {
    /// How two addresses stand to each other. May raise an approval level; lowers one only together
    /// with a proved, known key.
    pub enum Network {
        /// Equal IPv4 addresses, or one IPv6 /64.
        Same = "same",
        /// One IPv6 /56, which a provider gives to one household.
        Near = "near",
        /// Nothing is known; usual for phones on mobile data.
        Unknown = "unknown",
        /// Known to be far away: another country by the operator's database.
        Far = "far",
    }
}

impl Network {
    /// Compares the desktop's and the phone's address; an unknown one compares as unknown.
    pub fn between(desktop: Option<IpAddr>, phone: Option<IpAddr>) -> Self {
        match (desktop.map(plain), phone.map(plain)) {
            (Some(IpAddr::V4(a)), Some(IpAddr::V4(b))) if a == b => Self::Same,
            (Some(IpAddr::V6(a)), Some(IpAddr::V6(b))) if prefix(a, 64) == prefix(b, 64) => {
                Self::Same
            }
            (Some(IpAddr::V6(a)), Some(IpAddr::V6(b))) if prefix(a, 56) == prefix(b, 56) => {
                Self::Near
            }
            _ => Self::Unknown,
        }
    }
}

/// An IPv4 address that travels inside an IPv6 one is that IPv4 address.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn prefix(address: Ipv6Addr, bits: u32) -> u128 {
    address.to_bits() >> (128 - bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(desktop: &str, phone: &str) -> Network {
        Network::between(desktop.parse().ok(), phone.parse().ok())
    }

    #[test]
    fn networks_compare_as_the_protocol_says() {
        assert_eq!(compare("192.0.2.1", "192.0.2.1"), Network::Same);
        assert_eq!(compare("192.0.2.1", "192.0.2.2"), Network::Unknown);
        assert_eq!(compare("::ffff:192.0.2.1", "192.0.2.1"), Network::Same);
        assert_eq!(
            compare("2001:db8:1:100::1", "2001:db8:1:100::2"),
            Network::Same
        );
        assert_eq!(
            compare("2001:db8:1:100::1", "2001:db8:1:1ff::2"),
            Network::Near
        );
        assert_eq!(
            compare("2001:db8:1:100::1", "2001:db8:1:200::2"),
            Network::Unknown
        );
        assert_eq!(compare("2001:db8:1:100::1", "192.0.2.1"), Network::Unknown);
        assert_eq!(Network::between(None, None), Network::Unknown);
    }
}
