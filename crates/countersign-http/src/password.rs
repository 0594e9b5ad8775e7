//! Passwords: hashed with Argon2id, a few at a time, and equally slow whether the account exists or not.
//!
//! Owns their form, cost and queue. Whose hash it is, and how many tries there are, is not known here.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{Semaphore, TryAcquireError};
use zeroize::Zeroizing;

use crate::entropy;
use crate::limits::{
    PASSWORD_GUESSES, PASSWORD_JUDGED, PASSWORD_MAX, PASSWORD_MEMORY_KIB, PASSWORD_MIN,
    PASSWORD_PASSES, PASSWORDS_AT_ONCE, PASSWORDS_WAITING,
};

/// A password in clear, for as long as the request that brought it. Prints as `[redacted]`, is wiped when dropped.
pub struct Password(Zeroizing<String>);

/// Why nothing was said about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`PASSWORD_MIN`] characters.
    #[error("the password must have at least 8 characters")]
    TooShort,
    /// More than [`PASSWORD_MAX`] characters.
    #[error("the password must have at most 256 characters")]
    TooLong,
    /// One that is easily guessed: common, or made of the account's own names.
    #[error("the password is easily guessed")]
    Common,
    /// Too many are being hashed or wait for it.
    #[error("too many passwords to check")]
    Busy,
    /// No randomness, no memory, or a stored hash that is none.
    #[error("the password could not be hashed or checked")]
    Failed,
}

impl Password {
    /// A password as presented at sign-in. How short it may be is no question here: a short one is just wrong.
    /// Characters are counted, not bytes, and none is changed or forbidden (NIST SP 800-63B-4 §3.1.1.2).
    pub fn presented(text: String) -> Result<Self, PasswordError> {
        let password = Self(Zeroizing::new(text));
        if password.0.chars().nth(PASSWORD_MAX).is_some() {
            Err(PasswordError::TooLong)
        } else {
            Ok(password)
        }
    }

    /// A password that somebody chooses whose `names` are these: long enough, and neither a common one nor made of
    /// common words and those names (NIST SP 800-63B-4 §3.1.1.2: compared with what is expected and commonly used,
    /// no rules about kinds of characters).
    pub fn chosen(text: String, names: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::presented(text)?;
        if password.0.chars().count() < PASSWORD_MIN {
            return Err(PasswordError::TooShort);
        }
        // Estimating takes the square of the length, and beyond this many nothing is common.
        let head: Zeroizing<String> = password
            .0
            .chars()
            .take(PASSWORD_JUDGED)
            .collect::<String>()
            .into();
        let guessed = zxcvbn::zxcvbn(&head, names).guesses();
        (guessed >= PASSWORD_GUESSES)
            .then_some(password)
            .ok_or(PasswordError::Common)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// Hashes a password right here, for commands without a runtime. Gives the PHC string that the store keeps.
pub fn hash_now(password: &Password) -> Result<String, PasswordError> {
    let salt: [u8; 16] = entropy::random().map_err(|_| PasswordError::Failed)?;
    let hash = argon2()?.hash_password_with_salt(password.0.as_bytes(), &salt);
    Ok(hash.map_err(|_| PasswordError::Failed)?.to_string())
}

fn verify_now(password: &Password, hash: &str) -> Result<bool, PasswordError> {
    use argon2::password_hash::Error::PasswordInvalid;
    match argon2()?.verify_password(password.0.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(PasswordInvalid) => Ok(false),
        Err(_) => Err(PasswordError::Failed),
    }
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(PASSWORD_MEMORY_KIB, PASSWORD_PASSES, 1, None)
        .map_err(|_| PasswordError::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Checks and hashes passwords without holding up anything else.
#[derive(Debug, Clone)]
pub struct Passwords {
    /// Everyone at work or waiting; who finds no place here is refused.
    admitted: Arc<Semaphore>,
    /// Those at work.
    working: Arc<Semaphore>,
    /// A hash of a password that nobody has.
    dummy: Arc<str>,
}

impl Passwords {
    /// Makes the queue and the hash against which passwords of unknown accounts are checked; takes as long as one
    /// hash does.
    pub fn new() -> Result<Self, PasswordError> {
        Self::with_limits(PASSWORDS_AT_ONCE, PASSWORDS_WAITING)
    }

    /// As [`Passwords::new`], with other numbers than the usual.
    pub fn with_limits(at_once: usize, waiting: usize) -> Result<Self, PasswordError> {
        let nobody: [u8; 32] = entropy::random().map_err(|_| PasswordError::Failed)?;
        let nobody = Password(Zeroizing::new(crate::base64url::encode(nobody)));
        Ok(Self {
            admitted: Arc::new(Semaphore::new(at_once + waiting)),
            working: Arc::new(Semaphore::new(at_once)),
            dummy: hash_now(&nobody)?.into(),
        })
    }

    /// Whether this is the password of `hash`. Without a hash (no such account) it works as long and says no.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let dummy = Arc::clone(&self.dummy);
        self.run(move || match hash {
            Some(hash) => verify_now(&password, &hash),
            None => verify_now(&password, &dummy).map(|_| false),
        })
        .await
    }

    /// Hashes a password; gives the PHC string that the store keeps.
    pub async fn hash(&self, password: Password) -> Result<String, PasswordError> {
        self.run(move || hash_now(&password)).await
    }

    /// Runs `work` when its turn comes. The work itself owns its places: a caller that goes away frees none of them
    /// while the hash still keeps a core busy.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let admitted =
            Arc::clone(&self.admitted)
                .try_acquire_owned()
                .map_err(|error| match error {
                    TryAcquireError::NoPermits => PasswordError::Busy,
                    TryAcquireError::Closed => PasswordError::Failed,
                })?;
        let working = Arc::clone(&self.working)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Failed)?;
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((working, admitted));
            result
        });
        task.await.map_err(|_| PasswordError::Failed)?
    }
}

#[cfg(test)]
mod tests;
