//! `X-Forwarded-For`: what a trusted proxy says counts, what anybody else says does not.

use countersign_client::Call;
use serde_json::json;

use crate::support::{Device, World, given};

/// The tests themselves are the proxy.
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\", \"::1\"]\n";

/// How the phone sees the network of a desktop that came with these lines, when it comes with those.
async fn network(phone: &Device<'_>, desktops: &[&str], phones: &[&str]) -> String {
    let dress = |call: Call, line: &&str| call.header("X-Forwarded-For", line);
    let desktop = phone.world.desktop();
    let call = Call::post("/v1/logins").json(&desktop.wish(&json!({})));
    let created = phone.world.send(desktops.iter().fold(call, dress)).await;
    let login = crate::support::Login {
        desktop,
        created: given(&created, 201),
    };
    let body = json!({ "scan": login.link(), "opened_by": "scanner" });
    let call = Call::post("/v1/scans").json(&body);
    let scan = given(&phone.send(phones.iter().fold(call, dress)).await, 201);
    scan["context"]["network"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_caller_is_who_it_names() {
    let world = World::with(TRUSTED).await;
    let phone = world.phone("anna").await;
    for (desktop, other, expected) in [
        (&["192.0.2.1"][..], &["192.0.2.1"][..], "same"),
        (&["192.0.2.1"], &["198.51.100.7"], "unknown"),
        (&["192.0.2.1:4711"], &["::ffff:192.0.2.1"], "same"),
        (&["2001:db8::1"], &["[2001:db8::ffff]:443"], "same"),
        (&["2001:db8::1"], &["2001:db8:0:1::1"], "near"),
        // What stands before is the caller's own invention.
        (&["198.51.100.7, 192.0.2.1"], &["192.0.2.1"], "same"),
        (
            &["198.51.100.7", "192.0.2.1, 127.0.0.9"],
            &["192.0.2.1"],
            "same",
        ),
        // Nobody knows: never the proxy itself, in whose network everybody would be.
        (&[], &[], "unknown"),
        (&["192.0.2.1, unknown"], &["192.0.2.1, unknown"], "unknown"),
        (&["127.0.0.1"], &["127.0.0.1"], "unknown"),
    ] {
        let found = network(&phone, desktop, other).await;
        assert_eq!(found, expected, "{desktop:?} {other:?}");
    }
}

#[tokio::test]
async fn what_an_untrusted_peer_says_counts_for_nothing() {
    for config in ["", "trusted_proxies = [\"192.0.2.0/24\"]\n"] {
        let world = World::with(config).await;
        let phone = world.phone("anna").await;
        for (desktop, other) in [
            (&["192.0.2.1"][..], &["198.51.100.7"][..]),
            (&["nonsense"], &[]),
            (&["127.0.0.1", "192.0.2.1"], &["192.0.2.1"]),
        ] {
            assert_eq!(
                network(&phone, desktop, other).await,
                "same",
                "{desktop:?} {other:?}"
            );
        }
    }
}
