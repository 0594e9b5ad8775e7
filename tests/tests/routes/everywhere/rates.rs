//! Limits: who asks too often is told so, and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use countersign_client::{Answer, Call};
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::{Value, json};

use crate::support::{CLIENTS, Device, World, assert_same, given, header, refused};

/// The tests themselves are the proxy, and so come from wherever they like.
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\", \"::1\"]\n";

/// Everything generous but what `limits` says.
fn config(limits: &str) -> String {
    format!("{TRUSTED}[limits]\n{limits}")
}

fn from(call: Call, address: &str) -> Call {
    call.header("X-Forwarded-For", address)
}

fn creating(world: &World) -> Call {
    Call::post("/v1/logins").json(&world.desktop().wish(&json!({})))
}

/// The refusal of a limit: whole seconds, said twice.
#[track_caller]
fn slowed_down(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 429);
    let problem = refused(answer, "slow_down");
    let seconds = problem["retry_after"].as_u64().unwrap();
    assert_eq!(header(answer, "retry-after"), seconds.to_string());
    assert!(seconds >= 1);
    seconds
}

async fn sign_in(world: &World, from_where: &str, account: &str, password: &str) -> Answer {
    let call = Call::post("/v1/sessions")
        .proof(&new_key())
        .json(&json!({ "account": account, "password": password }));
    world.send(from(call, from_where)).await
}

#[tokio::test]
async fn one_address_creates_so_many_logins_and_others_theirs() {
    let world = World::with(&config("creations = 1\n")).await;
    given(&world.send(from(creating(&world), "192.0.2.1")).await, 201);
    let refused = world.send(from(creating(&world), "192.0.2.1")).await;
    assert!(slowed_down(&refused) <= 60);
    // A household's other addresses are the same caller, a neighbour is another.
    given(
        &world.send(from(creating(&world), "2001:db8::1")).await,
        201,
    );
    slowed_down(&world.send(from(creating(&world), "2001:db8::2")).await);
    let neighbour = from(creating(&world), "2001:db8:0:1::1");
    given(&world.send(neighbour).await, 201);
}

#[tokio::test]
async fn a_large_network_is_some_callers_and_not_thousands() {
    let world = World::with(&config("creations = 1\n")).await;
    let created = async |address: fn(u32) -> String| {
        let mut created = 0;
        for n in 0..30 {
            let answer = world.send(from(creating(&world), &address(n))).await;
            created += u32::from(answer.status == 201);
        }
        created
    };
    let of_a_household = created(|n| format!("2001:db8:1:{n:x}::1")).await;
    assert!((4..8).contains(&of_a_household), "{of_a_household}");
    let of_a_company = created(|n| format!("2001:db8:2:{n:x}00::1")).await;
    assert!((16..25).contains(&of_a_company), "{of_a_company}");
    assert_eq!(created(|n| format!("2001:db8:{:x}::1", n + 16)).await, 30);
}

#[tokio::test]
async fn one_person_is_asked_so_often_and_nothing_else_of_theirs_stops() {
    let world = World::with(&config("prompts = 3\n")).await;
    let (anna, bert) = (world.phone("anna").await, world.phone("bert").await);
    // What asks nobody is not counted.
    for _ in 0..5 {
        let scan = json!({ "scan": format!("{}.AAAAAAAAAAA", world.login().await.id()) });
        refused(&anna.scan(scan).await, "unknown_login");
    }
    let (login, _claim, code) = anna.checking().await;
    let mut asked = 1;
    for _ in 0..50 {
        let answer = anna.scan_of(&world.login().await).await;
        if answer.status == 429 {
            slowed_down(&answer);
        } else {
            given(&answer, 201);
            asked += 1;
        }
    }
    assert!((3..5).contains(&asked), "{asked} prompts");
    // The code that was refused is not used up by it: somebody else's phone takes it.
    let other = world.login().await;
    slowed_down(&anna.scan_of(&other).await);
    bert.claims(&other).await;
    given(&login.check(&code).await, 200);
    login.collects().await;
    given(&anna.me().await, 200);
    given(&anna.verify(PASSWORD).await, 200);
}

#[tokio::test]
async fn forged_addresses_are_still_one_address() {
    let world = World::with("[limits]\ncreations = 1\n").await;
    let mut created = 0;
    for n in 0..40 {
        let call = from(creating(&world), &format!("192.0.2.{n}"));
        created += u32::from(world.send(call).await.status == 201);
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn a_page_elsewhere_reads_that_it_is_to_wait() {
    let world = World::with(&format!("{CLIENTS}[limits]\ncreations = 1\n")).await;
    let wish = world.desktop_of("shop").wish(&json!({}));
    let call = Call::post("/v1/logins").json(&wish);
    let call = call.header("Origin", "https://shop.example");
    given(&world.send(call.clone()).await, 201);
    let answer = world.send(call).await;
    slowed_down(&answer);
    let reader = header(&answer, "access-control-allow-origin");
    assert_eq!(reader, "https://shop.example");
    assert!(header(&answer, "access-control-expose-headers").contains("Retry-After"));
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_alike_for_names_that_nobody_has() {
    let world = World::with(&config("account_sign_ins = 4\n")).await;
    let phone = world.phone("anna").await;
    let (login, _claim, code) = phone.checking().await;
    let mut last: Vec<Answer> = Vec::new();
    for (account, address) in [("anna", "192.0.2.1"), ("nobody", "192.0.2.2")] {
        for _ in 0..2 {
            let answer = sign_in(&world, address, account, "wrong password").await;
            refused(&answer, "invalid_credentials");
        }
        let answer = sign_in(&world, address, account, PASSWORD).await;
        slowed_down(&answer);
        last.push(answer);
    }
    assert_same(&last[0], &last[1]);

    // Her own address is not the guesser's; from there she still gets in.
    given(
        &sign_in(&world, "198.51.100.7", "Anna", PASSWORD).await,
        201,
    );
    slowed_down(&sign_in(&world, "192.0.2.1", "anna", PASSWORD).await);
    // And what she had goes on as ever.
    given(&phone.me().await, 200);
    given(&phone.refresh().await, 200);
    given(&login.check(&code).await, 200);
    login.collects().await;
}

#[tokio::test]
async fn the_token_endpoint_says_it_in_its_own_words() {
    let world = World::with(&config("requests = 2\n")).await;
    let form = [("grant_type", "refresh_token"), ("client_id", "demo")];
    let ask = async || {
        let call = Call::post("/oauth/token").form(&form);
        world.send(from(call, "192.0.2.1")).await
    };
    refused(&ask().await, "invalid_request");
    // The second is one collect too many, the third one request too many: the same answer.
    for _ in 0..2 {
        let answer = ask().await;
        assert_eq!(answer.status, 429);
        refused(&answer, "slow_down");
        assert!(header(&answer, "retry-after").parse::<u64>().unwrap() >= 1);
    }
}

#[tokio::test]
async fn every_route_counts_and_who_watches_the_server_is_let_through() {
    let world = World::with(&config("requests = 1\n")).await;
    let paths = [
        "/",
        "/q",
        "/v1/me",
        "/nothing",
        "/oauth/jwks",
        "/v1/devices",
    ];
    for (n, path) in paths.into_iter().enumerate() {
        let call = from(Call::get(path), &format!("192.0.2.{n}"));
        assert_ne!(world.send(call.clone()).await.status, 429, "{path}");
        let answer = world.send(call).await;
        assert_eq!(answer.status, 429, "{path}");
        let oauth = answer.json()["error"].is_string();
        assert_eq!(oauth, path.starts_with("/oauth"), "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        for _ in 0..10 {
            given(&world.send(from(Call::get(path), "192.0.2.0")).await, 200);
        }
    }
}

#[tokio::test]
async fn one_address_keeps_so_many_streams_open() {
    let world = World::with(&config("streams = 2\n")).await;
    let login = world.login().await;
    let body = json!({ "device_code": login.device_code() });
    let here = [("x-forwarded-for", "192.0.2.1")];
    let open =
        async || crate::support::Stream::open(&world, &login.path("wait"), &body, &here).await;
    let (mut one, mut two) = (open().await, open().await);
    assert!(one.next().await.is_some() && two.next().await.is_some());
    for (name, value) in [("Accept", "text/event-stream"), ("Prefer", "wait=20")] {
        let call = Call::post(login.path("wait"))
            .json(&body)
            .header(name, value);
        slowed_down(&world.send(from(call.clone(), "192.0.2.1")).await);
        if name == "Prefer" {
            given(&world.send(from(call, "192.0.2.2")).await, 200);
        }
    }
    let poll = Call::post(login.path("wait")).json(&body);
    given(&world.send(from(poll, "192.0.2.1")).await, 200);
}

#[tokio::test]
async fn scans_are_counted_by_account_wherever_they_come_from() {
    let world = World::with(&config("scans = 1\n")).await;
    let (anna, bert) = (world.phone("anna").await, world.phone("bert").await);
    let scan = async |phone: &Device<'_>, address: &str| {
        let body = json!({ "scan": "no code at all" });
        let call = Call::post("/v1/scans").json(&body);
        phone.send(from(call, address)).await
    };
    refused(&scan(&anna, "192.0.2.1").await, "invalid_request");
    slowed_down(&scan(&anna, "192.0.2.99").await);
    slowed_down(&scan(&bert, "192.0.2.1").await);
    refused(&scan(&bert, "192.0.2.2").await, "invalid_request");
}

/// Memory of a process in use, in KiB.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Sends `count` creations of `client`, 32 at a time; `address` says where each comes from. How many were let in.
async fn flood(world: &World, client: &'static str, count: u32, address: fn(u32) -> String) -> u32 {
    let (next, created) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let wish: Value = world.desktop_of(client).wish(&json!({}));
    let workers = (0..32).map(|_| {
        let (http, wish) = (world.http.clone(), wish.clone());
        let (next, created) = (Arc::clone(&next), Arc::clone(&created));
        tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return;
                }
                let call = from(Call::post("/v1/logins").json(&wish), &address(n));
                let answer = http.send(&call).await.unwrap();
                assert!(matches!(answer.status, 201 | 429), "{}", answer.status);
                created.fetch_add(u32::from(answer.status == 201), Ordering::Relaxed);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    created.load(Ordering::Relaxed)
}

/// What is left of it after a flood: connections, caches, and what the allocator keeps.
const MEMORY_KIB: u64 = 64 * 1024;

#[tokio::test]
async fn a_flood_from_one_address_and_then_from_everywhere_costs_the_others_nothing() {
    let world = World::with(&format!("{TRUSTED}{CLIENTS}[limits]\ncreations = 20\n")).await;
    let phone = world.phone("anna").await;
    flood(&world, "tv", 100, |_| "192.0.2.1".to_owned()).await;
    let before = memory(world.server.pid());

    let created = flood(&world, "tv", 10_000, |_| "192.0.2.2".to_owned()).await;
    assert!((20..200).contains(&created), "{created} of one address");
    let spread = |n: u32| format!("2001:{n:x}::1");
    let created = flood(&world, "tv", 10_000, spread).await;
    // A hundred addresses' worth for all clients, half of it for one, and what came back meanwhile.
    assert!(
        (900..5_000).contains(&created),
        "{created} of ten thousand addresses"
    );

    let grown = memory(world.server.pid()).saturating_sub(before);
    assert!(grown < MEMORY_KIB, "grew by {grown} KiB");
    let call = Call::post("/v1/logins").json(&world.desktop_of("shop").wish(&json!({})));
    let call = from(call, "198.51.100.7").header("Origin", "https://shop.example");
    given(&world.send(call).await, 201);
    given(&phone.me().await, 200);
    given(&phone.refresh().await, 200);
}
