//! Passwords that change while somebody is on the way in or out: a hash takes its time, and who waits for one is
//! judged when it is done.

use countersign_client::{Answer, Call, Phone};
use countersign_tests::parties::{PASSWORD, another_phone, at_me, new_key};
use countersign_tests::race::{at_once, both, outcome};
use countersign_tests::{Server, invariants, phone};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "eleven tall giraffes at noon";

/// A request with a phone's token as it is: one that is refused is not asked again with a new one.
fn by(phone: &Phone, call: Call) -> impl Future<Output = Answer> + use<> {
    let session = phone.session().clone();
    async move {
        let tokens = session.tokens().await;
        let call = call.proof(session.key()).token(&tokens.access_token);
        session.http().send(&call).await.unwrap()
    }
}

fn new_password(body: &Value) -> Call {
    Call::new(Method::PUT, "/v1/password").json(body)
}

/// What a sign-in with this password comes to.
async fn sign_in(server: &Server, account: &str, password: &str) -> String {
    let body = json!({ "account": account, "password": password });
    let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
    outcome(&server.http().ask::<Value>(&call).await).to_owned()
}

/// How an owner throws a phone out: by its grant and its device.
fn thrown_out(way: usize, grant: &str, device: &str) -> (Method, String) {
    match way % 4 {
        0 => (Method::POST, format!("/v1/grants/{grant}/undo")),
        1 => (Method::DELETE, format!("/v1/devices/{device}")),
        2 => (Method::POST, "/v1/devices/sign-out-others".to_owned()),
        _ => (Method::POST, "/v1/account/lock".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_was_thrown_out_changes_no_password() {
    let server = Server::start().await;
    for round in 0..16 {
        let account = format!("anna{round}");
        let owner = phone(&server, &account).await;
        let thief = another_phone(&server, &account).await;
        let me = thief.me().await.unwrap();
        let (method, path) = thrown_out(round / 2, &me.grant.id.unwrap(), &me.device.id);
        // Which leaves the owner signed in, so that both may succeed, in one order.
        let change = new_password(&json!({ "password": NEW, "sign_out_others": false }));
        let end = Call::new(method, path).json(&json!({}));
        let (changed, ended) = both(round, by(&thief, change), by(&owner, end)).await;
        assert!(ended.status < 300, "round {round}: {}", ended.status);
        assert_eq!(at_me(thief.session()).await.unwrap(), "invalid_token");
        let locked = round / 2 % 4 == 3;
        let works = if locked { "account_unavailable" } else { "ok" };
        let (old, new) = match changed.code().as_deref() {
            // It was first: the invariants say so.
            None => ("invalid_credentials", works),
            Some("invalid_token") => (works, "invalid_credentials"),
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(sign_in(&server, &account, PASSWORD).await, old, "{round}");
        assert_eq!(sign_in(&server, &account, NEW).await, new, "{round}");
        let owners = if locked { "invalid_token" } else { "ok" };
        assert_eq!(at_me(owner.session()).await.unwrap(), owners);
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_with_the_old_password_does_not_survive_a_new_one() {
    let server = Server::start().await;
    for round in 0..10 {
        let account = format!("anna{round}");
        let owner = phone(&server, &account).await;
        let racing = at_once(5, |number| {
            let (http, owner) = (server.http(), owner.clone());
            let account = account.clone();
            async move {
                if number == round % 5 {
                    let changed = by(&owner, new_password(&json!({ "password": NEW })));
                    assert_eq!(changed.await.status, 200);
                    return None;
                }
                let body = json!({ "account": account, "password": PASSWORD });
                let key = new_key();
                let call = Call::post("/v1/sessions").proof(&key).json(&body);
                Some((key, http.send(&call).await.unwrap()))
            }
        });
        for (key, answer) in racing.await.into_iter().flatten() {
            if answer.status != 201 {
                assert_eq!(answer.code().unwrap(), "invalid_credentials");
                continue;
            }
            let answer = answer.json();
            let (token, refresh) = (&answer["access_token"], &answer["refresh_token"]);
            let me = Call::get("/v1/me").proof(&key);
            let me = server.send(&me.token(token.as_str().unwrap())).await;
            assert_eq!(me.code().as_deref(), Some("invalid_token"), "round {round}");
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.as_str().unwrap()),
                ("client_id", "countersign"),
            ];
            let call = Call::post("/oauth/token").proof(&key).form(&form);
            let renewed = server.send(&call).await;
            assert_eq!(renewed.json()["error"], "invalid_grant", "round {round}");
        }
        assert_eq!(at_me(owner.session()).await.unwrap(), "ok");
        let old = sign_in(&server, &account, PASSWORD).await;
        assert_eq!(old, "invalid_credentials");
        assert_eq!(sign_in(&server, &account, NEW).await, "ok");
    }
    invariants(&server);
}
