//! What a sign-in takes over all usual circumstances, in as few rows as say it.

use countersign_core::client::{Binding, Client, Desktops};
use countersign_core::network::Network;
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::{Forbidden, Level, decide};

use super::case::Case;
use crate::cli::DesktopKind;

/// What a ruling comes to.
pub(super) type Outcome = Result<Level, Forbidden>;

/// Circumstances that all come to the same.
pub(super) struct Row {
    pub(super) desktop: Vec<&'static str>,
    pub(super) network: Vec<&'static str>,
    pub(super) opened_by: Vec<&'static str>,
    pub(super) outcome: Outcome,
}

/// Kinds of desktops that a client may tell apart.
fn desktops(client: &Client) -> &'static [(&'static str, &'static [DesktopKind])] {
    use DesktopKind::{Known, New, Registered};
    match (client.binding, &client.rules.desktops) {
        (Binding::DeviceId, _) => &[("new", &[New])],
        (_, Desktops::Registered(_)) => &[
            ("registered and known", &[Registered, Known]),
            ("registered and new", &[Registered, New]),
            ("not registered", &[Known]),
        ],
        (_, Desktops::Open | Desktops::Known) => &[("known", &[Known]), ("new", &[New])],
    }
}

/// The rows for a client.
pub(super) fn rows(client: &Client) -> Vec<Row> {
    let outcome = |desktop: &[DesktopKind], network: Network, opened_by: OpenedBy| -> Outcome {
        let case = Case::plain(desktop, network, opened_by);
        decide(&client.rules, &case.circumstances(client)).outcome
    };
    let by_opening = |desktop: &[DesktopKind], network: Network| {
        let how = OpenedBy::ALL.iter();
        grouped(how.map(|&how| (how.name(), outcome(desktop, network, how))))
    };
    let by_network = |desktop: &[DesktopKind]| {
        let networks = Network::ALL.iter();
        grouped(networks.map(|&network| (network.name(), by_opening(desktop, network))))
    };
    let kinds = desktops(client).iter();
    let mut rows = Vec::new();
    for (desktop, networks) in grouped(kinds.map(|&(name, kinds)| (name, by_network(kinds)))) {
        for (network, openings) in networks {
            for (opened_by, outcome) in openings {
                rows.push(Row {
                    desktop: desktop.clone(),
                    network: network.clone(),
                    opened_by,
                    outcome,
                });
            }
        }
    }
    rows
}

impl Row {
    /// The row's circumstances, `any` where all that there are come to the same.
    pub(super) fn cells(&self, client: &Client) -> [String; 3] {
        let cell = |names: &[&str], all: usize| match names {
            names if names.len() == all => "any".to_owned(),
            names => names.join(", "),
        };
        [
            cell(&self.desktop, desktops(client).len()),
            cell(&self.network, Network::ALL.len()),
            cell(&self.opened_by, OpenedBy::ALL.len()),
        ]
    }
}

/// Names with the same value together, in the order of their first.
fn grouped<T: PartialEq>(
    values: impl Iterator<Item = (&'static str, T)>,
) -> Vec<(Vec<&'static str>, T)> {
    let mut groups: Vec<(Vec<&'static str>, T)> = Vec::new();
    for (name, value) in values {
        match groups.iter_mut().find(|(_, other)| *other == value) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], value)),
        }
    }
    groups
}
