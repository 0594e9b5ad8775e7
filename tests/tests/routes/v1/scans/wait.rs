//! `POST /v1/scans/wait`

use countersign_client::{Call, proof};
use serde_json::json;

use crate::support::{Claim, Stream, World, assert_same, given, header, members, refused, text};
use crate::v1::logins::check::wrong;

const LONG: [(&str, &str); 1] = [("Prefer", "wait=25")];

#[tokio::test]
async fn the_phone_sees_how_it_goes_on() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, code) = phone.checking().await;
    let checking = given(
        &phone.watch(json!({ "ticket": claim.ticket() }), &[]).await,
        200,
    );
    let all = [
        "desktop_moved",
        "expires_in",
        "interval",
        "state",
        "strangers",
        "version",
        "wrong_codes",
    ];
    assert_eq!(members(&checking), all);
    assert_eq!(checking["state"], "checking");
    refused(&login.check(&wrong(&code)).await, "wrong_code");
    assert_eq!(claim.now().await["wrong_codes"], 1);
    given(&login.check(&code).await, 200);
    assert_eq!(claim.now().await["state"], "confirmed");
    let desktop = login.collects().await;
    let collected = claim.now().await;
    assert_eq!(collected["state"], "collected");
    assert_eq!(collected["grant"], desktop.tokens["grant"]);
}

#[tokio::test]
async fn polls_are_paced_apart_from_the_desktops() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, _) = phone.checking().await;
    let ticket = json!({ "ticket": claim.ticket() });
    given(&login.poll(json!({})).await, 200);
    assert_eq!(
        given(&phone.watch(ticket.clone(), &[]).await, 200)["interval"],
        5
    );
    let hasty = phone.watch(ticket.clone(), &[]).await;
    assert_eq!(refused(&hasty, "slow_down")["retry_after"], 10);
    assert_eq!(header(&hasty, "retry-after"), "10");
    given(&login.cancel().await, 200);
    assert_eq!(
        given(&phone.watch(ticket, &[]).await, 200)["state"],
        "cancelled"
    );
}

#[tokio::test]
async fn a_long_poll_answers_when_there_is_news() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, code) = phone.checking().await;
    let seen = |version: u64| json!({ "ticket": claim.ticket(), "version": version });
    let (news, _) = tokio::join!(phone.watch(seen(3), &LONG), login.check(&code));
    assert_eq!(given(&news, 200)["state"], "confirmed");
    assert_eq!(header(&news, "preference-applied"), "wait=25");
    let (news, _) = tokio::join!(phone.watch(seen(4), &LONG), login.collect());
    assert_eq!(given(&news, 200)["state"], "collected");
}

async fn stream(claim: &Claim<'_>) -> Stream {
    let (world, phone) = (claim.phone.world, &claim.phone);
    let (path, token) = ("/v1/scans/wait", phone.access_token());
    let shown = proof(&phone.key, "POST", &world.url(path), Some(token), None).unwrap();
    let authorization = format!("DPoP {token}");
    let headers = [("authorization", &*authorization), ("dpop", &*shown)];
    Stream::open(world, path, &json!({ "ticket": claim.ticket() }), &headers).await
}

#[tokio::test]
async fn a_stream_tells_every_state_and_ends_with_the_last() {
    let world = World::new().await;
    let (phone, login) = (world.phone("anna").await, world.login().await);
    let claim = phone.claims(&login).await;
    let mut stream = stream(&claim).await;
    let mut next = async || text(&stream.next().await.unwrap().state, "state").to_owned();
    assert_eq!(next().await, "scanned");
    let code = claim.confirms().await;
    assert_eq!(next().await, "checking");
    given(&login.check(&code).await, 200);
    assert_eq!(next().await, "confirmed");
    login.collects().await;
    assert_eq!(next().await, "collected");
    assert!(stream.next().await.is_none(), "it ends by itself");
}

#[tokio::test]
async fn only_the_phone_that_scanned_looks() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let second = world.another_phone("anna").await;
    let (login, claim, _) = anna.checking().await;
    let ticket = json!({ "ticket": claim.ticket() });
    let unknown = anna.watch(json!({ "ticket": "x" }), &[]).await;
    refused(&unknown, "unknown_login");
    for headers in [vec![], LONG.to_vec(), vec![("Accept", "text/event-stream")]] {
        for phone in [&second, &bob] {
            assert_same(&phone.watch(ticket.clone(), &headers).await, &unknown);
        }
        for other in ["", login.device_code(), &login.code()] {
            assert_same(
                &anna.watch(json!({ "ticket": other }), &headers).await,
                &unknown,
            );
        }
    }
    let call = Call::post("/v1/scans/wait").proof(&anna.key).json(&ticket);
    refused(&world.send(call).await, "invalid_token");
    let bearer = format!("Bearer {}", anna.access_token());
    let call = Call::post("/v1/scans/wait")
        .header("Authorization", &bearer)
        .json(&ticket);
    refused(&world.send(call).await, "invalid_token");
}

#[tokio::test]
async fn a_phone_that_signed_out_sees_nothing_any_more() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, _) = phone.checking().await;
    let mut open = stream(&claim).await;
    assert_eq!(text(&open.next().await.unwrap().state, "state"), "checking");
    given(&phone.sign_out().await, 204);
    refused(
        &phone
            .watch(json!({ "ticket": claim.ticket() }), &LONG)
            .await,
        "invalid_token",
    );
    given(&login.cancel().await, 200);
    assert!(
        open.next().await.is_none(),
        "not even over a stream that was open before"
    );
}
