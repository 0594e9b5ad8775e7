//! Counting at one moment: how many waits, or connections, each address has open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::TooOften;
use super::network::Network;
use crate::limits::BUSY_RETRY_SECONDS;

/// What all addresses have open. An address without any is forgotten, and of all waits there are never more than
/// [`crate::limits::WAITS_AT_ONCE`], of connections never more than descriptors, so this stays small.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    most: u32,
    taken: Arc<Mutex<HashMap<Network, u32>>>,
}

/// A place that is held until this is dropped. Who comes from nowhere known holds none.
#[derive(Debug)]
pub(crate) struct Place(Option<(Places, IpAddr)>);

impl Places {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// Takes a place of this address. The wider networks that it is part of have more, but not without end.
    ///
    /// # Errors
    /// It has as many open as it may.
    pub(crate) fn take(&self, address: Option<IpAddr>) -> Result<Place, TooOften> {
        let Some(address) = address else {
            return Ok(Place(None));
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        for (network, share) in Network::all(address) {
            if taken.get(&network).copied().unwrap_or(0) >= self.most.saturating_mul(share) {
                return Err(TooOften(BUSY_RETRY_SECONDS));
            }
        }
        for (network, _) in Network::all(address) {
            *taken.entry(network).or_default() += 1;
        }
        Ok(Place(Some((self.clone(), address))))
    }

    fn give_back(&self, address: IpAddr) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        for (network, _) in Network::all(address) {
            if let Some(count) = taken.get_mut(&network) {
                *count -= 1;
                if *count == 0 {
                    taken.remove(&network);
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((places, address)) = self.0.take() {
            places.give_back(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn an_address_has_so_many_places_and_each_comes_back_once() {
        let places = Places::new(2);
        let here = ip("192.0.2.1");
        let (first, _second) = (places.take(here).unwrap(), places.take(here).unwrap());
        assert_eq!(places.take(here).unwrap_err(), TooOften(1));
        assert!(places.take(ip("192.0.2.2")).is_ok());
        drop(first);
        assert!(places.take(here).is_ok());
    }

    #[test]
    fn one_network_of_ipv6_is_one_address_and_the_unknown_is_none() {
        let places = Places::new(1);
        let _here = places.take(ip("2001:db8::1")).unwrap();
        assert!(places.take(ip("2001:db8::ffff:1")).is_err());
        assert!(places.take(ip("2001:db8:0:1::1")).is_ok());
        let unknown: Vec<_> = (0..10).map(|_| places.take(None)).collect();
        assert!(unknown.iter().all(Result::is_ok));
    }

    #[test]
    fn a_large_network_is_no_crowd() {
        let places = Places::new(1);
        let open = |address: &dyn Fn(u16) -> [u16; 4]| -> Vec<_> {
            (0..300)
                .map(address)
                .filter_map(|[a, b, c, d]| {
                    let address = std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 1);
                    places.take(Some(address.into())).ok()
                })
                .collect()
        };
        assert_eq!(open(&|n| [0x2001, 0xdb8, 0, n & 0xff]).len(), 4, "a /56");
        assert_eq!(open(&|n| [0x2001, 0xdb8, 0, n << 8]).len(), 16, "a /48");
        assert_eq!(open(&|n| [0x2001, 0xdb8, n, 0]).len(), 300);
        assert!(places.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn who_has_no_wait_open_is_forgotten() {
        let places = Places::new(1);
        for n in 0..10_000u32 {
            drop(places.take(Some(IpAddr::from(n.to_be_bytes()))).unwrap());
        }
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
