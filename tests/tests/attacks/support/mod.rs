//! What a case begins with: a server of its own that is looked over at the end, and more parties.

mod kiosk;
mod raw;
mod rows;
mod victim;
mod ways;

use std::ops::Deref;

use countersign_client::{Answer, Call, State};
use countersign_tests::page::PageLogin;
use countersign_tests::parties::new_key;
use countersign_tests::{Page, Server, invariants, scan_link};
use reqwest::Method;
use serde_json::json;

pub(crate) use kiosk::Kiosk;
pub(crate) use raw::Raw;
pub(crate) use rows::rows;
pub(crate) use victim::Victim;
pub(crate) use ways::*;

pub(crate) use crate::shared::*;

/// One client of each kind, beside the server's own: with tokens, another like it, a page elsewhere, and one that
/// can't sign.
pub(crate) const ALL_CLIENTS: &str = r#"
[[clients]]
id = "demo"
native = true
first_party = true

[[clients]]
id = "tv"
native = true

[[clients]]
id = "shop"
origins = ["https://shop.example"]

[[clients]]
id = "kiosk"
native = true
binding = "device-id"
"#;

/// Where a case is played. When it ends, whatever was attacked, the invariants must hold.
pub(crate) struct Arena(World);

impl Arena {
    /// With the defaults, but without limits and waiting phones.
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// With this configuration.
    pub(crate) async fn with(config: &str) -> Self {
        Self(World::with(config).await)
    }

    /// The server itself.
    pub(crate) fn server(&self) -> &Server {
        &self.0.server
    }

    /// A new browser on the server's own pages.
    pub(crate) fn page(&self) -> Page {
        Page::new(&self.0.server)
    }

    /// A new browser that `phone` signed in by scanning its page.
    pub(crate) async fn page_signed_in(&self, phone: &Device<'_>) -> Page {
        let login = self.page_confirmed(phone).await;
        login.collect().await.unwrap();
        login.page().clone()
    }

    /// A login of a new browser that only has to be collected.
    pub(crate) async fn page_confirmed(&self, phone: &Device<'_>) -> PageLogin {
        let login = self.page().login().await.unwrap();
        let code = claimed(phone, &login).await.confirms().await;
        assert_eq!(login.check(&code).await.unwrap().state, State::Confirmed);
        login
    }

    /// Sends `call` as a page of the server's own does, with whatever cookies it has.
    pub(crate) async fn by_own_page(&self, call: Call) -> Answer {
        let call = call.header("Origin", self.server().issuer());
        self.http.send(&call).await.unwrap()
    }

    /// Everything that the database holds, row by row.
    pub(crate) fn rows(&self) -> Vec<String> {
        rows(self.server())
    }

    /// Nothing in the database is another than it was.
    #[track_caller]
    pub(crate) fn assert_untouched(&self, before: &[String]) {
        let now = self.rows();
        let (new, gone): (Vec<_>, Vec<_>) = (
            now.iter().filter(|row| !before.contains(row)).collect(),
            before.iter().filter(|row| !now.contains(row)).collect(),
        );
        assert!(new.is_empty() && gone.is_empty(), "{new:#?} for {gone:#?}");
    }
}

impl Deref for Arena {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            invariants(&self.0.server);
        }
    }
}

/// `phone`'s claim of the login of a page.
pub(crate) async fn claimed<'w>(phone: &Device<'w>, login: &PageLogin) -> Claim<'w> {
    let body = json!({ "scan": scan_link(login.login()), "opened_by": "scanner" });
    Claim {
        phone: phone.clone(),
        scan: given(&phone.scan(body).await, 201),
    }
}

/// A call that asks to take the grant back.
pub(crate) fn undo(grant: &str) -> Call {
    Call::post(format!("/v1/grants/{grant}/undo")).json(&json!({}))
}

/// A method that [`Call`] has no word for.
pub(crate) fn call(method: &str, path: impl Into<String>) -> Call {
    Call::new(Method::from_bytes(method.as_bytes()).unwrap(), path)
}

/// Another code of six digits.
pub(crate) fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// A phone with a new key that signs in to an account with its password.
pub(crate) async fn further_phone<'w>(arena: &'w Arena, account: &str) -> Device<'w> {
    arena.device(account, new_key(), json!({})).await
}
