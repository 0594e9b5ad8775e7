//! Which addresses count as one caller, and which callers as one larger party.

use std::net::IpAddr;

/// A network: an IPv4 address, or so many bits of an IPv6 one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Network {
    V4(u32),
    V6 { bits: u64, prefix: u8 },
}

/// The networks of IPv6 that are counted, widest first, and how many callers' worth each has. Providers give a
/// household between a /64 and a /56 and a company up to a /48. With budgets for the /64 alone, whoever has a /48
/// would be 65,536 callers; with one for the /48 alone, a company would be one person. So each step gets four times
/// more: the /48 sixteen callers' worth, far less than the hundred that all callers together have.
const WIDTHS: [(u8, u32); 3] = [(48, 16), (56, 4), (64, 1)];

impl Network {
    /// One caller: an IPv4 address, or the /64 of an IPv6 one. Every household has at least that, so its other bits
    /// are the caller's to choose.
    pub(super) fn of(address: IpAddr) -> Self {
        Self::wide(address, 64)
    }

    /// The largest party that counts as one: an IPv4 address, or the /48 of an IPv6 one.
    pub(super) fn widest(address: IpAddr) -> Self {
        Self::wide(address, 48)
    }

    /// All that this address is counted with, widest first, and how many callers' worth each has. Widest first, so
    /// that the many small networks of one that has spent its share are not even remembered.
    pub(super) fn all(address: IpAddr) -> impl Iterator<Item = (Self, u32)> {
        let widths = match address.to_canonical() {
            IpAddr::V4(_) => WIDTHS.get(2..).unwrap_or_default(),
            IpAddr::V6(_) => &WIDTHS,
        };
        widths
            .iter()
            .map(move |&(prefix, share)| (Self::wide(address, prefix), share))
    }

    fn wide(address: IpAddr, prefix: u8) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments().map(u64::from);
                let bits = a << 48 | b << 32 | c << 16 | d;
                let bits = bits >> (64 - prefix);
                Self::V6 { bits, prefix }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Network {
        Network::of(text.parse().unwrap())
    }

    fn all(text: &str) -> Vec<(Network, u32)> {
        Network::all(text.parse().unwrap()).collect()
    }

    #[test]
    fn a_household_is_one_caller_and_a_neighbour_another() {
        assert_eq!(
            of("2001:db8:0:1::1"),
            of("2001:db8:0:1:ffff:ffff:ffff:ffff")
        );
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn what_two_addresses_share_is_counted_together() {
        let shared = |one, other| {
            let others = all(other);
            let both = all(one).into_iter().filter(|each| others.contains(each));
            both.map(|(_, share)| share).collect::<Vec<_>>()
        };
        assert_eq!(shared("2001:db8:0:1::1", "2001:db8:0:1::2"), [16, 4, 1]);
        assert_eq!(shared("2001:db8:0:1::1", "2001:db8:0:ff::1"), [16, 4]);
        assert_eq!(shared("2001:db8:0:1::1", "2001:db8:0:100::1"), [16]);
        assert!(shared("2001:db8:0:1::1", "2001:db8:1:1::1").is_empty());
        assert_eq!(shared("192.0.2.1", "::ffff:192.0.2.1"), [1]);
        assert!(shared("192.0.2.1", "192.0.2.2").is_empty());
        assert_eq!(all("2001:db8::1").last(), Some(&(of("2001:db8::1"), 1)));
    }
}
