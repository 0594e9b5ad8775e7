//! What answers tell of limits: the caller's own, and nobody else's.

use countersign_client::{Answer, Call};
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{CLIENTS, World, given, header, refused};

const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\", \"::1\"]\n";

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
fn told(answer: &Answer) -> (&str, &str) {
    (
        header(answer, "ratelimit-policy"),
        header(answer, "ratelimit"),
    )
}

/// What is left, and in how many seconds there is more.
fn left<'a>(answer: &'a Answer, budget: &str) -> (&'a str, Option<u64>) {
    let said = header(answer, "ratelimit");
    let said = said.strip_prefix(&format!("\"{budget}\";r="));
    let said = said.unwrap_or_else(|| panic!("{budget}: {:?}", told(answer)));
    match said.split_once(";t=") {
        Some((left, seconds)) => (left, Some(seconds.parse().unwrap())),
        None => (said, None),
    }
}

fn from(call: Call, address: &str) -> Call {
    call.header("X-Forwarded-For", address)
}

#[tokio::test]
async fn answers_say_what_is_left_of_what_ends_first() {
    let world = World::with(&format!("{TRUSTED}{CLIENTS}[limits]\ncreations = 2\n")).await;
    let shop = |address| {
        let wish = world.desktop_of("shop").wish(&json!({}));
        let call = Call::post("/v1/logins").json(&wish);
        from(call.header("Origin", "https://shop.example"), address)
    };
    for (count, status) in [("1", 201), ("0", 201), ("0", 429)] {
        let answer = world.send(shop("192.0.2.1")).await;
        assert_eq!(answer.status, status);
        assert_eq!(told(&answer).0, "\"creations\";q=2;w=60");
        let (said, more_in) = left(&answer, "creations");
        assert_eq!(said, count);
        assert!((1..=30).contains(&more_in.unwrap()));
        let exposed = header(&answer, "access-control-expose-headers");
        assert!(exposed.contains("RateLimit, RateLimit-Policy"), "{exposed}");
        if status == 429 {
            let wait = header(&answer, "retry-after").parse().ok();
            assert_eq!(more_in, wait);
        }
    }
    let token = Call::post("/oauth/token").form(&[("client_id", "tv")]);
    let answer = world.send(from(token, "192.0.2.1")).await;
    assert_eq!(left(&answer, "collects").0, "2999");
    let answer = world.send(from(Call::get("/v1/me"), "192.0.2.1")).await;
    assert_eq!(told(&answer).0, "\"requests\";q=6000;w=60");
    for path in ["/", "/healthz", "/nothing"] {
        let answer = world.send(from(Call::get(path), "192.0.2.1")).await;
        assert_eq!(told(&answer), ("", ""), "{path}");
    }
}

#[tokio::test]
async fn what_is_left_of_an_account_or_of_all_is_told_to_nobody() {
    let limits = "account_sign_ins = 4\nsign_ins = 5\n";
    let world = World::with(&format!("{TRUSTED}[limits]\n{limits}")).await;
    world.server.account("anna", "ten quiet herons").await;
    let guess = async |account: &str, address: &str| {
        let password = format!("guess from {address}");
        let body = json!({ "account": account, "password": password });
        let call = Call::post("/v1/sessions").proof(&new_key()).json(&body);
        world.send(from(call, address)).await
    };
    for account in ["anna", "nobody"] {
        // Four others wear the name out; the fifth hears nothing of them but that it is to wait.
        for n in 0..4 {
            let answer = guess(account, &format!("192.0.2.{n}")).await;
            refused(&answer, "invalid_credentials");
            assert_eq!(told(&answer).0, "\"account-sign-ins\";q=2;w=600");
            assert_eq!(left(&answer, "account-sign-ins").0, "1");
        }
        let answer = guess(account, "198.51.100.7").await;
        refused(&answer, "slow_down");
        assert_eq!(left(&answer, "account-sign-ins"), ("2", None), "{account}");
        assert_eq!(header(&answer, "retry-after"), "150");
    }
    // Nor of a limit that it has no part in: the address is unknown.
    let answer = world
        .send(Call::get("/v1/me").header("X-Forwarded-For", "nowhere"))
        .await;
    assert_eq!((answer.status, told(&answer)), (401, ("", "")));
    given(&world.send(Call::get("/healthz")).await, 200);
}
