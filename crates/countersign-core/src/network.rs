//! How the desktop's and the phone's networks compare, as far as addresses and databases tell.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use crate::named::named;

named! {
    /// How two addresses stand to each other, from closest to farthest. May raise an approval
    /// level; lowers one only together with a proved, known key.
    pub enum Network {
        /// Equal IPv4 addresses, or one IPv6 /64, and no exit that strangers share.
        Same = "same",
        /// One IPv6 /56, which a provider gives to one household, or one network of the operator's.
        Near = "near",
        /// Nothing is known; usual for phones on mobile data.
        Unknown = "unknown",
        /// Another country by the operator's database, or one side is at a hoster or anonymizer.
        Far = "far",
    }
}

/// Where an address is, by the operator's database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The country: two letters of ISO 3166-1.
    pub country: String,
    /// The region's name.
    pub region: Option<String>,
    /// The continent: two letters, as databases name them.
    pub continent: Option<String>,
}

/// One side, as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Its address.
    pub address: Option<IpAddr>,
    /// Where that is.
    pub place: Option<Place>,
    /// Whether it belongs to a hoster, an anonymizer or Tor.
    pub hosting: bool,
}

/// What the operator knows of networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Networks of the operator's own: two addresses in one of them are near.
    pub near: Vec<IpNet>,
    /// Exits that strangers share: an equal address tells nothing there.
    pub shared_exits: Vec<IpNet>,
}

impl Known {
    /// Compares the desktop's side with the phone's; what is unknown compares as unknown.
    ///
    /// What is equal is judged before what a database says: databases err, equal addresses don't.
    pub fn between(&self, desktop: &Side, phone: &Side) -> Network {
        let (Some(a), Some(b)) = (plain(desktop), plain(phone)) else {
            return Network::Unknown;
        };
        let hosting = desktop.hosting || phone.hosting;
        if equal(a, b) {
            let shared = hosting || within(&self.shared_exits, &[a]);
            return if shared {
                Network::Unknown
            } else {
                Network::Same
            };
        }
        if self
            .near
            .iter()
            .any(|own| own.contains(&a) && own.contains(&b))
        {
            return Network::Near;
        }
        if one_household(a, b) && !hosting {
            return Network::Near;
        }
        if hosting || abroad(desktop.place.as_ref(), phone.place.as_ref()) {
            return Network::Far;
        }
        Network::Unknown
    }

    /// Whether a device that was seen at `before` is somewhere else `now`. Nobody knows of an
    /// address that is not known; of one of the other family it must be assumed.
    pub fn moved(&self, before: Option<IpAddr>, now: Option<IpAddr>) -> bool {
        let (Some(a), Some(b)) = (before, now) else {
            return false;
        };
        let (a, b) = (a.to_canonical(), b.to_canonical());
        let together = |own: &IpNet| own.contains(&a) && own.contains(&b);
        !equal(a, b) && !one_household(a, b) && !self.near.iter().any(together)
    }
}

/// The side's address; one of IPv4 that travels inside IPv6 is that IPv4 address.
fn plain(side: &Side) -> Option<IpAddr> {
    side.address.map(|address| address.to_canonical())
}

fn equal(a: IpAddr, b: IpAddr) -> bool {
    match (a, b) {
        (IpAddr::V6(a), IpAddr::V6(b)) => prefix(a, 64) == prefix(b, 64),
        _ => a == b,
    }
}

fn one_household(a: IpAddr, b: IpAddr) -> bool {
    matches!((a, b), (IpAddr::V6(a), IpAddr::V6(b)) if prefix(a, 56) == prefix(b, 56))
}

fn abroad(a: Option<&Place>, b: Option<&Place>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.country != b.country)
}

fn within(networks: &[IpNet], addresses: &[IpAddr]) -> bool {
    let holds = |network: &IpNet| addresses.iter().any(|address| network.contains(address));
    networks.iter().any(holds)
}

fn prefix(address: Ipv6Addr, bits: u32) -> u128 {
    address.to_bits() >> (128 - bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(address: &str) -> Side {
        Side {
            address: address.parse().ok(),
            ..Side::default()
        }
    }

    fn at(address: &str, country: &str) -> Side {
        Side {
            place: Some(Place {
                country: country.to_owned(),
                region: None,
                continent: None,
            }),
            ..side(address)
        }
    }

    fn compare(desktop: &str, phone: &str) -> Network {
        Known::default().between(&side(desktop), &side(phone))
    }

    #[test]
    fn addresses_compare_as_the_protocol_says() {
        assert_eq!(compare("192.0.2.1", "192.0.2.1"), Network::Same);
        assert_eq!(compare("192.0.2.1", "192.0.2.2"), Network::Unknown);
        assert_eq!(compare("::ffff:192.0.2.1", "192.0.2.1"), Network::Same);
        let (home, guest, next) = (
            "2001:db8:1:100::1",
            "2001:db8:1:1ff::2",
            "2001:db8:1:200::2",
        );
        assert_eq!(compare(home, "2001:db8:1:100::2"), Network::Same);
        assert_eq!(compare(home, guest), Network::Near);
        assert_eq!(compare(home, next), Network::Unknown);
        assert_eq!(compare(home, "192.0.2.1"), Network::Unknown);
        assert_eq!(compare("", ""), Network::Unknown);
    }

    #[test]
    fn a_shared_exit_makes_strangers_of_neighbours() {
        let known = Known {
            shared_exits: vec!["192.0.2.0/28".parse().unwrap()],
            ..Known::default()
        };
        let between = |a: &str, b: &str| known.between(&side(a), &side(b));
        assert_eq!(between("192.0.2.1", "192.0.2.1"), Network::Unknown);
        assert_eq!(between("192.0.2.16", "192.0.2.16"), Network::Same);
        let tor = Side {
            hosting: true,
            ..side("198.51.100.1")
        };
        let together = Known::default().between(&tor, &tor);
        assert_eq!(together, Network::Unknown, "two behind one anonymizer");
    }

    #[test]
    fn the_operator_says_what_is_near() {
        let known = Known {
            near: vec![
                "10.0.0.0/8".parse().unwrap(),
                "2001:db8:ff::/48".parse().unwrap(),
            ],
            ..Known::default()
        };
        let between = |a: &Side, b: &Side| known.between(a, b);
        assert_eq!(between(&side("10.1.1.1"), &side("10.2.2.2")), Network::Near);
        assert_eq!(
            between(&side("10.1.1.1"), &side("2001:db8:ff::1")),
            Network::Unknown,
            "two networks are not one"
        );
        // Its own word weighs more than a database's.
        let abroad = between(&at("10.1.1.1", "DE"), &at("10.2.2.2", "FR"));
        assert_eq!(abroad, Network::Near);
    }

    #[test]
    fn far_is_another_country_or_a_hoster() {
        let between = |a: &Side, b: &Side| Known::default().between(a, b);
        let (here, abroad) = (at("192.0.2.1", "DE"), at("198.51.100.1", "FR"));
        assert_eq!(between(&here, &abroad), Network::Far);
        assert_eq!(between(&here, &at("198.51.100.1", "DE")), Network::Unknown);
        assert_eq!(between(&here, &side("198.51.100.1")), Network::Unknown);
        assert_eq!(
            between(&at("192.0.2.1", "FR"), &here),
            Network::Same,
            "a database that contradicts itself"
        );
        let hosted = Side {
            hosting: true,
            ..at("203.0.113.1", "DE")
        };
        assert_eq!(between(&hosted, &here), Network::Far);
        assert_eq!(between(&here, &hosted), Network::Far);
        let (one, other) = ("2001:db8:1:100::1", "2001:db8:1:101::1");
        let neighbour = Side {
            hosting: true,
            ..side(other)
        };
        let rented = between(&side(one), &neighbour);
        assert_eq!(rented, Network::Far, "a hoster's /56 is no household");
    }

    #[test]
    fn a_device_moves_when_its_network_is_another_one() {
        let known = Known {
            near: vec!["10.0.0.0/8".parse().unwrap()],
            ..Known::default()
        };
        let moved = |a: &str, b: &str| known.moved(a.parse().ok(), b.parse().ok());
        assert!(!moved("192.0.2.1", "192.0.2.1"));
        assert!(!moved("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!moved("10.1.1.1", "10.2.2.2"));
        assert!(!moved("2001:db8:1:100::1", "2001:db8:1:1ff::9"));
        assert!(!moved("192.0.2.1", ""), "not known");
        assert!(moved("192.0.2.1", "192.0.2.2"));
        assert!(moved("2001:db8:1:100::1", "2001:db8:1:200::1"));
        assert!(moved("2001:db8::1", "192.0.2.1"), "the other family");
    }
}
