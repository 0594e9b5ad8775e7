//! How many connections one address may have open at once: each costs a descriptor, of which there are few.
//!
//! Owns the count. Knows no socket: who accepts connections asks here, and keeps what it gets as long as they last.

use std::net::IpAddr;

use crate::address::{Proxies, Reach};
use crate::rate::{Place, Places};

/// The open connections of all addresses.
#[derive(Debug, Clone)]
pub struct Connections {
    reach: Reach,
    places: Places,
}

/// One connection of an address, counted until this is dropped.
#[derive(Debug)]
pub struct Connection {
    _place: Place,
}

impl Connections {
    /// `most` for each IPv4 address or /64 of IPv6, and some times as many for larger networks. Trusted proxies may have any number, since all people come through
    /// them; so may every peer if it has to be some proxy, which it has unless peers speak to this server itself
    /// (`direct`).
    pub fn new(most: u32, proxies: Proxies, direct: bool) -> Self {
        Self {
            reach: Reach { proxies, direct },
            places: Places::new(most),
        }
    }

    /// Counts a new connection of `peer`; `None` when it has as many as it may.
    pub fn take(&self, peer: IpAddr) -> Option<Connection> {
        let place = self.places.take(self.reach.person(peer)).ok()?;
        Some(Connection { _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(connections: &Connections, peer: &str, times: usize) -> Vec<Option<Connection>> {
        let peer = peer.parse().unwrap();
        (0..times).map(|_| connections.take(peer)).collect()
    }

    fn trusting(proxies: &[&str], direct: bool) -> Connections {
        let proxies: Vec<String> = proxies.iter().map(|&text| text.to_owned()).collect();
        Connections::new(2, Proxies::parse(&proxies).unwrap(), direct)
    }

    #[test]
    fn an_address_has_so_many_until_one_of_them_ends() {
        let connections = trusting(&[], true);
        let mut held = taken(&connections, "192.0.2.1", 3);
        assert!(held[1].is_some() && held[2].is_none());
        assert!(taken(&connections, "::ffff:192.0.2.1", 1)[0].is_none());
        assert!(taken(&connections, "192.0.2.2", 1)[0].is_some());
        held.remove(0);
        assert!(taken(&connections, "192.0.2.1", 1)[0].is_some());
    }

    #[test]
    fn a_proxy_has_as_many_as_people_come_through_it() {
        let connections = trusting(&["10.0.0.1"], false);
        let all = |peer| taken(&connections, peer, 5).iter().all(Option::is_some);
        assert!(all("10.0.0.1") && !all("10.0.0.2"));
        let unknown = trusting(&[], false);
        assert!(taken(&unknown, "10.0.0.2", 5).iter().all(Option::is_some));
    }
}
