//! What a webhook says: an event's type and its body.

use countersign_core::audit::{Alert, Entry, Kind};
use countersign_core::ids::GrantId;
use countersign_core::login::StateName;
use countersign_core::outbox::Notice;
use countersign_core::time::Timestamp;
use serde_json::{Map, Value, json};

use super::date::rfc3339;

/// The type of the event that `countersign webhooks test` sends. Whatever an endpoint is told of, it takes this one.
const TEST: &str = "webhook.test";

/// Every type that something that happened can have, in the order of `docs/webhooks.md`.
pub(crate) const TYPES: &[&str] = &[
    "sign_in.approved",
    "sign_in.denied",
    "sign_in.cancelled",
    "session.opened",
    "session.ended",
    "phone.allowed",
    "passkey.added",
    "passkey.removed",
    "password.changed",
    "email.changed",
    "recovery.codes_made",
    "recovery.started",
    "invitation.made",
    "invitation.accepted",
    "account.added",
    "account.status_changed",
    "alert.key_many_accounts",
    "alert.address_many_accounts",
    "alert.denials",
    "alert.strangers",
    "alert.continents",
    "alert.reported",
];

/// A message, the same in every attempt to deliver it.
pub(crate) struct Message {
    /// By which a receiver knows it again.
    pub(crate) id: String,
    pub(crate) body: String,
}

/// The type of what an entry tells; `None` for what nobody is notified of.
pub(crate) fn type_of(entry: &Entry) -> Option<&'static str> {
    Some(match entry.kind {
        Kind::LoginMoved => match entry.login?.to {
            StateName::Collected => "sign_in.approved",
            StateName::Denied => "sign_in.denied",
            StateName::Cancelled => "sign_in.cancelled",
            _ => return None,
        },
        Kind::SessionOpened => "session.opened",
        Kind::GrantEnded => "session.ended",
        Kind::PhoneAllowed => "phone.allowed",
        Kind::PasskeyAdded => "passkey.added",
        Kind::PasskeyRemoved => "passkey.removed",
        Kind::PasswordChanged => "password.changed",
        Kind::EmailChanged => "email.changed",
        Kind::RecoveryCodesMade => "recovery.codes_made",
        Kind::RecoveryStarted => "recovery.started",
        Kind::InvitationMade => "invitation.made",
        Kind::InvitationAccepted => "invitation.accepted",
        Kind::AccountAdded => "account.added",
        Kind::StatusChanged => "account.status_changed",
        Kind::Alert => alert(Alert::parse(entry.detail.as_deref()?)?),
        Kind::LoginCreated
        | Kind::StrangerScanned
        | Kind::WrongCode
        | Kind::WrongPasskey
        | Kind::WrongPhrase
        | Kind::ContextChanged
        | Kind::CollectedAgain
        | Kind::Refreshed
        | Kind::NameTaken
        | Kind::Verified
        | Kind::DeviceRenamed
        | Kind::PasskeyRenamed
        | Kind::InvitationWithdrawn
        | Kind::DesktopMoved => return None,
    })
}

const fn alert(alert: Alert) -> &'static str {
    match alert {
        Alert::KeyManyAccounts => "alert.key_many_accounts",
        Alert::AddressManyAccounts => "alert.address_many_accounts",
        Alert::Denials => "alert.denials",
        Alert::Strangers => "alert.strangers",
        Alert::Continents => "alert.continents",
        Alert::Reported => "alert.reported",
    }
}

/// What to take back, so that what happened is no more than that: the session that did it, or that it is about.
/// An end and a passkey that is gone had a victim, which is never named: there it is whoever of the account
/// wished it, where somebody did.
pub(crate) fn undoable(kind: &str, entry: &Entry) -> Option<GrantId> {
    match kind {
        "session.ended" | "passkey.removed" => entry.by.filter(|by| {
            // Whoever signs out by themselves.
            kind == "passkey.removed" || entry.grant != Some(*by)
        }),
        "sign_in.approved"
        | "session.opened"
        | "phone.allowed"
        | "passkey.added"
        | "password.changed"
        | "recovery.codes_made"
        | "recovery.started"
        | "invitation.accepted" => entry.grant,
        _ => None,
    }
}

/// The message for a notice, whose `kind` [`type_of`] gave. `undo_url` ends what was opened, for whoever has it.
pub(crate) fn message(kind: &str, notice: &Notice, undo_url: Option<String>) -> Message {
    let entry = &notice.entry;
    let mut data = Map::new();
    data.insert("id".to_owned(), json!(notice.seq));
    let login_name = notice.account.as_ref();
    let login_name = login_name.map(|account| account.login_name.clone());
    for (name, value) in [
        ("account", entry.account.map(|id| id.to_string())),
        ("login_name", login_name),
        ("device", notice.device.clone()),
        ("by_device", notice.by_device.clone()),
        ("grant", entry.grant.map(|id| id.to_string())),
        ("by", entry.by.map(|id| id.to_string())),
        ("login", entry.login.map(|change| change.id.to_string())),
        ("client", notice.client.as_ref().map(ToString::to_string)),
        ("detail", entry.detail.as_deref().map(str::to_owned)),
        ("subject", entry.subject.clone()),
        ("undo_url", undo_url),
    ] {
        if let Some(value) = value {
            data.insert(name.to_owned(), Value::String(value));
        }
    }
    Message {
        id: format!("msg_{}", notice.seq),
        body: body(kind, entry.at, &data),
    }
}

/// A message that tells of nothing, with an id of its own, `random`.
pub(crate) fn test_message(random: u64, now: Timestamp) -> Message {
    let mut data = Map::new();
    data.insert("id".to_owned(), json!(0));
    Message {
        id: format!("msg_test_{random:016x}"),
        body: body(TEST, now, &data),
    }
}

fn body(kind: &str, at: Timestamp, data: &Map<String, Value>) -> String {
    json!({ "type": kind, "timestamp": rfc3339(at), "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use countersign_core::audit::notified;
    use countersign_core::ids::LoginId;

    use super::*;

    #[test]
    fn whatever_is_notified_has_a_type_and_each_type_is_listed_once() {
        let mut seen = Vec::new();
        for kind in Kind::ALL {
            for state in StateName::ALL {
                for detail in Alert::ALL
                    .iter()
                    .map(|alert| alert.name())
                    .chain(["strangers"])
                {
                    let mut entry = Entry::new(Timestamp::from_millis(0), *kind);
                    entry.login = Some(countersign_core::audit::Change {
                        id: LoginId::from_bytes([1; 16]),
                        version: 1,
                        from: None,
                        to: *state,
                    });
                    entry.detail = Some(detail.into());
                    if notified(&entry) && !(*kind == Kind::Alert && Alert::parse(detail).is_none())
                    {
                        seen.push(type_of(&entry).unwrap_or_else(|| panic!("{entry:?}")));
                    }
                }
            }
        }
        seen.sort_unstable();
        seen.dedup();
        let mut listed = TYPES.to_vec();
        listed.sort_unstable();
        assert_eq!(seen, listed);
    }

    #[test]
    fn a_link_never_names_whoever_something_was_done_to() {
        let (victim, other) = (GrantId::from_bytes([1; 16]), GrantId::from_bytes([2; 16]));
        let entry = |by| Entry {
            grant: Some(victim),
            by,
            ..Entry::new(Timestamp::from_millis(0), Kind::GrantEnded)
        };
        for kind in ["session.ended", "passkey.removed"] {
            assert_eq!(undoable(kind, &entry(Some(other))), Some(other));
            assert_eq!(undoable(kind, &entry(None)), None, "{kind}");
        }
        assert_eq!(undoable("session.ended", &entry(Some(victim))), None);
        assert_eq!(undoable("session.opened", &entry(None)), Some(victim));
        assert_eq!(undoable("sign_in.denied", &entry(Some(other))), None);
    }

    #[test]
    fn the_page_lists_every_type() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/webhooks.md");
        let page = std::fs::read_to_string(page).unwrap();
        let listed: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
            .map(|(kind, _)| kind)
            .filter(|kind| TYPES.contains(kind))
            .collect();
        assert_eq!(listed, TYPES);
    }
}
