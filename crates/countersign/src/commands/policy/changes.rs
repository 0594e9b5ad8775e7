//! What would change a ruling: each setting and each circumstance changed alone, and the rules asked again.

use countersign_core::client::{Approval, Binding, Desktops, Far, Rules};
use countersign_core::context::Flags;
use countersign_core::limits::ROTATION;
use countersign_core::network::Network;
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::{Circumstances, Phone, decide};
use countersign_core::scan_code::Rotation;

use super::Policy;
use super::table::Outcome;

/// One change, and what it would come to.
pub(super) struct Change {
    /// The setting as it would be written, or the circumstance in words.
    pub(super) what: String,
    pub(super) outcome: Outcome,
}

/// What would make a sign-in take less, and what more.
pub(super) struct Changes {
    pub(super) laxer: Vec<Change>,
    pub(super) stricter: Vec<Change>,
}

/// Tries every change.
pub(super) fn changes(policy: &Policy<'_>, now: &Circumstances) -> Changes {
    let rules = &policy.client.rules;
    let current = strictness(decide(rules, now).outcome);
    let mut changes = Changes {
        laxer: Vec::new(),
        stricter: Vec::new(),
    };
    let mut tries = settings(policy, now);
    let others = circumstances(now).into_iter();
    tries.extend(others.map(|(what, other)| (what, rules.clone(), other)));
    for (what, rules, circumstances) in tries {
        let outcome = decide(&rules, &circumstances).outcome;
        let change = Change { what, outcome };
        match strictness(outcome).cmp(&current) {
            std::cmp::Ordering::Less => changes.laxer.push(change),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => changes.stricter.push(change),
        }
    }
    changes
}

/// Refused is stricter than every level.
fn strictness(outcome: Outcome) -> u8 {
    outcome.map_or(u8::MAX, |level| level as u8)
}

/// Each other value that a setting may have for this client.
fn settings(policy: &Policy<'_>, now: &Circumstances) -> Vec<(String, Rules, Circumstances)> {
    let rules = &policy.client.rules;
    let mut tries = Vec::new();
    let mut offer = |what: String, change: &dyn Fn(&mut Rules)| {
        let mut other = rules.clone();
        change(&mut other);
        if other != *rules {
            tries.push((what, other, *now));
        }
    };
    let with_key = policy.client.binding == Binding::Dpop;
    let passkeys = policy.config.passkeys_work();
    for &approval in Approval::ALL {
        if match approval {
            Approval::Auto => with_key,
            Approval::Code => true,
            Approval::Passkey => passkeys,
        } {
            let what = format!("approval = {:?}", approval.name());
            offer(what, &|rules| rules.approval = approval);
        }
    }
    for &far in Far::ALL {
        if passkeys || far != Far::Passkey {
            let what = format!("far = {:?}", far.name());
            offer(what, &|rules| rules.far = far);
        }
    }
    offer("desktops = \"open\"".to_owned(), &|rules| {
        rules.desktops = Desktops::Open;
    });
    if with_key {
        offer("desktops = \"known\"".to_owned(), &|rules| {
            rules.desktops = Desktops::Known;
        });
    }
    offer("create_networks = []".to_owned(), &|rules| {
        rules.create_networks.clear();
    });
    offer("scan_networks = []".to_owned(), &|rules| {
        rules.scan_networks.clear();
    });
    let scanner_only = !rules.scanner_only;
    offer(format!("scanner_only = {scanner_only}"), &|rules| {
        rules.scanner_only = scanner_only;
    });
    if now.desktop.rotation == Rotation::Static {
        let mut other = *now;
        other.desktop.rotation = Rotation::Every(ROTATION);
        let what = format!("rotate_seconds = {}", ROTATION.as_secs());
        tries.push((what, rules.clone(), other));
    }
    tries
}

/// Each other circumstance that a sign-in with this desktop's kind of key can have.
fn circumstances(now: &Circumstances) -> Vec<(String, Circumstances)> {
    let mut tries: Vec<(String, Circumstances)> = Vec::new();
    let mut desktop = *now;
    desktop.desktop.flags = Flags::default();
    tries.push(("a desktop with nothing odd about it".to_owned(), desktop));
    let mut with_phone = |what: String, change: &dyn Fn(&mut Phone)| {
        let mut other = *now;
        if let Some(phone) = &mut other.phone {
            change(phone);
        }
        tries.push((what, other));
    };
    for knows in [true, false] {
        let what = if knows {
            "a known desktop"
        } else {
            "a new desktop"
        };
        with_phone(what.to_owned(), &|phone| phone.knows_desktop = knows);
    }
    for &network in Network::ALL {
        let what = format!("a network that is {}", network.name());
        with_phone(what, &|phone| phone.network = network);
    }
    for &opened_by in OpenedBy::ALL {
        let what = format!("a code that came by {}", opened_by.name());
        with_phone(what, &|phone| phone.opened_by = opened_by);
    }
    with_phone("no strangers".to_owned(), &|phone| phone.strangers = 0);
    with_phone("the account that the login is for".to_owned(), &|phone| {
        phone.invited = true;
    });
    tries.retain(|(_, other)| other != now);
    tries
}
