//! The desktop: asks for a login, shows its code, waits, sends the check code, collects.

use std::fmt;

use serde::Serialize;

use crate::error::Error;
use crate::http::{Call, Http};
use crate::key::Key;
use crate::scan_code::Rotation;
use crate::session::{Session, TokenAnswer};
use crate::watch::{Source, Watch};
use crate::wire::{Checked, Created, LoginState, NewDevice, Stopped};

/// What a login is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewLogin {
    /// Scopes, separated by spaces; none means the client's default.
    pub scope: Option<String>,
    /// What the desktop says about itself.
    pub device: Option<NewDevice>,
    /// `Some(false)` asks for a code that never changes, which then always needs a check code.
    pub rotate: Option<bool>,
    /// Proves the key now; needed for a desktop that wants to count as known.
    pub prove: bool,
    /// What the person was told beforehand: it must be typed on the phone too.
    pub phrase: Option<Phrase>,
}

/// A phrase as it was typed. Prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase(String);

impl From<String> for Phrase {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Phrase {
    /// The words, to be sent.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

#[derive(Serialize)]
struct Body<'a> {
    client_id: &'a str,
    dpop_jkt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a NewDevice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<&'a str>,
}

/// A device that wants to be signed in, as a client of one issuer.
#[derive(Debug, Clone)]
pub struct Desktop {
    http: Http,
    key: Key,
    client_id: String,
}

impl Desktop {
    /// A desktop with `key`, for the registered client `client_id`.
    pub fn new(http: Http, key: Key, client_id: &str) -> Self {
        Self {
            http,
            key,
            client_id: client_id.to_owned(),
        }
    }

    /// Starts a login: `POST /v1/logins`.
    ///
    /// # Errors
    /// `unknown_client`, `invalid_scope`, `phrase_required`, `origin_not_allowed`, `slow_down` and what [`Http::send`] gives;
    /// [`Error::BadAnswer`] for a scan code that leads anywhere but to this issuer.
    pub async fn create(&self, wish: &NewLogin) -> Result<Login, Error> {
        let mut call = Call::post("/v1/logins").json(&Body {
            client_id: &self.client_id,
            dpop_jkt: self.key.thumbprint(),
            scope: wish.scope.as_deref(),
            device: wish.device.as_ref(),
            rotate: wish.rotate,
            phrase: wish.phrase.as_ref().map(Phrase::reveal),
        });
        if wish.prove {
            call = call.proof(&self.key);
        }
        let created: Created = self.http.ask(&call).await?;
        // It is drawn, and printed, as it is: another host would be shown under this issuer's name, and control
        // characters would reach a terminal.
        let issuer = self.http.issuer();
        if created.scan.url != format!("{issuer}/q") {
            return Err(Error::BadAnswer {
                issuer: issuer.to_owned(),
                reason: "its scan code leads elsewhere".to_owned(),
            });
        }
        Ok(self.resume(created))
    }

    /// Takes up a login again that was saved with [`Login::created`].
    pub fn resume(&self, created: Created) -> Login {
        Login {
            desktop: self.clone(),
            created,
        }
    }
}

/// A running login of a desktop.
#[derive(Clone)]
pub struct Login {
    desktop: Desktop,
    created: Created,
}

impl Login {
    /// The server's answer to its creation, to be saved for [`Desktop::resume`]. Holds secrets.
    pub fn created(&self) -> &Created {
        &self.created
    }

    /// The public id.
    pub fn id(&self) -> &str {
        &self.created.login_id
    }

    /// What draws the codes of all steps.
    ///
    /// # Errors
    /// [`Error::ScanCode`] when the server's answer was malformed.
    pub fn rotation(&self) -> Result<Rotation, Error> {
        let scan = &self.created.scan;
        Rotation::new(&scan.url, &scan.rotation_key, &self.created.login_id)
    }

    /// The link of one step's code; the steps come with each [`LoginState`] in `waiting`.
    ///
    /// # Errors
    /// As [`Login::rotation`].
    pub fn link(&self, step: u64) -> Result<String, Error> {
        Ok(self.rotation()?.link(step))
    }

    /// Follows the login until it ends, through lost connections.
    pub fn watch(&self) -> Watch<LoginState> {
        let source = Source::Desktop {
            http: self.desktop.http.clone(),
            path: self.path("wait"),
            device_code: self.created.device_code.clone(),
        };
        Watch::new(source, self.created.interval)
    }

    /// Asks once how the login stands.
    ///
    /// # Errors
    /// `unknown_login`, `slow_down` when asked more often than the interval allows.
    pub async fn poll(&self) -> Result<LoginState, Error> {
        let body = serde_json::json!({"device_code": self.created.device_code});
        self.desktop
            .http
            .ask(&Call::post(self.path("wait")).json(&body))
            .await
    }

    /// Sends the check code that the phone shows.
    ///
    /// # Errors
    /// `wrong_code` with the tries left, `login_ended` after the last one, `not_ready` in another state.
    pub async fn check(&self, code: &str) -> Result<Checked, Error> {
        let body = serde_json::json!({"device_code": self.created.device_code, "code": code});
        let call = Call::post(self.path("check"))
            .proof(&self.desktop.key)
            .json(&body);
        self.desktop.http.ask(&call).await
    }

    /// Gives up.
    ///
    /// # Errors
    /// `login_ended` when it had ended otherwise.
    pub async fn cancel(&self) -> Result<Stopped, Error> {
        let body = serde_json::json!({"device_code": self.created.device_code});
        self.desktop
            .http
            .ask(&Call::post(self.path("cancel")).json(&body))
            .await
    }

    /// Collects the tokens of a confirmed login. Within 10 s it may be repeated, if the answer was lost.
    ///
    /// # Errors
    /// OAuth codes: `authorization_pending`, `access_denied`, `expired_token`, `invalid_grant`.
    pub async fn collect(&self) -> Result<Session, Error> {
        let desktop = &self.desktop;
        let call = Call::post("/oauth/token").proof(&desktop.key).form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", &self.created.device_code),
            ("client_id", &desktop.client_id),
        ]);
        let answer: TokenAnswer = desktop.http.ask(&call).await?;
        let tokens = answer.first(desktop.http.issuer())?;
        Ok(Session::new(
            desktop.http.clone(),
            desktop.key.clone(),
            &desktop.client_id,
            tokens,
        ))
    }

    fn path(&self, door: &str) -> String {
        // The id is the server's own base64url; anything else would be its own request it breaks.
        format!("/v1/logins/{}/{door}", self.created.login_id)
    }
}
