//! The parties of a test: desktops and phones, each with a key of its own.
//!
//! Requests that no honest party makes go through [`Server::send`] with a [`countersign_client::Call`].

use countersign_client::{
    Approval, Call, Confirmed, Desktop, Error, Http, Key, Login, LoginState, NewDevice, NewLogin,
    Phone, ScanState, Session, Update,
};

use crate::server::Server;

/// The password of every account that [`phone`] adds.
pub const PASSWORD: &str = "correct horse battery staple";

/// A desktop with a new key, of the built-in client `demo`.
pub fn desktop(server: &Server) -> Desktop {
    desktop_of(server, &new_key(), "demo")
}

/// A desktop with this key, of this client.
pub fn desktop_of(server: &Server, key: &Key, client_id: &str) -> Desktop {
    Desktop::new(server.http(), key.clone(), client_id)
}

/// The same with a new key, where only the way to the server is known.
pub fn desktop_of_http(http: &Http, client_id: &str) -> Desktop {
    Desktop::new(http.clone(), new_key(), client_id)
}

/// A new key.
pub fn new_key() -> Key {
    Key::generate().expect("a key can be made")
}

/// A phone with a new key of a new account, which has [`PASSWORD`].
pub async fn phone(server: &Server, account: &str) -> Phone {
    server.account(account, PASSWORD).await;
    another_phone(server, account).await
}

/// A phone with a new key of an account that [`phone`] added.
pub async fn another_phone(server: &Server, account: &str) -> Phone {
    let device = NewDevice {
        name: Some(format!("{account}'s phone")),
        kind: "android".to_owned(),
        platform: None,
    };
    let signed_in = Phone::sign_in(&server.http(), &new_key(), account, PASSWORD, &device).await;
    signed_in.expect("the password is right")
}

/// What the helpers ask for: a named desktop with the client's default scopes.
pub fn wish() -> NewLogin {
    NewLogin {
        device: Some(NewDevice {
            name: Some("desk".to_owned()),
            kind: "desktop".to_owned(),
            platform: None,
        }),
        ..NewLogin::default()
    }
}

/// The link of a login that was created just now, as its QR code says it.
pub fn scan_link(login: &Login) -> String {
    let step = login.created().scan.rotation_step;
    login.link(step).expect("the server's own scan code")
}

/// A new login that `phone` has scanned.
pub async fn scanned(desktop: &Desktop, phone: &Phone) -> (Login, Approval) {
    let login = desktop.create(&wish()).await.expect("created");
    let approval = phone.scan(&scan_link(&login), "scanner").await;
    (login, approval.expect("scanned"))
}

/// A new login that `phone` has scanned and confirmed; it waits for the check code.
pub async fn checking(desktop: &Desktop, phone: &Phone) -> (Login, Approval, Confirmed) {
    let (login, approval) = scanned(desktop, phone).await;
    let confirmed = phone.confirm(&approval, false).await.expect("confirmed");
    (login, approval, confirmed)
}

/// A new login that is ready to be collected.
pub async fn confirmed(desktop: &Desktop, phone: &Phone) -> (Login, Approval) {
    let (login, approval, confirmed) = checking(desktop, phone).await;
    let code = confirmed.check_code.expect("a new desktop is checked");
    login.check(&code).await.expect("the code is right");
    (login, approval)
}

/// How the login stands for its desktop, as a stream that opens now says first.
pub async fn desktop_sees(login: &Login) -> LoginState {
    match login.watch().next().await {
        Ok(Some(Update::State(state))) => state,
        _ => panic!("the desktop may look"),
    }
}

/// How the login stands for the phone that scanned it.
pub async fn phone_sees(phone: &Phone, approval: &Approval) -> ScanState {
    match phone.watch(&approval.ticket).next().await {
        Ok(Some(Update::State(state))) => state,
        _ => panic!("the phone may look"),
    }
}

/// What `GET /v1/me` says to the access token as it is, without renewing it: `ok`, or the code of the refusal.
pub async fn at_me(session: &Session) -> Result<String, Error> {
    let token = session.tokens().await.access_token;
    let call = Call::get("/v1/me").proof(session.key()).token(&token);
    let answer = session.http().send(&call).await?;
    Ok(answer.code().unwrap_or_else(|| "ok".to_owned()))
}

/// Signs a new desktop in, from the code to the tokens; they are in [`Session::tokens`].
pub async fn sign_in_whole(server: &Server, phone: &Phone) -> Session {
    let (login, _approval) = confirmed(&desktop(server), phone).await;
    login.collect().await.expect("collected")
}
