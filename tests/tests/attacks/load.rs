//! Load: somebody sends too much, too slowly or too often. Bounded in number and time; what counts is that others are
//! served while it goes on.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_client::Call;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::json;

use crate::cases::Case;
use crate::support::{Arena, Login, Raw, given, text, with};

pub(crate) const CASES: &[Case] = &[
    (
        "ten megabytes, endless chunks, an endless head",
        "routes/everywhere/bodies.rs::a_flood_is_cut_off_and_hurts_nobody",
    ),
    (
        "a body that is too large, brackets without end",
        "routes/everywhere/bodies.rs::a_body_has_sixteen_kilobytes_at_most",
    ),
    (
        "packed bodies",
        "routes/everywhere/bodies.rs::a_body_says_that_it_is_json_and_is_not_packed",
    ),
    (
        "deep, doubled and broken JSON",
        "routes/everywhere/bodies.rs::a_body_is_one_json_object",
    ),
    (
        "two thousand requests, a byte a second",
        "attacks/load.rs::two_thousand_half_open_requests_hold_nobody_up",
    ),
    (
        "two hundred streams that nobody reads",
        "attacks/load.rs::streams_that_nobody_reads_hold_nobody_up",
    ),
    (
        "three hundred connections of one address",
        "attacks/load.rs::connections_of_one_address_leave_room_for_the_others",
    ),
    (
        "much asked for, and nothing read",
        "attacks/load.rs::who_asks_for_much_and_reads_nothing_is_cut",
    ),
    (
        "passwords without end",
        "attacks/load.rs::passwords_without_end_hold_only_passwords_up",
    ),
    (
        "twenty thousand logins, from one address and from everywhere",
        "routes/everywhere/rates.rs::a_flood_from_one_address_and_then_from_everywhere_costs_the_others_nothing",
    ),
    (
        "streams of one address",
        "routes/everywhere/rates.rs::one_address_keeps_so_many_streams_open",
    ),
    (
        "requests of one address",
        "routes/everywhere/rates.rs::every_route_counts_and_who_watches_the_server_is_let_through",
    ),
    (
        "polls that are too fast",
        "routes/v1/logins/wait.rs::who_polls_too_fast_is_slowed_down_but_only_instead_of_pending",
    ),
    (
        "fifty prompts for one person",
        "attacks/load.rs::nobody_is_prompted_by_who_only_knows_a_name",
    ),
    (
        "fifty strangers on one code",
        "attacks/load.rs::a_code_that_everybody_scans_is_over_soon",
    ),
    (
        "links and requests with very long names",
        "attacks/load.rs::what_is_too_long_to_be_true_is_refused_early",
    ),
    (
        "fifty prompts for one person, by who has the codes",
        "routes/everywhere/rates.rs::one_person_is_asked_so_often_and_nothing_else_of_theirs_stops",
    ),
    (
        "passkeys without end",
        "routes/v1/passkeys/own.rs::there_are_twenty_at_most",
    ),
    (
        "scans of one account, from everywhere",
        "routes/everywhere/rates.rs::scans_are_counted_by_account_wherever_they_come_from",
    ),
    (
        "a webhook to loopback, a private or link-local network",
        "crates/countersign/src/notify/address.rs::only_the_world_is_sent_to_unless_a_webhook_is_private",
    ),
    (
        "a webhook's name with one good and one bad address",
        "crates/countersign/src/notify/address.rs::one_bad_address_refuses_the_name",
    ),
    (
        "a webhook's name that changes after it was looked at",
        "crates/countersign/src/notify/address.rs::a_name_that_changes_after_it_was_looked_at_is_looked_at_again",
    ),
    (
        "a webhook's name that leads into this server",
        "crates/countersign/src/notify/tests.rs::a_name_that_leads_into_this_server_is_not_connected_to",
    ),
    (
        "a webhook that redirects",
        "crates/countersign/src/notify/tests.rs::a_redirect_is_not_followed",
    ),
    (
        "a webhook by another scheme",
        "crates/countersign/src/config/notices/tests.rs::a_webhook_goes_to_the_world_by_https_unless_it_is_private",
    ),
    (
        "a webhook that answers without end",
        "crates/countersign/src/notify/tests.rs::of_an_endless_answer_little_is_read",
    ),
    (
        "a webhook that hangs",
        "notices/webhooks.rs::an_endpoint_that_hangs_delays_no_other",
    ),
    (
        "webhooks forged and played again",
        "notices/webhooks.rs::the_documented_check_tells_forged_and_replayed_ones_apart",
    ),
];

/// What an honest pair does from beginning to end.
async fn whole_sign_in(arena: &Arena, account: &str) {
    let phone = arena.another_phone(account).await;
    let (_, _, desktop) = phone.collected().await;
    given(&desktop.me().await, 200);
    given(&desktop.refresh().await, 200);
}

/// Lets a process have so many files and connections open: `soft:hard`, of which one may be left as it is.
fn allow_files(process: u32, allowed: &str) {
    let pid = process.to_string();
    let set = Command::new("prlimit")
        .args(["--pid", &*pid, &*format!("--nofile={allowed}")])
        .status();
    let set = set.is_ok_and(|status| status.success());
    assert!(set, "open files are needed: ulimit -Hn 8192");
}

/// The request for the stream of a login.
fn stream_of(login: &Login<'_>) -> String {
    let body = json!({ "device_code": login.device_code() }).to_string();
    format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        login.path("wait"),
        body.len(),
    )
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const GOOD: &str = "HTTP/1.1 200 OK";

#[tokio::test]
async fn connections_of_one_address_leave_room_for_the_others() {
    let arena = Arena::with("[limits]\nconnections = 100").await;
    arena.server().account("anna", PASSWORD).await;
    let login = arena.login().await;
    // Three hundred would take all that it has.
    allow_files(arena.server().pid(), "256:256");
    let wait = stream_of(&login);
    let mut crowd = Vec::new();
    for number in 0..300 {
        let mut one = Raw::from(&arena, "127.0.0.2").await;
        let answer = one.asked(wait.as_bytes()).await;
        if number < 100 {
            assert!(answer.starts_with(GOOD), "{number}: {answer}");
        } else {
            assert_eq!(answer, "", "{number}");
        }
        crowd.push(one);
    }
    let mut other = Raw::from(&arena, "127.0.0.3").await;
    assert!(other.asked(HEALTH).await.starts_with(GOOD));
    whole_sign_in(&arena, "anna").await;
    // Who hangs up may come again.
    drop(crowd);
    while Raw::from(&arena, "127.0.0.2")
        .await
        .asked(HEALTH)
        .await
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_asks_for_much_and_reads_nothing_is_cut() {
    let arena = Arena::with("[limits]\nconnections = 1").await;
    let much = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let mut greedy = Raw::from(&arena, "127.0.0.2").await;
    assert!(greedy.asked(&much).await.starts_with(GOOD));
    let mut other = Raw::from(&arena, "127.0.0.3").await;
    assert!(other.asked(HEALTH).await.starts_with(GOOD));
    arena.server().account("anna", PASSWORD).await;
    // There is room again only when the server has given that one up: here it is still open.
    while Raw::from(&arena, "127.0.0.2")
        .await
        .asked(HEALTH)
        .await
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let got = greedy.answer().await;
    let whole = got.matches("\"openapi\":").count();
    assert!(whole < 199, "{whole} answers arrived");
}

#[tokio::test]
async fn two_thousand_half_open_requests_hold_nobody_up() {
    let arena = Arena::new().await;
    // Where a shell allows 1,024. The server has seen to itself.
    allow_files(std::process::id(), "8192:");
    arena.server().account("anna", PASSWORD).await;
    let heads = [
        &b"POST /v1/logins HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"[..],
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        b"POST /v1/logins HTTP/1.1\r\nHost: x\r\nX-Padding: ",
        b"G",
        b"",
    ];
    let mut open = Vec::new();
    for number in 0..2_000 {
        open.push(Raw::open(&arena, heads[number % heads.len()]).await);
    }
    let over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&over);
    let trickle = tokio::spawn(async move {
        let mut rounds = 0;
        while !told.load(Ordering::SeqCst) || rounds == 0 {
            for connection in &mut open {
                // One that was cut off has had its turn.
                connection.more(b"1").await;
            }
            rounds += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        open.len()
    });
    for _ in 0..3 {
        whole_sign_in(&arena, "anna").await;
    }
    assert!(!trickle.is_finished(), "they were served while it went on");
    over.store(true, Ordering::SeqCst);
    assert_eq!(trickle.await.unwrap(), 2_000);
    whole_sign_in(&arena, "anna").await;
}

#[tokio::test]
async fn streams_that_nobody_reads_hold_nobody_up() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (login, other) = (arena.login().await, arena.login().await);
    let mut unread = Vec::new();
    for number in 0..200 {
        let watched = if number % 2 == 0 { &login } else { &other };
        unread.push(Raw::open(&arena, stream_of(watched).as_bytes()).await);
    }
    let mut read = login.stream().await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    let desktop = login.collects().await;
    let mut states = Vec::new();
    while let Some(event) = read.next().await {
        states.push(text(&event.state, "state").to_owned());
    }
    assert_eq!(states.last().unwrap(), "collected");
    given(&desktop.me().await, 200);
    whole_sign_in(&arena, "anna").await;
    // They were there all the time: each hears the end, read late as it is.
    given(&other.cancel().await, 200);
    let mut ends = 0;
    for connection in unread {
        let heard = connection.answer().await;
        ends += usize::from(heard.contains("\"collected\"") || heard.contains("\"cancelled\""));
    }
    assert_eq!(ends, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_without_end_hold_only_passwords_up() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let over = Arc::new(AtomicBool::new(false));
    let guessers: Vec<_> = (0..48)
        .map(|number| {
            let (http, over) = (arena.http.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let (mut judged, mut busy) = (0, 0);
                while !over.load(Ordering::SeqCst) {
                    let body =
                        json!({ "account": format!("nobody{number}"), "password": "a wrong one" });
                    let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
                    match http.send(&call).await.unwrap().status {
                        401 => judged += 1,
                        // Refused at once, or, on a machine that is busy otherwise, after ten seconds.
                        503 | 408 => busy += 1,
                        status => panic!("{status}"),
                    }
                }
                (judged, busy)
            })
        })
        .collect();
    // Everything but a password goes on: several whole sign-ins by a phone that is there.
    for _ in 0..5 {
        let (_, _, desktop) = phone.collected().await;
        given(&desktop.me().await, 200);
        given(&desktop.refresh().await, 200);
        given(&phone.devices().await, 200);
    }
    over.store(true, Ordering::SeqCst);
    let (mut judged, mut busy) = (0, 0);
    for guesser in guessers {
        let (one, other) = guesser.await.unwrap();
        judged += one;
        busy += other;
    }
    assert!(
        judged > 0 && busy > 0,
        "{judged} judged, {busy} refused at once"
    );
    arena.another_phone("anna").await;
}

#[tokio::test]
async fn nobody_is_prompted_by_who_only_knows_a_name() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (login, claim, _) = phone.checking().await;
    let id = text(&phone.tokens["account"], "id");
    let (activity, devices) = (
        phone.send(Call::get("/v1/activity")).await,
        phone.devices().await,
    );
    let view = claim.now().await;
    for number in 0..50 {
        let desktop = arena.desktop();
        let wish = with(
            desktop.wish(&json!({})),
            &json!({ "login_hint": "anna", "account": id, "sub": id, "user_id": id, "device": { "name": format!("urgent {number}"), "kind": "browser" } }),
        );
        given(&arena.send(Call::post("/v1/logins").json(&wish)).await, 201);
    }
    assert_eq!(
        phone.send(Call::get("/v1/activity")).await.json(),
        activity.json()
    );
    assert_eq!(phone.devices().await.json(), devices.json());
    assert_eq!(claim.now().await["version"], view["version"]);
    assert_eq!(login.state().await, "checking");
}

#[tokio::test]
async fn a_code_that_everybody_scans_is_over_soon() {
    let arena = Arena::new().await;
    let owner = arena.phone("anna").await;
    let mut strangers = Vec::new();
    for number in 0..10 {
        strangers.push(arena.phone(&format!("stranger{number}")).await);
    }
    let login = arena.login().await;
    let claim = owner.claims(&login).await;
    let mut told = Vec::new();
    for round in 0..50 {
        let answer = strangers[round % strangers.len()].scan_of(&login).await;
        told.push(answer.code().unwrap());
    }
    let refused = told.iter().filter(|code| *code == "claimed").count();
    assert_eq!((refused, &*told[49]), (3, "login_ended"), "{told:?}");
    let seen = claim.now().await;
    assert_eq!(
        (&seen["state"], &seen["strangers"]),
        (&json!("cancelled"), &json!(3))
    );
}

#[tokio::test]
async fn what_is_too_long_to_be_true_is_refused_early() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let long = "A".repeat(15_000);
    let before = arena.rows();
    for body in [
        json!({ "scan": long }),
        json!({ "hold": long }),
        json!({ "scan": arena.url(&format!("/q#{long}")) }),
    ] {
        let status = phone.scan(body).await.status;
        assert!((400..500).contains(&status), "{status}");
    }
    for (account, password) in [(&*long, "x"), ("anna", &*long)] {
        let body = json!({ "account": account, "password": password });
        let answer = arena
            .send(Call::post("/v1/sessions").proof(&phone.key).json(&body))
            .await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
    }
    for name in [
        "Authorization",
        "DPoP",
        "Device-Id",
        "Cookie",
        "X-Forwarded-For",
        "Origin",
        "Last-Event-ID",
        "Prefer",
    ] {
        let call = Call::get("/v1/me").header(name, &long);
        let answer = arena.http.send(&call).await.unwrap();
        assert!(
            (400..500).contains(&answer.status),
            "{name}: {}",
            answer.status
        );
    }
    arena.assert_untouched(&before);
    given(&phone.me().await, 200);
}
