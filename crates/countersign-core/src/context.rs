//! The context: what the phone shows before its person decides.
//!
//! It is stored at scan, as shown, and confirm sends back its digest, so that nobody confirms
//! something else than what was on the screen.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::client::Scopes;
use crate::ids::ClientId;
use crate::login::Act;
use crate::network::{Network, Place};
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
    /// Where it is, by the operator's database.
    pub place: Option<Place>,
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
    /// How many other accounts scanned the code.
    pub strangers: u8,
    /// What is odd about the desktop.
    pub flags: Flags,
    /// How the code reached the phone.
    pub opened_by: OpenedBy,
    /// What the desktop asks to do beside signing in.
    pub act: Option<Act>,
    /// Whether the phrase that was typed on the desktop must be typed on the phone too.
    pub phrase: bool,
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

impl Flags {
    /// Whether there is a flag that `shown` does not have.
    const fn more_than(self, shown: Self) -> bool {
        (self.many_accounts && !shown.many_accounts) || (self.desktop_moved && !shown.desktop_moved)
    }
}

impl Context {
    /// The digest over everything shown, each field with its length in front.
    pub fn digest(&self) -> ContextDigest {
        // Taken apart by name, so that no field is ever left out.
        let Self {
            client,
            client_name,
            host,
            verified,
            browser,
            os,
            calls_itself,
            place,
            network,
            requested_at,
            known_since,
            scopes,
            duration,
            keep,
            strangers,
            flags,
            opened_by,
            act,
            phrase,
            level,
        } = self;
        let mut hash = Sha256::new_with_prefix(b"countersign context\0");
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        field(client.as_str().as_bytes());
        field(client_name.as_bytes());
        let place = place.as_ref();
        for text in [
            host.as_deref(),
            browser.as_deref(),
            os.as_deref(),
            calls_itself.as_deref(),
            place.map(|place| place.country.as_str()),
            place.and_then(|place| place.region.as_deref()),
            place.and_then(|place| place.continent.as_deref()),
            act.map(Act::name),
        ] {
            field(&[u8::from(text.is_some())]);
            field(text.unwrap_or_default().as_bytes());
        }
        field(&[
            u8::from(*verified),
            *network as u8,
            *strangers,
            u8::from(flags.many_accounts),
            u8::from(flags.desktop_moved),
            *opened_by as u8,
            u8::from(*phrase),
            *level as u8,
        ]);
        field(&requested_at.millis().to_be_bytes());
        field(&known_since.map_or(0, Timestamp::millis).to_be_bytes());
        field(scopes.to_string().as_bytes());
        field(&duration.as_secs().to_be_bytes());
        field(&keep.as_secs().to_be_bytes());
        ContextDigest(hash.finalize().into())
    }

    /// Whether this context is riskier than the one `shown`, so that it must be shown first.
    ///
    /// Safer or equal is no reason to ask again. Of what has no safer and riskier side, anything
    /// else than was shown is riskier.
    pub fn riskier_than(&self, shown: &Self) -> bool {
        let Self {
            client,
            client_name,
            host,
            verified,
            browser,
            os,
            calls_itself,
            place,
            network,
            requested_at,
            known_since,
            scopes,
            duration,
            keep,
            strangers,
            flags,
            opened_by,
            act,
            phrase,
            level,
        } = self;
        let other = *client != shown.client
            || *client_name != shown.client_name
            || *host != shown.host
            || *browser != shown.browser
            || *os != shown.os
            || *calls_itself != shown.calls_itself
            || *place != shown.place
            || *requested_at != shown.requested_at
            || *act != shown.act
            || *phrase != shown.phrase;
        let stranger = (shown.verified && !verified)
            || (shown.known_since.is_some() && known_since.is_none())
            || *network > shown.network
            || *strangers > shown.strangers
            || flags.more_than(shown.flags)
            || *opened_by > shown.opened_by
            || *level > shown.level;
        let more =
            !scopes.within(&shown.scopes) || *duration > shown.duration || *keep > shown.keep;
        other || stranger || more
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
            verified: true,
            browser: Some("Firefox".to_owned()),
            os: None,
            calls_itself: None,
            place: Some(Place {
                country: "DE".to_owned(),
                region: None,
                continent: None,
            }),
            network: Network::Near,
            requested_at: Timestamp::from_millis(1000),
            known_since: Some(Timestamp::from_millis(9)),
            scopes: Scopes::of(&["openid"]),
            duration: Duration::from_secs(28_800),
            keep: Duration::from_secs(2_592_000),
            strangers: 1,
            flags: Flags::default(),
            opened_by: OpenedBy::Link,
            act: None,
            phrase: false,
            level: Level::Code,
        }
    }

    type Change = fn(&mut Context);

    fn place(change: impl FnOnce(&mut Place)) -> impl FnOnce(&mut Context) {
        |context| change(context.place.as_mut().unwrap())
    }

    /// Changes for the worse, every field at least once.
    const RISKIER: [Change; 26] = [
        |c| c.client = ClientId::parse("other").unwrap(),
        |c| c.client_name = "Dem".to_owned(),
        |c| c.host = None,
        |c| c.host = Some("evil.example".to_owned()),
        |c| c.verified = false,
        |c| c.browser = None,
        |c| c.os = Some(String::new()),
        |c| c.calls_itself = Some("x".to_owned()),
        |c| c.place = None,
        |c| place(|p| p.country = "FR".to_owned())(c),
        |c| place(|p| p.region = Some("Berlin".to_owned()))(c),
        |c| place(|p| p.continent = Some("EU".to_owned()))(c),
        |c| c.network = Network::Unknown,
        |c| c.network = Network::Far,
        |c| c.requested_at = Timestamp::from_millis(1001),
        |c| c.known_since = None,
        |c| c.scopes = Scopes::of(&["openid", "profile"]),
        |c| c.duration = Duration::from_secs(28_801),
        |c| c.keep = Duration::from_secs(2_592_001),
        |c| c.strangers = 2,
        |c| c.flags.many_accounts = true,
        |c| c.flags.desktop_moved = true,
        |c| c.opened_by = OpenedBy::CrossSiteLink,
        |c| c.act = Some(Act::AddPasskey),
        |c| c.phrase = true,
        |c| c.level = Level::Passkey,
    ];

    /// Changes that make nothing worse.
    const SAFER: [Change; 8] = [
        |c| c.network = Network::Same,
        |c| c.known_since = Some(Timestamp::from_millis(8)),
        |c| c.scopes = Scopes::default(),
        |c| c.duration = Duration::from_secs(1),
        |c| c.keep = Duration::from_secs(1),
        |c| c.strangers = 0,
        |c| c.opened_by = OpenedBy::Scanner,
        |c| c.level = Level::Tap,
    ];

    #[test]
    fn every_field_counts_in_the_digest() {
        let mut digests = vec![context().digest()];
        for (n, change) in RISKIER.into_iter().chain(SAFER).enumerate() {
            let mut other = context();
            change(&mut other);
            assert!(!digests.contains(&other.digest()), "change {n}");
            digests.push(other.digest());
        }
    }

    #[test]
    fn only_what_is_riskier_asks_again() {
        assert!(!context().riskier_than(&context()));
        for (n, change) in RISKIER.into_iter().enumerate() {
            let mut other = context();
            change(&mut other);
            assert!(other.riskier_than(&context()), "change {n}");
        }
        for (n, change) in SAFER.into_iter().enumerate() {
            let mut other = context();
            change(&mut other);
            assert!(!other.riskier_than(&context()), "change {n}");
        }
        let mut flagged = context();
        flagged.flags.many_accounts = true;
        assert!(!context().riskier_than(&flagged), "a flag that went");
    }
}
