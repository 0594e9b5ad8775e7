//! The scan code: what the QR code says, computed by the desktop anew for each step, and read by the phone.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use url::Url;

use crate::error::Error;
use crate::key::{base64url, from_base64url};

/// Bytes of the MAC that the code carries; the rest of the HMAC is dropped.
const MAC_BYTES: usize = 8;

/// The MAC of one step: the first 8 bytes of `HMAC-SHA-256(rotation_key, login_id ‖ step)`, with `step` as an
/// unsigned 64-bit big-endian number.
pub fn mac(rotation_key: &[u8], login_id: &[u8; 16], step: u64) -> [u8; MAC_BYTES] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, rotation_key);
    let mut message = hmac::Context::with_key(&key);
    message.update(login_id);
    message.update(&step.to_be_bytes());
    let tag = message.sign();
    let mut first = [0; MAC_BYTES];
    first.copy_from_slice(&tag.as_ref()[..MAC_BYTES]);
    first
}

/// What a desktop needs to draw the code of any step.
#[derive(Clone)]
pub struct Rotation {
    url: String,
    key: Vec<u8>,
    login_id: [u8; 16],
}

impl Rotation {
    /// Takes the members of the answer to `POST /v1/logins`; key and id are base64url.
    ///
    /// # Errors
    /// [`Error::ScanCode`] when one of them is malformed.
    pub fn new(url: &str, rotation_key: &str, login_id: &str) -> Result<Self, Error> {
        let key = from_base64url(rotation_key)
            .filter(|key| !key.is_empty())
            .ok_or(Error::ScanCode("the rotation key is malformed"))?;
        let login_id = from_base64url(login_id)
            .and_then(|id| id.try_into().ok())
            .ok_or(Error::ScanCode("the login id is malformed"))?;
        Ok(Self {
            url: url.to_owned(),
            key,
            login_id,
        })
    }

    /// The link that the QR code of `step` says: a secret until it has been scanned or has rotated away.
    pub fn link(&self, step: u64) -> String {
        let mac = mac(&self.key, &self.login_id, step);
        format!(
            "{}#{}.{}",
            self.url,
            base64url(&self.login_id),
            base64url(&mac)
        )
    }
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A link as a phone reads it: which server, and the code for it.
#[derive(Clone, PartialEq, Eq)]
pub struct ScanLink {
    issuer: String,
    code: String,
}

impl ScanLink {
    /// The server that the link belongs to, as an origin.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `<login_id>.<mac>`: a secret.
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl FromStr for ScanLink {
    type Err = Error;

    /// Reads `https://<issuer>/q#<login_id>.<mac>`; spaces around it are ignored.
    ///
    /// # Errors
    /// [`Error::ScanCode`] saying which part is not as it must be.
    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text.trim()).map_err(|_| Error::ScanCode("it is no link"))?;
        let issuer = crate::http::origin(&url).ok_or(Error::ScanCode(
            "its link is not https (or http on this computer)",
        ))?;
        if url.path() != "/q" || url.query().is_some() {
            return Err(Error::ScanCode(
                "its link leads elsewhere than to a sign-in",
            ));
        }
        let code = url.fragment().unwrap_or_default();
        let is_code = code.split_once('.').is_some_and(|(id, mac)| {
            from_base64url(id).is_some_and(|id| id.len() == 16)
                && from_base64url(mac).is_some_and(|mac| mac.len() == MAC_BYTES)
        });
        if !is_code {
            return Err(Error::ScanCode(
                "its link holds no code; copy it whole, with all behind the #",
            ));
        }
        Ok(Self {
            issuer,
            code: code.to_owned(),
        })
    }
}

impl fmt::Display for ScanLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/q#{}", self.issuer, self.code)
    }
}

impl fmt::Debug for ScanLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScanLink")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn links_agree_with_the_shared_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/vectors.json")).unwrap();
        for vector in vectors["rotation"].as_array().unwrap() {
            let text = |name: &str| vector[name].as_str().unwrap();
            let (url, _) = text("url").split_once('#').unwrap();
            let rotation = Rotation::new(url, text("rotation_key"), text("login_id")).unwrap();
            let link = rotation.link(vector["step"].as_u64().unwrap());
            assert_eq!(link, text("url"));
            let read: ScanLink = link.parse().unwrap();
            assert_eq!(read.issuer(), "https://login.example");
            assert_eq!(read.code(), format!("{}.{}", text("login_id"), text("mac")));
            assert_eq!(read.to_string(), link);
        }
    }

    #[test]
    fn what_is_no_scan_link_is_refused_with_the_reason() {
        let id = "AAECAwQFBgcICQoLDA0ODw";
        for (text, part) in [
            ("hello".to_owned(), "no link"),
            (format!("http://login.example/q#{id}.GypVt34Btu0"), "https"),
            (format!("ftp://login.example/q#{id}.GypVt34Btu0"), "https"),
            (
                format!("https://login.example/other#{id}.GypVt34Btu0"),
                "elsewhere",
            ),
            (
                format!("https://login.example/q?x=1#{id}.GypVt34Btu0"),
                "elsewhere",
            ),
            ("https://login.example/q".to_owned(), "no code"),
            (format!("https://login.example/q#{id}"), "no code"),
            (format!("https://login.example/q#{id}.GypVt34Bt"), "no code"),
        ] {
            let error = text.parse::<ScanLink>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn debug_output_holds_no_code() {
        let link: ScanLink = "https://login.example/q#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0"
            .parse()
            .unwrap();
        assert!(!format!("{link:?}").contains("GypVt34Btu0"));
    }
}
