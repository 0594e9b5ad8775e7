//! A browser on our own pages, whose answers are looked over like everybody's.

use countersign_client::{Answer, Call};
use countersign_tests::Page;
use countersign_tests::parties::PASSWORD;
use reqwest::Method;
use serde_json::{Value, json};

use super::answers::{given, looked_over, with};
use super::parties::{Desktop, Login, World};

/// A browser with its key and cookies; [`Page`] has the rest.
#[derive(Clone)]
pub(crate) struct Browser<'w> {
    pub(crate) world: &'w World,
    pub(crate) page: Page,
}

impl World {
    /// A browser that was never here.
    pub(crate) fn browser(&self) -> Browser<'_> {
        let page = Page::new(&self.server);
        Browser { world: self, page }
    }
}

impl<'w> Browser<'w> {
    /// Sends something with this browser's cookies and our origin, and keeps the cookies of the answer.
    pub(crate) async fn send(&self, method: Method, call: Call) -> Answer {
        looked_over(self.page.send(method, call).await.unwrap())
    }

    /// The same, with a proof by its key.
    pub(crate) async fn prove(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let call = Call::new(method.clone(), path).proof(self.page.key());
        let call = match body {
            Some(body) => call.json(body),
            None => call,
        };
        self.send(method, call).await
    }

    pub(crate) async fn create(&self, changes: &Value) -> Answer {
        let wish = self.desktop().wish(changes);
        self.send(Method::POST, Call::post("/v1/logins").json(&wish))
            .await
    }

    fn desktop(&self) -> Desktop<'w> {
        Desktop {
            world: self.world,
            key: self.page.key().clone(),
            client: "countersign",
        }
    }

    /// A new login of the sign-in page. What needs no cookie works as for every other.
    pub(crate) async fn login(&self) -> Login<'w> {
        self.login_with(&json!({})).await
    }

    pub(crate) async fn login_with(&self, changes: &Value) -> Login<'w> {
        Login {
            created: given(&self.create(changes).await, 201),
            desktop: self.desktop(),
        }
    }

    pub(crate) async fn check(&self, login: &Login<'_>, code: &str) -> Answer {
        let body = json!({ "device_code": login.device_code(), "code": code });
        self.prove(Method::POST, &login.path("check"), Some(&body))
            .await
    }

    /// `POST …/session`
    pub(crate) async fn collect(&self, login: &Login<'_>) -> Answer {
        let body = json!({ "device_code": login.device_code() });
        self.prove(Method::POST, &login.path("session"), Some(&body))
            .await
    }

    pub(crate) async fn sign_in(&self, account: &str, changes: &Value) -> Answer {
        let base = json!({
            "account": account,
            "password": PASSWORD,
            "role": "desktop",
            "device": { "name": "Office PC", "kind": "browser" },
        });
        let body = with(base, changes);
        self.prove(Method::POST, "/v1/sessions", Some(&body)).await
    }

    /// `GET /v1/me` by the cookie alone.
    pub(crate) async fn me(&self) -> Answer {
        self.send(Method::GET, Call::get("/v1/me")).await
    }

    pub(crate) async fn sign_out(&self) -> Answer {
        self.prove(Method::DELETE, "/v1/sessions/current", None)
            .await
    }
}
