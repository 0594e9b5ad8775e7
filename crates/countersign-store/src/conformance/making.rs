//! What a scene's people make: passkeys, recovery codes, invitations.

use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, How, Role};
use countersign_core::ids::{AccountId, GrantId, InvitationId, PasskeyId, Thumbprint};
use countersign_core::invitation::Invitation;
use countersign_core::limits::INVITATION;
use countersign_core::login::{Act, Assertion};
use countersign_core::passkey::{Passkey, Spent, Used};
use countersign_core::policy::Level;
use countersign_core::ports::{Actor, Added, Collected, Holder, Minting, Opened, Opening};
use countersign_core::scan_code::Standing;
use countersign_core::secret::SecretHash;
use countersign_core::time::Timestamp;

use super::Subject;
use super::samples::{Scene, at, check, confirm_with, offer, scan_for};
use super::scene::rules;

impl<S: Subject> Scene<S> {
    /// A passkey that `holder` adds, in no store yet.
    pub fn unsaved_passkey(&self, holder: &Holder) -> Passkey {
        let id = self.bytes();
        Passkey {
            id: PasskeyId::from_bytes(id),
            account: holder.account.id,
            credential: [&id[..], b"credential"].concat(),
            name: "Anna's key".to_owned(),
            state: "{\"counter\":0}".to_owned(),
            synced: true,
            made_by: holder.grant.id,
            created_at: at(5),
            used_at: None,
        }
    }

    /// A challenge that nobody met yet.
    pub fn spent(&self) -> Spent {
        let mut challenge = [7; 32];
        challenge[..16].copy_from_slice(&self.bytes());
        Spent {
            challenge: SecretHash::from_bytes(challenge),
            until: at(300),
        }
    }

    /// Adds a passkey at `now`.
    pub async fn add(&self, passkey: &Passkey, spent: Spent, now: Timestamp) -> Added {
        let entry = Entry {
            account: Some(passkey.account),
            grant: Some(passkey.made_by),
            detail: Some(passkey.name.clone().into()),
            ..Entry::new(now, Kind::PasskeyAdded)
        };
        let passkeys = self.store.passkeys();
        passkeys.add(passkey.clone(), spent, entry).await.unwrap()
    }

    /// A new passkey that `holder` added.
    pub async fn passkey(&self, holder: &Holder) -> Passkey {
        let passkey = self.unsaved_passkey(holder);
        let added = self.add(&passkey, self.spent(), at(5)).await;
        assert_eq!(added, Added::Done);
        passkey
    }

    /// The account's passkeys.
    pub async fn passkeys(&self, account: AccountId) -> Vec<Passkey> {
        self.store.passkeys().of_account(account).await.unwrap()
    }

    /// What signing in with `passkey` makes, and what opens it.
    pub fn by_passkey(
        &self,
        passkey: &Passkey,
        (key, role): (Thumbprint, Role),
        now: Timestamp,
    ) -> (Minting, Opening) {
        let mut minting = self.session(passkey.account, key, role, now);
        minting.grant.how = How::Passkey {
            passkey: passkey.id,
        };
        let used = Used {
            passkey: passkey.id,
            before: passkey.state.clone(),
            state: "{\"counter\":1}".to_owned(),
        };
        (minting, Opening::Passkey(used, self.spent()))
    }

    /// A phone that signed in with `passkey`.
    pub async fn passkey_phone(
        &self,
        passkey: &Passkey,
        key: Thumbprint,
        now: Timestamp,
    ) -> Holder {
        let mut kept = self.passkeys(passkey.account).await.into_iter();
        let kept = kept.find(|kept| kept.id == passkey.id).unwrap();
        let (minting, opening) = self.by_passkey(&kept, (key, Role::Phone), now);
        let opened = self.try_open(minting, opening).await;
        let Opened::Done(holder) = opened else {
            unreachable!("{opened:?}");
        };
        *holder
    }

    /// Opens a session in whatever way; a further phone waits.
    pub async fn try_open(&self, minting: Minting, opening: Opening) -> Opened {
        let grants = self.store.grants();
        let opened = grants.open_session(minting, opening, rules(Additional::Confirm));
        opened.await.unwrap()
    }

    /// A desktop that may add a passkey, because `phone` approved just that.
    pub async fn acting_desktop(&self, key: Thumbprint, phone: &Holder) -> Holder {
        let mut login = self.unsaved_login(key);
        login.request.act = Some(Act::AddPasskey);
        let login = self.insert(login).await;
        let event = scan_for(phone, Standing::Current, Ok(offer(Level::Passkey)));
        let login = self.step(&login, &event, at(1)).await;
        let by = Assertion::By(PasskeyId::from_bytes([6; 16]));
        let login = self
            .step(&login, &confirm_with(&login, phone, by), at(2))
            .await;
        let login = self.step(&login, &check(&login, true), at(3)).await;
        match self.collect(&login, at(4)).await {
            Collected::Done(holder) => *holder,
            other => unreachable!("{other:?}"),
        }
    }

    /// So many new recovery codes, hashed.
    pub fn codes(&self, count: usize) -> Vec<SecretHash> {
        let codes = std::iter::repeat_with(|| self.spent().challenge);
        codes.take(count).collect()
    }

    /// Replaces recovery codes at `now`; says whether it was allowed.
    pub async fn replace_codes(&self, by: Actor, codes: Vec<SecretHash>, now: Timestamp) -> bool {
        let entry = Entry {
            account: Some(by.account),
            grant: Some(by.grant),
            ..Entry::new(now, Kind::RecoveryCodesMade)
        };
        let recovery = self.store.recovery_codes();
        recovery.replace(by, codes, entry).await.unwrap()
    }

    /// What signing in with a recovery code makes.
    pub fn recovering(&self, account: AccountId, key: Thumbprint, now: Timestamp) -> Minting {
        let mut minting = self.session(account, key, Role::Phone, now);
        minting.grant.how = How::Recovery;
        minting.grant.verified_at = None;
        minting.entry.kind = Kind::RecoveryStarted;
        minting
    }

    /// A new invitation for the account, kept.
    pub async fn invitation(&self, account: AccountId, now: Timestamp) -> Invitation {
        let invitation = Invitation {
            id: InvitationId::from_bytes(self.bytes()),
            account,
            secret: self.spent().challenge,
            created_at: now,
            expires_at: now.plus(INVITATION),
            used_at: None,
        };
        let entry = Entry {
            account: Some(account),
            ..Entry::new(now, Kind::InvitationMade)
        };
        let invitations = self.store.invitations();
        let added = invitations.add(invitation.clone(), entry).await;
        assert_eq!(added, Ok(()));
        invitation
    }

    /// What accepting an invitation makes.
    pub fn accepting(&self, account: AccountId, key: Thumbprint, now: Timestamp) -> Minting {
        let mut minting = self.session(account, key, Role::Phone, now);
        minting.grant.how = How::Invitation;
        minting.entry.kind = Kind::InvitationAccepted;
        minting
    }

    /// Which of these grants are alive at `now`.
    pub async fn alive<const N: usize>(&self, grants: [&Holder; N], now: Timestamp) -> [bool; N] {
        let mut alive = [false; N];
        for (alive, holder) in alive.iter_mut().zip(grants) {
            *alive = self.grant(holder.grant.id).await.alive(now);
        }
        alive
    }
}

/// The grants, sorted.
pub fn sorted(mut grants: Vec<GrantId>) -> Vec<GrantId> {
    grants.sort();
    grants
}
