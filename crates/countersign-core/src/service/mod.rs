//! What the parties can do: each function finds, applies, writes and signals.
//!
//! Every answer comes from a value that was read or written in the same call. The loser of a race
//! reads again and gets the honest answer.

mod account;
mod approval;
mod collect;
mod desktop;
mod detect;
mod devices;
mod invitations;
mod passkeys;
mod phone;
mod recovery;
mod refresh;
mod session;
mod undo;
mod upkeep;

use std::collections::HashMap;
use std::sync::Arc;

use crate::audit::Entry;
use crate::client::Client;
use crate::grant::PhoneRules;
use crate::ids::{ClientId, LoginId};
use crate::keys::ServerKeys;
use crate::limits::{Lifetimes, RACE_ROUNDS};
use crate::login::{Event, Login, Refusal, State};
use crate::network::Known;
use crate::ports::{
    Accounts, Audit, Ceremonies, Clock, Devices, Entropy, Grants, Holder, Invitations, Logins,
    Passkeys, Places, RecoveryCodes, Replaced, Signal, StoreError, Upkeep, Watch,
};
use crate::refresh::FamilyKind;
use crate::secret::{Located, Secret};
use crate::time::Timestamp;

pub use account::{NewAccount, Registration};
pub use collect::Door;
pub use desktop::{Created, Desk, LoginCookie, NewLogin};
pub use invitations::{FirstCredential, Guest};
pub use passkeys::NewPasskey;
pub use phone::{Confirmed, Decision, PhoneView, Presented, Scanned};
pub use session::{NewDevice, NewSession};
pub use upkeep::Retention;

/// The desktop's secret: the login's id and 256 random bits (RFC 8628 §5.2).
pub type DeviceCode = Located<32>;
/// The phone's secret for one claim: the login's id and a derived MAC.
pub type Ticket = Located<32>;

/// The parts that the rules run on; wired once, shared by all requests.
pub struct Service {
    /// The server's own origin and path, without a slash at the end.
    pub issuer: String,
    /// Where logins are kept.
    pub logins: Arc<dyn Logins>,
    /// Where accounts are kept.
    pub accounts: Arc<dyn Accounts>,
    /// Where grants are kept.
    pub grants: Arc<dyn Grants>,
    /// Where devices are kept.
    pub devices: Arc<dyn Devices>,
    /// Where passkeys are kept.
    pub passkeys: Arc<dyn Passkeys>,
    /// Where recovery codes are kept.
    pub recovery_codes: Arc<dyn RecoveryCodes>,
    /// Where invitations are kept.
    pub invitations: Arc<dyn Invitations>,
    /// What detectors ask.
    pub watch: Arc<dyn Watch>,
    /// Who asks for passkeys and judges them; `None` where they can't work.
    pub ceremonies: Option<Arc<dyn Ceremonies>>,
    /// The audit log.
    pub audit: Arc<dyn Audit>,
    /// What the store needs beside requests.
    pub upkeep: Arc<dyn Upkeep>,
    /// Who wakes waiters.
    pub signal: Arc<dyn Signal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The server key.
    pub keys: ServerKeys,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// How long what is over is kept.
    pub retention: Retention,
    /// What a further phone needs before it may approve, and how long a recovery waits.
    pub phones: PhoneRules,
    /// Whether people may make accounts by themselves.
    pub registration: Registration,
    /// Where addresses are.
    pub places: Arc<dyn Places>,
    /// What the operator knows of networks.
    pub networks: Known,
    /// The registered clients.
    pub clients: HashMap<ClientId, Arc<Client>>,
}

/// Why a service function did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The login's rules refused.
    Refused(Refusal),
    /// No such client.
    UnknownClient,
    /// The client does not start logins from there.
    OriginNotAllowed,
    /// The client may not ask for that.
    InvalidScope,
    /// That is no scan code of this server.
    NotAScanCode,
    /// The hold is too old, or not this phone's.
    HoldExpired,
    /// The client's logins must name the account that they are for.
    LoginHintRequired,
    /// The client's logins may not ask for that act.
    ActNotAllowed,
    /// The desktop named a key where the client's desktops have ids, or the other way round.
    WrongBinding,
    /// The account may not sign in or approve.
    AccountUnavailable,
    /// That doesn't open the account, or no longer.
    WrongCredential,
    /// That passkey can't be used: its challenge was met before, or an account has it already.
    PasskeyRejected,
    /// There are as many of these as there may be.
    LimitReached,
    /// It is the only way into the account.
    LastCredential,
    /// That invitation is not good, or no longer.
    InvitationInvalid,
    /// That is no undo token of this server, or it is too old.
    UndoInvalid,
    /// A revocation that names nothing.
    NothingNamed,
    /// People can't make accounts by themselves here.
    RegistrationClosed,
    /// Only a phone may do this.
    NotAPhone,
    /// The phone may not approve yet.
    PhoneWaiting {
        /// In how many seconds it may, rounded up.
        approves_in: u64,
    },
    /// First a password must be given on this device, within [`crate::limits::VERIFIED`].
    VerificationRequired,
    /// The account has nothing by that name.
    NotFound,
    /// The grant is dead, or was never this device's.
    InvalidGrant,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a sign-in gives: the grant with its device and account, and the secret that keeps it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who holds what.
    pub holder: Holder,
    /// The refresh token or session cookie; exists in clear only here.
    pub secret: Located<32>,
    /// Which of the two it is.
    pub kind: FamilyKind,
}

impl Service {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The client with this id.
    ///
    /// # Errors
    /// [`Failure::UnknownClient`].
    pub fn client(&self, id: &str) -> Result<&Arc<Client>, Failure> {
        ClientId::parse(id)
            .and_then(|id| self.clients.get(&id))
            .ok_or(Failure::UnknownClient)
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    fn secret(&self) -> Secret<32> {
        Secret::new(self.random())
    }

    async fn find(&self, id: LoginId) -> Result<Arc<Login>, Failure> {
        self.logins
            .find(id)
            .await?
            .ok_or(Failure::Refused(Refusal::Unknown))
    }

    /// Finds the login, applies what `decide` makes of it, writes and signals; from the start again
    /// when another request was quicker.
    async fn transition(
        &self,
        id: LoginId,
        decide: impl Fn(&Login, Timestamp) -> Result<Event, Failure> + Send + Sync,
    ) -> Result<(Arc<Login>, Result<(), Refusal>), Failure> {
        for _ in 0..RACE_ROUNDS {
            let before = self.find(id).await?;
            let now = self.now();
            let event = decide(&before, now)?;
            let step = Login::clone(&before).apply(&event, now, &self.lifetimes);
            if step.login.version == before.version {
                return Ok((before, step.verdict));
            }
            let entry = Entry::step(&before, &step.login, now);
            if self
                .logins
                .replace(before.version, step.login.clone(), entry)
                .await?
                == Replaced::Done
            {
                self.announce(&before, &step.login).await?;
                return Ok((Arc::new(step.login), step.verdict));
            }
        }
        Err(Failure::Store(StoreError::Busy))
    }

    /// Says that `after` was written in place of `before`: to those who wait, to the account that it
    /// concerns, and to the detectors.
    async fn announce(&self, before: &Login, after: &Login) -> Result<(), Failure> {
        self.signal.wake(after.id);
        let claim = after.state.claim();
        let stranger = after.strangers.get(before.strangers.len()).copied();
        for account in claim.map(|claim| claim.account).into_iter().chain(stranger) {
            self.signal.tell(account);
        }
        match (&before.state, &after.state, claim) {
            (State::Waiting { .. }, State::Scanned { .. }, Some(claim)) => {
                self.watch_claim(after, claim).await
            }
            _ => self.watch_end(after).await,
        }
    }
}
