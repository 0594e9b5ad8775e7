//! Clients: the applications that ask for sign-in.

use std::time::Duration;

use ipnet::IpNet;

use crate::ids::{ClientId, Thumbprint};
use crate::limits::{DESKTOP_GRANT, DESKTOP_KEEP, ROTATION, SCOPE_CHARS, SCOPES};
use crate::named::named;
use crate::scan_code::Rotation;

/// The id of the client that our own pages and phones are; it is there without being configured.
pub const BUILT_IN: &str = "countersign";

/// A registered application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The name that phones show.
    pub name: String,
    /// Its web origins (RFC 6454), as browsers send them. Phones show the host of the one that a
    /// login came from: what is *registered*, because a server can send any `Origin`.
    pub origins: Vec<String>,
    /// Whether a request without `Origin` may come from it: it is a program, or also one.
    pub native: bool,
    /// Whether its grants of role `phone` may approve.
    pub phone: bool,
    /// Whether it belongs to whoever runs the server: its tokens' audience is the issuer.
    pub first_party: bool,
    /// What its approvals take.
    pub rules: Rules,
    /// What a login may ask for, and gets when it asks for nothing.
    pub qr_scopes: Scopes,
    /// How its scan codes change.
    pub rotation: Rotation,
    /// How long a desktop stays signed in.
    pub duration: Duration,
    /// How long when its owner chose to keep it signed in.
    pub keep: Duration,
    /// What proves its desktops.
    pub binding: Binding,
    /// How its logins end.
    pub ending: Ending,
}

named! {
    /// What proves a device with each request.
    pub enum Binding {
        /// A proof by a key that never leaves it (RFC 9449).
        Dpop = "dpop",
        /// A secret id that the server gave it: the weaker form, for what can't sign.
        DeviceId = "device-id",
    }
}

named! {
    /// How a login ends for its desktop.
    pub enum Ending {
        /// With tokens.
        Tokens = "tokens",
        /// With a cookie session on the server's own pages.
        Cookie = "cookie",
    }
}

/// What a client's approvals take: read by [`crate::policy::decide`], and by nothing else that
/// decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What the phone's person must do, at least.
    pub approval: Approval,
    /// What becomes of a desktop that is far from the phone.
    pub far: Far,
    /// Which desktops may be signed in. Judged at scan, against the account that scans.
    pub desktops: Desktops,
    /// Where desktops may be; anywhere, if there is none.
    pub create_networks: Vec<IpNet>,
    /// Where phones may be; anywhere, if there is none.
    pub scan_networks: Vec<IpNet>,
    /// Whether codes that were opened as a link are refused.
    pub scanner_only: bool,
    /// Whether a login must name the account that it is for.
    pub login_hint_required: bool,
    /// Whether a login must have a phrase. Any login may.
    pub phrase: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            approval: Approval::Auto,
            far: Far::Code,
            desktops: Desktops::Open,
            create_networks: Vec::new(),
            scan_networks: Vec::new(),
            scanner_only: false,
            login_hint_required: false,
            phrase: false,
        }
    }
}

named! {
    /// The approval that a client asks for.
    pub enum Approval {
        /// `tap` for a known desktop nearby, `code` for everything else.
        Auto = "auto",
        /// At least `code`.
        Code = "code",
        /// Always `passkey`.
        Passkey = "passkey",
    }
}

named! {
    /// What a client wants for a desktop that is far from the phone.
    pub enum Far {
        /// The check code.
        Code = "code",
        /// A passkey.
        Passkey = "passkey",
        /// No sign-in.
        Refuse = "refuse",
    }
}

/// Which desktops a client takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desktops {
    /// Any.
    Open,
    /// Those that are known to the account that scans.
    Known,
    /// Those with one of these keys, proved when they ask.
    Registered(Vec<Thumbprint>),
}

impl Desktops {
    /// The name of the setting.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Known => "known",
            Self::Registered(_) => "registered",
        }
    }
}

impl Client {
    /// A client with the defaults of the protocol.
    pub fn new(id: ClientId, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            origins: Vec::new(),
            native: false,
            phone: false,
            first_party: false,
            rules: Rules::default(),
            qr_scopes: Scopes::of(&["openid", "profile"]),
            rotation: Rotation::Every(ROTATION),
            duration: DESKTOP_GRANT,
            keep: DESKTOP_KEEP,
            binding: Binding::Dpop,
            ending: Ending::Tokens,
        }
    }

    /// Whether desktops that are proved by a device id alone would get more than that is worth: they
    /// never last longer than [`DESKTOP_GRANT`], and get small scopes only.
    pub fn too_much_for_a_device_id(&self) -> bool {
        let small = Scopes::of(&["openid", "profile"]);
        self.binding == Binding::DeviceId
            && (self.duration > DESKTOP_GRANT
                || self.keep > self.duration
                || self.phone
                || self.ending == Ending::Cookie
                || !self.qr_scopes.within(&small))
    }

    /// Whether a request with this `Origin` header may start a login in its name.
    pub fn allows_origin(&self, origin: Option<&str>) -> bool {
        match origin {
            Some(origin) => self.origins.iter().any(|registered| registered == origin),
            None => self.native,
        }
    }

    /// The host that phones show for a login that a page of `origin` started, as long as that
    /// origin is registered. A program's login has none: there is no address bar to look at.
    pub fn host<'a>(&self, origin: &'a str) -> Option<&'a str> {
        let (_, host) = origin.split_once("://")?;
        self.allows_origin(Some(origin)).then_some(host)
    }

    /// The scopes of a login that asks for `asked`; `None` when it asks for more than it may.
    pub fn scopes(&self, asked: Option<&str>) -> Option<Scopes> {
        let Some(asked) = asked.filter(|text| !text.trim().is_empty()) else {
            return Some(self.qr_scopes.clone());
        };
        Scopes::parse(asked).filter(|scopes| scopes.within(&self.qr_scopes))
    }
}

/// A set of scopes (RFC 6749 §3.3), in order, without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a space-separated list; `None` for other characters than the RFC's, or too many.
    pub fn parse(text: &str) -> Option<Self> {
        let token = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
        let mut scopes: Vec<String> = text
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        scopes.sort();
        scopes.dedup();
        let fits = scopes.len() <= SCOPES
            && scopes
                .iter()
                .all(|scope| scope.len() <= SCOPE_CHARS && scope.chars().all(token));
        fits.then_some(Self(scopes))
    }

    /// The set of `names`, which must be well-formed scopes.
    pub fn of(names: &[&str]) -> Self {
        Self::parse(&names.join(" ")).unwrap_or_default()
    }

    /// Whether every scope of this set is in `other`.
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|scope| other.0.contains(scope))
    }

    /// Whether it has `scope`.
    pub fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|have| have == scope)
    }

    /// The scopes, in order.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Client {
        let mut client = Client::new(ClientId::parse("demo").unwrap(), "Demo");
        client.origins = vec!["https://shop.example".to_owned()];
        client
    }

    #[test]
    fn only_registered_origins_start_logins() {
        let mut client = demo();
        assert!(client.allows_origin(Some("https://shop.example")));
        for foreign in [
            "null",
            "https://shop.example.evil.example",
            "http://shop.example",
            "https://shop.example/",
            "",
        ] {
            assert!(!client.allows_origin(Some(foreign)), "{foreign}");
        }
        assert!(!client.allows_origin(None));
        client.native = true;
        assert!(client.allows_origin(None));
        assert_eq!(client.host("https://shop.example"), Some("shop.example"));
        assert_eq!(client.host("https://evil.example"), None);
    }

    #[test]
    fn a_device_id_is_worth_little() {
        type Change = fn(&mut Client);
        let mut client = demo();
        (client.binding, client.keep) = (Binding::DeviceId, client.duration);
        assert!(!client.too_much_for_a_device_id());
        let changes: [Change; 5] = [
            |c| c.keep = DESKTOP_KEEP,
            |c| (c.duration, c.keep) = (DESKTOP_KEEP, DESKTOP_KEEP),
            |c| c.phone = true,
            |c| c.ending = Ending::Cookie,
            |c| c.qr_scopes = Scopes::of(&["openid", "mail"]),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut more = client.clone();
            change(&mut more);
            assert!(more.too_much_for_a_device_id(), "change {n}");
            more.binding = Binding::Dpop;
            assert!(!more.too_much_for_a_device_id(), "change {n} with a key");
        }
    }

    #[test]
    fn scopes_never_grow() {
        let client = demo();
        assert_eq!(
            client.scopes(None),
            Some(Scopes::of(&["openid", "profile"]))
        );
        assert_eq!(client.scopes(Some("openid")), Some(Scopes::of(&["openid"])));
        assert_eq!(client.scopes(Some("openid admin")), None);
        assert_eq!(client.scopes(Some("open\"id")), None);
    }
}
