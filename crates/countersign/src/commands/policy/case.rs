//! One sign-in's circumstances: those that were given, and the usual ones in place of the others.

use std::net::IpAddr;

use countersign_core::client::{Binding, Client, Desktops};
use countersign_core::context::Flags;
use countersign_core::ids::Thumbprint;
use countersign_core::login::Act;
use countersign_core::network::{Known, Network, Side};
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::{Circumstances, Desktop, Phone};
use countersign_core::ports::Places;
use ipnet::IpNet;

use crate::cli::{CaseArgs, DesktopKind, Flag};

/// A sign-in that might happen.
pub(super) struct Case {
    pub(super) desktop: Vec<DesktopKind>,
    pub(super) network: Network,
    /// The two sides, where an address was given.
    pub(super) sides: Option<(Side, Side)>,
    pub(super) opened_by: OpenedBy,
    pub(super) flags: Flags,
    pub(super) strangers: u8,
    pub(super) has_passkey: bool,
    pub(super) other_account: bool,
    pub(super) act: Option<Act>,
}

impl Case {
    /// A sign-in of this kind of desktop, in which nothing is odd.
    pub(super) fn plain(desktop: &[DesktopKind], network: Network, opened_by: OpenedBy) -> Self {
        Self {
            desktop: desktop.to_vec(),
            network,
            sides: None,
            opened_by,
            flags: Flags::default(),
            strangers: 0,
            has_passkey: true,
            other_account: false,
            act: None,
        }
    }

    /// The one that the arguments describe; addresses are compared as the server would.
    pub(super) fn of(args: &CaseArgs, known: &Known, places: &impl Places) -> Self {
        let side = |address: Option<IpAddr>| Side {
            address,
            place: address.and_then(|address| places.place(address)),
            hosting: address.is_some_and(|address| places.hosting(address)),
        };
        let given = args.desktop_address.is_some() || args.phone_address.is_some();
        let sides = given.then(|| (side(args.desktop_address), side(args.phone_address)));
        let compared = sides
            .as_ref()
            .map(|(desktop, phone)| known.between(desktop, phone));
        let desktop = match args.desktop.as_slice() {
            [] => &[DesktopKind::New][..],
            kinds => kinds,
        };
        let network = compared.or(args.network).unwrap_or(Network::Unknown);
        let opened_by = args.opened_by.unwrap_or(OpenedBy::Scanner);
        Self {
            sides,
            flags: Flags {
                many_accounts: args.flag.contains(&Flag::ManyAccounts),
                desktop_moved: args.flag.contains(&Flag::DesktopMoved),
            },
            strangers: args.strangers.unwrap_or(0),
            has_passkey: !args.no_passkey,
            other_account: args.other_account,
            act: args.add_passkey.then_some(Act::AddPasskey),
            ..Self::plain(desktop, network, opened_by)
        }
    }

    /// What the rules are asked with. An address that was not given is one where the client takes sign-ins.
    pub(super) fn circumstances(&self, client: &Client) -> Circumstances {
        let is = |kind| self.desktop.contains(&kind);
        let rules = &client.rules;
        let registered = match &rules.desktops {
            Desktops::Registered(keys) if is(DesktopKind::Registered) => keys.first().copied(),
            _ => None,
        };
        let (desktop, phone) = match &self.sides {
            Some((desktop, phone)) => (desktop.address, phone.address),
            None => (None, None),
        };
        Circumstances {
            desktop: Desktop {
                key: registered.unwrap_or_else(|| Thumbprint::from_bytes([0; 32])),
                proved: client.binding == Binding::Dpop && !is(DesktopKind::Unproved),
                binding: client.binding,
                rotation: client.rotation,
                address: desktop.or_else(|| inside(&rules.create_networks)),
                flags: self.flags,
            },
            phone: Some(Phone {
                knows_desktop: is(DesktopKind::Known),
                invited: !self.other_account,
                network: self.network,
                address: phone.or_else(|| inside(&rules.scan_networks)),
                opened_by: self.opened_by,
                strangers: self.strangers,
            }),
            act: self.act,
        }
    }
}

fn inside(networks: &[IpNet]) -> Option<IpAddr> {
    networks.first().map(IpNet::addr)
}
