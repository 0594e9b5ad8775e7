//! Names of things: public, unique, useless alone.

use crate::secret::{Secret, SecretHash, SecretKind, decode, encode};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 16 bytes, random when the thing is made.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            pub const fn bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads the text form; `None` unless it is 16 bytes in canonical base64url.
            pub fn parse(text: &str) -> Option<Self> {
                decode(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&encode(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

id! {
    /// One attempt to sign one desktop in. For tracing; everybody who sees the QR code sees it.
    LoginId
}
id! {
    /// A person: the stable `sub` of every token.
    AccountId
}
id! {
    /// A machine of an account.
    DeviceId
}
id! {
    /// What one sign-in gave one device. A phone's grant is its session.
    GrantId
}
id! {
    /// A passkey of an account. Not the credential id, which the browser knows it by.
    PasskeyId
}
id! {
    /// An invitation. Stands inside its link only.
    InvitationId
}
id! {
    /// A line of refresh tokens, each made from the one before. Stands inside the tokens only.
    FamilyId
}

/// What names the key that proves a device: the SHA-256 thumbprint of its public key (RFC 7638;
/// `jkt` of RFC 9449 §6.1) or, for a device that can't sign, the hash of its secret id.
///
/// The second is hashed with a label in front, so that neither can ever stand for the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// Takes the 32 bytes of the hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Names a device by its secret id, which the server gave it.
    pub fn of_device_id(id: &Secret<32>) -> Self {
        Self(*SecretHash::of(SecretKind::DeviceId, id).bytes())
    }

    /// The 32 bytes of the hash.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a `jkt`; `None` unless it is 32 bytes in canonical base64url.
    pub fn parse(text: &str) -> Option<Self> {
        decode(text).map(Self)
    }
}

impl std::fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&encode(&self.0))
    }
}

impl std::fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// The name of a registered client: 1 to 64 of `A–Z a–z 0–9 . _ -` (RFC 6749 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Reads a client id; `None` when it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let fits = !text.is_empty() && text.len() <= crate::limits::CLIENT_ID_CHARS;
        (fits && text.chars().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_travel_as_base64url() {
        let id = LoginId::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        assert_eq!(id.to_string(), "AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(LoginId::parse("AAECAwQFBgcICQoLDA0ODw"), Some(id));
        assert_eq!(LoginId::parse("AAECAwQFBgcICQoLDA0OD"), None);
    }

    #[test]
    fn client_ids_are_plain_words() {
        assert!(ClientId::parse("demo").is_some());
        assert!(ClientId::parse("").is_none());
        assert!(ClientId::parse("a b").is_none());
        assert!(ClientId::parse(&"a".repeat(65)).is_none());
    }
}
