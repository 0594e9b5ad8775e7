//! Who is signed in, on what, by which grant.

use serde::{Deserialize, Serialize};

/// What a device says about itself when it signs in or asks for a login. All of it is a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDevice {
    /// A name for people to recognise it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `browser`, `android`, `ios`, `desktop`, `terminal`, `tv` or `other`.
    pub kind: String,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// An account, as far as a grant shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Stable id.
    pub id: String,
    /// Display name; empty where the grant's scopes do not share it.
    #[serde(default)]
    pub name: String,
    /// Login name, where the answer has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Whether it has a password, where the answer has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_password: Option<bool>,
    /// How many passkeys it has, where the answer has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkeys: Option<u32>,
}

/// A device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind, as in [`NewDevice`].
    pub kind: String,
}

/// A grant, as `GET /v1/me` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Stable id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The client that it is for.
    pub client: String,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// `phone` or `desktop`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Unix seconds.
    pub signed_in_at: u64,
    /// `password`, `passkey`, `invitation`, `recovery` or `scan`; later servers may know more.
    pub how: String,
    /// Unix seconds.
    pub expires_at: u64,
}

/// Answer to `GET /v1/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Who is signed in.
    pub account: Account,
    /// On which device.
    pub device: Device,
    /// By which grant.
    pub grant: Grant,
}

/// A device in the answer to `GET /v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedDevice {
    /// Stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its operating system, as it claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Unix seconds.
    pub first_seen: u64,
    /// Unix seconds.
    pub last_seen: u64,
    /// Whether this is the device that asks.
    #[serde(default)]
    pub this_device: bool,
    /// What it may do now.
    #[serde(default)]
    pub grants: Vec<ListedGrant>,
}

/// A live grant of a [`ListedDevice`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedGrant {
    /// Stable id.
    pub id: String,
    /// The client that it is for.
    pub client: String,
    /// `phone` or `desktop`.
    pub role: String,
    /// `password`, `passkey`, `invitation`, `recovery` or `scan`; later servers may know more.
    pub how: String,
    /// Unix seconds.
    pub signed_in_at: u64,
    /// Unix seconds.
    pub expires_at: u64,
    /// The phone that approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ways_in_that_are_not_known_yet_are_read_as_they_are() {
        let me: Me = serde_json::from_value(json!({
            "account": { "id": "a", "has_password": false, "passkeys": 2, "hats": 3 },
            "device": { "id": "d", "name": "Desk", "kind": "fridge" },
            "grant": { "client": "demo", "signed_in_at": 1, "how": "telepathy", "expires_at": 2 },
        }))
        .unwrap();
        assert_eq!((&*me.grant.how, &*me.account.name), ("telepathy", ""));
        let account = &me.account;
        assert_eq!(
            (account.has_password, account.passkeys),
            (Some(false), Some(2))
        );
        let older: Account = serde_json::from_value(json!({ "id": "a" })).unwrap();
        assert_eq!((older.has_password, older.passkeys), (None, None));
    }
}
