//! A browser on the server's own pages: a key, cookies, and the origin that it sends.

use std::sync::{Arc, Mutex};

use countersign_client::{
    Answer, Call, Checked, Created, Desktop, Error, Http, Key, Login, NewLogin,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::parties::{new_key, wish};
use crate::server::Server;

/// The built-in client of the server's own pages.
const CLIENT: &str = "countersign";
/// The cookie of a session.
pub const SESSION: &str = "__Host-session";

/// A tab of a browser on the server's own pages. Clones are further tabs: they share key and cookies.
#[derive(Clone)]
pub struct Page {
    http: Http,
    key: Key,
    /// Oldest first, as browsers send them (RFC 6265 §5.4).
    jar: Arc<Mutex<Vec<(String, String)>>>,
}

impl Page {
    /// A new browser, that has never been here.
    pub fn new(server: &Server) -> Self {
        Self::with_key(server, &new_key())
    }

    /// A browser with this key and no cookies.
    pub fn with_key(server: &Server, key: &Key) -> Self {
        Self::at(server.http(), key)
    }

    /// The same, where only the way to the server is known.
    pub fn at(http: Http, key: &Key) -> Self {
        Self {
            http,
            key: key.clone(),
            jar: Arc::default(),
        }
    }

    /// The key that it keeps.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// A cookie that it has.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar();
        let found = jar.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// The names of all that it has.
    pub fn cookies(&self) -> Vec<String> {
        self.jar().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Puts a cookie into it, or takes one away.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut jar = self.jar();
        let place = jar.iter().position(|(known, _)| known == name);
        match (place, value) {
            (Some(place), Some(value)) => value.clone_into(&mut jar[place].1),
            (Some(place), None) => drop(jar.remove(place)),
            (None, Some(value)) => jar.push((name.to_owned(), value.to_owned())),
            (None, None) => {}
        }
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, Vec<(String, String)>> {
        self.jar.lock().expect("nobody panics with it")
    }

    /// `call` as this page sends it: with all cookies and its origin, which only a plain look leaves out.
    #[must_use]
    pub fn dress(&self, call: Call, method: &Method) -> Call {
        let jar = self.jar();
        let pairs: Vec<_> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let call = if pairs.is_empty() {
            call
        } else {
            call.header("Cookie", &pairs.join("; "))
        };
        if *method == Method::GET {
            call
        } else {
            call.header("Origin", self.http.issuer())
        }
    }

    /// Keeps and forgets the cookies that an answer sets and clears.
    pub fn keep(&self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a cookie is text");
            let mut parts = cookie.split("; ");
            let pair = parts.next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie has a name");
            let over = parts.any(|part| part == "Max-Age=0");
            self.set_cookie(name, (!over).then_some(value));
        }
    }

    /// Sends something by the page; any status is an answer.
    ///
    /// # Errors
    /// Those of [`Http::send`].
    pub async fn send(&self, method: Method, call: Call) -> Result<Answer, Error> {
        let answer = self.http.send(&self.dress(call, &method)).await?;
        self.keep(&answer);
        Ok(answer)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Answer, Error> {
        let call = Call::post(path).proof(&self.key).json(body);
        self.send(Method::POST, call).await
    }

    /// Starts a login, as the sign-in page does.
    ///
    /// # Errors
    /// As [`Desktop::create`].
    pub async fn create(&self, wish: &NewLogin) -> Result<PageLogin, Error> {
        let body = json!({
            "client_id": CLIENT,
            "dpop_jkt": self.key.thumbprint(),
            "device": wish.device,
            "scope": wish.scope,
            "rotate": wish.rotate,
        });
        let call = Call::post("/v1/logins").json(&body);
        let call = if wish.prove {
            call.proof(&self.key)
        } else {
            call
        };
        let answer = self.send(Method::POST, call).await?;
        let created: Created = answer.into_result(self.http.issuer())?;
        let desktop = Desktop::new(self.http.clone(), self.key.clone(), CLIENT);
        Ok(PageLogin {
            page: self.clone(),
            login: desktop.resume(created),
        })
    }

    /// Starts a login with what the helpers ask for.
    ///
    /// # Errors
    /// As [`Page::create`].
    pub async fn login(&self) -> Result<PageLogin, Error> {
        self.create(&wish()).await
    }

    /// Signs in with a password, for a cookie.
    ///
    /// # Errors
    /// `invalid_credentials`, `account_unavailable`.
    pub async fn sign_in(&self, account: &str, password: &str) -> Result<Value, Error> {
        let body = json!({
            "account": account,
            "password": password,
            "role": "desktop",
            "device": { "name": "browser", "kind": "browser" },
        });
        let answer = self.post("/v1/sessions", &body).await?;
        answer.into_result(self.http.issuer())
    }

    /// What `GET /v1/me` says to the cookie alone: `ok`, or the code of the refusal.
    ///
    /// # Errors
    /// Those of [`Http::send`].
    pub async fn at_me(&self) -> Result<String, Error> {
        let answer = self.send(Method::GET, Call::get("/v1/me")).await?;
        Ok(answer.code().unwrap_or_else(|| "ok".to_owned()))
    }

    /// Signs out.
    ///
    /// # Errors
    /// `invalid_token` when the session is over.
    pub async fn sign_out(&self) -> Result<(), Error> {
        let call = Call::delete("/v1/sessions/current").proof(&self.key);
        let answer = self.send(Method::DELETE, call).await?;
        answer.into_result(self.http.issuer())
    }
}

/// A login of the sign-in page.
#[derive(Clone)]
pub struct PageLogin {
    page: Page,
    login: Login,
}

impl PageLogin {
    /// What needs no cookie: its code, how it stands, giving up.
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// The same login in another browser, which may or may not be able to do anything with it.
    #[must_use]
    pub fn of(&self, page: &Page) -> Self {
        Self {
            page: page.clone(),
            login: self.login.clone(),
        }
    }

    /// The page that asked.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The name of its cookie.
    pub fn cookie(&self) -> String {
        format!("__Host-login-{}", self.login.id())
    }

    /// Sends the check code that the phone shows.
    ///
    /// # Errors
    /// As [`Login::check`].
    pub async fn check(&self, code: &str) -> Result<Checked, Error> {
        let body = json!({ "device_code": self.login.created().device_code, "code": code });
        let path = format!("/v1/logins/{}/check", self.login.id());
        let answer = self.page.post(&path, &body).await?;
        answer.into_result(self.page.http.issuer())
    }

    /// Collects: afterwards the browser has its session.
    ///
    /// # Errors
    /// `not_ready`, `login_ended`, `unknown_login`.
    pub async fn collect(&self) -> Result<Value, Error> {
        let body = json!({ "device_code": self.login.created().device_code });
        let path = format!("/v1/logins/{}/session", self.login.id());
        let answer = self.page.post(&path, &body).await?;
        answer.into_result(self.page.http.issuer())
    }
}
