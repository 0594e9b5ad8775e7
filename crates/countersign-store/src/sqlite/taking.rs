//! What a device that is taken back takes with it: all that it made for its account.
//!
//! Passkeys, recovery codes, and the sessions that rest on them or on its word; of their devices likewise. And if a
//! recovery code let it in, those that were beside it: whoever had one may have them all. Each
//! device is looked at once, so that it ends however they let each other in.

use std::collections::HashSet;

use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended};
use countersign_core::ids::{AccountId, DeviceId, GrantId, PasskeyId};
use countersign_core::ports::Gone;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::ending::{Wish, distrust, end_where, reaches_a_phone};
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
    wish: Wish,
    spared: Spared,
    /// Whether what those phones approved goes too.
    approved_too: bool,
    seen: HashSet<DeviceId>,
    /// What went so far.
    pub(super) gone: Gone,
    /// Whether that is more than whoever wishes it may end without saying who they are.
    pub(super) beyond: bool,
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
        (at, wish): (Timestamp, Wish),
        spared: Option<GrantId>,
    ) -> Result<Self, Problem> {
        let spared = spared.map(|id| Spared::of(db, id)).transpose()?;
        let cause = EndCause::MakerUndone;
        Ok(Self {
            db,
            ended: Ended { at, cause },
            wish,
            spared: spared.unwrap_or_default(),
            approved_too: false,
            seen: HashSet::new(),
            gone: Gone::default(),
            beyond: false,
        })
    }

    /// Takes what those phones approved as well.
    pub(super) fn approved_too(self, approved_too: bool) -> Self {
        Self {
            approved_too,
            ..self
        }
    }

    /// Takes what these devices made.
    pub(super) fn take(mut self, mut devices: Vec<DeviceId>) -> Result<Self, Problem> {
        while let Some(device) = devices.pop() {
            if self.spared.device != Some(device) && self.seen.insert(device) {
                self.take_passkeys(device)?;
                let restored = former::restore(self.db, device, self.ended.at)?;
                self.beyond |= self.wish.limited && restored;
                self.take_codes(device)?;
                devices.extend(self.end_resting(device)?);
                if self.approved_too {
                    devices.extend(self.end_approved(device)?);
                }
            }
        }
        Ok(self)
    }

    fn take_codes(&mut self, device: DeviceId) -> Result<(), Problem> {
        let made = format!("DELETE FROM recovery_codes WHERE made_by IN {OF_DEVICE}");
        let beside = "DELETE FROM recovery_codes \
                      WHERE account_id = (SELECT account_id FROM devices WHERE id = :device) \
                      AND EXISTS (SELECT 1 FROM grants \
                      WHERE device_id = :device AND how = 'recovery') \
                      AND EXISTS (SELECT 1 FROM recovery_codes AS used WHERE used.account_id = \
                      (SELECT account_id FROM devices WHERE id = :device) \
                      AND used.used_at IS NOT NULL)";
        for sql in [made.as_str(), beside] {
            let params = named_params! { ":device": device.bytes() };
            let gone = self.db.prepare_cached(sql)?.execute(params)?;
            self.beyond |= self.wish.limited && gone > 0;
        }
        Ok(())
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
                by: self.wish.by,
                detail: Some(columns.take::<String>()?.into()),
                ..Entry::new(self.ended.at, Kind::PasskeyRemoved)
            })
        })?;
        for entry in gone {
            audit::insert(self.db, &entry)?;
            self.gone.passkeys += 1;
            self.beyond |= self.wish.limited;
        }
        Ok(())
    }

    /// Ends the sessions that rest on this device's grants; gives the devices of them all.
    fn end_resting(&mut self, device: DeviceId) -> Result<Vec<DeviceId>, Problem> {
        let resting = format!("rests_on IN {OF_DEVICE}");
        let params = Params::default().with(":device", device.bytes().to_vec());
        self.end_for_their_maker(&resting, params)
    }

    /// Ends the sessions for which a condition holds, but for the one that is spared; gives their devices.
    pub(super) fn end_for_their_maker(
        &mut self,
        condition: &str,
        params: Params,
    ) -> Result<Vec<DeviceId>, Problem> {
        let condition = format!("{condition} AND id IS NOT :spared");
        let spared = self.spared.grant.map(|id| id.bytes().to_vec());
        self.end_those(&condition, params.with(":spared", spared), self.ended)
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
        self.end_those(&approved, params, ended)
    }

    /// Ends grants and trusts their devices no more, but for the one that is spared; gives these.
    fn end_those(
        &mut self,
        condition: &str,
        params: Params,
        ended: Ended,
    ) -> Result<Vec<DeviceId>, Problem> {
        let by = self.wish.by;
        let over = end_where(self.db, condition, &params, (ended, by))?;
        self.gone.grants.extend(over);
        self.beyond |=
            self.wish.limited && reaches_a_phone(self.db, condition, &params, (ended, by))?;
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
