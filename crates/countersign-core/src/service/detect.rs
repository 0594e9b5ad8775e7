//! Detectors: what is suspicious over many logins, seen when one of them moves.
//!
//! Thresholds are in [`crate::limits`]. Each alert is an audit entry of its own, and with it a delivery in the outbox;
//! the same one is raised once an hour for each account. A detector never decides a login: it flags it for the person, and tells the
//! operator.

use crate::audit::{Alert, Entry, Kind};
use crate::limits::{
    ADDRESS_ACCOUNTS, ALERT_QUIET, ASKED_WINDOW, DENIALS, DENIALS_WINDOW, KEY_ACCOUNTS,
};
use crate::login::{CancelCause, Claim, DenyCause, Login, State};
use crate::ports::{Asked, Network};

use super::{Failure, Service};

impl Service {
    /// How many accounts this login's desktop asked lately.
    pub(super) async fn asked(&self, login: &Login) -> Result<Asked, Failure> {
        let since = self.now().minus(ASKED_WINDOW);
        let network = login.request.address.map(Network::of);
        let asked = self.watch.asked(&login.request.key, network, since);
        Ok(asked.await?)
    }

    /// Looks at a login that was just claimed.
    pub(super) async fn watch_claim(&self, login: &Login, claim: &Claim) -> Result<(), Failure> {
        let asked = self.asked(login).await?;
        if asked.by_key >= KEY_ACCOUNTS {
            let subject = login.request.key.to_string();
            self.raise(Alert::KeyManyAccounts, subject, login).await?;
        }
        if let Some(address) = login.request.address
            && asked.by_network >= ADDRESS_ACCOUNTS
        {
            let subject = Network::of(address).to_string();
            self.raise(Alert::AddressManyAccounts, subject, login)
                .await?;
        }
        if self.on_two_continents(login, claim) {
            let subject = login.id.to_string();
            self.raise(Alert::Continents, subject, login).await?;
        }
        Ok(())
    }

    /// Looks at a login that just ended without a sign-in.
    pub(super) async fn watch_end(&self, login: &Login) -> Result<(), Failure> {
        match &login.state {
            State::Cancelled { cause, .. } if *cause == CancelCause::Strangers => {
                let subject = login.id.to_string();
                self.raise(Alert::Strangers, subject, login).await
            }
            State::Denied { cause, .. } => {
                if *cause == DenyCause::Reported {
                    let subject = login.id.to_string();
                    self.raise(Alert::Reported, subject, login).await?;
                }
                self.watch_denials(login).await
            }
            _ => Ok(()),
        }
    }

    async fn watch_denials(&self, login: &Login) -> Result<(), Failure> {
        let request = &login.request;
        let since = self.now().minus(DENIALS_WINDOW);
        let network = request.address.map(Network::of);
        let denied = self.watch.denied(&request.client, network, since);
        if denied.await? < DENIALS {
            return Ok(());
        }
        let place = network.map_or_else(|| request.client.to_string(), |at| at.to_string());
        self.raise(Alert::Denials, place, login).await
    }

    fn on_two_continents(&self, login: &Login, claim: &Claim) -> bool {
        let continent = |address: Option<std::net::IpAddr>| {
            address
                .and_then(|address| self.places.place(address))
                .and_then(|place| place.continent)
        };
        match (continent(login.request.address), continent(claim.address)) {
            (Some(desktop), Some(phone)) => desktop != phone,
            _ => false,
        }
    }

    async fn raise(&self, alert: Alert, subject: String, login: &Login) -> Result<(), Failure> {
        let now = self.now();
        let account = login.state.claim().map(|claim| claim.account);
        let entry = Entry {
            account,
            detail: Some(alert.name().into()),
            subject: Some(subject),
            ..Entry::new(now, Kind::Alert)
        };
        let raised = self.watch.alert(entry, now.minus(ALERT_QUIET)).await?;
        if let Some(account) = account.filter(|_| raised) {
            self.signal.tell(account);
        }
        Ok(())
    }
}
