//! What is no store: wake-ups, places, time, randomness.

use std::net::IpAddr;

use async_trait::async_trait;

use crate::ids::{AccountId, LoginId};
use crate::network::Place;
use crate::time::Timestamp;

/// Wake-ups: hints that a login changed, never the truth about it. Losing one costs a delay.
pub trait Signal: Send + Sync {
    /// Says that `login` changed.
    fn wake(&self, login: LoginId);

    /// Starts listening for changes of `login`, from this moment on.
    fn listen(&self, login: LoginId) -> Box<dyn Listener>;

    /// Says that there is news for the owner of `account`.
    fn tell(&self, account: AccountId);

    /// Starts listening for news of `account`, from this moment on.
    fn listen_to_account(&self, account: AccountId) -> Box<dyn Listener>;
}

/// Listens for changes of one login, or for news of one account. Stops when dropped.
#[async_trait]
pub trait Listener: Send + Sync {
    /// Waits for the next change since the last call; may also return without one.
    async fn changed(&mut self);
}

/// Where addresses are, by the operator's databases.
pub trait Places: Send + Sync {
    /// Where this one is; `None` when nobody knows.
    fn place(&self, address: IpAddr) -> Option<Place>;

    /// Whether it belongs to a hoster, an anonymizer or Tor.
    fn hosting(&self, address: IpAddr) -> bool;
}

/// No database: nobody knows where anything is.
#[derive(Clone, Copy, Debug)]
pub struct NoPlaces;

impl Places for NoPlaces {
    fn place(&self, _: IpAddr) -> Option<Place> {
        None
    }

    fn hosting(&self, _: IpAddr) -> bool {
        false
    }
}

/// The time, as this process or its database knows it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`; ends the process rather than give anything predictable.
    fn fill(&self, bytes: &mut [u8]);
}
