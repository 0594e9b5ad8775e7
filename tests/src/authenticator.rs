//! A passkey and the browser that has it: an implementation of WebAuthn that is not the server's.
//!
//! Honest by itself; what a test changes about it is what an attacker could.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passkey::authenticator::{self, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::AvailableBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};
use url::Url;

/// An authenticator that keeps one passkey. A clone is a copy of it, as a thief would make it.
#[derive(Clone)]
pub struct Authenticator {
    origin: Url,
    kept: Option<Passkey>,
    /// Whether it makes sure of its user before it answers.
    pub verifies: bool,
}

impl Authenticator {
    /// An empty one, in a browser on a page of this origin.
    pub fn at(origin: &str) -> Self {
        Self {
            origin: Url::parse(origin).expect("an origin"),
            kept: None,
            verifies: true,
        }
    }

    /// The same in a browser on another page.
    #[must_use]
    pub fn moved_to(&self, origin: &str) -> Self {
        Self {
            origin: Url::parse(origin).expect("an origin"),
            ..self.clone()
        }
    }

    /// Makes a passkey for these options; gives what `toJSON()` does.
    pub async fn make(&mut self, options: &Value) -> Value {
        let mut client = Client::new(self.device()).allows_insecure_localhost(true);
        let mut options = options.clone();
        self.hide_demand(&mut options["authenticatorSelection"]);
        let options: CredentialCreationOptions =
            serde_json::from_value(json!({ "publicKey": options })).expect("options to create");
        let made = client.register(&self.origin, options, DefaultClientData);
        let made = made.await.expect("a passkey is made");
        self.kept.clone_from(client.authenticator().store());
        as_browsers_do(serde_json::to_value(made).expect("JSON"))
    }

    /// Answers these options with its passkey; gives what `toJSON()` does.
    pub async fn answer(&mut self, options: &Value) -> Value {
        let mut client = Client::new(self.device()).allows_insecure_localhost(true);
        let mut options = options.clone();
        self.hide_demand(&mut options);
        // None in the list means any (WebAuthn §5.5); the library looks for one of none.
        if options["allowCredentials"] == json!([]) {
            options["allowCredentials"] = Value::Null;
        }
        let options: CredentialRequestOptions =
            serde_json::from_value(json!({ "publicKey": options })).expect("options to get");
        let answered = client.authenticate(&self.origin, options, DefaultClientData);
        let answered = answered.await.expect("it has a passkey for that");
        self.kept.clone_from(client.authenticator().store());
        as_browsers_do(serde_json::to_value(answered).expect("JSON"))
    }

    /// One that doesn't verify its user would refuse to answer where that is asked for.
    fn hide_demand(&self, options: &mut Value) {
        if !self.verifies {
            options["userVerification"] = "discouraged".into();
        }
    }

    fn device(&self) -> authenticator::Authenticator<Option<Passkey>, Person, AvailableBackend> {
        let person = Person {
            verified: self.verifies,
        };
        let mut device = authenticator::Authenticator::new(
            Aaguid::new_empty(),
            self.kept.clone(),
            person,
            AvailableBackend,
        );
        device.set_make_credentials_with_signature_counter(true);
        device
    }
}

/// The same with bytes as base64url (WebAuthn §5.1), which the library writes as lists of numbers.
fn as_browsers_do(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, as_browsers_do(value)))
            .collect(),
        Value::Array(items) => {
            let byte = |item: &Value| item.as_u64().and_then(|byte| u8::try_from(byte).ok());
            let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
            bytes.filter(|bytes| !bytes.is_empty()).map_or_else(
                || Value::Array(items.clone()),
                |bytes| URL_SAFE_NO_PAD.encode(bytes).into(),
            )
        }
        other => other,
    }
}

/// Who holds the authenticator: is there, and shows who it is or not.
struct Person {
    verified: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        _: bool,
        _: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence: true,
            verification: self.verified,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}
