//! The whole of the policy, by the one circumstance that differs.

use std::time::Duration;

use super::*;

const KEY: Thumbprint = Thumbprint::from_bytes([1; 32]);

/// Everything that `tap` needs.
fn best() -> Circumstances {
    Circumstances {
        desktop: Desktop {
            key: KEY,
            proved: true,
            binding: Binding::Dpop,
            rotation: Rotation::Every(Duration::from_secs(30)),
            address: "192.0.2.1".parse().ok(),
            flags: Flags::default(),
        },
        phone: Some(phone()),
        act: None,
    }
}

fn phone() -> Phone {
    Phone {
        knows_desktop: true,
        invited: true,
        network: Network::Same,
        address: "192.0.2.1".parse().ok(),
        opened_by: OpenedBy::Scanner,
        strangers: 0,
    }
}

fn with(change: impl FnOnce(&mut Rules, &mut Desktop, &mut Phone)) -> Ruling {
    let (mut rules, mut circumstances, mut phone) = (Rules::default(), best(), phone());
    change(&mut rules, &mut circumstances.desktop, &mut phone);
    circumstances.phone = Some(phone);
    decide(&rules, &circumstances)
}

fn networks(text: &str) -> Vec<IpNet> {
    vec![text.parse().unwrap()]
}

#[test]
fn tap_is_reached_by_a_known_desktop_nearby_alone() {
    let ruling = with(|_, _, _| {});
    assert_eq!(ruling.outcome, Ok(Level::Tap));
    assert_eq!(ruling.reasons, [Reason::KnownNearby]);
    let near = with(|_, _, phone| phone.network = Network::Near);
    assert_eq!(near.outcome, Ok(Level::Tap));
    let link = with(|_, _, phone| phone.opened_by = OpenedBy::Link);
    assert_eq!(link.outcome, Ok(Level::Tap), "the camera opens links");
}

type Change = fn(&mut Rules, &mut Desktop, &mut Phone);

/// Every change that matters for itself, with the reason that it gives.
fn changes() -> Vec<(Reason, Change)> {
    use Reason as R;
    vec![
        (R::ClientAsksCode, |r, _, _| r.approval = Approval::Code),
        (R::ClientAsksPasskey, |r, _, _| {
            r.approval = Approval::Passkey;
        }),
        (R::DeviceId, |_, d, _| d.binding = Binding::DeviceId),
        (R::StaticCode, |_, d, _| d.rotation = Rotation::Static),
        (R::UnprovedKey, |_, d, _| d.proved = false),
        (R::NewDesktop, |_, _, p| p.knows_desktop = false),
        (R::UnknownNetwork, |_, _, p| p.network = Network::Unknown),
        (R::FarAsksCode, |_, _, p| p.network = Network::Far),
        (R::FarAsksPasskey, |r, _, p| {
            (r.far, p.network) = (Far::Passkey, Network::Far);
        }),
        (R::FarRefused, |r, _, p| {
            (r.far, p.network) = (Far::Refuse, Network::Far);
        }),
        (R::CrossSiteLink, |_, _, p| {
            p.opened_by = OpenedBy::CrossSiteLink;
        }),
        (R::ManyAccounts, |_, d, _| d.flags.many_accounts = true),
        (R::DesktopMoved, |_, d, _| d.flags.desktop_moved = true),
        (R::Strangers, |_, _, p| p.strangers = 1),
        (R::DesktopNetwork, |r, _, _| {
            r.create_networks = networks("198.51.100.0/24");
        }),
        (R::DesktopNetwork, |r, d, _| {
            (r.create_networks, d.address) = (networks("0.0.0.0/0"), None);
        }),
        (R::PhoneNetwork, |r, _, _| {
            r.scan_networks = networks("2001:db8::/32");
        }),
        (R::UnknownDesktop, |r, _, p| {
            (r.desktops, p.knows_desktop) = (Desktops::Known, false);
        }),
        (R::UnknownDesktop, |r, d, _| {
            (r.desktops, d.proved) = (Desktops::Known, false);
        }),
        (R::UnregisteredDesktop, |r, _, _| {
            r.desktops = Desktops::Registered(vec![Thumbprint::from_bytes([2; 32])]);
        }),
        (R::UnregisteredDesktop, |r, d, _| {
            (r.desktops, d.proved) = (Desktops::Registered(vec![KEY]), false);
        }),
        (R::Link, |r, _, p| {
            (r.scanner_only, p.opened_by) = (true, OpenedBy::Link);
        }),
        (R::Account, |_, _, p| p.invited = false),
    ]
}

#[test]
fn each_circumstance_gives_its_reason_and_the_reason_its_outcome() {
    for (reason, change) in changes() {
        let ruling = with(change);
        assert!(ruling.reasons.contains(&reason), "{reason:?}: {ruling:?}");
        match reason.effect() {
            Effect::Asks(level) => assert_eq!(ruling.outcome, Ok(level), "{reason:?}"),
            Effect::Forbids(why) => assert_eq!(ruling.outcome, Err(why), "{reason:?}"),
        }
    }
    let others = [
        Reason::KnownNearby,
        Reason::NotScanned,
        Reason::ActAsksPasskey,
    ];
    for reason in Reason::ALL.iter().filter(|reason| !others.contains(reason)) {
        let tried = changes().iter().any(|(given, _)| given == reason);
        assert!(tried, "{reason:?} has no circumstance here");
    }
}

#[test]
fn nothing_makes_up_for_anything_else() {
    // Of two circumstances the ruling is never milder than for one of them.
    let strictness = |ruling: &Ruling| ruling.outcome.map_or(3, |level| level as u8);
    for (first, change) in changes() {
        for (second, also) in changes() {
            let both = with(|rules, desktop, phone| {
                change(rules, desktop, phone);
                also(rules, desktop, phone);
            });
            // The later of two settings of one thing is what counts, whatever the first was.
            assert!(
                strictness(&both) >= strictness(&with(also)),
                "{first:?}, {second:?}: {both:?}"
            );
        }
    }
}

#[test]
fn what_the_rules_allow_is_allowed() {
    let lists: [Change; 4] = [
        |r, _, _| r.create_networks = networks("192.0.2.0/24"),
        |r, _, p| {
            (r.scan_networks, p.address) =
                (networks("192.0.2.0/24"), "::ffff:192.0.2.7".parse().ok());
        },
        |r, _, _| r.desktops = Desktops::Known,
        |r, _, _| r.desktops = Desktops::Registered(vec![KEY]),
    ];
    for (n, change) in lists.into_iter().enumerate() {
        assert_eq!(with(change).outcome, Ok(Level::Tap), "list {n}");
    }
}

#[test]
fn an_act_takes_a_passkey_whatever_the_client_asks_for() {
    for approval in Approval::ALL {
        let rules = Rules {
            approval: *approval,
            ..Rules::default()
        };
        let act = Some(Act::AddPasskey);
        let ruling = decide(&rules, &Circumstances { act, ..best() });
        assert_eq!(ruling.outcome, Ok(Level::Passkey));
        assert!(ruling.reasons.contains(&Reason::ActAsksPasskey));
    }
}

#[test]
fn before_a_scan_only_the_desktops_network_counts_against_it() {
    let unscanned = Circumstances {
        phone: None,
        ..best()
    };
    for (reason, change) in changes() {
        let (mut rules, mut ignored) = (Rules::default(), phone());
        let mut circumstances = unscanned;
        change(&mut rules, &mut circumstances.desktop, &mut ignored);
        let refused = decide(&rules, &circumstances).outcome.is_err();
        assert_eq!(refused, reason == Reason::DesktopNetwork, "{reason:?}");
    }
}
