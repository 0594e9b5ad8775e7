//! A signed-in device: its tokens, bound to its key, and how they stay fresh.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::ambient;
use crate::error::Error;
use crate::http::{Call, Http};
use crate::key::Key;
use crate::wire::{Account, Device, Me};

/// Seconds before its end at which an access token is renewed: more than a request takes, far less than it lives.
const RENEW_BEFORE: u64 = 30;

/// The tokens of a grant. Secrets, so no `Debug`; may be saved where only their owner can read them.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// Goes with each request, together with a proof.
    pub access_token: String,
    /// Gets the next access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// When the access token ends, in Unix seconds of this device's clock.
    pub expires_at: u64,
    /// What it may do, as the token endpoint said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who is signed in.
    pub account: Account,
    /// On which device.
    pub device: Device,
}

/// An answer with tokens: of a sign-in or collect (with account and device) or of a refresh (perhaps without).
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    access_token: String,
    expires_in: u64,
    refresh_token: Option<String>,
    scope: Option<String>,
    account: Option<Account>,
    device: Option<Device>,
}

impl TokenAnswer {
    /// The first tokens of a grant.
    pub(crate) fn first(self, issuer: &str) -> Result<Tokens, Error> {
        let (Some(account), Some(device)) = (self.account, self.device) else {
            let reason = "tokens without an account or a device".to_owned();
            return Err(Error::BadAnswer {
                issuer: issuer.to_owned(),
                reason,
            });
        };
        Ok(Tokens {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            expires_at: ambient::unix_now().saturating_add(self.expires_in),
            scope: self.scope,
            account,
            device,
        })
    }

    fn renew(self, tokens: &mut Tokens) {
        tokens.access_token = self.access_token;
        tokens.expires_at = ambient::unix_now().saturating_add(self.expires_in);
        // RFC 6749 §6: without a new refresh token the old one stays.
        tokens.refresh_token = self.refresh_token.or(tokens.refresh_token.take());
        tokens.scope = self.scope.or(tokens.scope.take());
        if let Some(account) = self.account {
            tokens.account = account;
        }
        if let Some(device) = self.device {
            tokens.device = device;
        }
    }
}

/// A signed-in device. Clones share the tokens, and only one of them refreshes at a time.
#[derive(Clone)]
pub struct Session {
    http: Http,
    key: Key,
    client_id: Arc<str>,
    tokens: Arc<Mutex<Tokens>>,
}

impl Session {
    /// Takes up saved tokens again; `client_id` is the client that they were given to.
    pub fn new(http: Http, key: Key, client_id: &str, tokens: Tokens) -> Self {
        Self {
            http,
            key,
            client_id: client_id.into(),
            tokens: Arc::new(Mutex::new(tokens)),
        }
    }

    /// The tokens as they are now, to be saved.
    pub async fn tokens(&self) -> Tokens {
        self.tokens.lock().await.clone()
    }

    /// The key that the tokens are bound to.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The way to the server.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Gets new tokens now.
    ///
    /// # Errors
    /// `invalid_grant` when the grant has ended: sign in again.
    pub async fn refresh(&self) -> Result<(), Error> {
        let mut tokens = self.tokens.lock().await;
        self.refresh_locked(&mut tokens).await
    }

    /// Who is signed in: `GET /v1/me`.
    ///
    /// # Errors
    /// `invalid_grant` or `invalid_token` when the grant has ended.
    pub async fn me(&self) -> Result<Me, Error> {
        self.ask(&Call::get("/v1/me")).await
    }

    /// Sends `call` with token and proof; renews the token before it ends, or once when the server no longer takes it.
    ///
    /// # Errors
    /// As [`Http::ask`], and what a refresh gives.
    pub async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let token = self.fresh_token().await?;
        match self.http.ask(&self.sign(call, &token)).await {
            Err(error) if error.code() == "invalid_token" => {
                let token = self.replace_token(&token).await?;
                self.http.ask(&self.sign(call, &token)).await
            }
            answer => answer,
        }
    }

    /// `call` with this session's token and a proof by its key.
    pub(crate) fn sign(&self, call: &Call, token: &str) -> Call {
        call.clone().proof(&self.key).token(token)
    }

    /// The access token, renewed if it is about to end.
    pub(crate) async fn fresh_token(&self) -> Result<String, Error> {
        let mut tokens = self.tokens.lock().await;
        let ends_soon = tokens.expires_at <= ambient::unix_now() + RENEW_BEFORE;
        if ends_soon && tokens.refresh_token.is_some() {
            self.refresh_locked(&mut tokens).await?;
        }
        Ok(tokens.access_token.clone())
    }

    /// Another access token than `refused`: a clone of this session may have renewed it already.
    pub(crate) async fn replace_token(&self, refused: &str) -> Result<String, Error> {
        let mut tokens = self.tokens.lock().await;
        if tokens.access_token == refused {
            self.refresh_locked(&mut tokens).await?;
        }
        Ok(tokens.access_token.clone())
    }

    async fn refresh_locked(&self, tokens: &mut Tokens) -> Result<(), Error> {
        let Some(refresh_token) = &tokens.refresh_token else {
            return Err(Error::Key("these tokens cannot be renewed: sign in again"));
        };
        let call = Call::post("/oauth/token").proof(&self.key).form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", &self.client_id),
        ]);
        self.http.ask::<TokenAnswer>(&call).await?.renew(tokens);
        Ok(())
    }
}
