//! Devices, and which of them are known.

use async_trait::async_trait;

use crate::account::Device;
use crate::audit::Entry;
use crate::client::Scopes;
use crate::grant::Grant;
use crate::ids::{AccountId, ClientId, DeviceId, Thumbprint};
use crate::time::Timestamp;

use super::StoreError;

/// A device with its live grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The device.
    pub device: Device,
    /// Its live grants, oldest first, each with the name of the device that approved it.
    pub grants: Vec<(Grant, Option<String>)>,
}

/// Devices.
#[async_trait]
pub trait Devices: Send + Sync {
    /// The account's devices, last seen first, at most [`crate::limits::DEVICES_LISTED`], each
    /// with its grants that are alive at `now`.
    async fn list(&self, account: AccountId, now: Timestamp) -> Result<Vec<Listed>, StoreError>;

    /// Gives a device of the account a name, or takes it away; `None` when the account has no such
    /// device, and nothing is written.
    async fn rename(
        &self,
        account: AccountId,
        device: DeviceId,
        label: Option<String>,
        entry: Entry,
    ) -> Result<Option<Device>, StoreError>;

    /// Since when a desktop is known, by the rule of [`Known`].
    async fn known_since(&self, known: Known) -> Result<Option<Timestamp>, StoreError>;
}

/// Asks whether a desktop is known: (account, key, client) collected, with its key proved at
/// creation, at level `code` or higher, after `since`, with scopes no narrower than `scopes`; and
/// since then no grant of theirs was misused, the device not taken back ([`super::Grants::end`]) and no login of
/// theirs denied; and no other account collected with that key after `since`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whose approval is asked for.
    pub account: AccountId,
    /// The desktop's key.
    pub key: Thumbprint,
    /// The client.
    pub client: ClientId,
    /// What it asks for now.
    pub scopes: Scopes,
    /// The earliest collect that counts.
    pub since: Timestamp,
}
