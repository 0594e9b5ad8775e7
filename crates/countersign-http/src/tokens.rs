//! The tokens that a grant is used with.

use countersign_core::client::{Binding, Client};
use countersign_core::grant::{Grant, How};
use countersign_core::policy::Level;
use countersign_core::ports::Holder;
use countersign_core::service::SignedIn;
use serde::Serialize;

use crate::access_token::{AccessClaims, Confirmation, TokenDevice};
use crate::app::App;
use crate::base64url;
use crate::entropy;
use crate::jws::KeyError;

/// An access token with its life in seconds.
#[derive(Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
}

impl App {
    /// Signs an access token for the grant; it never outlives it.
    pub(crate) fn tokens(&self, signed_in: &SignedIn) -> Result<Tokens, KeyError> {
        let SignedIn { holder, secret, .. } = signed_in;
        let now = self.service.now();
        let expires_at = now
            .plus(self.access_token_life())
            .min(holder.grant.expires_at);
        let claims = self.claims(holder, now.seconds(), expires_at.seconds())?;
        Ok(Tokens {
            access_token: self.authenticator.key().sign(&claims)?,
            token_type: match holder.grant.binding {
                Binding::Dpop => "DPoP",
                Binding::DeviceId => "Bearer",
            },
            expires_in: expires_at.seconds().saturating_sub(now.seconds()),
            refresh_token: secret.reveal(),
        })
    }

    fn claims(&self, holder: &Holder, iat: u64, exp: u64) -> Result<AccessClaims, KeyError> {
        let Holder {
            grant,
            device,
            account,
        } = holder;
        let issuer = &self.service.issuer;
        let client = self.service.clients.get(&grant.client);
        let (amr, acr) = authentication(grant);
        Ok(AccessClaims {
            iss: issuer.clone(),
            sub: account.id.to_string(),
            aud: client.map_or_else(
                || grant.client.to_string(),
                |client| audience(client, issuer),
            ),
            exp,
            iat,
            jti: base64url::encode(entropy::random::<16>().map_err(|_| KeyError)?),
            client_id: grant.client.to_string(),
            scope: grant.scopes.to_string(),
            cnf: Confirmation::of(grant.binding, grant.key.bytes()),
            grant: grant.id.to_string(),
            device: TokenDevice {
                id: device.id.to_string(),
                kind: device.info.kind.name().to_owned(),
            },
            role: grant.role.name().to_owned(),
            amr: amr.iter().map(|method| (*method).to_owned()).collect(),
            acr: acr.to_owned(),
            auth_time: grant.created_at.seconds(),
            cross_device: matches!(grant.how, How::Scan { .. }),
        })
    }
}

fn audience(client: &Client, issuer: &str) -> String {
    if client.first_party {
        issuer.to_owned()
    } else {
        client.id.to_string()
    }
}

/// How the person was authenticated, as RFC 8176 names it, and how strongly.
const fn authentication(grant: &Grant) -> (&'static [&'static str], &'static str) {
    match grant.how {
        How::Password => (&["pwd"], "password"),
        // RFC 8176 has no word for a link or a code that was given out before, but for one-time passwords.
        How::Invitation => (&["otp"], "invitation"),
        How::Recovery => (&["otp"], "recovery"),
        // A key in software on the phone, and a person who was there to press Continue.
        How::Scan {
            level: Level::Tap, ..
        } => (&["swk", "user"], "tap"),
        How::Scan {
            level: Level::Code, ..
        } => (&["swk", "user"], "code"),
        // Possession of a key, its user verified, here or on the phone; whether hardware keeps it is not asked.
        How::Passkey { .. }
        | How::Scan {
            level: Level::Passkey,
            ..
        } => (&["swk", "user", "mfa"], "passkey"),
    }
}
