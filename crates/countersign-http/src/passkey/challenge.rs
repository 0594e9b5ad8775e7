//! Challenges that travel: sealed, given away with the question, brought back with the answer.
//!
//! To make one reads and writes nothing, so that a page may ask for as many as it likes. Whoever presents one has to
//! be who got it, for the same purpose and in time; that it is used once is for the store to see to, by
//! [`Spent`] in the commit of what it gives.

use countersign_core::ids::{GrantId, InvitationId, Thumbprint};
use countersign_core::keys::ServerKeys;
use countersign_core::limits::CHALLENGE;
use countersign_core::passkey::Spent;
use countersign_core::secret::{Secret, SecretHash, SecretKind};
use countersign_core::service::Service;
use countersign_core::time::Timestamp;

use super::Question;
use crate::entropy;

const LABEL: &[u8] = b"countersign passkey challenge\0";

/// What a passkey is asked for. An answer counts for this and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To sign in.
    SignIn,
    /// To show on this sign-in's device who holds it.
    Verify(GrantId),
    /// To add one, by this sign-in.
    Add(GrantId),
    /// To accept this invitation.
    Invitation(InvitationId),
}

impl Purpose {
    /// What the challenge is bound to, of fixed length: purpose ‖ key ‖ grant or invitation.
    fn bound_to(self, key: &Thumbprint) -> Vec<u8> {
        let (purpose, id) = match self {
            Self::SignIn => (1, [0; 16]),
            Self::Verify(grant) => (2, *grant.bytes()),
            Self::Add(grant) => (3, *grant.bytes()),
            Self::Invitation(invitation) => (4, *invitation.bytes()),
        };
        [&[purpose][..], key.bytes(), &id].concat()
    }
}

/// Whose challenges these are: the server's keys, and its time.
#[derive(Clone, Copy)]
pub(crate) struct Challenges<'a> {
    keys: &'a ServerKeys,
    now: Timestamp,
}

impl<'a> Challenges<'a> {
    pub(crate) fn of(service: &'a Service) -> Self {
        Self {
            keys: &service.keys,
            now: service.now(),
        }
    }

    /// Seals what judging the answer will take, for the holder of `key`. `None` only without randomness or cipher.
    pub(crate) fn seal(
        self,
        purpose: Purpose,
        key: &Thumbprint,
        question: &Question,
    ) -> Option<String> {
        let until = self.now.plus(CHALLENGE).millis().to_be_bytes();
        let clear = [
            &until[..],
            question.challenge.expose(),
            question.state.as_bytes(),
        ];
        let nonce = entropy::random().ok()?;
        let bound_to = purpose.bound_to(key);
        self.keys.seal(LABEL, &bound_to, &clear.concat(), nonce)
    }

    /// Opens what [`Challenges::seal`] made: what judging the answer takes, and the challenge to be used up with it.
    /// `None` for anything that this server did not give to the holder of `key` for this purpose, or too long ago.
    pub(crate) fn open(
        self,
        purpose: Purpose,
        key: &Thumbprint,
        challenge: &str,
    ) -> Option<(String, Spent)> {
        let bound_to = purpose.bound_to(key);
        let clear = self.keys.unseal(LABEL, &bound_to, challenge)?;
        let (until, rest) = clear.split_first_chunk::<8>()?;
        let (challenge, state) = rest.split_first_chunk::<32>()?;
        let until = Timestamp::from_millis(u64::from_be_bytes(*until));
        if self.now >= until {
            return None;
        }
        let challenge = SecretHash::of(SecretKind::Challenge, &Secret::new(*challenge));
        let state = String::from_utf8(state.to_vec()).ok()?;
        Some((state, Spent { challenge, until }))
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::keys::KeyId;
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn at(keys: &ServerKeys, now: Timestamp) -> Challenges<'_> {
        Challenges { keys, now }
    }

    #[test]
    fn a_challenge_comes_back_by_its_key_for_its_purpose_and_in_time() {
        let keys = ServerKeys::new(KeyId(1), Secret::new([9; 32]));
        let [key, other] = [1, 2].map(|byte| Thumbprint::from_bytes([byte; 32]));
        let question = Question {
            options: json!({}),
            challenge: Secret::new([5; 32]),
            state: "state".into(),
        };
        let grant = |byte| GrantId::from_bytes([byte; 16]);
        let invitation = InvitationId::from_bytes([7; 16]);
        let purposes = [
            Purpose::SignIn,
            Purpose::Verify(grant(7)),
            Purpose::Verify(grant(8)),
            Purpose::Add(grant(7)),
            Purpose::Invitation(invitation),
        ];
        let last = NOW
            .plus(CHALLENGE)
            .minus(std::time::Duration::from_millis(1));
        for purpose in purposes {
            let sealed = at(&keys, NOW).seal(purpose, &key, &question).unwrap();
            let (state, spent) = at(&keys, last).open(purpose, &key, &sealed).unwrap();
            assert_eq!(
                (state.as_str(), spent.until),
                ("state", NOW.plus(CHALLENGE))
            );
            let challenge = &question.challenge;
            assert!(spent.challenge.matches(SecretKind::Challenge, challenge));
            assert_eq!(at(&keys, spent.until).open(purpose, &key, &sealed), None);
            assert_eq!(at(&keys, NOW).open(purpose, &other, &sealed), None);
            for another in purposes.into_iter().filter(|another| *another != purpose) {
                assert_eq!(at(&keys, NOW).open(another, &key, &sealed), None);
            }
        }
    }
}
