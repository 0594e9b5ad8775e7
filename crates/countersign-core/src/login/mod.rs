//! The login: one attempt to sign one desktop in, and the only place where its state changes.
//!
//! [`Login::apply`] is total, synchronous and knows nothing outside its arguments: it takes the
//! login as it was, an event and the time, and gives the login as it is afterwards with a verdict.
//! The whole table of states and events is a snapshot test (`login_table`).

mod apply;
mod by_desktop;
mod by_phone;
mod event;
mod state;

use crate::account::{DeviceInfo, LoginName};
use crate::client::{Binding, Ending, Scopes};
use crate::ids::{AccountId, ClientId, LoginId, Thumbprint};
use crate::keys::{KeyId, PhraseMac};
use crate::limits::{CHECK_TRIES, PASSKEY_TRIES, PHRASE_TRIES};
use crate::named::named;
use crate::scan_code::Rotation;
use crate::secret::SecretHash;
use crate::time::Timestamp;

pub use apply::Step;
pub use event::{Assertion, Confirm, Event, Offer, Refusal, Scan, Typed};
pub use state::{CancelCause, Claim, Confirmation, DenyCause, State, StateName};

/// One attempt to sign one desktop in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Its public id.
    pub id: LoginId,
    /// Rises with each change; writes name the version that they were decided on.
    pub version: u32,
    /// When it was created; periods of the scan code count from here.
    pub created_at: Timestamp,
    /// The server key from which its secrets are derived.
    pub server_key: KeyId,
    /// What was asked, fixed at creation.
    pub request: Request,
    /// The desktop's device code, hashed.
    pub device_code: SecretHash,
    /// Other accounts that scanned it: after it was claimed, or though it names another one. Each
    /// once.
    pub strangers: Vec<AccountId>,
    /// Wrong check codes so far.
    pub wrong_codes: u8,
    /// Answers of a wrong passkey so far.
    pub wrong_passkeys: u8,
    /// Wrong phrases so far.
    pub wrong_phrases: u8,
    /// Whether the desktop's network changed since it asked.
    pub desktop_moved: bool,
    /// Where it stands.
    pub state: State,
}

/// What a desktop asked for. Nothing in it ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// For which client.
    pub client: ClientId,
    /// What it may do.
    pub scopes: Scopes,
    /// The desktop's key, named; proved before anything is given.
    pub key: Thumbprint,
    /// What proves the desktop.
    pub binding: Binding,
    /// How it ends for the desktop.
    pub ending: Ending,
    /// The cookie of the browser that asked, hashed; only for the server's own pages.
    pub cookie: Option<SecretHash>,
    /// Whether the key was proved already when asking; needed to count as known.
    pub proved: bool,
    /// How the scan code changes.
    pub rotation: Rotation,
    /// What the desktop says of itself.
    pub device: DeviceInfo,
    /// The browser family that its `User-Agent` claims.
    pub browser: Option<String>,
    /// The operating system that its `User-Agent` claims.
    pub os: Option<String>,
    /// The registered origin of the page that asked; `None` for a program.
    pub origin: Option<String>,
    /// The address that it asked from.
    pub address: Option<std::net::IpAddr>,
    /// The account that it is for, by name; anybody's, if it names none. Whether there is such an
    /// account plays no part.
    pub hint: Option<LoginName>,
    /// What it asks to do beside signing in.
    pub act: Option<Act>,
    /// What is kept of the phrase that was typed on the desktop; the phone's person must type it too.
    pub phrase: Option<PhraseMac>,
}

/// A login as its parties may see it at one moment, expiry included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The state.
    pub state: StateName,
    /// The version: it differs from one that a party has seen exactly when there is news.
    pub version: u32,
    /// Whole seconds to the state's deadline, rounded up; 0 in a final state.
    pub expires_in: u64,
    /// The number of the scan code's period, and seconds to the next; only in `waiting`.
    pub rotation: Option<(u64, u64)>,
}

named! {
    /// What a desktop may ask to do beside signing in, once.
    pub enum Act {
        /// Add a passkey to the account.
        AddPasskey = "add_passkey",
    }
}

impl Login {
    /// How it looks at `now`. Expiry shows at once, before anybody wrote it down.
    pub fn view(&self, now: Timestamp) -> View {
        let expired = self.expired(now);
        let state = if expired {
            StateName::Expired
        } else {
            self.state.name()
        };
        let rotation = (state == StateName::Waiting).then(|| {
            let rotation = self.request.rotation;
            (
                rotation.step(self.created_at, now),
                rotation.next_in(self.created_at, now),
            )
        });
        View {
            state,
            // Writing the expiry down makes the next version; seen before or after, it is the same.
            version: self.version + u32::from(expired),
            expires_in: if expired {
                0
            } else {
                self.state
                    .deadline()
                    .map_or(0, |until| now.seconds_until(until))
            },
            rotation,
        }
    }

    /// Whether its state's deadline has come: `now >= deadline` means expired.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.state.deadline().is_some_and(|until| now >= until)
    }

    /// Check codes that may still be tried.
    pub fn tries_left(&self) -> u8 {
        CHECK_TRIES.saturating_sub(self.wrong_codes)
    }

    /// Passkeys that may still be tried.
    pub fn passkey_tries_left(&self) -> u8 {
        PASSKEY_TRIES.saturating_sub(self.wrong_passkeys)
    }

    /// Phrases that may still be tried.
    pub fn phrase_tries_left(&self) -> u8 {
        PHRASE_TRIES.saturating_sub(self.wrong_phrases)
    }
}
