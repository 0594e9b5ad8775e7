//! What the owner of an account does in a round: passwords, further phones, devices, others' sessions.

use countersign_client::{Call, Error, Http, NewDevice, Phone};
use countersign_tests::Page;
use countersign_tests::parties::{at_me, desktop_of_http, new_key, wish};
use countersign_tests::race::outcome;
use countersign_tests::scan_link;
use countersign_tests::seed::Seeded;
use reqwest::Method;
use serde_json::{Value, json};

use crate::round::Shared;

/// A person with an account of their own, and what they were told is so.
pub(crate) struct Owner {
    pub(crate) phone: Phone,
    pub(crate) account: String,
    pub(crate) password: String,
    /// What they called their phone last.
    name: Option<String>,
    acts: u32,
}

#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Gives the password, and changes it.
    Password,
    /// Signs a browser in, and everything but this phone out.
    Others,
    /// Lets a further phone approve, and takes it back with what it approved.
    Allow,
    /// Gives the phone another name.
    Rename,
}

impl Act {
    pub(crate) fn chosen(chance: &mut Seeded) -> Self {
        // Each password that is checked takes as long as many other requests.
        match chance.below(6) {
            0 => Self::Password,
            1 => Self::Others,
            2 | 3 => Self::Allow,
            _ => Self::Rename,
        }
    }

    /// Requests that it takes when each is answered at once.
    pub(crate) fn requests(self) -> u64 {
        match self {
            Self::Password | Self::Others => 4,
            Self::Allow => 10,
            Self::Rename => 2,
        }
    }
}

/// Asks for something by a phone.
async fn ask(phone: &Phone, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
    let call = Call::new(method, path).json(body);
    phone.session().ask(&call).await
}

impl Owner {
    pub(crate) fn new(phone: Phone, account: &str, password: &str) -> Self {
        Self {
            phone,
            account: account.to_owned(),
            password: password.to_owned(),
            name: None,
            acts: 0,
        }
    }

    pub(crate) async fn run(mut self, act: Act, shared: &Shared, http: Http) -> Self {
        self.acts += 1;
        match act {
            Act::Password => self.change_password(shared).await,
            Act::Others => self.sign_out_others(shared, http).await,
            Act::Allow => self.allow(shared, http).await,
            Act::Rename => self.rename(shared).await,
        }
        self
    }

    async fn verify(&self, shared: &Shared, password: &str) -> String {
        let body = json!({ "password": password });
        let path = "/v1/sessions/current/verify";
        let verify = async || ask(&self.phone, Method::POST, path, &body).await;
        outcome(&shared.until_answered(verify).await).to_owned()
    }

    async fn change_password(&mut self, shared: &Shared) {
        assert_eq!(self.verify(shared, &self.password).await, "ok");
        let new = format!("{} tall giraffes at noon", self.acts);
        let body = json!({ "password": new });
        let change = async || ask(&self.phone, Method::PUT, "/v1/password", &body).await;
        shared.until_answered(change).await.unwrap();
        let old = std::mem::replace(&mut self.password, new);
        assert_eq!(self.verify(shared, &old).await, "invalid_credentials");
        assert_eq!(self.verify(shared, &self.password).await, "ok");
    }

    async fn sign_out_others(&self, shared: &Shared, http: Http) {
        let page = Page::at(http, &new_key());
        let sign_in = async || page.sign_in(&self.account, &self.password).await;
        shared.until_answered(sign_in).await.unwrap();
        let look = async || page.at_me().await;
        assert_eq!(shared.until_answered(look).await.unwrap(), "ok");
        let path = "/v1/devices/sign-out-others";
        let end = async || ask(&self.phone, Method::POST, path, &json!({})).await;
        shared.until_answered(end).await.unwrap();
        assert_eq!(shared.until_answered(look).await.unwrap(), "invalid_token");
    }

    async fn allow(&self, shared: &Shared, http: Http) {
        let (key, device) = (
            new_key(),
            NewDevice {
                name: None,
                kind: "ios".to_owned(),
                platform: None,
            },
        );
        let sign_in =
            async || Phone::sign_in(&http, &key, &self.account, &self.password, &device).await;
        let further = shared.until_answered(sign_in).await.unwrap();
        let me = shared.until_answered(async || further.me().await).await;
        let grant = me.unwrap().grant.id.unwrap();
        let login = async || desktop_of_http(&http, "demo").create(&wish()).await;
        let login = shared.until_answered(login).await.unwrap();
        let scan = async || further.scan(&scan_link(&login), "scanner").await;
        let early = shared.until_answered(scan).await;
        assert_eq!(outcome(&early), "phone_waiting");
        let path = format!("/v1/grants/{grant}/allow");
        let allow = async || ask(&self.phone, Method::POST, &path, &json!({})).await;
        shared.until_answered(allow).await.unwrap();
        let approval = shared.until_answered(scan).await.unwrap();
        let confirm = async || further.confirm(&approval, false).await;
        let code = shared
            .until_answered(confirm)
            .await
            .unwrap()
            .check_code
            .unwrap();
        let check = async || login.check(&code).await;
        shared.until_answered(check).await.unwrap();
        let collected = shared.until_answered(async || login.collect().await).await;
        let (path, too) = (
            format!("/v1/grants/{grant}/undo"),
            json!({ "approved_too": true }),
        );
        let undo = async || ask(&self.phone, Method::POST, &path, &too).await;
        shared.until_answered(undo).await.unwrap();
        for session in collected.iter().chain([further.session()]) {
            let look = async || at_me(session).await;
            assert_eq!(shared.until_answered(look).await.unwrap(), "invalid_token");
        }
    }

    async fn rename(&mut self, shared: &Shared) {
        let device = self.phone.session().tokens().await.device.id;
        let (path, name) = (
            format!("/v1/devices/{device}"),
            format!("name {}", self.acts),
        );
        let body = json!({ "name": name });
        let rename = async || ask(&self.phone, Method::PATCH, &path, &body).await;
        shared.until_answered(rename).await.unwrap();
        self.name = Some(name);
        let list = async || self.phone.devices().await;
        let devices = shared.until_answered(list).await.unwrap();
        assert!(
            devices
                .iter()
                .any(|device| Some(&device.name) == self.name.as_ref())
        );
    }

    /// Looks again: the account is as its owner was told.
    pub(crate) async fn still_stands(&self, http: Http) {
        let page = Page::at(http, &new_key());
        page.sign_in(&self.account, &self.password).await.unwrap();
        let me = self.phone.me().await.unwrap();
        if let Some(name) = &self.name {
            assert_eq!(&me.device.name, name);
        }
    }
}
