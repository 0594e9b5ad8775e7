//! The context: what the phone shows before its person decides.
//!
//! It is stored at scan, as shown, and confirm sends back its digest, so that nobody confirms
//! something else than what was on the screen.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::client::Scopes;
use crate::ids::ClientId;
use crate::network::Network;
use crate::opened_by::OpenedBy;
use crate::policy::Level;
use crate::time::Timestamp;

/// What the phone shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The application's id.
    pub client: ClientId,
    /// Its registered name.
    pub client_name: String,
    /// Its registered host; `None` for an application on no web page.
    pub host: Option<String>,
    /// Whether who asks was proved: only for authenticated clients and known keys.
    pub verified: bool,
    /// The browser family that the desktop claims.
    pub browser: Option<String>,
    /// The operating system that it claims.
    pub os: Option<String>,
    /// What the desktop calls itself.
    pub calls_itself: Option<String>,
    /// How its network compares with the phone's.
    pub network: Network,
    /// When it asked.
    pub requested_at: Timestamp,
    /// Since when it is known to this account; `None` for a new one.
    pub known_since: Option<Timestamp>,
    /// What it may do.
    pub scopes: Scopes,
    /// How long it stays signed in.
    pub duration: Duration,
    /// How long when its owner chooses to keep it signed in.
    pub keep: Duration,
    /// How many other accounts scanned the code after this phone did.
    pub strangers: u8,
    /// How the code reached the phone.
    pub opened_by: OpenedBy,
    /// What the approval takes.
    pub level: Level,
}

/// What is odd about a desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Its key or its address asked several accounts lately.
    pub many_accounts: bool,
    /// Its network changed since it showed the code.
    pub desktop_moved: bool,
}

/// The digest of a context as it was shown. Opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextDigest([u8; 32]);

impl ContextDigest {
    /// Reads the form that travels.
    pub fn parse(text: &str) -> Option<Self> {
        crate::secret::decode(text).map(Self)
    }
}

impl std::fmt::Display for ContextDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::secret::encode(&self.0))
    }
}

impl Context {
    /// The digest over everything shown, each field with its length in front.
    pub fn digest(&self) -> ContextDigest {
        let mut hash = Sha256::new_with_prefix(b"countersign context\0");
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        field(self.client.as_str().as_bytes());
        field(self.client_name.as_bytes());
        for text in [&self.host, &self.browser, &self.os, &self.calls_itself] {
            field(&[u8::from(text.is_some())]);
            field(text.as_deref().unwrap_or_default().as_bytes());
        }
        field(&[
            u8::from(self.verified),
            self.network as u8,
            self.strangers,
            self.opened_by as u8,
            self.level as u8,
        ]);
        field(&self.requested_at.millis().to_be_bytes());
        field(&self.known_since.map_or(0, Timestamp::millis).to_be_bytes());
        field(self.scopes.to_string().as_bytes());
        field(&self.duration.as_secs().to_be_bytes());
        field(&self.keep.as_secs().to_be_bytes());
        ContextDigest(hash.finalize().into())
    }

    /// Whether this context is riskier than the one `shown`, so that it must be shown first.
    ///
    /// Safer or equal is no reason to ask again; the network counts through the level.
    pub fn riskier_than(&self, shown: &Self) -> bool {
        self.client_name != shown.client_name
            || self.host != shown.host
            || (shown.verified && !self.verified)
            || (shown.known_since.is_some() && self.known_since.is_none())
            || !self.scopes.within(&shown.scopes)
            || self.duration > shown.duration
            || self.keep > shown.keep
            || self.strangers > shown.strangers
            || self.opened_by > shown.opened_by
            || self.level > shown.level
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn context() -> Context {
        Context {
            client: ClientId::parse("demo").unwrap(),
            client_name: "Demo".to_owned(),
            host: Some("login.example".to_owned()),
            verified: false,
            browser: Some("Firefox".to_owned()),
            os: None,
            calls_itself: None,
            network: Network::Same,
            requested_at: Timestamp::from_millis(1000),
            known_since: None,
            scopes: Scopes::of(&["openid"]),
            duration: Duration::from_secs(28_800),
            keep: Duration::from_secs(2_592_000),
            strangers: 0,
            opened_by: OpenedBy::Scanner,
            level: Level::Code,
        }
    }

    type Change = fn(&mut Context);

    #[test]
    fn every_field_counts_in_the_digest() {
        let changes: [Change; 16] = [
            |c| c.client = ClientId::parse("other").unwrap(),
            |c| c.client_name = "Dem".to_owned(),
            |c| c.host = None,
            |c| c.verified = true,
            |c| c.browser = None,
            |c| c.os = Some(String::new()),
            |c| c.calls_itself = Some("x".to_owned()),
            |c| c.network = Network::Far,
            |c| c.requested_at = Timestamp::from_millis(1001),
            |c| c.known_since = Some(Timestamp::from_millis(1)),
            |c| c.scopes = Scopes::of(&["profile"]),
            |c| c.duration = Duration::from_secs(1),
            |c| c.keep = Duration::from_secs(1),
            |c| c.strangers = 1,
            |c| c.opened_by = OpenedBy::Link,
            |c| c.level = Level::Tap,
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut other = context();
            change(&mut other);
            assert_ne!(other.digest(), context().digest(), "change {n}");
        }
    }

    #[test]
    fn only_what_is_riskier_asks_again() {
        let riskier: [Change; 8] = [
            |c| c.host = Some("evil.example".to_owned()),
            |c| c.client_name = "Other".to_owned(),
            |c| c.scopes = Scopes::of(&["openid", "profile"]),
            |c| c.duration = Duration::from_secs(28_801),
            |c| c.keep = Duration::from_secs(2_592_001),
            |c| c.strangers = 1,
            |c| c.opened_by = OpenedBy::CrossSiteLink,
            |c| c.host = None,
        ];
        for (n, change) in riskier.into_iter().enumerate() {
            let mut other = context();
            change(&mut other);
            assert!(other.riskier_than(&context()), "change {n}");
        }
        let safer: [Change; 4] = [
            |c| c.level = Level::Tap,
            |c| c.scopes = Scopes::default(),
            |c| c.duration = Duration::from_secs(1),
            |c| c.network = Network::Unknown,
        ];
        for (n, change) in safer.into_iter().enumerate() {
            let mut other = context();
            change(&mut other);
            assert!(!other.riskier_than(&context()), "change {n}");
        }
    }
}
