//! The audit log: one entry for each change, written in the same commit as the change.
//!
//! Folding the entries of a login gives its row (`from`, `to`, `version`), which a test does.

use std::borrow::Cow;

use crate::grant::Ended;
use crate::ids::{AccountId, ClientId, DeviceId, GrantId, LoginId};
use crate::login::{CancelCause, Login, StateName};
use crate::named::named;
use crate::time::Timestamp;

named! {
    /// What happened.
    pub enum Kind {
        /// A login was created.
        LoginCreated = "login_created",
        /// A login went from one state to another.
        LoginMoved = "login_moved",
        /// Another account scanned a claimed login.
        StrangerScanned = "stranger_scanned",
        /// A wrong check code was typed.
        WrongCode = "wrong_code",
        /// A wrong passkey was answered with, for an approval.
        WrongPasskey = "wrong_passkey",
        /// A wrong phrase was typed on the phone.
        WrongPhrase = "wrong_phrase",
        /// What the phone had been shown became riskier, so it must look again.
        ContextChanged = "context_changed",
        /// An account was added.
        AccountAdded = "account_added",
        /// A password sign-in opened a session.
        SessionOpened = "session_opened",
        /// A desktop collected the same grant once more.
        CollectedAgain = "collected_again",
        /// A grant was ended: by its owner, or because a secret was misused.
        GrantEnded = "grant_ended",
        /// A refresh token was used.
        Refreshed = "refreshed",
        /// Somebody asked for an account whose name is taken.
        NameTaken = "name_taken",
        /// A password was given once more, for a sensitive act.
        Verified = "verified",
        /// A phone that waited may approve now: another one said so.
        PhoneAllowed = "phone_allowed",
        /// A device's owner gave it a name.
        DeviceRenamed = "device_renamed",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// The account's status was changed; the detail is the new one.
        StatusChanged = "status_changed",
        /// A passkey was added; the detail is its name.
        PasskeyAdded = "passkey_added",
        /// A passkey was removed, by its owner or with what added it; the detail is its name.
        PasskeyRemoved = "passkey_removed",
        /// A passkey got another name.
        PasskeyRenamed = "passkey_renamed",
        /// Recovery codes were made; those from before are void.
        RecoveryCodesMade = "recovery_codes_made",
        /// A recovery code opened a phone's session, which waits.
        RecoveryStarted = "recovery_started",
        /// An invitation was made.
        InvitationMade = "invitation_made",
        /// An invitation was withdrawn before anybody accepted it.
        InvitationWithdrawn = "invitation_withdrawn",
        /// An invitation was accepted.
        InvitationAccepted = "invitation_accepted",
        /// The address for notices was changed.
        EmailChanged = "email_changed",
        /// A desktop's network changed after it had shown its code.
        DesktopMoved = "desktop_moved",
        /// A detector saw something; the detail is its name, an [`Alert`].
        Alert = "alert",
    }
}

named! {
    /// What the detectors see. Their thresholds are in [`crate::limits`].
    pub enum Alert {
        /// One desktop key asked many accounts.
        KeyManyAccounts = "key_many_accounts",
        /// One address asked many accounts.
        AddressManyAccounts = "address_many_accounts",
        /// Many logins from one address, or of one client, were declined.
        Denials = "denials",
        /// A code was passed around: a login was cancelled by strangers.
        Strangers = "strangers",
        /// Desktop and phone are on different continents.
        Continents = "continents",
        /// Somebody said that they had not started a login.
        Reported = "reported",
    }
}

/// One entry. Holds names of things, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// The login that changed, its version after the change, and its states before and after.
    pub login: Option<Change>,
    /// The account that it concerns, as far as known.
    pub account: Option<AccountId>,
    /// The device that it concerns.
    pub device: Option<DeviceId>,
    /// The grant that it concerns.
    pub grant: Option<GrantId>,
    /// The grant of the account whose holder wished it, where that may be another one: of an end, and of what
    /// goes with it.
    pub by: Option<GrantId>,
    /// A word more: the cause of an end.
    pub detail: Option<Cow<'static, str>>,
    /// What an alert is about: a login, a key, an address, a client. Never a secret.
    pub subject: Option<String>,
}

/// A login's change, as the log keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which login.
    pub id: LoginId,
    /// Its version after the change.
    pub version: u32,
    /// Its state before; `None` when it was created.
    pub from: Option<StateName>,
    /// Its state after.
    pub to: StateName,
}

/// What an account's owner is told of: everything but what is part of something else.
pub const TOLD: &[Kind] = &[
    Kind::LoginMoved,
    Kind::StrangerScanned,
    Kind::WrongCode,
    Kind::AccountAdded,
    Kind::SessionOpened,
    Kind::GrantEnded,
    Kind::PhoneAllowed,
    Kind::DeviceRenamed,
    Kind::PasswordChanged,
    Kind::StatusChanged,
    Kind::PasskeyAdded,
    Kind::PasskeyRemoved,
    Kind::RecoveryCodesMade,
    Kind::RecoveryStarted,
    Kind::InvitationAccepted,
    Kind::EmailChanged,
    Kind::DesktopMoved,
    Kind::Alert,
];

/// Whether an entry goes into the outbox: what an owner or an operator may want to act upon. Of a login's moves only
/// its end by a sign-in, a denial or strangers.
pub fn notified(entry: &Entry) -> bool {
    match entry.kind {
        Kind::LoginMoved => entry.login.is_some_and(|change| {
            let strangers = entry.detail.as_deref() == Some(CancelCause::Strangers.name());
            matches!(change.to, StateName::Collected | StateName::Denied)
                || (change.to == StateName::Cancelled && strangers)
        }),
        Kind::SessionOpened
        | Kind::AccountAdded
        | Kind::GrantEnded
        | Kind::PhoneAllowed
        | Kind::PasswordChanged
        | Kind::StatusChanged
        | Kind::PasskeyAdded
        | Kind::PasskeyRemoved
        | Kind::RecoveryCodesMade
        | Kind::RecoveryStarted
        | Kind::InvitationMade
        | Kind::InvitationAccepted
        | Kind::EmailChanged
        | Kind::Alert => true,
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
        | Kind::DesktopMoved => false,
    }
}

/// The detail of a session that a further phone opened, which may not approve yet.
pub const PHONE_WAITS: &str = "phone_waits";

/// The detail of an invitation to an account that was there before.
pub const WAY_BACK: &str = "way_back";

/// The detail of a password that is the one of before again, because whoever changed it was taken back.
pub const RESTORED: &str = "restored";

/// The detail of a session that a passkey opened.
pub const BY_PASSKEY: &str = "passkey";

/// An entry of an account's activity, with the names that a person needs to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its place in the log; falls as one reads back.
    pub id: u64,
    /// The entry.
    pub entry: Entry,
    /// What the device is called now.
    pub device: Option<String>,
    /// What the device is called by which it was done, where the entry names that.
    pub by_device: Option<String>,
    /// The application, as far as grant or login still tell.
    pub client: Option<ClientId>,
}

impl Entry {
    /// An entry that concerns no login.
    pub const fn new(at: Timestamp, kind: Kind) -> Self {
        Self {
            at,
            kind,
            login: None,
            account: None,
            device: None,
            grant: None,
            by: None,
            detail: None,
            subject: None,
        }
    }

    /// The entry for the end of a grant.
    pub fn ended((account, device, grant): (AccountId, DeviceId, GrantId), ended: Ended) -> Self {
        Self {
            account: Some(account),
            device: Some(device),
            grant: Some(grant),
            detail: Some(Cow::Borrowed(ended.cause.name())),
            ..Self::new(ended.at, Kind::GrantEnded)
        }
    }

    /// The entry for a new login.
    pub fn created(login: &Login) -> Self {
        let change = Change {
            id: login.id,
            version: login.version,
            from: None,
            to: login.state.name(),
        };
        Self {
            login: Some(change),
            ..Self::new(login.created_at, Kind::LoginCreated)
        }
    }

    /// The entry for the step from `before` to `after`.
    pub fn step(before: &Login, after: &Login, at: Timestamp) -> Self {
        let (from, to) = (before.state.name(), after.state.name());
        let kind = if from != to {
            Kind::LoginMoved
        } else if after.strangers.len() > before.strangers.len() {
            Kind::StrangerScanned
        } else if after.wrong_codes > before.wrong_codes {
            Kind::WrongCode
        } else if after.wrong_passkeys > before.wrong_passkeys {
            Kind::WrongPasskey
        } else if after.wrong_phrases > before.wrong_phrases {
            Kind::WrongPhrase
        } else if after.desktop_moved && !before.desktop_moved {
            Kind::DesktopMoved
        } else {
            Kind::ContextChanged
        };
        let change = Change {
            id: after.id,
            version: after.version,
            from: Some(from),
            to,
        };
        Self {
            login: Some(change),
            account: match kind {
                Kind::StrangerScanned => after.strangers.last().copied(),
                _ => after.state.claim().map(|claim| claim.account),
            },
            detail: after.state.cause().map(Cow::Borrowed),
            ..Self::new(at, kind)
        }
    }
}
