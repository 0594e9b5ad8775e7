//! Passkeys at the edge (WebAuthn Level 3): what browsers are asked, and whether an answer is right.
//!
//! Owns the two ceremonies, by webauthn-rs, and the form in which a passkey is kept. How a question travels until it
//! is answered is in `challenge.rs`. Who may be asked, and what an answer gives, is not known here.

mod challenge;

use countersign_core::account::Account;
use countersign_core::limits::CHALLENGE;
use countersign_core::passkey::{Ceremony, Passkey, Used};
use countersign_core::ports::Ceremonies;
use countersign_core::secret::Secret;
use countersign_core::service::NewPasskey;
use serde::Deserialize as _;
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Kept, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, WebauthnResult,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

pub(crate) use challenge::{Challenges, Purpose};

use crate::base64url;
use crate::issuer::Issuer;

/// What authenticators call this server.
const NAME: &str = "Countersign";

/// This server as WebAuthn knows it: its id is the issuer's host, its one origin the issuer.
#[derive(Debug)]
pub struct RelyingParty(Webauthn);

/// What a browser is asked, and what is needed to judge its answer.
pub(crate) struct Question {
    /// What `PublicKeyCredential.parseRequestOptionsFromJSON` or `…CreationOptionsFromJSON` reads.
    pub(crate) options: Value,
    /// The challenge alone.
    pub(crate) challenge: Secret<32>,
    /// What judging takes, the challenge in it.
    pub(crate) state: String,
}

/// Which passkey answers, before it is known whether it does so rightly.
pub(crate) struct Named {
    /// The id that authenticators know it by.
    pub(crate) credential: Vec<u8>,
    /// The account that it says it is of.
    pub(crate) account: Vec<u8>,
}

impl RelyingParty {
    /// `None` where passkeys can't be: they belong to a host's name, and an address has none (WebAuthn §5.1.2).
    pub fn of(issuer: &Issuer) -> Option<Self> {
        let origin = Url::parse(issuer.as_str()).ok()?;
        let builder = WebauthnBuilder::new(origin.domain()?, &origin).ok()?;
        let built = builder.rp_name(NAME).timeout(CHALLENGE).build();
        built.ok().map(Self)
    }

    /// Asks for any passkey of this server that the person has at hand.
    pub(crate) fn ask_anybody(&self) -> Option<Question> {
        let mut question = self.ask(&[])?;
        // Beside those of the machine itself, the one on a phone nearby is what people have.
        question.options["hints"] = json!(["client-device", "hybrid"]);
        Some(question)
    }

    /// Asks for one of these.
    pub(crate) fn ask(&self, passkeys: &[Passkey]) -> Option<Question> {
        let started = told(self.0.start_discoverable_authentication());
        let (asked, state) = started?;
        let challenge = secret(&asked.public_key.challenge)?;
        let mut options = serde_json::to_value(asked.public_key).ok()?;
        options["allowCredentials"] = passkeys.iter().map(descriptor).collect();
        Some(Question {
            options,
            challenge,
            state: serde_json::to_string(&state).ok()?,
        })
    }

    /// Asks for a new passkey of `account`, on no authenticator that has one of these.
    pub(crate) fn ask_for_new(&self, account: &Account, passkeys: &[Passkey]) -> Option<Question> {
        let (name, shown) = (account.login_name.as_str(), &account.display_name);
        let handle = Uuid::from_bytes(*account.id.bytes());
        let started = told(self.0.start_passkey_registration(handle, name, shown, None));
        let (asked, state) = started?;
        let challenge = secret(&asked.public_key.challenge)?;
        let mut options = serde_json::to_value(asked.public_key).ok()?;
        options["excludeCredentials"] = passkeys.iter().map(descriptor).collect();
        // Without a name typed first, only a passkey that its authenticator can find by itself signs in.
        let wanted = &mut options["authenticatorSelection"];
        wanted["residentKey"] = "required".into();
        wanted["requireResidentKey"] = true.into();
        Some(Question {
            options,
            challenge,
            state: serde_json::to_string(&state).ok()?,
        })
    }

    /// Judges an answer by `passkey`; `None` unless it is right, with its user verified, and its counter has risen
    /// where it counts.
    pub(crate) fn answered(
        &self,
        state: &str,
        response: &Value,
        passkey: &Passkey,
    ) -> Option<Used> {
        let response = PublicKeyCredential::deserialize(response).ok()?;
        let state: DiscoverableAuthentication = serde_json::from_str(state).ok()?;
        let mut kept: Kept = serde_json::from_str(&passkey.state).ok()?;
        let owner = response.get_user_unique_id();
        let foreign = owner.is_some_and(|owner| owner != passkey.account.bytes());
        if foreign || is_framed(&response.response.client_data_json) {
            return None;
        }
        let finished = self
            .0
            .finish_discoverable_authentication_v2(&response, state, &kept);
        kept.update_credential(&told(finished)?)?;
        Some(Used {
            passkey: passkey.id,
            before: passkey.state.clone(),
            state: serde_json::to_string(&kept).ok()?,
        })
    }

    /// Judges the answer to [`RelyingParty::ask_for_new`]; gives the passkey, still without a name.
    pub(crate) fn registered(&self, state: &str, response: &Value) -> Option<NewPasskey> {
        let response = RegisterPublicKeyCredential::deserialize(response).ok()?;
        let state: PasskeyRegistration = serde_json::from_str(state).ok()?;
        let kept = told(self.0.finish_passkey_registration(&response, &state))?;
        let credential = kept.cred_id().clone();
        let state = serde_json::to_value(&kept).ok()?;
        Some(NewPasskey {
            credential,
            name: None,
            synced: state["cred"]["backup_eligible"].as_bool()?,
            state: state.to_string(),
        })
    }
}

impl Ceremonies for RelyingParty {
    fn approve(&self, passkeys: &[Passkey]) -> Option<Ceremony> {
        if passkeys.is_empty() {
            return None;
        }
        let question = self.ask(passkeys)?;
        Some(Ceremony {
            options: question.options.to_string(),
            state: question.state,
        })
    }

    fn approved(&self, state: &str, response: &str, passkeys: &[Passkey]) -> Option<Used> {
        let response = serde_json::from_str(response).ok()?;
        self.answered(state, &response, one_of(&response, passkeys)?)
    }
}

/// Which passkey of which account answers, as an authenticator says that was asked for any.
pub(crate) fn named(response: &Value) -> Option<Named> {
    let response = PublicKeyCredential::deserialize(response).ok()?;
    Some(Named {
        credential: response.get_credential_id().to_vec(),
        account: response.get_user_unique_id()?.to_vec(),
    })
}

/// The one of these passkeys that answers.
pub(crate) fn one_of<'a>(response: &Value, passkeys: &'a [Passkey]) -> Option<&'a Passkey> {
    let response = PublicKeyCredential::deserialize(response).ok()?;
    let id = response.get_credential_id();
    passkeys.iter().find(|passkey| passkey.credential == id)
}

/// How options name a passkey (WebAuthn §5.10.3), with the ways to reach it that it told when it was made.
fn descriptor(passkey: &Passkey) -> Value {
    let mut named = json!({ "type": "public-key", "id": base64url::encode(&passkey.credential) });
    let kept: Value = serde_json::from_str(&passkey.state).unwrap_or_default();
    let ways = &kept["cred"]["transports"];
    if ways.is_array() {
        named["transports"] = ways.clone();
    }
    named
}

/// Whether another site's page had this one in a frame when it asked (WebAuthn §5.8.1): ours never is.
fn is_framed(client_data: &[u8]) -> bool {
    let data: Value = serde_json::from_slice(client_data).unwrap_or_default();
    data["crossOrigin"].as_bool().unwrap_or(false)
}

fn secret(challenge: &[u8]) -> Option<Secret<32>> {
    challenge.try_into().ok().map(Secret::new)
}

/// Why a ceremony failed goes to the log; its caller hears that it did.
fn told<T>(result: WebauthnResult<T>) -> Option<T> {
    result
        .inspect_err(|error| tracing::debug!(%error, "a passkey was refused"))
        .ok()
}

#[cfg(test)]
mod tests;
