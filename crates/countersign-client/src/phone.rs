//! The phone: signs in by password, scans, shows the context, decides, follows the outcome.

use serde_json::json;

use crate::desktop::Phrase;
use crate::error::Error;
use crate::http::{Call, Http};
use crate::key::Key;
use crate::session::{Session, TokenAnswer, Tokens};
use crate::watch::{Source, Watch};
use crate::wire::{Confirmed, Held, ListedDevice, Me, NewDevice, ScanState, Scanned, Stopped};

/// The built-in client that phones sign in with.
const CLIENT: &str = "countersign";

/// A scan that waits for a decision: the server's answer, whole.
pub type Approval = Scanned;

/// Takes a hold on a code for a phone that first has to sign in: a code dies sooner than a password is typed.
///
/// # Errors
/// `invalid_request` for what has not the form of a code; a wrong code is told only at the scan.
pub async fn hold(http: &Http, key: &Key, scan: &str) -> Result<Held, Error> {
    http.ask(
        &Call::post("/v1/holds")
            .proof(key)
            .json(&json!({"scan": scan})),
    )
    .await
}

/// A signed-in device that may approve.
#[derive(Clone)]
pub struct Phone {
    session: Session,
}

impl Phone {
    /// Signs in with a password: `POST /v1/sessions`. The key is this phone's from now on.
    ///
    /// # Errors
    /// `invalid_credentials`, `account_unavailable`, `slow_down`.
    pub async fn sign_in(
        http: &Http,
        key: &Key,
        account: &str,
        password: &str,
        device: &NewDevice,
    ) -> Result<Self, Error> {
        let body = json!({"account": account, "password": password, "device": device});
        let answer: TokenAnswer = http
            .ask(&Call::post("/v1/sessions").proof(key).json(&body))
            .await?;
        Ok(Self::resume(
            http.clone(),
            key.clone(),
            answer.first(http.issuer())?,
        ))
    }

    /// Takes up a saved session again.
    pub fn resume(http: Http, key: Key, tokens: Tokens) -> Self {
        Self {
            session: Session::new(http, key, CLIENT, tokens),
        }
    }

    /// The session behind it: tokens, key, refresh, any other call.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Claims a login by its code: the link, or `<login_id>.<mac>`.
    ///
    /// # Errors
    /// `unknown_login`, `scan_code_stale`, `claimed`, `same_device`, `login_ended`, `not_a_phone`.
    pub async fn scan(&self, scan: &str, opened_by: &str) -> Result<Approval, Error> {
        self.claim(json!({"scan": scan, "opened_by": opened_by}))
            .await
    }

    /// Claims a login by a hold that [`hold`] gave for this phone's key.
    ///
    /// # Errors
    /// `hold_expired`, and as [`Phone::scan`].
    pub async fn scan_held(&self, hold: &str, opened_by: &str) -> Result<Approval, Error> {
        self.claim(json!({"hold": hold, "opened_by": opened_by}))
            .await
    }

    async fn claim(&self, body: serde_json::Value) -> Result<Approval, Error> {
        self.session.ask(&Call::post("/v1/scans").json(&body)).await
    }

    /// Approves exactly what `approval` showed; `keep` picks the longer duration.
    ///
    /// # Errors
    /// `context_changed`: scan again and show the new context. `phrase_required`: see
    /// [`Phone::confirm_with_phrase`]. `login_ended`, `unknown_login`, `claimed`.
    pub async fn confirm(&self, approval: &Approval, keep: bool) -> Result<Confirmed, Error> {
        self.decide_for(approval, keep, None).await
    }

    /// The same for a login with a phrase, where the context has [`crate::Context::phrase`].
    ///
    /// # Errors
    /// `wrong_phrase` with the tries left, and as [`Phone::confirm`].
    pub async fn confirm_with_phrase(
        &self,
        approval: &Approval,
        keep: bool,
        phrase: &Phrase,
    ) -> Result<Confirmed, Error> {
        self.decide_for(approval, keep, Some(phrase)).await
    }

    async fn decide_for(
        &self,
        approval: &Approval,
        keep: bool,
        phrase: Option<&Phrase>,
    ) -> Result<Confirmed, Error> {
        let mut body = json!({
            "ticket": approval.ticket,
            "context_digest": approval.context_digest,
            "keep": keep,
        });
        if let Some(phrase) = phrase {
            body["phrase"] = phrase.reveal().into();
        }
        self.session
            .ask(&Call::post("/v1/scans/confirm").json(&body))
            .await
    }

    /// Declines; `report` says that this person did not start it.
    ///
    /// # Errors
    /// `login_ended` when it had ended otherwise.
    pub async fn deny(&self, ticket: &str, report: bool) -> Result<Stopped, Error> {
        let mut body = json!({"ticket": ticket});
        if report {
            body["report"] = json!(true);
        }
        self.session
            .ask(&Call::post("/v1/scans/deny").json(&body))
            .await
    }

    /// Follows the login until it ends, through lost connections.
    pub fn watch(&self, ticket: &str) -> Watch<ScanState> {
        let source = Source::Phone {
            session: self.session.clone(),
            ticket: ticket.to_owned(),
        };
        Watch::new(source, crate::watch::DEFAULT_INTERVAL)
    }

    /// Who is signed in here.
    ///
    /// # Errors
    /// `invalid_grant` or `invalid_token` when the session has ended.
    pub async fn me(&self) -> Result<Me, Error> {
        self.session.me().await
    }

    /// All devices of the account.
    ///
    /// # Errors
    /// As [`Phone::me`].
    pub async fn devices(&self) -> Result<Vec<ListedDevice>, Error> {
        #[derive(serde::Deserialize)]
        struct List {
            devices: Vec<ListedDevice>,
        }
        Ok(self
            .session
            .ask::<List>(&Call::get("/v1/devices"))
            .await?
            .devices)
    }

    /// Ends this phone's session: `DELETE /v1/sessions/current`.
    ///
    /// # Errors
    /// As [`Phone::me`].
    pub async fn sign_out(&self) -> Result<(), Error> {
        let ended: serde_json::Value = self
            .session
            .ask(&Call::delete("/v1/sessions/current"))
            .await?;
        drop(ended);
        Ok(())
    }
}
