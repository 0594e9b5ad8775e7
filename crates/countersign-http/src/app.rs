//! What the routes run on.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::service::Service;
use tokio_util::sync::CancellationToken;

use crate::access_token::SigningKey;
use crate::address::{Proxies, Reach};
use crate::authenticate::Authenticator;
use crate::guards::Slots;
use crate::issuer::Issuer;
use crate::limits::{BODIES_AT_ONCE, REQUESTS_AT_ONCE, WAITS_AT_ONCE};
use crate::operator::OperatorToken;
use crate::pace::Paces;
use crate::passkey::RelyingParty;
use crate::password::Passwords;
use crate::problem::{Code, Problem};
use crate::rate::{Limits, Rates};
use crate::routes::ready::StoreReady;

/// Everything that a request may need; one for the whole process.
pub struct App {
    /// The rules, on their store.
    pub service: Service,
    /// Who recognises signed-in devices.
    pub authenticator: Authenticator,
    /// Who checks passwords.
    pub passwords: Passwords,
    /// What opens the operator's routes; without it they are not there.
    pub operator: Option<OperatorToken>,
    /// Cancelled when the process is to stop: open streams end.
    pub stop: CancellationToken,
    pub(crate) passkeys: Option<Arc<RelyingParty>>,
    pub(crate) reach: Reach,
    pub(crate) rates: Rates,
    pub(crate) store_ready: StoreReady,
    pub(crate) requests: Slots,
    pub(crate) waits: Slots,
    pub(crate) bodies: Slots,
    pub(crate) paces: Paces,
}

/// The parts of an [`App`] that its maker chooses.
pub struct Parts {
    /// The rules, on their store.
    pub service: Service,
    /// The server's address, the same as the service's.
    pub issuer: Issuer,
    /// The key that signs access tokens.
    pub signing_key: SigningKey,
    /// The key from which DPoP nonces are derived; all nodes share it.
    pub nonce_key: [u8; 32],
    /// Who checks passwords.
    pub passwords: Passwords,
    /// Who checks passkeys, the same as the service's; `None` where they can't be.
    pub passkeys: Option<Arc<RelyingParty>>,
    /// What opens the operator's routes.
    pub operator: Option<OperatorToken>,
    /// Cancelled when the process is to stop.
    pub stop: CancellationToken,
    /// The proxies whose `X-Forwarded-For` counts.
    pub proxies: Proxies,
    /// Whether this server speaks TLS itself.
    pub own_tls: bool,
    /// How often one party may do what costs something.
    pub limits: Limits,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            service,
            issuer,
            signing_key,
            nonce_key,
            passwords,
            passkeys,
            operator,
            stop,
            proxies,
            own_tls,
            limits,
        } = parts;
        let lives = &service.lifetimes;
        let longest = lives.waiting + lives.decision + lives.check + lives.collect;
        Arc::new(Self {
            reach: Reach {
                proxies,
                direct: own_tls || !issuer.is_https(),
            },
            rates: Rates::new(&limits, longest),
            store_ready: StoreReady::default(),
            service,
            authenticator: Authenticator::new(issuer, signing_key, &nonce_key),
            passwords,
            passkeys,
            operator,
            stop,
            requests: Slots::new(REQUESTS_AT_ONCE),
            waits: Slots::new(WAITS_AT_ONCE),
            bodies: Slots::new(BODIES_AT_ONCE),
            paces: Paces::default(),
        })
    }

    /// Who checks passkeys.
    ///
    /// # Errors
    /// `passkeys_unavailable` where they can't be.
    pub(crate) fn relying_party(&self) -> Result<&RelyingParty, Problem> {
        let party = self.passkeys.as_deref();
        party.ok_or_else(|| Problem::new(Code::PasskeysUnavailable))
    }

    pub(crate) fn access_token_life(&self) -> Duration {
        self.service.lifetimes.access_token
    }
}
