//! Accounts and their devices.

use crate::ids::{AccountId, DeviceId, Thumbprint};
use crate::limits::{DEVICE_NAME_CHARS, DISPLAY_NAME_CHARS, EMAIL_CHARS, LOGIN_NAME_CHARS};
use crate::named::named;
use crate::time::Timestamp;

/// A person.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The stable id, `sub` of every token.
    pub id: AccountId,
    /// What the person types to sign in; unique.
    pub login_name: LoginName,
    /// What pages call the person.
    pub display_name: String,
    /// The password's hash in PHC form, as the edge made it; `None` for who has none (yet).
    pub password_hash: Option<String>,
    /// Where notices reach the person, by the operator's word.
    pub email: Option<Email>,
    /// Whether the account may sign in.
    pub status: AccountStatus,
    /// When it was added.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

named! {
    /// Whether an account may sign in and approve.
    pub enum AccountStatus {
        /// It may.
        Active = "active",
        /// Its owner or an admin locked it.
        Locked = "locked",
        /// An admin took it out of use.
        Disabled = "disabled",
    }
}

/// What a person types to sign in: 1 to 64 of `a–z 0–9 . _ - @ +`, in lower case.
///
/// Few characters, so that no two names look alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LoginName(String);

impl LoginName {
    /// Reads a name; upper case is taken as lower case. `None` when it has other characters, is
    /// empty or too long.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim().to_ascii_lowercase();
        let plain = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@' | '+')
        };
        let fits = !name.is_empty() && name.len() <= LOGIN_NAME_CHARS && name.chars().all(plain);
        fits.then_some(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A mail address: `local@domain`, printable ASCII without spaces, quotes and angle brackets, at most 254 characters
/// (RFC 5321 §4.5.3.1). Whether anybody reads it, only a mail tells.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address; `None` for what a mail server could misread.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |c: char| {
            c.is_ascii_graphic()
                && !matches!(
                    c,
                    '"' | '<' | '>' | ',' | ';' | '(' | ')' | '\\' | '[' | ']' | ':'
                )
        };
        let (local, domain) = text.split_once('@')?;
        let named = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with('.')
                && !part.contains("..")
        };
        let fits = text.len() <= EMAIL_CHARS
            && local.len() <= 64
            && named(local)
            && named(domain)
            && !domain.contains('@')
            && text.chars().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(…)")
    }
}

/// What a person is called on pages: the given text without control and direction characters, at
/// most 64 characters; `None` when nothing is left.
pub fn display_name(text: &str) -> Option<String> {
    clean(text, DISPLAY_NAME_CHARS)
}

/// A machine of an account, found again by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub account: AccountId,
    /// What it calls itself, and what it is.
    pub info: DeviceInfo,
    /// What its owner calls it.
    pub label: Option<String>,
    /// Its key.
    pub key: Thumbprint,
    /// When it first signed in.
    pub first_seen: Timestamp,
    /// When it last signed in or renewed its tokens.
    pub last_seen: Timestamp,
}

/// What a device says of itself: claims, shown as such, that never raise trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// A name, cleaned for one line of text; at most 64 characters.
    pub name: Option<String>,
    /// What kind of machine it is.
    pub kind: DeviceKind,
    /// The platform, cleaned likewise.
    pub platform: Option<String>,
}

impl Device {
    /// What to call it: by its owner's word, else its own, else by its kind, so that there always is
    /// a text to show.
    pub fn name(&self) -> &str {
        let said = self.label.as_deref().or(self.info.name.as_deref());
        said.unwrap_or(self.info.kind.name())
    }
}

impl DeviceInfo {
    /// Takes what a device says of itself and keeps what can safely be shown.
    pub fn new(name: Option<&str>, kind: DeviceKind, platform: Option<&str>) -> Self {
        let shown = |text: Option<&str>| text.and_then(|text| clean(text, DEVICE_NAME_CHARS));
        Self {
            name: shown(name),
            kind,
            platform: shown(platform),
        }
    }
}

named! {
    /// What kind of machine a device is.
    pub enum DeviceKind {
        /// A web browser.
        Browser = "browser",
        /// An Android phone or tablet.
        Android = "android",
        /// An iPhone or iPad.
        Ios = "ios",
        /// A desktop program.
        Desktop = "desktop",
        /// A program in a terminal.
        Terminal = "terminal",
        /// A television.
        Tv = "tv",
        /// Anything else, and every kind that this version does not know.
        Other = "other",
    }
}

impl DeviceKind {
    /// The kind that a device says it is; one that this version does not know counts as other.
    pub fn said(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self::Other)
    }
}

/// One line of text that a stranger may have chosen, made fit to be shown: no control, direction
/// or zero-width characters, no more than two marks on one letter, single spaces, at most `chars`
/// characters. `None` when nothing visible is left.
pub fn clean(text: &str, chars: usize) -> Option<String> {
    let mut shown = String::new();
    let (mut count, mut marks) = (0, 0);
    for c in text.chars().take(16 * chars) {
        let c = if c.is_whitespace() { ' ' } else { c };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let doubled = c == ' ' && (shown.is_empty() || shown.ends_with(' '));
        if c.is_control() || is_invisible(c) || marks > 2 || doubled {
            continue;
        }
        if count == chars {
            break;
        }
        shown.push(c);
        count += 1;
    }
    let shown = shown.trim_end();
    shown.chars().any(|c| !is_mark(c)).then(|| shown.to_owned())
}

/// Characters that change how others are shown, or show nothing (Unicode TR36 §2, UAX 9).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Combining marks of the blocks in which they stack without end ("Zalgo").
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{711}' | '\u{730}'..='\u{74a}' | '\u{7a6}'..='\u{7b0}' | '\u{900}'..='\u{902}' | '\u{93c}'
        | '\u{941}'..='\u{948}' | '\u{951}'..='\u{957}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}'
        | '\u{f18}'..='\u{f19}' | '\u{f71}'..='\u{f84}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}'
        | '\u{3099}'..='\u{309a}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_name_is_made_fit_to_be_shown() {
        assert_eq!(
            clean("  Anna's \r\n laptop\u{202e}gpj ", 64).as_deref(),
            Some("Anna's laptopgpj")
        );
        assert_eq!(clean("   ", 64), None);
        assert_eq!(clean("\u{200b}\u{feff}\u{2800}", 64), None);
        assert_eq!(clean("\u{301}\u{302}", 64), None, "marks on nothing");
        assert_eq!(
            clean(&format!("ก{}", "\u{e47}".repeat(60)), 64).map(|name| name.chars().count()),
            Some(3)
        );
        assert_eq!(
            clean(&format!("e{}", "\u{301}".repeat(50)), 64).as_deref(),
            Some("e\u{301}\u{301}")
        );
        assert_eq!(
            clean(&"x".repeat(10_000), 64).map(|name| name.len()),
            Some(64)
        );
        assert_eq!(clean("日本語 ßé", 64).as_deref(), Some("日本語 ßé"));
    }

    #[test]
    fn login_names_do_not_look_alike() {
        assert_eq!(LoginName::parse(" Anna ").unwrap().as_str(), "anna");
        assert!(LoginName::parse("аnna").is_none(), "a Cyrillic letter");
        assert!(LoginName::parse("anna smith").is_none());
        assert!(LoginName::parse("").is_none());
    }

    #[test]
    fn mail_addresses_carry_nothing_else() {
        assert!(Email::parse("anna.smith+cs@mail.example").is_some());
        for odd in [
            "",
            "anna",
            "@x",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b\r\nBcc: c@d",
            "<a@b>",
            "a..b@c",
            "\"a\"@b",
            "a@[127.0.0.1]",
        ] {
            assert!(Email::parse(odd).is_none(), "{odd:?}");
        }
        assert!(Email::parse(&format!("a@{}", "b".repeat(300))).is_none());
    }

    #[test]
    fn an_unknown_kind_counts_as_other() {
        assert_eq!(DeviceKind::said("fridge"), DeviceKind::Other);
        assert_eq!(DeviceKind::said(DeviceKind::Tv.name()), DeviceKind::Tv);
    }
}
