//! Accounts and devices as rows.

use countersign_core::account::{
    Account, AccountStatus, Device, DeviceInfo, DeviceKind, Email, LoginName,
};
use countersign_core::ids::{AccountId, DeviceId, Thumbprint};

use super::{Columns, Problem};

pub(in crate::sqlite) const ACCOUNT: &str = "accounts.id, accounts.login_name, \
     accounts.display_name, accounts.password_hash, accounts.email, accounts.status, \
     accounts.created_at";

pub(in crate::sqlite) const DEVICE: &str = "devices.id, devices.account_id, devices.name, \
     devices.kind, devices.platform, devices.label, devices.key, devices.first_seen, devices.last_seen";

/// Reads the columns of [`ACCOUNT`].
pub(in crate::sqlite) fn account(columns: &mut Columns<'_>) -> Result<Account, Problem> {
    Ok(Account {
        id: AccountId::from_bytes(columns.id("accounts")?),
        login_name: columns
            .word(|text| LoginName::parse(text).filter(|name| name.as_str() == text))?,
        display_name: columns.take()?,
        password_hash: columns.take()?,
        email: columns.word_or_none(Email::parse)?,
        status: columns.word(AccountStatus::parse)?,
        created_at: columns.time()?,
    })
}

/// Reads the columns of [`DEVICE`].
pub(in crate::sqlite) fn device(columns: &mut Columns<'_>) -> Result<Device, Problem> {
    Ok(Device {
        id: DeviceId::from_bytes(columns.id("devices")?),
        account: AccountId::from_bytes(columns.bytes()?),
        info: DeviceInfo {
            name: columns.take()?,
            kind: columns.word(DeviceKind::parse)?,
            platform: columns.take()?,
        },
        label: columns.take()?,
        key: Thumbprint::from_bytes(columns.bytes()?),
        first_seen: columns.time()?,
        last_seen: columns.time()?,
    })
}
