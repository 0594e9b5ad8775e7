//! What the settings say of networks: lists of them, and the databases of places.

use std::net::IpAddr;

use countersign_core::client::{Far, Rules};
use countersign_core::network::Known;
use ipnet::IpNet;

use super::{Config, ConfigError, Settings};
use crate::places::{DatabaseFile, PlaceFiles};

impl Settings {
    /// What the operator knows of networks.
    pub(super) fn networks(&self) -> Result<Known, ConfigError> {
        let table = &self.tables.network;
        let wrong = |key: &str, what: String| self.wrong(key, &format!(" {what}"));
        Ok(Known {
            near: parse_near(&table.near).map_err(|what| wrong("network.near", what))?,
            shared_exits: parse(&table.shared_exits)
                .map_err(|what| wrong("network.shared_exits", what))?,
        })
    }

    /// The databases, each with where it was named.
    pub(super) fn place_files(&self) -> PlaceFiles {
        let file = |key: &str, path: &Option<_>| {
            let path = path.clone()?;
            let setting = self.wrong(key, "").to_string();
            Some(DatabaseFile { path, setting })
        };
        let table = &self.tables.network;
        PlaceFiles {
            places: file("network.places", &table.places),
            anonymous: file("network.anonymous", &table.anonymous),
        }
    }
}

impl Config {
    /// What clients ask of networks and can't get. `blind`: nobody's address is known.
    pub(super) fn warnings_of_networks(&self, blind: bool) -> Vec<String> {
        let asking = |asks: fn(&Rules) -> bool| {
            let asking = self.clients.iter().filter(|client| asks(&client.rules));
            let ids: Vec<&str> = asking.map(|client| client.id.as_str()).collect();
            ids.join(", ")
        };
        let far = asking(|rules| rules.far != Far::Code);
        let lists =
            asking(|rules| !rules.create_networks.is_empty() || !rules.scan_networks.is_empty());
        let mut said = Vec::new();
        if !far.is_empty() && self.places.is_empty() {
            said.push(format!(
                "far is set ({far}), but neither network.places nor network.anonymous, so nothing is ever known to be far."
            ));
        }
        if !lists.is_empty() && blind {
            said.push(format!(
                "Networks are set ({lists}), but nobody's address is known, so nobody can sign in there."
            ));
        }
        said
    }
}

/// Reads addresses and networks in CIDR form. What is wrong follows the key's name.
pub(super) fn parse(texts: &[String]) -> Result<Vec<IpNet>, String> {
    texts.iter().map(|text| network(text)).collect()
}

/// Those in which all are near to each other: no network may be so wide that strangers share it.
pub(super) fn parse_near(texts: &[String]) -> Result<Vec<IpNet>, String> {
    let networks = parse(texts)?;
    for (network, text) in networks.iter().zip(texts) {
        let widest = match network {
            IpNet::V4(_) => 8,
            IpNet::V6(network) if network.network().is_unique_local() => 7,
            IpNet::V6(_) => 16,
        };
        if network.prefix_len() < widest {
            return Err(format!(
                "has {text:?}, which is too much of the world to be one's own"
            ));
        }
    }
    Ok(networks)
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address.to_canonical())),
        Err(_) => text.parse::<IpNet>(),
    };
    match network {
        Err(_) => Err(format!(
            "has {text:?}, which is no address and no network such as 10.0.0.0/8 or 2001:db8::/48"
        )),
        Ok(IpNet::V6(network)) if network.network().to_ipv4_mapped().is_some() => Err(format!(
            "has {text:?}, a network of IPv4: write it as one, such as 10.0.0.0/8"
        )),
        Ok(network) if network.trunc() != network => Err(format!(
            "has {text:?}, an address within a network: write {} for the network",
            network.trunc()
        )),
        Ok(network) => Ok(network),
    }
}
