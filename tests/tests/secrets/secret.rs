//! A secret, and every form in which it could stand somewhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Password,
    ScanMac,
    RotationKey,
    DeviceCode,
    Hold,
    Ticket,
    CheckCode,
    AccessToken,
    RefreshToken,
    LoginCookie,
    SessionCookie,
    DeviceId,
    Proof,
    Phrase,
}

impl Kind {
    pub(crate) const ALL: [Self; 14] = [
        Self::Password,
        Self::ScanMac,
        Self::RotationKey,
        Self::DeviceCode,
        Self::Hold,
        Self::Ticket,
        Self::CheckCode,
        Self::AccessToken,
        Self::RefreshToken,
        Self::LoginCookie,
        Self::SessionCookie,
        Self::DeviceId,
        Self::Proof,
        Self::Phrase,
    ];

    /// The one route whose successful answer gives it in its body, where there is one.
    pub(crate) fn is_given_at(self, path: &str) -> bool {
        match self {
            Self::RotationKey | Self::DeviceCode | Self::DeviceId => path == "/v1/logins",
            Self::Hold => path == "/v1/holds",
            Self::Ticket => path == "/v1/scans",
            Self::CheckCode => path == "/v1/scans/confirm",
            Self::AccessToken | Self::RefreshToken => {
                matches!(path, "/v1/sessions" | "/oauth/token")
            }
            Self::Password
            | Self::ScanMac
            | Self::Proof
            | Self::Phrase
            | Self::LoginCookie
            | Self::SessionCookie => false,
        }
    }

    /// The same for a header.
    pub(crate) fn is_set_at(self, path: &str) -> bool {
        match self {
            Self::LoginCookie => path == "/v1/logins",
            Self::SessionCookie => path == "/v1/sessions" || path.ends_with("/session"),
            _ => false,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Secret {
    pub(crate) kind: Kind,
    /// As it travels.
    pub(crate) text: String,
}

impl Secret {
    pub(crate) fn new(kind: Kind, text: &str) -> Self {
        let text = text.to_owned();
        Self { kind, text }
    }

    /// The forms to look for, each with its name. A check code is too short to be looked for in bytes: it is a
    /// whole word or column.
    pub(crate) fn forms(&self) -> Vec<(String, Vec<u8>)> {
        if self.kind == Kind::CheckCode {
            return Vec::new();
        }
        let mut forms = vec![("text".to_owned(), self.text.as_bytes().to_vec())];
        for (part, bytes) in self.bytes() {
            let mut add =
                |form: &str, bytes: Vec<u8>| forms.push((format!("{form} of the {part}"), bytes));
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let hex = hex.concat();
            let decimal: Vec<_> = bytes.iter().map(u8::to_string).collect();
            add("upper-case hex", hex.to_uppercase().into_bytes());
            add("hex", hex.into_bytes());
            add("base64", STANDARD_NO_PAD.encode(&bytes).into_bytes());
            add("base64url", URL_SAFE_NO_PAD.encode(&bytes).into_bytes());
            add("list", decimal.join(", ").into_bytes());
            add("list without spaces", decimal.join(",").into_bytes());
            add("bytes", bytes);
        }
        forms
    }

    /// What the text decodes to, and the parts of it that are secret by themselves.
    fn bytes(&self) -> Vec<(&'static str, Vec<u8>)> {
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        match self.kind {
            Kind::Password | Kind::CheckCode | Kind::Phrase => {
                vec![("whole", self.text.as_bytes().to_vec())]
            }
            // Header and claims of a JWS are no secret; whoever has the signature has it all.
            Kind::AccessToken | Kind::Proof => {
                let signature = self.text.rsplit('.').next().unwrap();
                vec![("signature", decoded(signature))]
            }
            Kind::DeviceCode | Kind::Ticket | Kind::RefreshToken | Kind::SessionCookie => {
                let whole = decoded(&self.text);
                // In front stands a public id.
                let secret = whole[16..].to_vec();
                vec![("whole", whole), ("secret part", secret)]
            }
            Kind::ScanMac | Kind::RotationKey | Kind::Hold | Kind::LoginCookie | Kind::DeviceId => {
                vec![("whole", decoded(&self.text))]
            }
        }
    }
}
