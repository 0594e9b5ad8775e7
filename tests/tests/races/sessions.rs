//! Sessions that end while something else is under way: whoever was told of the end sees nothing of them after it.

use countersign_client::{Call, Error, Phone, State};
use countersign_tests::parties::{
    PASSWORD, another_phone, at_me, confirmed, desktop_sees, new_key,
};
use countersign_tests::race::{at_once, both, outcome};
use countersign_tests::{Page, Server, desktop, invariants, phone, scan_link, sign_in_whole};
use reqwest::Method;
use serde_json::{Value, json};

const ROUNDS: usize = 15;
const CONFIRM: &str = "[phones]\nadditional = \"confirm\"\n";

/// Asks for something by a phone.
async fn ask(phone: &Phone, method: Method, path: &str, body: Value) -> Result<Value, Error> {
    let call = Call::new(method, path).json(&body);
    phone.session().ask(&call).await
}

async fn post(phone: &Phone, path: &str, body: Value) -> Result<Value, Error> {
    ask(phone, Method::POST, path, body).await
}

async fn undo(phone: &Phone, grant: &str) -> Result<Value, Error> {
    post(phone, &format!("/v1/grants/{grant}/undo"), json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_phones_that_sign_in_first_at_once_only_one_is_the_first() {
    let server = Server::start_with(CONFIRM).await;
    for round in 0..ROUNDS {
        let account = format!("anna{round}");
        server.account(&account, PASSWORD).await;
        let signed_in = at_once(4, |_| {
            let (http, account) = (server.http(), account.clone());
            async move {
                let body = json!({ "account": account, "password": PASSWORD });
                let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
                http.ask::<Value>(&call).await.unwrap()["may_approve"] == true
            }
        });
        let approving = signed_in.await.into_iter().filter(|may| *may);
        assert_eq!(approving.count(), 1, "round {round}");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_undone_is_not_collected_once_more() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (login, _) = confirmed(&desktop(&server), &phone).await;
        let session = login.collect().await.unwrap();
        let grant = session.me().await.unwrap().grant.id.unwrap();
        let (again, undone) = both(
            round,
            {
                let login = login.clone();
                async move { login.collect().await }
            },
            {
                let phone = phone.clone();
                async move { undo(&phone, &grant).await }
            },
        )
        .await;
        assert_eq!(undone.unwrap()["ended"], 1, "round {round}");
        assert_eq!(outcome(&login.collect().await), "invalid_grant");
        for session in again.into_iter().chain([session]) {
            assert_eq!(at_me(&session).await.unwrap(), "invalid_token");
            assert_eq!(outcome(&session.refresh().await), "invalid_grant");
        }
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_gives_nothing_whoever_was_quicker() {
    let server = Server::start().await;
    for round in 0..ROUNDS {
        let phone = phone(&server, &format!("anna{round}")).await;
        let (login, _) = confirmed(&desktop(&server), &phone).await;
        let page = Page::new(&server);
        let ours = page.login().await.unwrap();
        let approval = phone
            .scan(&scan_link(ours.login()), "scanner")
            .await
            .unwrap();
        let code = phone.confirm(&approval, false).await.unwrap().check_code;
        ours.check(&code.unwrap()).await.unwrap();
        let collects = {
            let (login, ours) = (login.clone(), ours.clone());
            async move { tokio::join!(login.collect(), ours.collect()) }
        };
        let lock = {
            let phone = phone.clone();
            async move { post(&phone, "/v1/account/lock", json!({})).await }
        };
        let ((tokens, cookie), locked) = both(round, collects, lock).await;
        locked.unwrap();
        for (told, end) in [
            (outcome(&tokens), ["ok", "access_denied"]),
            (outcome(&cookie), ["ok", "login_ended"]),
        ] {
            assert!(end.contains(&told), "round {round}: {told}");
        }
        if let Ok(session) = tokens {
            assert_eq!(at_me(&session).await.unwrap(), "invalid_token");
            assert_eq!(outcome(&session.refresh().await), "invalid_grant");
        }
        assert_eq!(page.at_me().await.unwrap(), "invalid_token");
        assert_ne!(outcome(&login.collect().await), "ok");
        assert_ne!(outcome(&ours.collect().await), "ok");
        let end = desktop_sees(&login).await.state;
        assert!(matches!(end, State::Collected | State::Denied), "{end:?}");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_keeps_nobody_signed_in_whom_others_signed_out() {
    let server = Server::start().await;
    let owner = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let session = sign_in_whole(&server, &owner).await;
        let (renewed, ended) = both(
            round,
            {
                let session = session.clone();
                async move { session.refresh().await }
            },
            {
                let owner = owner.clone();
                async move { post(&owner, "/v1/devices/sign-out-others", json!({})).await }
            },
        )
        .await;
        assert_eq!(ended.unwrap()["ended"], 1, "round {round}");
        assert!(matches!(outcome(&renewed), "ok" | "invalid_grant"));
        assert_eq!(at_me(&session).await.unwrap(), "invalid_token");
        assert_eq!(outcome(&session.refresh().await), "invalid_grant");
        owner.me().await.unwrap();
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_password_verifies_nothing_once_there_is_a_new_one() {
    let server = Server::start().await;
    let one = phone(&server, "anna").await;
    let other = another_phone(&server, "anna").await;
    let mut old = PASSWORD.to_owned();
    for round in 0..ROUNDS {
        let new = format!("eleven tall giraffes at noon {round}");
        let (verified, changed) = both(
            round,
            {
                let (other, body) = (other.clone(), json!({ "password": old }));
                async move { post(&other, "/v1/sessions/current/verify", body).await }
            },
            {
                let body = json!({ "password": new, "sign_out_others": false });
                let one = one.clone();
                async move { ask(&one, Method::PUT, "/v1/password", body).await }
            },
        )
        .await;
        assert_eq!(changed.unwrap()["ended"], 0);
        let told = outcome(&verified);
        assert!(matches!(told, "ok" | "invalid_credentials"), "{told}");
        let verify = async |password: &str| {
            let body = json!({ "password": password });
            let told = post(&other, "/v1/sessions/current/verify", body).await;
            outcome(&told).to_owned()
        };
        assert_eq!(verify(&old).await, "invalid_credentials", "round {round}");
        assert_eq!(verify(&new).await, "ok", "round {round}");
        old = new;
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_one_password_one_counts_and_one_phone_is_left() {
    let server = Server::start().await;
    for round in 0..5 {
        let account = format!("anna{round}");
        let phones = [
            phone(&server, &account).await,
            another_phone(&server, &account).await,
        ];
        let change = |n: usize| {
            let phone = phones[n].clone();
            let body = json!({ "password": format!("eleven tall giraffes at noon {n}") });
            async move { ask(&phone, Method::PUT, "/v1/password", body).await }
        };
        let (one, other) = both(round, change(0), change(1)).await;
        let done = [outcome(&one), outcome(&other)].map(|told| told == "ok");
        assert!(done.contains(&true), "round {round}");
        let mut works = Vec::new();
        for n in 0..2 {
            let password = format!("eleven tall giraffes at noon {n}");
            works.push(
                Page::new(&server)
                    .sign_in(&account, &password)
                    .await
                    .is_ok(),
            );
        }
        assert_eq!(
            works.iter().filter(|works| **works).count(),
            1,
            "round {round}"
        );
        assert!(done[usize::from(works[1])], "the last one that was told so");
        let mut left = 0;
        for phone in &phones {
            left += usize::from(at_me(phone.session()).await.unwrap() == "ok");
        }
        // Each signs the other out: the later one stays, unless it was out already.
        assert!(left <= 1, "round {round}: {left}");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_one_browser_are_one_session_in_the_end() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let page = Page::new(&server);
        let mut tabs = Vec::new();
        for _ in 0..2 {
            let tab = page.clone().login().await.unwrap();
            let approval = phone
                .scan(&scan_link(tab.login()), "scanner")
                .await
                .unwrap();
            let code = phone.confirm(&approval, false).await.unwrap().check_code;
            tab.check(&code.unwrap()).await.unwrap();
            tabs.push(tab);
        }
        let collect = |n: usize| {
            let tab = tabs[n].clone();
            async move { tab.collect().await }
        };
        let (one, other) = both(round, collect(0), collect(1)).await;
        let grants = [one.unwrap(), other.unwrap()].map(|told| told["grant"].clone());
        assert_ne!(grants[0], grants[1]);
        // Which answer came last decides which cookie the browser has: it is good, or the other one replaced it.
        let devices = phone.devices().await.unwrap();
        let live = devices.iter().flat_map(|device| &device.grants);
        let live = live
            .filter(|grant| grants.contains(&json!(grant.id)))
            .count();
        assert_eq!(live, 1, "round {round}");
        let told = page.at_me().await.unwrap();
        assert!(matches!(&*told, "ok" | "invalid_token"), "{told}");
        // Whatever it has, a new sign-in gives it a good one.
        page.sign_in("anna", PASSWORD).await.unwrap();
        assert_eq!(page.at_me().await.unwrap(), "ok");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_collects_many_times_has_one_good_cookie() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let page = Page::new(&server);
    let login = page.login().await.unwrap();
    let approval = phone
        .scan(&scan_link(login.login()), "scanner")
        .await
        .unwrap();
    let code = phone.confirm(&approval, false).await.unwrap().check_code;
    login.check(&code.unwrap()).await.unwrap();
    // Each task is the same browser with a jar of its own, so that every cookie is kept.
    let copies = at_once(50, |_| {
        let (copy, name) = (Page::with_key(&server, page.key()), login.cookie());
        copy.set_cookie(&name, page.cookie(&name).as_deref());
        let login = login.of(&copy);
        async move { (login.collect().await, copy) }
    });
    let (mut good, mut grants) = (0, Vec::new());
    for (told, copy) in copies.await {
        grants.push(told.unwrap()["grant"].clone());
        good += usize::from(copy.at_me().await.unwrap() == "ok");
    }
    grants.dedup();
    assert_eq!((good, grants.len()), (1, 1));
    invariants(&server);
}
