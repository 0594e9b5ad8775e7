//! Every key of the configuration: its name, what it may hold, its default and what it is for.
//!
//! The one list that the file, the environment, `config print` and `docs/config.md` follow.

use super::value::Kind;

/// What every variable of this program begins with.
pub(crate) const PREFIX: &str = "COUNTERSIGN_";
/// The variable that names the file.
pub(crate) const FILE_VARIABLE: &str = "COUNTERSIGN_CONFIG";

/// A key that may be set.
#[derive(Debug)]
pub(crate) struct Key {
    /// As in the file: `section.key`, or the key alone at the top.
    pub(crate) name: &'static str,
    /// What it may hold.
    pub(crate) kind: Kind,
    /// Its default as the environment would give it; `None` where not setting it means something.
    pub(crate) default: Option<&'static str>,
    /// What it is for, for `docs/config.md`.
    pub(crate) what: &'static str,
}

impl Key {
    /// The variable that sets it.
    pub(crate) fn variable(&self) -> String {
        let name = self.name.replace('.', "__").to_ascii_uppercase();
        format!("{PREFIX}{name}")
    }
}

/// Tables of one name, of which there may be many: `[[name]]` in the file.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) name: &'static str,
    /// The keys that each table may have.
    pub(crate) keys: &'static [Key],
}

impl List {
    /// The variable for all tables of the list together.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase())
    }

    /// The list with this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        LISTS.iter().find(|list| list.name == name)
    }
}

/// The key with this name.
pub(crate) fn find(keys: &'static [Key], name: &str) -> Option<&'static Key> {
    keys.iter().find(|key| key.name == name)
}

const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    what: &'static str,
) -> Key {
    Key {
        name,
        kind,
        default,
        what,
    }
}

const fn seconds(min: u64, max: u64) -> Kind {
    Kind::Number { min, max }
}

/// Above this a limit is none.
const LIMIT: Kind = Kind::Number {
    min: 1,
    max: 1_000_000,
};

/// The lists of tables, in the order in which they are shown.
pub(crate) const LISTS: &[List] = &[
    List {
        name: CLIENTS,
        keys: CLIENT_KEYS,
    },
    List {
        name: WEBHOOKS,
        keys: WEBHOOK_KEYS,
    },
];

/// The applications.
pub(crate) const CLIENTS: &str = "clients";
/// Who is told of what happened.
pub(crate) const WEBHOOKS: &str = "webhooks";

/// The keys outside of the lists, in the order in which they are shown.
#[rustfmt::skip]
pub(crate) const KEYS: &[Key] = &[
    key("listen", Kind::Address, Some("127.0.0.1:8080"), "where to listen; beyond this computer only with an `https` issuer"),
    key("data", Kind::Path, Some("countersign-data"), "folder of the database and the keys; made if it is not there, for its owner alone"),
    key("issuer", Kind::Text, None, "the address that people see, at most 69 characters and no path: it stands in every token and every code. `http` only for localhost. Not set, it is `localhost` with the port, when the server listens on this computer only"),
    key("trusted_proxies", Kind::List, Some(""), "addresses or networks (CIDR) of the proxies in front, whose `X-Forwarded-For` is believed"),
    key("tls.certificate", Kind::Path, None, "PEM file of the certificate, followed by those between it and its authority"),
    key("tls.key", Kind::Path, None, "PEM file of its private key, which only its owner may read"),
    key("tls.authority", Kind::Path, None, "PEM file of a local authority, for people to install"),
    key("tls.authority_listen", Kind::Address, None, "where one page and that file are served over plain http, and nothing else"),
    key("accounts.registration", Kind::Word(&["closed", "open"]), Some("closed"), "whether people may add accounts for themselves"),
    key("phones.additional", Kind::Word(&["confirm", "open"]), Some("confirm"), "whether a further phone of an account has to be allowed on another one, or wait a day, before it may approve"),
    key("lifetimes.waiting", seconds(1, 600), Some("300"), "seconds from creation to the scan"),
    key("lifetimes.decision", seconds(1, 300), Some("120"), "seconds from the scan to the decision on the phone"),
    key("lifetimes.check", seconds(1, 300), Some("120"), "seconds from the decision to the right check code"),
    key("lifetimes.collect", seconds(1, 120), Some("60"), "seconds from confirmed to collected"),
    key("lifetimes.hold", seconds(1, 300), Some("180"), "seconds for a phone that signs in before it scans"),
    key("lifetimes.access_token", seconds(60, 3600), Some("600"), "seconds that an access token is good for"),
    key("rotation.seconds", Kind::OffOr { min: 15, max: 120 }, Some("30"), "how long a scan code is drawn; it is taken for one period more; 0: it never changes"),
    key("network.places", Kind::Path, None, "MMDB file of a City or Country database: phones then show where the computer is, and another country is `far`. None is shipped"),
    key("network.anonymous", Kind::Path, None, "MMDB file of an Anonymous-IP database: addresses of hosting providers, and where Tor, VPNs and public proxies come out, are then `far`"),
    key("network.near", Kind::List, Some(""), "addresses or networks (CIDR): a computer and a phone that are both in one of them are `near`"),
    key("network.shared_exits", Kind::List, Some(""), "addresses or networks (CIDR) that strangers share, such as a provider's exits or a guest network: an equal address there is `unknown`, not `same`"),
    key("recovery.wait_hours", Kind::Number { min: 0, max: 168 }, Some("24"), "hours before a phone that signed in with a recovery code may approve, in which the other devices can stop it; 0: at once"),
    key("limits.creations", LIMIT, Some("300"), "logins a minute from one address"),
    key("limits.sign_ins", LIMIT, Some("30"), "tries of a password a minute from one address"),
    key("limits.account_sign_ins", LIMIT, Some("20"), "tries of a password for one account in ten minutes"),
    key("limits.registrations", LIMIT, Some("10"), "new accounts an hour from one address"),
    key("limits.scans", LIMIT, Some("120"), "scans a minute from one address"),
    key("limits.prompts", LIMIT, Some("10"), "approvals that the phones of one account may be asked for in two minutes"),
    key("limits.requests", LIMIT, Some("6000"), "requests a minute from one address, over all routes"),
    key("limits.open_logins", LIMIT, Some("2000"), "open logins from one address"),
    key("limits.streams", LIMIT, Some("1000"), "open waits from one address"),
    key("limits.connections", LIMIT, Some("512"), "open connections from one address, whatever is asked on them; those of trusted proxies are not counted"),
    key("mail.server", Kind::Text, None, "host and port of the SMTP server that takes mail to people, such as `mail.example.org:587`; not set, none is sent"),
    key("mail.security", Kind::Word(&["starttls", "tls", "none"]), Some("starttls"), "how the way there is kept secret: `starttls` (usual on port 587), `tls` from the first byte (465), or `none`, which is only for a server on this computer"),
    key("mail.authority", Kind::Path, None, "PEM file of the authority that signed the mail server's certificate; not set, those that this computer trusts"),
    key("mail.from", Kind::Text, None, "the sender, such as `Example <login@example.org>`. Required with `mail.server`"),
    key("mail.user", Kind::Text, None, "the name to sign in to the mail server with; not set, it is used without"),
    key("mail.password_file", Kind::Path, None, "file with the password for it, which only its owner may read"),
    key("admin.token_file", Kind::Path, None, "file with the secret, of at least 32 characters, that opens `/admin/v1`, which only its owner may read; not set, those routes are not there"),
    key("retention.audit_days", Kind::Number { min: 30, max: 4000 }, Some("400"), "days that the record of what happened is kept"),
];

/// The keys of a `[[clients]]` table.
#[rustfmt::skip]
pub(crate) const CLIENT_KEYS: &[Key] = &[
    key("id", Kind::Text, None, "1–64 letters, digits, dots, dashes, underscores. Required"),
    key("name", Kind::Text, None, "what phones show; not set, the id"),
    key("origins", Kind::List, Some(""), "origins of its pages, exactly as browsers send them: `https`, or `http://localhost` with a port while the issuer is on localhost too"),
    key("native", Kind::Switch, Some("false"), "whether requests without `Origin` may come from it, as programs send them. This or an origin is needed"),
    key("approval", Kind::Word(&["auto", "code", "passkey"]), Some("auto"), "`auto`: the check code, or a tap for a known desktop in the same or a near network; `code`: always the check code; `passkey`: a passkey on the phone, and the check code"),
    key("far", Kind::Word(&["code", "passkey", "refuse"]), Some("code"), "what a desktop that is `far` from the phone takes: at least that, or no sign-in at all"),
    key("desktops", Kind::Word(&["open", "known", "registered"]), Some("open"), "which desktops may be signed in: any; those that this account signed in on before; those of `registered_desktops`"),
    key("registered_desktops", Kind::List, Some(""), "thumbprints (RFC 7638, 43 characters) of the keys of registered desktops"),
    key("create_networks", Kind::List, Some(""), "addresses or networks (CIDR) in which desktops must be; none: anywhere"),
    key("scan_networks", Kind::List, Some(""), "addresses or networks (CIDR) in which phones must be; none: anywhere"),
    key("scanner_only", Kind::Switch, Some("false"), "whether a code must be scanned in the page or app, so that a link is refused, also the one that a camera opens"),
    key("login_hint_required", Kind::Switch, Some("false"), "whether a desktop must name the account, which alone can then scan"),
    key("phrase", Kind::Switch, Some("false"), "whether a desktop must send a phrase, which is then typed on the phone too; any desktop may send one"),
    key("rotate_seconds", Kind::OffOr { min: 15, max: 120 }, None, "how long a scan code is drawn; not set, `rotation.seconds`"),
    key("qr_scopes", Kind::List, Some("openid,profile"), "what a sign-in may ask for, and gets when it asks for nothing"),
    key("first_party", Kind::Switch, Some("false"), "whether it is yours: the audience of its tokens is then the issuer, else its id. Its desktops are signed in by a scan all the same, never by a password alone"),
    key("desktop_hours", Kind::Number { min: 1, max: 2160 }, Some("8"), "how long a desktop stays signed in"),
    key("keep_days", Kind::Number { min: 1, max: 90 }, None, "how long when its owner chose to keep it signed in; not set, 30 days, and never less than `desktop_hours`"),
    key("binding", Kind::Word(&["dpop", "device-id"]), Some("dpop"), "`dpop`: tokens work with the desktop's key only; `device-id`: with a secret that it sends along, for programs that can't make proofs"),
];

/// The keys of a `[[webhooks]]` table.
#[rustfmt::skip]
pub(crate) const WEBHOOK_KEYS: &[Key] = &[
    key("id", Kind::Text, None, "1–64 letters, digits, dashes, underscores; names it in the log and for `countersign webhooks test`. Required"),
    key("url", Kind::Text, None, "where events are sent; `https`, without a user part. Required"),
    key("secret_file", Kind::Path, None, "file with the secret that signs them, `whsec_…`, which only its owner may read. Required"),
    key("events", Kind::List, Some("*"), "which ones, by their types in [webhooks.md](webhooks.md); `*` is all"),
    key("private", Kind::Switch, Some("false"), "whether it is in your own network: its addresses may then be private ones, and `http` is allowed"),
];
