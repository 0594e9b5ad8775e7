//! Which addresses a webhook may be sent to, asked after each name was resolved and before anything connects: a name
//! that leads into this server's own network would let whoever owns it knock on doors that only we reach.
//!
//! Knows no URL and no request.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Who can be reached at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Anybody in the world.
    World,
    /// This computer, or a network of one's own.
    Own,
    /// Nobody who takes events: many at once, nobody, a neighbour without a router between (where clouds have their
    /// metadata), or what is reserved.
    Nobody,
}

/// An address that nothing is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct Refused {
    address: IpAddr,
    /// Whether `private = true` would allow it.
    own: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        if self.own {
            let more = "set private = true if it is meant to be";
            write!(f, "{address} is in a private network: {more}")
        } else {
            write!(f, "{address} is no address to send events to")
        }
    }
}

/// Whether events may go to `address`; `private` allows one's own networks.
pub(crate) fn check(address: IpAddr, private: bool) -> Result<(), Refused> {
    let own = match reach(address) {
        Reach::World => return Ok(()),
        Reach::Own if private => return Ok(()),
        Reach::Own => true,
        Reach::Nobody => false,
    };
    Err(Refused { address, own })
}

fn reach(address: IpAddr) -> Reach {
    match address.to_canonical() {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// By the IANA registry of special IPv4 addresses.
fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127 | 10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Own,
        [0 | 224.., ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Nobody,
        _ => Reach::World,
    }
}

/// By the IANA registry of special IPv6 addresses. The world is in `2000::/3`; addresses that hold an IPv4 address are
/// worth what that is.
fn reach_v6(address: Ipv6Addr) -> Reach {
    let [first, second, middle @ .., high, low] = address.segments();
    let inner = |high: u16, low: u16| {
        let [one, two] = high.to_be_bytes();
        let [three, four] = low.to_be_bytes();
        reach_v4(Ipv4Addr::new(one, two, three, four))
    };
    match (first, second) {
        _ if address.is_loopback() || address.is_unique_local() => Reach::Own,
        (0x64, 0xff9b) if middle == [0; 4] => inner(high, low),
        (0x2002, high) => inner(high, middle[0]),
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => Reach::Nobody,
        (0x2000..=0x3fff, _) => Reach::World,
        _ => Reach::Nobody,
    }
}

/// What a name resolves to.
type Resolved = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// The system's resolver with [`check`] behind it. One address that is refused refuses the name: whoever mixes them
/// in has something in mind.
pub(crate) struct Guard {
    private: bool,
    lookup: fn(String) -> Resolved,
}

impl Guard {
    pub(crate) fn new(private: bool) -> Self {
        let lookup = |name: String| -> Resolved {
            // The port is the caller's to set.
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        };
        Self { private, lookup }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (private, found) = (self.private, (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = found.await?;
            for address in &found {
                check(address.ip(), private)?;
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn only_the_world_is_sent_to_unless_a_webhook_is_private() {
        let world = "1.1.1.1 8.8.8.8 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 192.0.1.1 198.17.0.1 223.255.255.255 \
                     2606:4700::1111 2a00::1 ::ffff:1.1.1.1 64:ff9b::101:101 2002:101:101::1";
        let own = "127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 ::1 \
                   fc00::1 fd12:3456::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:7f00:1::1";
        let nobody = "0.0.0.0 0.1.2.3 169.254.169.254 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.0.0.1 192.0.2.1 \
                      192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 :: fe80::1 fec0::1 ff02::1 2001::1 2001:db8::1 \
                      3fff::1 ::7f00:1 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:a9fe:a9fe::1 100::1 \
                      5f00::1";
        for (addresses, open, private) in [
            (world, true, true),
            (own, false, true),
            (nobody, false, false),
        ] {
            for address in addresses.split_whitespace() {
                let address = address.parse().unwrap();
                assert_eq!(check(address, false).is_ok(), open, "{address}");
                assert_eq!(check(address, true).is_ok(), private, "{address}");
            }
        }
    }

    fn answer(addresses: &'static [&'static str]) -> Resolved {
        let sockets = addresses
            .iter()
            .map(|address| SocketAddr::new(address.parse().unwrap(), 0));
        Box::pin(std::future::ready(Ok(sockets.collect())))
    }

    async fn resolved(lookup: fn(String) -> Resolved) -> Result<usize, String> {
        let guard = Guard {
            private: false,
            lookup,
        };
        let found = guard.resolve("hooks.example".parse().unwrap()).await;
        found
            .map(Iterator::count)
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn one_bad_address_refuses_the_name() {
        assert_eq!(
            resolved(|_| answer(&["1.1.1.1", "2606:4700::1"])).await,
            Ok(2)
        );
        let said = resolved(|_| answer(&["1.1.1.1", "10.0.0.7"])).await;
        assert!(
            said.unwrap_err()
                .starts_with("10.0.0.7 is in a private network")
        );
    }

    #[tokio::test]
    async fn a_name_that_changes_after_it_was_looked_at_is_looked_at_again() {
        static REBOUND: AtomicBool = AtomicBool::new(false);
        let lookup = |_| {
            if REBOUND.swap(true, Ordering::SeqCst) {
                answer(&["169.254.169.254"])
            } else {
                answer(&["1.1.1.1"])
            }
        };
        assert_eq!(resolved(lookup).await, Ok(1));
        assert!(resolved(lookup).await.is_err());
    }
}
