//! What a desktop does with its device code: create, look, check, cancel.

use std::net::IpAddr;
use std::sync::Arc;

use crate::account::{DeviceInfo, LoginName};
use crate::audit::Entry;
use crate::client::{BUILT_IN, Binding, Client, Ending};
use crate::ids::{LoginId, Thumbprint};
use crate::keys::{PhraseMac, RotationKey};
use crate::login::{Act, Event, Login, Refusal, Request, State};
use crate::phrase::Phrase;
use crate::scan_code::Rotation;
use crate::secret::{Secret, SecretHash, SecretKind};
use crate::time::Timestamp;

use super::approval::may_begin;
use super::{DeviceCode, Failure, Service};

/// What a desktop asks for.
#[derive(Clone, Debug)]
pub struct NewLogin<'a> {
    /// The client's id.
    pub client: &'a str,
    /// The `Origin` that the browser sent.
    pub origin: Option<&'a str>,
    /// The scopes; the client's own when missing.
    pub scope: Option<&'a str>,
    /// The desktop's key; `None` for one that is to get a device id.
    pub key: Option<Thumbprint>,
    /// Whether the key is proved already.
    pub proved: bool,
    /// Whether the scan code rotates; `Some(false)` makes it static.
    pub rotate: Option<bool>,
    /// What the desktop says of itself.
    pub device: DeviceInfo,
    /// The browser family and operating system that its `User-Agent` claims.
    pub agent: (Option<String>, Option<String>),
    /// Where it asks from.
    pub address: Option<IpAddr>,
    /// The account that it is for; the answer never depends on whether there is one.
    pub hint: Option<LoginName>,
    /// What it asks to do beside signing in.
    pub act: Option<Act>,
    /// What its person typed there, to be typed on the phone too.
    pub phrase: Option<Phrase>,
}

/// What the desktop gets.
#[derive(Clone, Debug)]
pub struct Created {
    /// The login.
    pub login: Login,
    /// Its device code, in clear only here.
    pub device_code: DeviceCode,
    /// The key of its scan codes.
    pub rotation_key: RotationKey,
    /// The desktop's id, for one that can't sign; in clear only here.
    pub device_id: Option<Secret<32>>,
    /// The cookie that binds it to this browser, on the server's own pages; in clear only here.
    pub cookie: Option<LoginCookie>,
}

/// The secret in the login cookie.
pub type LoginCookie = Secret<32>;

/// What a desktop presents when it acts on its login.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// Its device code.
    pub code: &'a DeviceCode,
    /// Its key, as proved, or what its device id says.
    pub key: Thumbprint,
    /// Which of the two it was: a login is proved in its own way only.
    pub binding: Binding,
    /// The login cookie that its browser sent.
    pub cookie: Option<&'a LoginCookie>,
    /// Where it is now.
    pub address: Option<IpAddr>,
}

impl Service {
    /// Creates a login.
    ///
    /// # Errors
    /// An unknown client, an origin or a network that is not the client's, scopes or an act that it
    /// may not ask for, no hint or no phrase where one is needed, or the store.
    pub async fn create_login(&self, new: NewLogin<'_>) -> Result<Created, Failure> {
        let client = self.client(new.client)?;
        if !client.allows_origin(new.origin) {
            return Err(Failure::OriginNotAllowed);
        }
        let (key, device_id) = self.key_of(client, new.key)?;
        let cookie = (client.ending == Ending::Cookie).then(|| self.secret());
        let (id, server_key) = (LoginId::from_bytes(self.random()), self.keys.current());
        let phrase = match &new.phrase {
            Some(phrase) => Some(
                self.keys
                    .phrase(server_key, id, phrase)
                    .ok_or(Refusal::Unknown)?,
            ),
            None => None,
        };
        let request = request(client, new, key, cookie.as_ref(), phrase)?;
        let (now, secret) = (self.now(), self.secret());
        let rotation_key = self
            .keys
            .rotation_key(server_key, id)
            .ok_or(Refusal::Unknown)?;
        let login = Login {
            id,
            version: 1,
            created_at: now,
            server_key,
            request,
            device_code: SecretHash::of(SecretKind::DeviceCode, &secret),
            strangers: Vec::new(),
            wrong_codes: 0,
            wrong_passkeys: 0,
            wrong_phrases: 0,
            desktop_moved: false,
            state: State::Waiting {
                until: now.plus(self.lifetimes.waiting),
            },
        };
        self.logins
            .insert(login.clone(), Entry::created(&login))
            .await?;
        Ok(Created {
            login,
            device_code: DeviceCode {
                locator: *id.bytes(),
                secret,
            },
            rotation_key,
            device_id,
            cookie,
        })
    }

    /// What the desktop is named by: the key that it names, or an id that is made for it.
    fn key_of(
        &self,
        client: &Client,
        named: Option<Thumbprint>,
    ) -> Result<(Thumbprint, Option<Secret<32>>), Failure> {
        match (client.binding, named) {
            (Binding::Dpop, Some(key)) => Ok((key, None)),
            (Binding::DeviceId, None) => {
                let id = self.secret();
                Ok((Thumbprint::of_device_id(&id), Some(id)))
            }
            _ => Err(Failure::WrongBinding),
        }
    }

    /// The login, for whoever holds its device code; from memory while it is live.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] for everybody else.
    pub async fn desktop_login(
        &self,
        id: LoginId,
        code: &DeviceCode,
    ) -> Result<Arc<Login>, Failure> {
        let login = self.find(id).await?;
        holds(&login, code)
            .then_some(login)
            .ok_or(Failure::Refused(Refusal::Unknown))
    }

    /// The same, for a desktop that looks from `address`: when that is another network than it asked
    /// from, the phone is told.
    ///
    /// # Errors
    /// As [`Service::desktop_login`].
    pub async fn desktop_view(
        &self,
        id: LoginId,
        code: &DeviceCode,
        address: Option<IpAddr>,
    ) -> Result<Arc<Login>, Failure> {
        let login = self.desktop_login(id, code).await?;
        self.note_move(login, address).await
    }

    /// Takes the check code that was typed on the desktop.
    ///
    /// # Errors
    /// [`Refusal::WrongCode`] with the tries left; the other refusals of the table.
    pub async fn check(
        &self,
        id: LoginId,
        desk: Desk<'_>,
        typed: &str,
    ) -> Result<Arc<Login>, Failure> {
        let login = self.desktop_view(id, desk.code, desk.address).await?;
        let facts = self.facts_of_claim(&login).await?;
        let decide = |login: &Login, _: Timestamp| {
            if !holds(login, desk.code) || !is_there(login, &desk) {
                return Err(Failure::Refused(Refusal::Unknown));
            }
            let right = login.state.claim().is_some_and(|claim| {
                self.keys
                    .check_code(login.server_key, login.id, claim.version, claim.session)
                    .is_some_and(|expected| expected.matches(typed))
            });
            Ok(Event::Check {
                key: desk.key,
                right,
                allowed: self.still_allows(login, &facts, desk.address),
            })
        };
        let (login, verdict) = self.transition(id, decide).await?;
        verdict.map(|()| login).map_err(Failure::from)
    }

    /// Takes the login back.
    ///
    /// # Errors
    /// [`Refusal::Ended`] when it ended otherwise, [`Refusal::Unknown`] without the device code.
    pub async fn cancel(&self, id: LoginId, code: &DeviceCode) -> Result<Arc<Login>, Failure> {
        let decide = |login: &Login, _: Timestamp| {
            if holds(login, code) {
                Ok(Event::Cancel)
            } else {
                Err(Failure::Refused(Refusal::Unknown))
            }
        };
        let (login, verdict) = self.transition(id, decide).await?;
        verdict.map(|()| login).map_err(Failure::from)
    }
}

/// What is asked, if the client may ask it. Nothing here depends on whether an account is there.
fn request(
    client: &Client,
    new: NewLogin<'_>,
    key: Thumbprint,
    cookie: Option<&LoginCookie>,
    phrase: Option<PhraseMac>,
) -> Result<Request, Failure> {
    let scopes = client.scopes(new.scope).ok_or(Failure::InvalidScope)?;
    if new.act.is_some() && client.id.as_str() != BUILT_IN {
        return Err(Failure::ActNotAllowed);
    }
    if client.rules.login_hint_required && new.hint.is_none() {
        return Err(Failure::LoginHintRequired);
    }
    if client.rules.phrase && phrase.is_none() {
        return Err(Failure::Refused(Refusal::PhraseRequired));
    }
    let (browser, os) = new.agent;
    let request = Request {
        client: client.id.clone(),
        scopes,
        binding: client.binding,
        ending: client.ending,
        cookie: cookie.map(|cookie| SecretHash::of(SecretKind::LoginCookie, cookie)),
        key,
        proved: new.proved && client.binding == Binding::Dpop,
        rotation: match new.rotate {
            Some(false) => Rotation::Static,
            _ => client.rotation,
        },
        device: new.device,
        browser,
        os,
        origin: new.origin.map(str::to_owned),
        address: new.address,
        hint: new.hint,
        act: new.act,
        phrase,
    };
    may_begin(client, &request)?;
    Ok(request)
}

/// Whether the desktop proves itself in the login's way, in the browser that asked; of a login that
/// no page of ours started, any browser is that.
pub(super) fn is_there(login: &Login, desk: &Desk<'_>) -> bool {
    let same = |hash: &SecretHash| {
        desk.cookie
            .is_some_and(|cookie| hash.matches(SecretKind::LoginCookie, cookie))
    };
    desk.binding == login.request.binding && login.request.cookie.as_ref().is_none_or(same)
}

/// Whether `code` is this login's device code.
pub(super) fn holds(login: &Login, code: &DeviceCode) -> bool {
    code.locator == *login.id.bytes()
        && login
            .device_code
            .matches(SecretKind::DeviceCode, &code.secret)
}
