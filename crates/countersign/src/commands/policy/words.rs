//! Settings, reasons and outcomes in words.

use countersign_core::client::{Approval, Binding, Desktops, Far};
use countersign_core::policy::{Forbidden, Level, Reason};
use countersign_core::scan_code::Rotation;
use ipnet::IpNet;

use super::Policy;
use super::table::Outcome;
use crate::terminal::duration;

/// A setting of a client, in force.
pub(super) struct Setting {
    pub(super) key: &'static str,
    /// As it would be written in the file.
    pub(super) value: String,
    /// What it means.
    pub(super) says: String,
    /// Where it was set.
    pub(super) from: String,
}

/// What a sign-in takes, in a few words.
pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Ok(Level::Tap) => "a tap",
        Ok(Level::Code) => "the check code",
        Ok(Level::Passkey) => "a passkey and the check code",
        Err(_) => "refused",
    }
}

/// What a person does then.
pub(super) const fn consequence(outcome: Outcome) -> &'static str {
    match outcome {
        Ok(Level::Tap) => "The person continues on the phone, and the desktop is signed in.",
        Ok(Level::Code) => {
            "The person continues on the phone and types the number that it shows on the desktop."
        }
        Ok(Level::Passkey) => {
            "The person uses a passkey on the phone and types the number that it then shows on the desktop."
        }
        Err(Forbidden::Network) => "From there nobody can sign in: not_allowed_here (network).",
        Err(Forbidden::Far) => "The scan is refused: not_allowed_here (far).",
        Err(Forbidden::UnknownDesktop) => {
            "The scan is refused: not_allowed_here (unknown_desktop)."
        }
        Err(Forbidden::UnregisteredDesktop) => {
            "The scan is refused: not_allowed_here (unregistered_desktop)."
        }
        Err(Forbidden::Link) => "The scan is refused: not_allowed_here (link).",
        Err(Forbidden::Account) => "The scan is refused: not_allowed_here (account).",
    }
}

/// Why, and the setting that says so; none for what no setting changes.
#[expect(clippy::too_many_lines, reason = "one arm for each reason")]
pub(super) fn reason(policy: &Policy<'_>, reason: Reason) -> (&'static str, Option<&'static str>) {
    match reason {
        Reason::ClientAsksCode => (
            "The client always asks for the check code.",
            Some("approval"),
        ),
        Reason::ClientAsksPasskey => ("The client always asks for a passkey.", Some("approval")),
        Reason::ActAsksPasskey => ("Only a passkey allows another passkey to be added.", None),
        Reason::NotScanned => ("Nobody has scanned the code yet.", None),
        Reason::DeviceId => (
            "The desktop has no key, only an id that can be copied.",
            Some("binding"),
        ),
        Reason::StaticCode => (
            "The scan code never changes, so a picture of it stays good.",
            Some(rotation_key(policy)),
        ),
        Reason::UnprovedKey => (
            "The desktop only named its key, so it may be anybody's.",
            None,
        ),
        Reason::NewDesktop => (
            "The desktop is new to this account, and only a known one gets by with a tap.",
            Some("approval"),
        ),
        Reason::UnknownNetwork => (
            "How far apart desktop and phone are is not known, and only a near desktop gets by with a tap.",
            Some("network.near"),
        ),
        Reason::FarAsksCode => (
            "Desktop and phone are far apart, which takes the check code.",
            Some("far"),
        ),
        Reason::FarAsksPasskey => (
            "Desktop and phone are far apart, for which the client asks for a passkey.",
            Some("far"),
        ),
        Reason::FarRefused => (
            "Desktop and phone are far apart, which the client refuses.",
            Some("far"),
        ),
        Reason::CrossSiteLink => ("Another site's page sent the link.", None),
        Reason::ManyAccounts => ("The desktop asked several accounts lately.", None),
        Reason::DesktopMoved => (
            "The desktop's network changed since it showed the code.",
            None,
        ),
        Reason::Strangers => ("Other accounts scanned the code too.", None),
        Reason::DesktopNetwork => (
            "The desktop is in none of the networks that the client names.",
            Some("create_networks"),
        ),
        Reason::PhoneNetwork => (
            "The phone is in none of the networks that the client names.",
            Some("scan_networks"),
        ),
        Reason::UnknownDesktop => (
            "The client takes desktops that this account knows, and this one is not, or did not prove its key.",
            Some("desktops"),
        ),
        Reason::UnregisteredDesktop => (
            "The client takes registered desktops, and this one is not, or did not prove its key.",
            Some("registered_desktops"),
        ),
        Reason::Link => (
            "The client takes codes that were scanned in the page or app, and this one was opened as a link.",
            Some("scanner_only"),
        ),
        Reason::Account => ("The login was begun for another account.", None),
        Reason::KnownNearby => (
            "The desktop is known and near, and nothing speaks against it.",
            Some("approval"),
        ),
    }
}

/// Where the rotation was set: at the client, or for all.
fn rotation_key(policy: &Policy<'_>) -> &'static str {
    if matches!(
        policy.whence("rotate_seconds").as_str(),
        "not set" | "built in"
    ) {
        "rotation.seconds"
    } else {
        "rotate_seconds"
    }
}

/// A setting's value as it would be written in the file.
pub(super) fn value(policy: &Policy<'_>, key: &str) -> String {
    let rules = &policy.client.rules;
    let networks = |networks: &[IpNet]| {
        let texts: Vec<String> = networks
            .iter()
            .map(|network| format!("\"{network}\""))
            .collect();
        format!("[{}]", texts.join(", "))
    };
    match key {
        "approval" => format!("{:?}", rules.approval.name()),
        "far" => format!("{:?}", rules.far.name()),
        "desktops" => format!("{:?}", rules.desktops.name()),
        "registered_desktops" => match &rules.desktops {
            Desktops::Registered(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
                format!("[{}]", keys.join(", "))
            }
            Desktops::Open | Desktops::Known => "[]".to_owned(),
        },
        "create_networks" => networks(&rules.create_networks),
        "scan_networks" => networks(&rules.scan_networks),
        "scanner_only" => rules.scanner_only.to_string(),
        "login_hint_required" => rules.login_hint_required.to_string(),
        "phrase" => rules.phrase.to_string(),
        "network.near" => networks(&policy.config.networks.near),
        "binding" => format!("{:?}", policy.client.binding.name()),
        // One of the two places where the rotation is set.
        _ => match policy.client.rotation {
            Rotation::Static => "0".to_owned(),
            Rotation::Every(period) => period.as_secs().to_string(),
        },
    }
}

/// All settings of a client that bear on an approval, in words.
pub(super) fn settings(policy: &Policy<'_>) -> Vec<Setting> {
    let setting = |key: &'static str, says: String| Setting {
        key,
        value: value(policy, key),
        says,
        from: policy.whence(key),
    };
    let rules = &policy.client.rules;
    let mut settings = vec![
        setting("approval", approval(rules.approval).to_owned()),
        setting("far", far(policy)),
        setting("desktops", desktops(&rules.desktops)),
        setting("create_networks", place("Desktops", &rules.create_networks)),
        setting("scan_networks", place("Phones", &rules.scan_networks)),
        setting("scanner_only", if rules.scanner_only {
            "A code must be scanned in the page or app; one that is opened as a link is refused."
        } else {
            "A code may also be opened as a link, as a phone's camera does."
        }.to_owned()),
        setting("login_hint_required", if rules.login_hint_required {
            "A desktop names the account when it asks, and no other account can scan."
        } else {
            "A desktop need not name the account."
        }.to_owned()),
        setting("phrase", if rules.phrase {
            "A phrase is typed on the desktop and on the phone: whoever does not know it signs nobody in."
        } else {
            "A desktop need not send a phrase; if it does, the same one must be typed on the phone."
        }.to_owned()),
    ];
    settings.push(setting(
        rotation_key(policy),
        match policy.client.rotation {
            Rotation::Static => "The scan code never changes.".to_owned(),
            Rotation::Every(period) => {
                format!(
                    "The scan code changes every {}.",
                    duration(period.as_secs())
                )
            }
        },
    ));
    settings.push(setting(
        "binding",
        match policy.client.binding {
            Binding::Dpop => "A desktop proves itself with its key.",
            Binding::DeviceId => {
                "A desktop has no key, only an id that can be copied; so it is never known."
            }
        }
        .to_owned(),
    ));
    settings
}

const fn approval(approval: Approval) -> &'static str {
    match approval {
        Approval::Auto => {
            "A tap where the desktop is known and near and nothing is odd, else the check code."
        }
        Approval::Code => "At least the check code, always.",
        Approval::Passkey => "A passkey on the phone and the check code, always.",
    }
}

fn far(policy: &Policy<'_>) -> String {
    let says = match policy.client.rules.far {
        Far::Code => "A desktop far from the phone takes at least the check code",
        Far::Passkey => "A desktop far from the phone takes a passkey and the check code",
        Far::Refuse => "A desktop far from the phone is not signed in",
    };
    if policy.config.places.is_empty() {
        format!("{says}; without network.places and network.anonymous none is known to be.")
    } else {
        format!("{says}.")
    }
}

fn desktops(desktops: &Desktops) -> String {
    match desktops {
        Desktops::Open => "Any desktop may be signed in.".to_owned(),
        Desktops::Known => {
            "Only desktops that the account signed in on in the last 30 days.".to_owned()
        }
        Desktops::Registered(keys) => match keys.len() {
            1 => "Only the one registered desktop.".to_owned(),
            n => format!("Only the {n} registered desktops."),
        },
    }
}

fn place(who: &str, networks: &[IpNet]) -> String {
    if networks.is_empty() {
        format!("{who} may be anywhere.")
    } else {
        format!("{who} must be in one of these networks; elsewhere it is refused.")
    }
}
