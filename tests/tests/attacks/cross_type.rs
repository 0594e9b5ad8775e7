//! Each secret in each other secret's place. All of them are alive, and most belong to the same login.

use countersign_client::{Answer, Call, Key};
use countersign_tests::page::{PageLogin, SESSION};
use countersign_tests::parties::{PASSWORD, new_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cases::Case;
use crate::receiver::Receiver;
use crate::support::{
    ALL_CLIENTS, Arena, Claim, DEVICE_CODE, Device, Kiosk, Login, OPERATOR, Secrets, answer_to,
    claimed, codes, given, made_for, refused, text, undo_of, with,
};

pub(crate) const CASES: &[Case] = &[
    (
        "each secret in each other secret's place",
        "attacks/cross_type.rs::no_secret_stands_in_for_another",
    ),
    (
        "each secret as a check code",
        "attacks/cross_type.rs::no_secret_is_a_check_code",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ScanCode,
    RotationKey,
    Hold,
    DeviceCode,
    Ticket,
    CheckCode,
    AccessToken,
    BearerToken,
    RefreshToken,
    LoginCookie,
    SessionCookie,
    DeviceId,
    Password,
    Proof,
    EntryChallenge,
    AddChallenge,
    Invitation,
    RecoveryCode,
    UndoLink,
    OperatorToken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Scan,
    Held,
    Wait,
    Check,
    Cancel,
    Collect,
    Session,
    Confirm,
    Deny,
    Look,
    Token,
    Bearer,
    Refresh,
    OwnRefresh,
    LoginCookie,
    SessionCookie,
    DeviceId,
    DeviceIdAtCollect,
    Password,
    Proof,
    Entry,
    Adding,
    Invited,
    Accept,
    Recovery,
    Undo,
    Operator,
}

/// Every place, with the kind of secret that belongs there and the status that it then has. With a zero it is not
/// tried: it would end the login, or the right one is another of its kind.
const PLACES: [(Place, Kind, u16); 27] = [
    (Place::Scan, Kind::ScanCode, 201),
    (Place::Held, Kind::Hold, 201),
    (Place::Wait, Kind::DeviceCode, 200),
    (Place::Confirm, Kind::Ticket, 200),
    (Place::Look, Kind::Ticket, 200),
    (Place::Token, Kind::AccessToken, 200),
    (Place::Bearer, Kind::BearerToken, 200),
    (Place::Refresh, Kind::RefreshToken, 200),
    (Place::OwnRefresh, Kind::RefreshToken, 0),
    (Place::LoginCookie, Kind::LoginCookie, 200),
    (Place::SessionCookie, Kind::SessionCookie, 200),
    (Place::DeviceId, Kind::DeviceId, 200),
    (Place::DeviceIdAtCollect, Kind::DeviceId, 0),
    (Place::Password, Kind::Password, 201),
    (Place::Check, Kind::DeviceCode, 200),
    (Place::Collect, Kind::DeviceCode, 200),
    (Place::Session, Kind::DeviceCode, 0),
    (Place::Cancel, Kind::DeviceCode, 0),
    (Place::Deny, Kind::Ticket, 0),
    (Place::Proof, Kind::Proof, 0),
    (Place::Adding, Kind::AddChallenge, 201),
    (Place::Entry, Kind::EntryChallenge, 201),
    (Place::Invited, Kind::Invitation, 200),
    (Place::Accept, Kind::Invitation, 0),
    (Place::Operator, Kind::OperatorToken, 200),
    (Place::Undo, Kind::UndoLink, 200),
    (Place::Recovery, Kind::RecoveryCode, 201),
];

/// Everybody in the middle of what they do.
struct Scene<'w> {
    arena: &'w Arena,
    phone: Device<'w>,
    desktop: Device<'w>,
    login: Login<'w>,
    claim: Claim<'w>,
    code: String,
    page: PageLogin,
    page_code: String,
    signed_in: countersign_tests::Page,
    kiosk: Kiosk<'w>,
    waiting_kiosk: Kiosk<'w>,
    /// Right answers to the two challenges.
    entering: Value,
    adding: Value,
    secrets: Vec<(Kind, String)>,
}

impl<'w> Scene<'w> {
    async fn set(arena: &'w Arena, receiver: &mut Receiver) -> Self {
        // Somebody else's, so that the link of the notice ends nothing that is used here.
        let bert = arena.phone("bert").await;
        let link = undo_of(receiver, &bert.grant().await).await;
        let (phone, mut authenticator) = arena.with_passkey("anna").await;
        let code = codes(&phone).await.remove(0);
        let entry = arena.question(&phone.key).await;
        let add = given(&phone.asks("add").await, 200);
        let entering = answer_to(&entry, &mut authenticator).await;
        let adding = made_for(&add, &mut arena.authenticator()).await;
        let mut secrets = vec![
            (Kind::EntryChallenge, text(&entry, "challenge").to_owned()),
            (Kind::AddChallenge, text(&add, "challenge").to_owned()),
            (Kind::Invitation, arena.invitation("cleo", &[]).await),
            (Kind::RecoveryCode, code),
            (Kind::UndoLink, link),
            (Kind::OperatorToken, OPERATOR.to_owned()),
        ];
        let (_, _, desktop) = phone.collected().await;
        let signed_in = arena.page_signed_in(&phone).await;
        let kiosk = Kiosk::signed_in(&phone).await;
        let waiting_kiosk = Kiosk::confirmed(&phone).await;
        let page = arena.page().login().await.unwrap();
        let page_code = claimed(&phone, &page).await.confirms().await;
        let login = arena.login().await;
        let hold = given(&phone.hold(&login.link()).await, 200);
        let claim = phone.claims(&login).await;
        let code = claim.confirms().await;
        let proof =
            countersign_client::proof(&phone.key, "POST", &arena.url("/v1/holds"), None, None);
        secrets.extend([
            (Kind::ScanCode, login.link()),
            (Kind::ScanCode, login.code()),
            (
                Kind::RotationKey,
                text(&login.created["scan"], "rotation_key").to_owned(),
            ),
            (Kind::Hold, text(&hold, "hold").to_owned()),
            (Kind::DeviceCode, login.device_code().to_owned()),
            (Kind::Ticket, claim.ticket().to_owned()),
            (Kind::CheckCode, code.clone()),
            (Kind::AccessToken, phone.access_token().to_owned()),
            (Kind::BearerToken, kiosk.access_token().to_owned()),
            (Kind::RefreshToken, desktop.refresh_token().to_owned()),
            (
                Kind::LoginCookie,
                page.page().cookie(&page.cookie()).unwrap(),
            ),
            (Kind::SessionCookie, signed_in.cookie(SESSION).unwrap()),
            (Kind::DeviceId, kiosk.id().to_owned()),
            (Kind::Password, PASSWORD.to_owned()),
            (Kind::Proof, proof.unwrap()),
        ]);
        Self {
            arena,
            phone,
            desktop,
            login,
            claim,
            code,
            page,
            page_code,
            signed_in,
            kiosk,
            waiting_kiosk,
            entering,
            adding,
            secrets,
        }
    }

    /// Puts `secret` into a place in which everything else is right.
    #[expect(clippy::too_many_lines, reason = "a table with an arm for each place")]
    async fn offer(&self, place: Place, secret: &str) -> Answer {
        let (arena, phone, login) = (self.arena, &self.phone, &self.login);
        match place {
            Place::Scan => phone.scan(json!({ "scan": secret })).await,
            Place::Held => phone.scan(json!({ "hold": secret })).await,
            Place::Wait => {
                login
                    .wait(
                        json!({ "device_code": secret, "version": 0 }),
                        &[("Prefer", "wait=1")],
                    )
                    .await
            }
            Place::Check => {
                let body = json!({ "device_code": secret, "code": self.code });
                let call = Call::post(login.path("check")).proof(&login.desktop.key);
                arena.send(call.json(&body)).await
            }
            Place::Cancel => {
                let body = json!({ "device_code": secret });
                arena
                    .send(Call::post(login.path("cancel")).json(&body))
                    .await
            }
            Place::Collect => {
                self.at_token(&login.desktop.key, "demo", ("device_code", secret))
                    .await
            }
            Place::Session => {
                let path = format!("/v1/logins/{}/session", self.page.login().id());
                self.by_page(&path, json!({ "device_code": secret }), None)
                    .await
            }
            Place::Confirm => {
                phone
                    .confirm(self.claim.decision(&json!({ "ticket": secret })))
                    .await
            }
            Place::Deny => phone.deny(json!({ "ticket": secret })).await,
            Place::Look => {
                phone
                    .watch(
                        json!({ "ticket": secret, "version": 0 }),
                        &[("Prefer", "wait=1")],
                    )
                    .await
            }
            Place::Token => {
                let call = Call::get("/v1/devices").proof(&phone.key).token(secret);
                arena.send(call).await
            }
            Place::Bearer => {
                let call = Call::get("/v1/me").header("Authorization", &format!("Bearer {secret}"));
                arena.send(call.header("Device-Id", self.kiosk.id())).await
            }
            Place::Refresh => {
                self.at_token(&self.desktop.key, "demo", ("refresh_token", secret))
                    .await
            }
            Place::OwnRefresh => {
                let key = self.signed_in.key();
                self.at_token(key, "countersign", ("refresh_token", secret))
                    .await
            }
            Place::LoginCookie => {
                let path = format!("/v1/logins/{}/check", self.page.login().id());
                let body = json!({
                    "device_code": self.page.login().created().device_code, "code": self.page_code,
                });
                self.by_page(&path, body, Some(secret)).await
            }
            Place::SessionCookie => {
                let call = Call::get("/v1/me").header("Cookie", &format!("{SESSION}={secret}"));
                arena.send(call).await
            }
            Place::DeviceId => {
                let bearer = format!("Bearer {}", self.kiosk.access_token());
                let call = Call::get("/v1/me").header("Authorization", &bearer);
                arena.send(call.header("Device-Id", secret)).await
            }
            Place::DeviceIdAtCollect => self.waiting_kiosk.collect(secret).await,
            Place::Password => {
                let body = json!({ "account": "anna", "password": secret });
                arena
                    .send(Call::post("/v1/sessions").proof(&new_key()).json(&body))
                    .await
            }
            Place::Proof => {
                let call = Call::post("/v1/sessions").header("DPoP", secret);
                arena
                    .send(call.json(&json!({ "account": "anna", "password": PASSWORD })))
                    .await
            }
            Place::Entry => {
                let passkey = with(self.entering.clone(), &json!({ "challenge": secret }));
                arena.enter(&phone.key, &passkey, json!({})).await
            }
            Place::Adding => {
                let made = with(self.adding.clone(), &json!({ "challenge": secret }));
                phone.post("/v1/passkeys", made).await
            }
            Place::Operator => {
                let call = Call::post("/admin/v1/revocations")
                    .header("Authorization", &format!("Bearer {secret}"));
                arena
                    .send(call.json(&json!({ "role": "phone", "dry_run": true })))
                    .await
            }
            Place::Invited => {
                self.in_or_back("invitations/look", json!({ "invitation": secret }))
                    .await
            }
            Place::Accept => {
                let body = json!({ "invitation": secret, "password": "a rather strange new pass" });
                self.in_or_back("invitations/accept", body).await
            }
            Place::Undo => self.in_or_back("undo", json!({ "undo": secret })).await,
            Place::Recovery => {
                self.in_or_back("recovery", json!({ "account": "anna", "code": secret }))
                    .await
            }
        }
    }

    async fn in_or_back(&self, door: &str, body: Value) -> Answer {
        let path = format!("/v1/{door}");
        self.arena.page_post(&path, &new_key(), &body).await
    }

    async fn at_token(&self, key: &Key, client: &str, (name, secret): (&str, &str)) -> Answer {
        let kind = if name == "device_code" {
            DEVICE_CODE
        } else {
            name
        };
        let form = [("grant_type", kind), (name, secret), ("client_id", client)];
        self.arena.token(key, &form).await
    }

    /// A request of the waiting page, with its own login cookie or what is offered for it.
    async fn by_page(&self, path: &str, body: Value, cookie: Option<&str>) -> Answer {
        let call = Call::post(path).proof(self.page.page().key()).json(&body);
        match cookie {
            None => self.page.page().send(Method::POST, call).await.unwrap(),
            Some(cookie) => {
                let cookie = format!("{}={cookie}", self.page.cookie());
                self.arena.by_own_page(call.header("Cookie", &cookie)).await
            }
        }
    }
}

/// With an operator, and with notices.
async fn arena(secrets: &Secrets, receiver: &Receiver) -> Arena {
    let hook = secrets.hook(receiver, "'session.opened'");
    Arena::with(&format!("{}{hook}{ALL_CLIENTS}", secrets.operator())).await
}

#[tokio::test]
async fn no_secret_stands_in_for_another() {
    let (secrets, mut receiver) = (Secrets::new(), Receiver::start(true).await);
    let arena = arena(&secrets, &receiver).await;
    let scene = Scene::set(&arena, &mut receiver).await;
    let before = arena.rows();
    for (place, own, _) in PLACES {
        for (kind, secret) in &scene.secrets {
            if *kind != own {
                let answer = scene.offer(place, secret).await;
                assert!(
                    answer.status >= 400,
                    "{kind:?} at {place:?}: {}",
                    answer.status
                );
            }
        }
    }
    arena.assert_untouched(&before);
    // Each place was a good one: what belongs there is taken.
    for (place, own, status) in PLACES.into_iter().filter(|place| place.2 > 0) {
        for (_, secret) in scene.secrets.iter().filter(|(kind, _)| *kind == own) {
            assert_eq!(scene.offer(place, secret).await.status, status, "{place:?}");
        }
    }
}

#[tokio::test]
async fn no_secret_is_a_check_code() {
    let (secrets, mut receiver) = (Secrets::new(), Receiver::start(true).await);
    let arena = arena(&secrets, &receiver).await;
    let scene = Scene::set(&arena, &mut receiver).await;
    for (kind, secret) in &scene.secrets {
        let (login, _, right) = scene.phone.checking().await;
        if *secret != right {
            let answer = login.check(secret).await;
            let code = answer.code().unwrap_or_default();
            assert!(
                ["wrong_code", "invalid_request"].contains(&&*code),
                "{kind:?}: {code}"
            );
        }
        refused(&login.collect().await, "authorization_pending");
    }
}
