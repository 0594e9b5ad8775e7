//! What an approval takes: the one function that decides, and why it decides so.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::client::{Approval, Binding, Desktops, Far, Rules};
use crate::context::Flags;
use crate::ids::Thumbprint;
use crate::login::Act;
use crate::named::named;
use crate::network::Network;
use crate::opened_by::OpenedBy;
use crate::scan_code::Rotation;

named! {
    /// What the phone's person must do, from least to most.
    pub enum Level {
        /// Continue on the phone.
        Tap = "tap",
        /// Continue, then type the phone's check code on the desktop.
        Code = "code",
        /// Continue with a passkey, then type the phone's check code on the desktop.
        Passkey = "passkey",
    }
}

named! {
    /// Why a client's rules refuse a sign-in.
    pub enum Forbidden {
        /// Desktop and phone are far from each other.
        Far = "far",
        /// Desktop or phone is in none of the networks that the client allows.
        Network = "network",
        /// The desktop is new to this account.
        UnknownDesktop = "unknown_desktop",
        /// The desktop is not registered with the client.
        UnregisteredDesktop = "unregistered_desktop",
        /// The code came as a link, and the client takes those of a scanner only.
        Link = "link",
        /// The sign-in was begun for another account.
        Account = "account",
    }
}

named! {
    /// What made a ruling what it is. The names are stable; what they mean to a person, whoever
    /// shows them says.
    pub enum Reason {
        /// The client always asks for the check code.
        ClientAsksCode = "client_asks_code",
        /// The client always asks for a passkey.
        ClientAsksPasskey = "client_asks_passkey",
        /// The desktop asks to do what only a passkey allows.
        ActAsksPasskey = "act_asks_passkey",
        /// Nobody has scanned the code: what depends on who does is open.
        NotScanned = "not_scanned",
        /// The desktop is proved by an id that can be copied.
        DeviceId = "device_id",
        /// The scan code stays the same for life.
        StaticCode = "static_code",
        /// The desktop did not prove its key when it asked, so it can't be a known one.
        UnprovedKey = "unproved_key",
        /// The desktop is new to this account.
        NewDesktop = "new_desktop",
        /// How far apart desktop and phone are is not known.
        UnknownNetwork = "unknown_network",
        /// They are far apart, for which the client asks for the check code.
        FarAsksCode = "far_asks_code",
        /// They are far apart, for which the client asks for a passkey.
        FarAsksPasskey = "far_asks_passkey",
        /// They are far apart, which the client refuses.
        FarRefused = "far_refused",
        /// Another site's page sent the link.
        CrossSiteLink = "cross_site_link",
        /// The desktop asked several accounts lately.
        ManyAccounts = "many_accounts",
        /// The desktop's network changed since it showed the code.
        DesktopMoved = "desktop_moved",
        /// Other accounts scanned the code too.
        Strangers = "strangers",
        /// The desktop is in none of the networks that may begin a sign-in.
        DesktopNetwork = "desktop_network",
        /// The phone is in none of the networks that may scan.
        PhoneNetwork = "phone_network",
        /// The client's desktops must be known to the account, and this one is not.
        UnknownDesktop = "unknown_desktop",
        /// The client's desktops must be registered, and this one is not, or did not prove it.
        UnregisteredDesktop = "unregistered_desktop",
        /// The client takes scanned codes only, and this one came as a link.
        Link = "link",
        /// The sign-in was begun for another account.
        Account = "account",
        /// A known desktop nearby, and nothing speaks against it.
        KnownNearby = "known_nearby",
    }
}

/// What a reason does to the ruling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The approval takes at least this.
    Asks(Level),
    /// There is no approval.
    Forbids(Forbidden),
}

impl Reason {
    /// What it does.
    pub const fn effect(self) -> Effect {
        match self {
            Self::KnownNearby => Effect::Asks(Level::Tap),
            Self::ClientAsksCode
            | Self::NotScanned
            | Self::DeviceId
            | Self::StaticCode
            | Self::UnprovedKey
            | Self::NewDesktop
            | Self::UnknownNetwork
            | Self::FarAsksCode
            | Self::CrossSiteLink
            | Self::ManyAccounts
            | Self::DesktopMoved
            | Self::Strangers => Effect::Asks(Level::Code),
            Self::ClientAsksPasskey | Self::ActAsksPasskey | Self::FarAsksPasskey => {
                Effect::Asks(Level::Passkey)
            }
            Self::FarRefused => Effect::Forbids(Forbidden::Far),
            Self::DesktopNetwork | Self::PhoneNetwork => Effect::Forbids(Forbidden::Network),
            Self::UnknownDesktop => Effect::Forbids(Forbidden::UnknownDesktop),
            Self::UnregisteredDesktop => Effect::Forbids(Forbidden::UnregisteredDesktop),
            Self::Link => Effect::Forbids(Forbidden::Link),
            Self::Account => Effect::Forbids(Forbidden::Account),
        }
    }
}

/// What a ruling depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The desktop, as it stands now.
    pub desktop: Desktop,
    /// The phone that scanned; `None` while nobody has.
    pub phone: Option<Phone>,
    /// What the desktop asks to do beside signing in.
    pub act: Option<Act>,
}

/// A desktop that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desktop {
    /// Its key.
    pub key: Thumbprint,
    /// Whether it proved its key already when it asked.
    pub proved: bool,
    /// What proves it.
    pub binding: Binding,
    /// How its scan code changes.
    pub rotation: Rotation,
    /// Where it is now.
    pub address: Option<IpAddr>,
    /// What is odd about it.
    pub flags: Flags,
}

/// A phone that would approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Whether the desktop is known to its account: this key, proved at creation, collected for
    /// this account and client before, at level `code` or higher, with no narrower scopes.
    pub knows_desktop: bool,
    /// Whether its account may claim the login: the login names no other one.
    pub invited: bool,
    /// How its network compares with the desktop's.
    pub network: Network,
    /// Where it is.
    pub address: Option<IpAddr>,
    /// How the code reached it.
    pub opened_by: OpenedBy,
    /// Other accounts that scanned after it.
    pub strangers: u8,
}

/// What an approval takes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The level, or why there is none.
    pub outcome: Result<Level, Forbidden>,
    /// Everything that counts, what refuses first.
    pub reasons: Vec<Reason>,
}

/// Decides what an approval takes. Every path asks here: creation, scan, confirm, check, collect.
///
/// `tap` is never set, only reached: when the client leaves it open and nothing else speaks up.
pub fn decide(rules: &Rules, circumstances: &Circumstances) -> Ruling {
    let mut reasons = Vec::new();
    of_client(rules, circumstances, &mut reasons);
    of_desktop(rules, &circumstances.desktop, &mut reasons);
    match &circumstances.phone {
        Some(phone) => of_phone(rules, &circumstances.desktop, phone, &mut reasons),
        None => reasons.push(Reason::NotScanned),
    }
    if reasons.is_empty() {
        reasons.push(Reason::KnownNearby);
    }
    reasons.sort_by_key(|reason| !matches!(reason.effect(), Effect::Forbids(_)));
    let outcome = reasons
        .iter()
        .try_fold(Level::Tap, |level, reason| match reason.effect() {
            Effect::Asks(least) => Ok(level.max(least)),
            Effect::Forbids(why) => Err(why),
        });
    Ruling { outcome, reasons }
}

fn of_client(rules: &Rules, circumstances: &Circumstances, reasons: &mut Vec<Reason>) {
    match rules.approval {
        Approval::Auto => {}
        Approval::Code => reasons.push(Reason::ClientAsksCode),
        Approval::Passkey => reasons.push(Reason::ClientAsksPasskey),
    }
    match circumstances.act {
        None => {}
        Some(Act::AddPasskey) => reasons.push(Reason::ActAsksPasskey),
    }
}

fn of_desktop(rules: &Rules, desktop: &Desktop, reasons: &mut Vec<Reason>) {
    if !within(&rules.create_networks, desktop.address) {
        reasons.push(Reason::DesktopNetwork);
    }
    if desktop.binding == Binding::DeviceId {
        reasons.push(Reason::DeviceId);
    } else if !desktop.proved {
        reasons.push(Reason::UnprovedKey);
    }
    if desktop.rotation == Rotation::Static {
        reasons.push(Reason::StaticCode);
    }
    if desktop.flags.many_accounts {
        reasons.push(Reason::ManyAccounts);
    }
    if desktop.flags.desktop_moved {
        reasons.push(Reason::DesktopMoved);
    }
}

fn of_phone(rules: &Rules, desktop: &Desktop, phone: &Phone, reasons: &mut Vec<Reason>) {
    if !phone.invited {
        reasons.push(Reason::Account);
    }
    // A key that is only named may be anybody's.
    let proved = desktop.proved && desktop.binding == Binding::Dpop;
    let known = proved && phone.knows_desktop;
    match &rules.desktops {
        Desktops::Known if !known => reasons.push(Reason::UnknownDesktop),
        Desktops::Registered(keys) if !(proved && keys.contains(&desktop.key)) => {
            reasons.push(Reason::UnregisteredDesktop);
        }
        _ => {}
    }
    if proved && !known {
        reasons.push(Reason::NewDesktop);
    }
    if !within(&rules.scan_networks, phone.address) {
        reasons.push(Reason::PhoneNetwork);
    }
    match (phone.network, rules.far) {
        (Network::Same | Network::Near, _) => {}
        (Network::Unknown, _) => reasons.push(Reason::UnknownNetwork),
        (Network::Far, Far::Code) => reasons.push(Reason::FarAsksCode),
        (Network::Far, Far::Passkey) => reasons.push(Reason::FarAsksPasskey),
        (Network::Far, Far::Refuse) => reasons.push(Reason::FarRefused),
    }
    if rules.scanner_only && phone.opened_by != OpenedBy::Scanner {
        reasons.push(Reason::Link);
    }
    if phone.opened_by == OpenedBy::CrossSiteLink {
        reasons.push(Reason::CrossSiteLink);
    }
    if phone.strangers > 0 {
        reasons.push(Reason::Strangers);
    }
}

/// Whether `address` is in one of `networks`; of none, any will do.
fn within(networks: &[IpNet], address: Option<IpAddr>) -> bool {
    let inside = |address: IpAddr| {
        let address = address.to_canonical();
        networks.iter().any(|network| network.contains(&address))
    };
    networks.is_empty() || address.is_some_and(inside)
}

#[cfg(test)]
#[path = "policy/tests.rs"]
mod tests;
