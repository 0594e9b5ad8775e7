//! The parties: a server and who talks to it, honestly or not.

use countersign_client::{Answer, Call, Http, Key, Rotation};
use countersign_tests::Server;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::{Value, json};

use super::answers::{given, looked_over, text, with};
use super::stream::Stream;

/// The grant type of a collect (RFC 8628 §3.4).
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Two configured clients instead of `demo`: a web page elsewhere, and a program with one scope.
pub(crate) const CLIENTS: &str = r#"
[[clients]]
id = "shop"
name = "The Shop"
origins = ["https://shop.example", "https://www.shop.example"]

[[clients]]
id = "tv"
name = "Television"
native = true
qr_scopes = ["openid"]
"#;

/// A server, and a way to it.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) http: Http,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    pub(crate) async fn with(config: &str) -> Self {
        let server = Server::start_with(config).await;
        let http = server.http();
        Self { server, http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.issuer())
    }

    /// Sends one request and looks the answer over.
    pub(crate) async fn send(&self, call: Call) -> Answer {
        looked_over(self.http.send(&call).await.unwrap())
    }

    /// Changes the database beside the running server: what would take days, or nobody does. Gives the rows changed.
    pub(crate) fn alter(&self, sql: &str) -> usize {
        let database = rusqlite::Connection::open(self.server.database()).unwrap();
        database
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        database.execute(sql, []).unwrap()
    }

    /// Moves all that the clock has done to passwords, sessions and phones `seconds` into the past.
    pub(crate) fn grants_age(&self, seconds: u64) {
        let ms = seconds * 1_000;
        let moved = self.alter(&format!(
            "UPDATE grants SET created_at = created_at - {ms}, expires_at = expires_at - {ms}, \
             verified_at = verified_at - {ms}, approves_from = approves_from - {ms}, ended_at = ended_at - {ms}"
        ));
        assert!(moved > 0);
        self.alter(&format!("UPDATE families SET used_at = used_at - {ms}"));
    }

    /// A signed-in phone of a new account.
    pub(crate) async fn phone(&self, account: &str) -> Device<'_> {
        self.server.account(account, PASSWORD).await;
        self.another_phone(account).await
    }

    /// A signed-in phone of an account that is there.
    pub(crate) async fn another_phone(&self, account: &str) -> Device<'_> {
        self.device(account, new_key(), json!({})).await
    }

    /// A device that signs in with the account's password.
    pub(crate) async fn device(&self, account: &str, key: Key, changes: Value) -> Device<'_> {
        let answer = self.sign_in(account, &key, changes).await;
        Device::new(self, &key, "countersign", given(&answer, 201))
    }

    /// A sign-in with the right password, and whatever else it says.
    pub(crate) async fn sign_in(&self, account: &str, key: &Key, changes: Value) -> Answer {
        let base = json!({
            "account": account,
            "password": PASSWORD,
            "device": { "name": format!("{account}'s phone"), "kind": "android" },
        });
        self.send(
            Call::post("/v1/sessions")
                .proof(key)
                .json(&with(base, &changes)),
        )
        .await
    }

    /// A desktop with a new key, of the client `demo`.
    pub(crate) fn desktop(&self) -> Desktop<'_> {
        self.desktop_of("demo")
    }

    pub(crate) fn desktop_of(&self, client: &'static str) -> Desktop<'_> {
        Desktop {
            world: self,
            key: new_key(),
            client,
        }
    }

    /// A new login of a new desktop.
    pub(crate) async fn login(&self) -> Login<'_> {
        self.desktop().login().await
    }

    /// A request to `/oauth/token` with a proof by `key`.
    pub(crate) async fn token(&self, key: &Key, form: &[(&str, &str)]) -> Answer {
        self.send(Call::post("/oauth/token").proof(key).form(form))
            .await
    }
}

/// A machine that wants to be signed in.
#[derive(Clone)]
pub(crate) struct Desktop<'w> {
    pub(crate) world: &'w World,
    pub(crate) key: Key,
    pub(crate) client: &'static str,
}

impl<'w> Desktop<'w> {
    /// What it asks for, with `changes`.
    pub(crate) fn wish(&self, changes: &Value) -> Value {
        let base = json!({
            "client_id": self.client,
            "dpop_jkt": self.key.thumbprint(),
            "device": { "name": "Office PC", "kind": "browser" },
        });
        with(base, changes)
    }

    pub(crate) async fn create(&self, changes: Value) -> Answer {
        let call = Call::post("/v1/logins").json(&self.wish(&changes));
        self.world.send(call).await
    }

    pub(crate) async fn login(&self) -> Login<'w> {
        self.login_with(json!({})).await
    }

    pub(crate) async fn login_with(&self, changes: Value) -> Login<'w> {
        self.started(given(&self.create(changes).await, 201))
    }

    /// A login that proves the desktop's key from the start.
    pub(crate) async fn proved_login(&self, changes: Value) -> Login<'w> {
        let call = Call::post("/v1/logins")
            .proof(&self.key)
            .json(&self.wish(&changes));
        self.started(given(&self.world.send(call).await, 201))
    }

    fn started(&self, created: Value) -> Login<'w> {
        Login {
            desktop: self.clone(),
            created,
        }
    }
}

/// A login, as its desktop holds it.
#[derive(Clone)]
pub(crate) struct Login<'w> {
    pub(crate) desktop: Desktop<'w>,
    pub(crate) created: Value,
}

impl<'w> Login<'w> {
    pub(crate) fn id(&self) -> &str {
        text(&self.created, "login_id")
    }

    pub(crate) fn device_code(&self) -> &str {
        text(&self.created, "device_code")
    }

    pub(crate) fn path(&self, door: &str) -> String {
        format!("/v1/logins/{}/{door}", self.id())
    }

    /// The link that the QR code of this step says.
    pub(crate) fn link_of(&self, step: u64) -> String {
        let scan = &self.created["scan"];
        let (url, key) = (text(scan, "url"), text(scan, "rotation_key"));
        Rotation::new(url, key, self.id()).unwrap().link(step)
    }

    pub(crate) fn link(&self) -> String {
        self.link_of(0)
    }

    /// `<login_id>.<mac>`.
    pub(crate) fn code(&self) -> String {
        self.link().split_once('#').unwrap().1.to_owned()
    }

    /// A plain poll.
    pub(crate) async fn poll(&self, changes: Value) -> Answer {
        self.wait(changes, &[]).await
    }

    pub(crate) async fn wait(&self, changes: Value, headers: &[(&str, &str)]) -> Answer {
        let base = json!({ "device_code": self.device_code() });
        let call = Call::post(self.path("wait")).json(&with(base, &changes));
        let dress = |call: Call, (name, value): &(&str, &str)| call.header(name, value);
        self.desktop
            .world
            .send(headers.iter().fold(call, dress))
            .await
    }

    /// How it stands, without a poll that would count.
    pub(crate) async fn now(&self) -> Value {
        given(
            &self
                .wait(json!({ "version": 0 }), &[("Prefer", "wait=1")])
                .await,
            200,
        )
    }

    pub(crate) async fn state(&self) -> String {
        text(&self.now().await, "state").to_owned()
    }

    /// An event stream of it.
    pub(crate) async fn stream(&self) -> Stream {
        let body = json!({ "device_code": self.device_code() });
        Stream::open(self.desktop.world, &self.path("wait"), &body, &[]).await
    }

    pub(crate) async fn check(&self, code: &str) -> Answer {
        self.check_by(&self.desktop.key, code).await
    }

    pub(crate) async fn check_by(&self, key: &Key, code: &str) -> Answer {
        let body = json!({ "device_code": self.device_code(), "code": code });
        self.desktop
            .world
            .send(Call::post(self.path("check")).proof(key).json(&body))
            .await
    }

    pub(crate) async fn cancel(&self) -> Answer {
        let body = json!({ "device_code": self.device_code() });
        self.desktop
            .world
            .send(Call::post(self.path("cancel")).json(&body))
            .await
    }

    pub(crate) async fn collect(&self) -> Answer {
        self.collect_by(&self.desktop.key).await
    }

    pub(crate) async fn collect_by(&self, key: &Key) -> Answer {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", self.device_code()),
            ("client_id", self.desktop.client),
        ];
        self.desktop.world.token(key, &form).await
    }

    /// Collects, and is signed in.
    pub(crate) async fn collects(&self) -> Device<'w> {
        let tokens = given(&self.collect().await, 200);
        Device::new(
            self.desktop.world,
            &self.desktop.key,
            self.desktop.client,
            tokens,
        )
    }
}

/// A signed-in device: a phone, or a desktop with its grant.
#[derive(Clone)]
pub(crate) struct Device<'w> {
    pub(crate) world: &'w World,
    pub(crate) key: Key,
    pub(crate) client: &'static str,
    /// The answer that its tokens came in.
    pub(crate) tokens: Value,
}

impl<'w> Device<'w> {
    pub(crate) fn new(world: &'w World, key: &Key, client: &'static str, tokens: Value) -> Self {
        Self {
            world,
            key: key.clone(),
            client,
            tokens,
        }
    }

    pub(crate) fn access_token(&self) -> &str {
        text(&self.tokens, "access_token")
    }

    pub(crate) fn refresh_token(&self) -> &str {
        text(&self.tokens, "refresh_token")
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        self.world
            .send(call.proof(&self.key).token(self.access_token()))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::post(path).json(&body)).await
    }

    /// Gives the account's password once more.
    pub(crate) async fn verify(&self, password: &str) -> Answer {
        self.post(
            "/v1/sessions/current/verify",
            json!({ "password": password }),
        )
        .await
    }

    /// The id of its grant.
    pub(crate) async fn grant(&self) -> String {
        let me = given(&self.me().await, 200);
        text(&me["grant"], "id").to_owned()
    }

    pub(crate) async fn me(&self) -> Answer {
        self.send(Call::get("/v1/me")).await
    }

    pub(crate) async fn devices(&self) -> Answer {
        self.send(Call::get("/v1/devices")).await
    }

    pub(crate) async fn sign_out(&self) -> Answer {
        self.send(Call::delete("/v1/sessions/current")).await
    }

    /// Asks for new tokens with `refresh_token`.
    pub(crate) async fn refresh_with(&self, key: &Key, refresh_token: &str) -> Answer {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", self.client),
        ];
        self.world.token(key, &form).await
    }

    pub(crate) async fn refresh(&self) -> Answer {
        self.refresh_with(&self.key, self.refresh_token()).await
    }

    pub(crate) async fn scan(&self, body: Value) -> Answer {
        self.post("/v1/scans", body).await
    }

    /// Scans a login's current code.
    pub(crate) async fn scan_of(&self, login: &Login<'_>) -> Answer {
        self.scan(json!({ "scan": login.link(), "opened_by": "scanner" }))
            .await
    }

    pub(crate) async fn confirm(&self, body: Value) -> Answer {
        self.post("/v1/scans/confirm", body).await
    }

    pub(crate) async fn deny(&self, body: Value) -> Answer {
        self.post("/v1/scans/deny", body).await
    }

    pub(crate) async fn watch(&self, body: Value, headers: &[(&str, &str)]) -> Answer {
        let call = Call::post("/v1/scans/wait").json(&body);
        let dress = |call: Call, (name, value): &(&str, &str)| call.header(name, value);
        self.send(headers.iter().fold(call, dress)).await
    }

    pub(crate) async fn hold(&self, scan: &str) -> Answer {
        let call = Call::post("/v1/holds")
            .proof(&self.key)
            .json(&json!({ "scan": scan }));
        self.world.send(call).await
    }

    /// Scans a login and is the first to do so.
    pub(crate) async fn claims(&self, login: &Login<'_>) -> Claim<'w> {
        let scan = given(&self.scan_of(login).await, 201);
        Claim {
            phone: self.clone(),
            scan,
        }
    }

    /// A new login that this phone scanned and confirmed, with its check code.
    pub(crate) async fn checking(&self) -> (Login<'w>, Claim<'w>, String) {
        let login = self.world.login().await;
        let claim = self.claims(&login).await;
        let code = claim.confirms().await;
        (login, claim, code)
    }

    /// A new login that this phone approved and whose desktop typed the code.
    pub(crate) async fn confirmed(&self) -> (Login<'w>, Claim<'w>) {
        let (login, claim, code) = self.checking().await;
        given(&login.check(&code).await, 200);
        (login, claim)
    }

    /// A new login that was collected.
    pub(crate) async fn collected(&self) -> (Login<'w>, Claim<'w>, Device<'w>) {
        let (login, claim) = self.confirmed().await;
        let desktop = login.collects().await;
        (login, claim, desktop)
    }
}

/// A login, as the phone that scanned it holds it.
#[derive(Clone)]
pub(crate) struct Claim<'w> {
    pub(crate) phone: Device<'w>,
    /// The answer to the scan.
    pub(crate) scan: Value,
}

impl Claim<'_> {
    pub(crate) fn ticket(&self) -> &str {
        text(&self.scan, "ticket")
    }

    /// The body of an honest decision to continue, with `changes`.
    pub(crate) fn decision(&self, changes: &Value) -> Value {
        let base =
            json!({ "ticket": self.ticket(), "context_digest": self.scan["context_digest"] });
        with(base, changes)
    }

    pub(crate) async fn confirm(&self) -> Answer {
        self.phone.confirm(self.decision(&json!({}))).await
    }

    /// Continues, and gets a check code.
    pub(crate) async fn confirms(&self) -> String {
        text(&given(&self.confirm().await, 200), "check_code").to_owned()
    }

    pub(crate) async fn deny(&self) -> Answer {
        self.phone.deny(json!({ "ticket": self.ticket() })).await
    }

    /// How it stands, without a poll that would count.
    pub(crate) async fn now(&self) -> Value {
        let body = json!({ "ticket": self.ticket(), "version": 0 });
        given(&self.phone.watch(body, &[("Prefer", "wait=1")]).await, 200)
    }
}
