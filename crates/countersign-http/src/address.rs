//! Where a request comes from: the peer, or what trusted proxies say of it.
//!
//! Owns the reading of `X-Forwarded-For`, the only header that is asked, and only when the peer is one of our own
//! proxies. `None` means that nobody we trust knows: then no limit by address applies, and networks compare as
//! unknown. Guessing would be worse: a proxy taken for the caller puts everybody into one network.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::limits::FORWARDED_MAX;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// Why a text names no proxy that could be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Neither an address nor a network.
    #[error("{0:?} is no address and no network such as 10.0.0.0/8 or ::1")]
    NotANetwork(String),
    /// All addresses there are.
    #[error("{0:?} would trust everybody, so that anybody could choose an address")]
    Everybody(String),
    /// More addresses than anybody's proxies have.
    #[error(
        "{0:?} is too much of the world: no network wider than /8, or /16 of IPv6, can be all one's own"
    )]
    TooWide(String),
    /// IPv4 in the clothes of IPv6, as no peer is ever known.
    #[error("{0:?} is a network of IPv4: write it as one, such as 10.0.0.0/8")]
    Mapped(String),
}

impl Proxies {
    /// Reads addresses and networks in CIDR form.
    pub fn parse(texts: &[String]) -> Result<Self, ProxyError> {
        texts
            .iter()
            .map(|text| network(text))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Walks `X-Forwarded-For` from the right, where our own proxies write, to the first address that is not theirs.
    ///
    /// `None` when there is none, when an entry on the way is no address, or when the chain is longer than any of
    /// ours. What stands further left is whatever the caller liked to send.
    fn caller(&self, headers: &HeaderMap) -> Option<IpAddr> {
        // Several lines are one list, in their order (RFC 9110 §5.3).
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let entries = lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
        for entry in entries.take(FORWARDED_MAX) {
            let address = entry_address(std::str::from_utf8(entry).ok()?)?;
            if !self.trust(address) {
                return Some(address);
            }
        }
        None
    }
}

/// How this server is reached, as far as addresses are concerned.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) proxies: Proxies,
    /// Whether peers speak to this server itself: its issuer is plain `http`, or it has a certificate of its own.
    pub(crate) direct: bool,
}

impl Reach {
    /// The caller's address: the peer's, unless the peer is a trusted proxy; then what that one says.
    ///
    /// Behind an `https` issuer without TLS of its own every peer is some proxy. If none is named as trusted, nobody
    /// knows who calls.
    pub(crate) fn caller(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer?;
        if self.proxies.trust(peer.to_canonical()) {
            self.proxies.caller(headers)
        } else {
            self.person(peer)
        }
    }

    /// The peer's address, if the peer is no proxy.
    pub(crate) fn person(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let near = self.direct || !self.proxies.is_empty();
        Some(peer).filter(|peer| near && !self.proxies.trust(*peer))
    }
}

fn network(text: &str) -> Result<IpNet, ProxyError> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => text
            .parse()
            .map_err(|_| ProxyError::NotANetwork(text.to_owned()))?,
    };
    let wrong = match network {
        _ if network.prefix_len() == 0 => ProxyError::Everybody,
        IpNet::V4(network) if network.prefix_len() < 8 => ProxyError::TooWide,
        IpNet::V6(network) if network.network().to_ipv4_mapped().is_some() => ProxyError::Mapped,
        IpNet::V6(network) if network.prefix_len() < 16 && !is_private(network.network()) => {
            ProxyError::TooWide
        }
        _ => return Ok(network.trunc()),
    };
    Err(wrong(text.to_owned()))
}

/// `fc00::/7` and `fe80::/10`: nobody has them in the world, and at home all of them are one's own.
const fn is_private(network: Ipv6Addr) -> bool {
    network.is_unique_local() || network.is_unicast_link_local()
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn entry_address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches([' ', '\t']);
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = match (text.parse(), bare) {
        (Ok(address), _) => Some(address),
        (Err(_), Some(inner)) => inner.parse().ok().map(IpAddr::V6),
        (Err(_), None) => text.parse::<SocketAddr>().ok().map(|socket| socket.ip()),
    };
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;
