//! What a mail says: what happened, when, by which device, and what to do about it.
//!
//! Subjects and headers hold nothing that a device or a person chose. In the text such names stand in quotes, without
//! anything that a mail program could make a link of: a device's name is chosen by whoever signs in, who may be the
//! thief.

use countersign_core::audit::{Entry, PHONE_WAITS, RESTORED, WAY_BACK};
use countersign_core::grant::Role;
use countersign_core::outbox::{Addressee, Notice};

use super::date::plain;

/// A mail, but for its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Letters of a name that are shown.
const NAME_CHARS: usize = 40;

/// The subject, and what happened, after "your account … at …".
struct Words(&'static str, &'static str);

/// The words for an event; `None` for what its owner did at a screen that says so already, or what only an operator
/// can act upon.
fn words(kind: &str, notice: &Notice) -> Option<Words> {
    Some(match (kind, notice.entry.detail.as_deref()) {
        ("session.ended", _) if is_phone_ended_by_another(notice) => Words(
            "A phone of yours was signed out",
            "A phone of yours was signed out of it by another device of yours.",
        ),
        ("sign_in.approved", _) => Words(
            "A computer was signed in",
            "A computer was signed in to it after a phone of yours had scanned its code.",
        ),
        ("session.opened", Some(PHONE_WAITS)) => Words(
            "A further phone was signed in",
            "A further phone was signed in to it. It can't approve anything until you allow it on another phone, or a day \
             has passed.",
        ),
        ("session.opened", _) => Words("A device was signed in", "A device was signed in to it."),
        ("invitation.made", Some(WAY_BACK)) => Words(
            "An invitation was made",
            "Whoever runs this server made an invitation for it: a link that gives the account to whoever opens it, and \
             signs out everything else. If you did not ask for that, tell them.",
        ),
        ("invitation.accepted", _) => Words(
            "An invitation was accepted",
            "Its invitation was accepted on a device. All other devices are signed out.",
        ),
        ("recovery.started", _) => Words(
            "A recovery code was used",
            "A recovery code was used to sign a phone in to it. After a waiting time that phone may approve sign-ins and \
             set a new password.",
        ),
        ("recovery.codes_made", _) => Words(
            "New recovery codes were made",
            "New recovery codes were made for it. Those from before are void.",
        ),
        ("phone.allowed", _) => Words(
            "A phone may approve sign-ins now",
            "A phone of yours allowed another one to approve sign-ins to it.",
        ),
        ("passkey.added", _) => Words("A passkey was added", "A passkey was added to it."),
        ("passkey.removed", _) => Words("A passkey was removed", "A passkey was removed from it."),
        ("password.changed", Some(RESTORED)) => Words(
            "The password is the one from before",
            "A device that had changed its password was taken back, so its password is the one from before again. If \
             somebody else may know that one, change it.",
        ),
        ("password.changed", _) => Words("The password was changed", "Its password was changed."),
        ("alert.reported", _) => Words(
            "A sign-in was reported",
            "A phone of yours declined a sign-in to it and reported that nobody of yours had started it.",
        ),
        ("alert.continents", _) => Words(
            "A sign-in from far away",
            "A code for it was shown on one continent and scanned on another.",
        ),
        (kind, _) if kind.starts_with("alert.") => Words(
            "Unusual sign-ins",
            "Sign-ins to it look as if somebody was trying codes or passwords.",
        ),
        _ => return None,
    })
}

/// Whether a phone's session was ended by somebody of the account other than its own holder.
fn is_phone_ended_by_another(notice: &Notice) -> bool {
    let Entry { grant, by, .. } = &notice.entry;
    notice.role == Some(Role::Phone) && by.is_some() && by != grant
}

/// The mail for a notice to `to`, if its owner is told of it by mail. `issuer` is the server's address, `undo_url`
/// what ends the session that did it.
pub(crate) fn letter(
    kind: &str,
    notice: &Notice,
    to: &Addressee,
    issuer: &str,
    undo_url: Option<&str>,
) -> Option<Letter> {
    let Words(subject, happened) = words(kind, notice)?;
    let host = host(issuer);
    let quoted = |text: &str| harmless(text).map(|name| format!("calls itself \"{name}\""));
    let passkey = notice.entry.detail.as_deref();
    let passkey = passkey.filter(|_| kind.starts_with("passkey."));
    let facts = [
        ("When", Some(plain(notice.entry.at))),
        ("Device", notice.device.as_deref().and_then(quoted)),
        ("By", notice.by_device.as_deref().and_then(quoted)),
        (
            "Application",
            notice.client.as_ref().map(ToString::to_string),
        ),
        (
            "Passkey",
            passkey
                .and_then(harmless)
                .map(|name| format!("called \"{name}\"")),
        ),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(what, said)| Some(format!("{what}: {}", said?)));
    let facts: Vec<String> = facts.collect();
    let devices = format!("look through your devices: {issuer}/account");
    let remedy = match undo_url {
        Some(url) => format!(
            "open this link. It says what it will do, and then ends that session and takes back what it made and approved. It works \
             for 7 days:\n\n{url}\n\nThen {devices}"
        ),
        None => devices,
    };
    let text = format!(
        "This is about your account {} at {host}.\n\n{happened}\n\n{}\n\nIf that was you, there is nothing to do.\n\n\
         If it wasn't, {remedy}\n\n-- \n{host} sends this for your account's safety. Nobody needs the link, a code or \
         your password from you: don't pass this mail on.\n",
        to.login_name,
        facts.join("\n")
    );
    Some(Letter {
        subject: format!("{subject} ({host})"),
        text,
    })
}

/// The mail of `countersign mail test`.
pub(crate) fn test_letter(issuer: &str) -> Letter {
    let host = host(issuer);
    Letter {
        subject: format!("A test ({host})"),
        text: format!(
            "This is a test. Mail about what happens to accounts at {host} will come from this address.\n"
        ),
    }
}

fn host(issuer: &str) -> &str {
    issuer.split_once("://").map_or(issuer, |(_, host)| host)
}

/// A name that somebody chose, as nothing but words: no mark that makes a link, an address or a quote of it.
fn harmless(name: &str) -> Option<String> {
    let word = |c: char| {
        c.is_alphanumeric() || matches!(c, '-' | '_' | '\'' | '’' | '+' | '&' | '#' | '(' | ')')
    };
    let plain: String = name
        .chars()
        .map(|c| if word(c) { c } else { ' ' })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain: String = plain.chars().take(NAME_CHARS).collect();
    let plain = plain.trim_end();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use countersign_core::audit::Kind;
    use countersign_core::ids::{ClientId, GrantId};
    use countersign_core::time::Timestamp;

    use super::*;

    fn notice(device: &str) -> Notice {
        Notice {
            seq: 7,
            entry: Entry::new(
                Timestamp::from_millis(1_764_000_000_000),
                Kind::SessionOpened,
            ),
            account: None,
            device: Some(device.to_owned()),
            by_device: None,
            role: Some(Role::Phone),
            client: ClientId::parse("shop"),
        }
    }

    fn anna() -> Addressee {
        Addressee {
            login_name: "anna".to_owned(),
            display_name: "Anna".to_owned(),
            email: None,
        }
    }

    #[test]
    fn a_mail_says_what_when_by_what_and_what_to_do() {
        let undo = Some("https://login.example/undo#token");
        let letter = letter(
            "sign_in.approved",
            &notice("Firefox on Linux"),
            &anna(),
            "https://login.example",
            undo,
        );
        let Letter { subject, text } = letter.unwrap();
        assert_eq!(subject, "A computer was signed in (login.example)");
        for part in [
            "your account anna at login.example",
            "When: 24 November 2025 at 16:00 UTC\n",
            "Device: calls itself \"Firefox on Linux\"\n",
            "Application: shop\n",
            "\nhttps://login.example/undo#token\n",
            "https://login.example/account\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert_eq!(text.matches("/undo#").count(), 1);
    }

    #[test]
    fn a_name_brings_no_link_no_line_and_no_header() {
        for (name, shown) in [
            ("Anna's MacBook-Pro.local", "Anna's MacBook-Pro local"),
            ("https://evil.example/undo#x", "https evil example undo#x"),
            ("me@evil.example", "me evil example"),
            (
                "x\"\r\nBcc: eve@evil.example\r\n\r\nClick",
                "x Bcc eve evil example Click",
            ),
            ("evil。example／x", "evil example x"),
            ("<a href=x>ok</a>", "a href x ok a"),
        ] {
            let letter = letter(
                "session.opened",
                &notice(name),
                &anna(),
                "https://login.example",
                None,
            );
            let Letter { subject, text } = letter.unwrap();
            assert!(
                text.contains(&format!("Device: calls itself \"{shown}\"\n")),
                "{text}"
            );
            assert!(
                !subject.contains("evil") && text.matches("://").count() == 1,
                "{text}"
            );
        }
        assert_eq!(harmless("\u{202e}://"), None);
        assert_eq!(harmless(&"x".repeat(99)).unwrap().len(), NAME_CHARS);
    }

    #[test]
    fn an_owner_hears_of_an_invitation_to_their_own_account() {
        let mut notice = notice("");
        notice.entry = Entry {
            detail: Some(WAY_BACK.into()),
            ..Entry::new(notice.entry.at, Kind::InvitationMade)
        };
        let issuer = "https://login.example";
        let letter = letter("invitation.made", &notice, &anna(), issuer, None);
        let Letter { subject, text } = letter.unwrap();
        assert_eq!(subject, "An invitation was made (login.example)");
        assert!(text.contains("If you did not ask for that, tell them."));
        // One for a new account is the first that its owner hears.
        notice.entry.detail = None;
        assert!(words("invitation.made", &notice).is_none());
    }

    #[test]
    fn a_phone_that_another_device_signed_out_is_told_of() {
        let (own, other) = (GrantId::from_bytes([1; 16]), GrantId::from_bytes([2; 16]));
        let said = |by, role| {
            let mut notice = notice("Anna's phone");
            (notice.entry.grant, notice.entry.by) = (Some(own), by);
            (notice.by_device, notice.role) = (Some("Eve's phone".to_owned()), role);
            letter("session.ended", &notice, &anna(), "https://x.example", None)
        };
        let told = said(Some(other), Some(Role::Phone)).unwrap();
        assert_eq!(told.subject, "A phone of yours was signed out (x.example)");
        let by = "\nBy: calls itself \"Eve's phone\"\n";
        assert!(told.text.contains(by), "{}", told.text);
        for (by, role) in [
            (None, Some(Role::Phone)),
            (Some(own), Some(Role::Phone)),
            (Some(other), Some(Role::Desktop)),
        ] {
            assert_eq!(said(by, role), None);
        }
    }

    #[test]
    fn what_its_owner_need_not_hear_is_not_sent() {
        for kind in [
            "sign_in.denied",
            "session.ended",
            "account.added",
            "invitation.made",
            "email.changed",
        ] {
            let mut notice = notice("x");
            notice.entry.detail = None;
            assert!(words(kind, &notice).is_none(), "{kind}");
        }
    }
}
