//! `POST /v1/logins/{login_id}/wait`

use countersign_client::Call;
use serde_json::{Value, json};

use crate::support::{
    Login, Stream, World, assert_same, given, header, members, refused, spoilt, text,
};

const LONG: [(&str, &str); 1] = [("Prefer", "wait=25")];

#[tokio::test]
async fn a_poll_says_where_the_login_stands() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    let waiting = given(&login.poll(json!({})).await, 200);
    let all = [
        "expires_in",
        "interval",
        "rotate_in",
        "rotation_step",
        "state",
        "version",
    ];
    assert_eq!(members(&waiting), all);
    assert_eq!(
        (&waiting["state"], &waiting["version"]),
        (&json!("waiting"), &json!(1))
    );

    phone.claims(&login).await;
    let scanned = given(&login.poll(json!({ "version": 1 })).await, 200);
    assert_eq!(
        members(&scanned),
        ["expires_in", "interval", "state", "version"]
    );
    assert_eq!(
        (&scanned["state"], &scanned["version"]),
        (&json!("scanned"), &json!(2))
    );
    assert!((115..=120).contains(&scanned["expires_in"].as_u64().unwrap()));
}

#[tokio::test]
async fn a_stranger_learns_nothing_whatever_he_tries() {
    let world = World::new().await;
    let (login, other) = (world.login().await, world.login().await);
    let collected = world.phone("anna").await.collected().await.0;
    let body = |code: &str| json!({ "device_code": code });
    let foreign = Call::post(login.path("wait")).json(&body(other.device_code()));
    let first = world.send(foreign).await;
    refused(&first, "unknown_login");
    let stranger = [
        (login.id(), spoilt(login.device_code())),
        (login.id(), login.device_code()[..63].to_owned()),
        (login.id(), String::new()),
        (login.id(), "x".repeat(4_000)),
        (login.id(), login.code()),
        (login.id(), format!("{}=", login.device_code())),
        (collected.id(), other.device_code().to_owned()),
        (other.id(), login.device_code().to_owned()),
        ("AAAAAAAAAAAAAAAAAAAAAA", login.device_code().to_owned()),
        ("AAAAAAAAAAAAAAAAAAAAAB", login.device_code().to_owned()),
        ("x", login.device_code().to_owned()),
        ("%00", login.device_code().to_owned()),
        ("%FF", login.device_code().to_owned()),
        ("..%2F..%2Fhealthz", login.device_code().to_owned()),
    ];
    for (id, code) in stranger {
        for headers in [vec![], LONG.to_vec(), vec![("Accept", "text/event-stream")]] {
            let call = Call::post(format!("/v1/logins/{id}/wait")).json(&body(&code));
            let dress = |call: Call, (name, value): (&str, &str)| call.header(name, value);
            let answer = world.send(headers.into_iter().fold(call, dress)).await;
            assert_same(&answer, &first);
        }
    }
}

#[tokio::test]
async fn who_polls_too_fast_is_slowed_down_but_only_instead_of_pending() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    let slowed = |answer, seconds: u64| {
        let problem = refused(&answer, "slow_down");
        assert_eq!(problem["retry_after"], seconds);
        assert_eq!(header(&answer, "retry-after"), seconds.to_string());
    };
    assert_eq!(given(&login.poll(json!({})).await, 200)["interval"], 5);
    slowed(login.poll(json!({})).await, 10);
    slowed(login.poll(json!({ "version": 1 })).await, 15);
    refused(&login.collect().await, "slow_down");
    // Long polls and streams are exempt.
    assert_eq!(login.now().await["interval"], 20);

    let claim = phone.claims(&login).await;
    assert_eq!(
        given(&login.poll(json!({ "version": 1 })).await, 200)["state"],
        "scanned"
    );
    slowed(login.poll(json!({ "version": 2 })).await, 25);
    let code = claim.confirms().await;
    assert_eq!(
        given(&login.poll(json!({ "version": 2 })).await, 200)["state"],
        "checking"
    );
    given(&login.check(&code).await, 200);
    for _ in 0..3 {
        assert_eq!(
            given(&login.poll(json!({})).await, 200)["state"],
            "confirmed"
        );
    }
    let version = login.now().await["version"].clone();
    assert_eq!(
        given(&login.poll(json!({ "version": version })).await, 200)["state"],
        "confirmed"
    );
    login.collects().await;
    for _ in 0..3 {
        assert_eq!(
            given(&login.poll(json!({})).await, 200)["state"],
            "collected"
        );
    }
}

#[tokio::test]
async fn the_first_poll_of_each_login_is_on_time() {
    let world = World::new().await;
    for _ in 0..20 {
        given(&world.login().await.poll(json!({})).await, 200);
        refused(
            &world.login().await.collect().await,
            "authorization_pending",
        );
    }
}

#[tokio::test]
async fn a_long_poll_answers_at_once_without_a_version_and_else_when_there_is_news() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    for seen in [json!({}), json!({ "version": 0 }), json!({ "version": 7 })] {
        let answer = login.wait(seen, &LONG).await;
        assert_eq!(given(&answer, 200)["version"], 1);
        assert_eq!(header(&answer, "preference-applied"), "wait=25");
    }
    let (news, claim) = tokio::join!(
        login.wait(json!({ "version": 1 }), &LONG),
        phone.claims(&login)
    );
    assert_eq!(given(&news, 200)["state"], "scanned");
    let (news, _) = tokio::join!(login.wait(json!({ "version": 2 }), &LONG), claim.deny());
    assert_eq!(given(&news, 200)["state"], "denied");
}

#[tokio::test]
async fn a_long_poll_ends_when_its_time_is_over_and_no_wish_is_too_odd() {
    let world = World::new().await;
    let login = world.login().await;
    let unchanged = login
        .wait(json!({ "version": 1 }), &[("Prefer", "wait=1")])
        .await;
    assert_eq!(given(&unchanged, 200)["state"], "waiting");
    assert_eq!(header(&unchanged, "preference-applied"), "wait=1");
    let longest = login
        .wait(json!({}), &[("Prefer", "respond-async, wait=86400")])
        .await;
    assert_eq!(header(&longest, "preference-applied"), "wait=30");
    for odd in ["wait=0", "wait=-1", "wait=soon", "wait=", "wait", ""] {
        let answer = world
            .login()
            .await
            .wait(json!({ "version": 1 }), &[("Prefer", odd)])
            .await;
        given(&answer, 200);
        assert_eq!(header(&answer, "preference-applied"), "", "{odd}");
    }
    for odd in [
        json!(-1),
        json!("1"),
        json!(1.5),
        json!(4_294_967_296_u64),
        json!([]),
    ] {
        refused(
            &login.poll(json!({ "version": odd })).await,
            "invalid_request",
        );
    }
}

#[tokio::test]
async fn a_stream_tells_every_state_in_order_and_ends_with_the_last() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    let mut stream = login.stream().await;
    let mut seen = Vec::new();
    let mut next = async || {
        let event = stream.next().await.unwrap();
        assert_eq!(event.id, event.state["version"].to_string());
        seen.push(event.state.clone());
        text(&event.state, "state").to_owned()
    };
    assert_eq!(next().await, "waiting");
    let claim = phone.claims(&login).await;
    assert_eq!(next().await, "scanned");
    let code = claim.confirms().await;
    assert_eq!(next().await, "checking");
    given(&login.check(&code).await, 200);
    assert_eq!(next().await, "confirmed");
    login.collects().await;
    assert_eq!(next().await, "collected");
    assert!(stream.next().await.is_none(), "it ends by itself");
    let versions: Vec<u64> = seen
        .iter()
        .map(|state| state["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let all = |state: &Value| {
        members(state)
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert!(
        seen[1..].iter().all(|state| all(state) == all(&seen[1])),
        "no state tells more: {seen:?}"
    );
}

#[tokio::test]
async fn a_stream_that_was_cut_goes_on_with_the_whole_state() {
    let world = World::new().await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    assert_eq!(login.stream().await.next().await.unwrap().id, "1");
    phone.claims(&login).await;
    let body = json!({ "device_code": login.device_code(), "version": 1 });
    for last in ["1", "2", "99", "x"] {
        let headers = [("last-event-id", last)];
        let mut stream = Stream::open(&world, &login.path("wait"), &body, &headers).await;
        assert_eq!(stream.next().await.unwrap().state["state"], "scanned");
    }
}

#[tokio::test]
async fn an_ended_login_tells_its_end_however_it_is_asked() {
    let world = World::with("[lifetimes]\nwaiting = 3\n").await;
    let phone = world.phone("anna").await;
    let denied = {
        let (login, claim, _) = phone.checking().await;
        given(&claim.deny().await, 200);
        login
    };
    let cancelled = world.login().await;
    given(&cancelled.cancel().await, 200);
    let collected = phone.collected().await.0;
    let expired = world.login().await;
    assert_eq!(expired.stream().await.rest().await, ["waiting", "expired"]);

    let ends: [(&Login<'_>, &str); 4] = [
        (&denied, "denied"),
        (&cancelled, "cancelled"),
        (&collected, "collected"),
        (&expired, "expired"),
    ];
    for (login, end) in ends {
        let state = given(&login.poll(json!({})).await, 200);
        assert_eq!(
            (&state["state"], &state["expires_in"]),
            (&json!(end), &json!(0))
        );
        assert!(state.get("rotation_step").is_none());
        let seen = json!({ "version": state["version"] });
        assert_eq!(given(&login.wait(seen, &LONG).await, 200)["state"], end);
        assert_eq!(login.stream().await.rest().await, [end]);
    }
}

#[tokio::test]
async fn a_deadline_wakes_who_waits() {
    let world = World::with("[lifetimes]\nwaiting = 3\ndecision = 3\n").await;
    let (login, phone) = (world.login().await, world.phone("anna").await);
    let news = login.wait(json!({ "version": 1 }), &LONG).await;
    assert_eq!(given(&news, 200)["state"], "expired");
    let login = world.login().await;
    phone.claims(&login).await;
    assert_eq!(login.stream().await.rest().await, ["scanned", "expired"]);
}
