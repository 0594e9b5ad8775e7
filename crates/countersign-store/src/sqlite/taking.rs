//! What a device that is taken back takes with it: all that it made for its account.
//!
//! Passkeys, recovery codes, and the sessions that rest on them or on its word; of their devices likewise. Each
//! device is looked at once, so that it ends however they let each other in.

use std::collections::HashSet;

use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended};
use countersign_core::ids::{AccountId, DeviceId, GrantId, PasskeyId};
use countersign_core::ports::Gone;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::ending::{distrust, end_where};
use super::problem::Problem;
use super::rows::audit;
use super::which::Params;
use super::{all, former, one};

/// The grants of a device, whenever they were made.
const OF_DEVICE: &str = "(SELECT made.id FROM grants AS made WHERE made.device_id = :device)";

/// What is taken, and what was.
pub(super) struct Taking<'a> {
    db: &'a Connection,
    ended: Ended,
    spared: Spared,
    /// Whether what those phones approved goes too.
    approved_too: bool,
    seen: HashSet<DeviceId>,
    /// What went so far.
    pub(super) gone: Gone,
}

/// What stays with whoever wishes all this.
#[derive(Default)]
struct Spared {
    grant: Option<GrantId>,
    device: Option<DeviceId>,
    passkey: Option<PasskeyId>,
}

impl<'a> Taking<'a> {
    /// Begins; the session of whoever wishes it, what its device made and the passkey that opened it are
    /// spared.
    pub(super) fn new(
        db: &'a Connection,
        at: Timestamp,
        spared: Option<GrantId>,
    ) -> Result<Self, Problem> {
        let spared = spared.map(|id| Spared::of(db, id)).transpose()?;
        let cause = EndCause::MakerUndone;
        Ok(Self {
            db,
            ended: Ended { at, cause },
            spared: spared.unwrap_or_default(),
            approved_too: false,
            seen: HashSet::new(),
            gone: Gone::default(),
        })
    }

    /// Takes what those phones approved as well.
    pub(super) fn approved_too(self, approved_too: bool) -> Self {
        Self {
            approved_too,
            ..self
        }
    }

    /// Takes what these devices made; gives all that went.
    pub(super) fn take(mut self, mut devices: Vec<DeviceId>) -> Result<Gone, Problem> {
        while let Some(device) = devices.pop() {
            if self.spared.device != Some(device) && self.seen.insert(device) {
                self.take_passkeys(device)?;
                former::restore(self.db, device, self.ended.at)?;
                let codes = format!("DELETE FROM recovery_codes WHERE made_by IN {OF_DEVICE}");
                let params = named_params! { ":device": device.bytes() };
                self.db.prepare_cached(&codes)?.execute(params)?;
                devices.extend(self.end_resting(device)?);
                if self.approved_too {
                    devices.extend(self.end_approved(device)?);
                }
            }
        }
        Ok(self.gone)
    }

    fn take_passkeys(&mut self, device: DeviceId) -> Result<(), Problem> {
        let sql = format!(
            "DELETE FROM passkeys WHERE made_by IN {OF_DEVICE} AND id IS NOT :spared \
             RETURNING id, account_id, made_by, name"
        );
        let params = named_params! {
            ":device": device.bytes(),
            ":spared": self.spared.passkey.as_ref().map(PasskeyId::bytes),
        };
        let gone = all(self.db, &sql, params, |columns| {
            columns.id("passkeys")?;
            let account = AccountId::from_bytes(columns.bytes()?);
            let made_by = GrantId::from_bytes(columns.bytes()?);
            Ok(Entry {
                account: Some(account),
                device: Some(device),
                grant: Some(made_by),
                detail: Some(columns.take::<String>()?.into()),
                ..Entry::new(self.ended.at, Kind::PasskeyRemoved)
            })
        })?;
        for entry in gone {
            audit::insert(self.db, &entry)?;
            self.gone.passkeys += 1;
        }
        Ok(())
    }

    /// Ends the sessions that rest on this device's grants; gives the devices of them all.
    fn end_resting(&mut self, device: DeviceId) -> Result<Vec<DeviceId>, Problem> {
        let resting = format!("rests_on IN {OF_DEVICE} AND id IS NOT :spared");
        let spared = self.spared.grant.map(|id| id.bytes().to_vec());
        let params = Params::default()
            .with(":device", device.bytes().to_vec())
            .with(":spared", spared);
        let over = end_where(self.db, &resting, &params, self.ended)?;
        self.gone.grants.extend(over);
        self.distrust(&resting, params, self.ended)
    }

    /// Ends what this device approved, in any of its sessions; gives the devices of that.
    fn end_approved(&mut self, device: DeviceId) -> Result<Vec<DeviceId>, Problem> {
        let approved = format!("approved_by IN {OF_DEVICE}");
        let params = Params::default().with(":device", device.bytes().to_vec());
        let cause = EndCause::ApproverUndone;
        let ended = Ended {
            cause,
            ..self.ended
        };
        let over = end_where(self.db, &approved, &params, ended)?;
        self.gone.grants.extend(over);
        self.distrust(&approved, params, ended)
    }

    /// Trusts the devices of grants no more, but for the one that is spared; gives them.
    fn distrust(
        &self,
        condition: &str,
        params: Params,
        ended: Ended,
    ) -> Result<Vec<DeviceId>, Problem> {
        let condition = format!("{condition} AND device_id IS NOT :kept");
        let kept = self.spared.device.map(|id| id.bytes().to_vec());
        distrust(self.db, &condition, &params.with(":kept", kept), ended)
    }
}

impl Spared {
    fn of(db: &Connection, grant: GrantId) -> Result<Self, Problem> {
        let sql = "SELECT id, device_id, passkey_id FROM grants WHERE id = ?";
        let found = one(db, sql, [grant.bytes()], |columns| {
            columns.id("grants")?;
            let device = DeviceId::from_bytes(columns.bytes()?);
            let passkey = columns.bytes_or_none()?.map(PasskeyId::from_bytes);
            Ok((device, passkey))
        })?;
        let (device, passkey) = found.unzip();
        Ok(Self {
            grant: Some(grant),
            device,
            passkey: passkey.flatten(),
        })
    }
}
