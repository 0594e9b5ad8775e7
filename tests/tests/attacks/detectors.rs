//! Policy and detection: what an operator refuses, and what is noticed over many logins, at its threshold and not below.

use countersign_client::{Answer, Call, Key};
use countersign_tests::mmdb;
use countersign_tests::parties::new_key;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases::Case;
use crate::receiver::Receiver;
use crate::support::{
    Arena, Claim, Desktop, Device, Login, Secrets, given, next_event, refused, text,
};

pub(crate) const CASES: &[Case] = &[
    (
        "far desktops, unknown and unregistered ones, links, foreign networks",
        "routes/v1/scans/policy.rs::each_client_gets_what_its_policy_says_and_the_explanation_says_the_same",
    ),
    (
        "a hosting provider, a shared exit, a neighbour, taken for near",
        "routes/v1/scans/policy.rs::networks_and_places_are_told_by_the_operators_lists_and_databases",
    ),
    (
        "a login from outside the client's networks",
        "routes/v1/scans/policy.rs::a_desktop_from_elsewhere_can_not_even_ask",
    ),
    (
        "a desktop that leaves the client's networks before check or collect",
        "routes/v1/logins/moved.rs::who_leaves_the_networks_of_a_client_is_denied_at_check_and_at_collect",
    ),
    (
        "a known desktop's tap, collected elsewhere",
        "routes/v1/logins/moved.rs::a_known_desktop_is_tapped_in_at_home_and_nowhere_else",
    ),
    (
        "a desktop that moves after it was shown",
        "routes/v1/logins/moved.rs::what_moved_after_it_was_shown_is_shown_once_more_or_flagged",
    ),
    (
        "one circumstance that is made good to cover another",
        "crates/countersign-core/src/policy/tests.rs::nothing_makes_up_for_anything_else",
    ),
    (
        "one key that asks four accounts, one address that asks fifty",
        "attacks/detectors.rs::a_desktop_that_asks_many_accounts_is_told_of_and_flagged",
    ),
    (
        "five denials in ten minutes",
        "attacks/detectors.rs::a_burst_of_denials_is_told_of_and_four_are_not",
    ),
    (
        "a code that goes round, two continents, a report",
        "attacks/detectors.rs::what_is_odd_about_one_login_is_told_of",
    ),
];

/// The tests themselves are the proxy.
const TRUSTED: &str = "trusted_proxies = [\"127.0.0.0/8\", \"::1\"]\n";
const CLIENTS: &str =
    "[[clients]]\nid = \"one\"\nnative = true\n[[clients]]\nid = \"two\"\nnative = true\n";

fn from(address: &str, call: Call) -> Call {
    call.header("X-Forwarded-For", address)
}

/// A login of `client` that a desktop with this key asks for at `address`.
async fn asked<'w>(arena: &'w Arena, client: &'static str, key: &Key, address: &str) -> Login<'w> {
    let desktop = Desktop {
        world: arena,
        key: key.clone(),
        client,
    };
    let call = Call::post("/v1/logins").json(&desktop.wish(&json!({})));
    let call = call.proof(key);
    let created = given(&arena.send(from(address, call)).await, 201);
    Login { desktop, created }
}

async fn scan(phone: &Device<'_>, login: &Login<'_>, address: &str) -> Answer {
    let body = json!({ "scan": login.link(), "opened_by": "scanner" });
    let call = Call::post("/v1/scans").json(&body);
    phone.send(from(address, call)).await
}

async fn claims<'w>(phone: &Device<'w>, login: &Login<'_>, address: &str) -> Claim<'w> {
    Claim {
        phone: phone.clone(),
        scan: given(&scan(phone, login, address).await, 201),
    }
}

/// Every alert so far, and what it is about.
fn alerts(arena: &Arena) -> Vec<(String, String)> {
    let db = Connection::open(arena.server().database()).unwrap();
    let sql = "SELECT detail, subject FROM audit WHERE kind = 'alert' ORDER BY seq";
    let mut query = db.prepare(sql).unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn kinds(arena: &Arena) -> Vec<String> {
    alerts(arena).into_iter().map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn a_desktop_that_asks_many_accounts_is_told_of_and_flagged() {
    let secrets = Secrets::new();
    let mut receiver = Receiver::start(true).await;
    let hook = secrets.hook(&receiver, "'alert.key_many_accounts'");
    let arena = Arena::with(&format!("{TRUSTED}{CLIENTS}{hook}")).await;
    let mut phones = Vec::new();
    for name in ["anna", "bert", "cleo", "dora"] {
        phones.push(arena.phone(name).await);
    }
    // Three share a computer; the fourth is one too many.
    let (key, home, cafe) = (new_key(), "203.0.113.7", "198.51.100.7");
    for (before, phone) in phones.iter().enumerate() {
        assert_eq!(kinds(&arena), Vec::<String>::new(), "{before} accounts");
        let login = asked(&arena, "one", &key, home).await;
        let claim = claims(phone, &login, home).await;
        let flags = if before < 3 {
            json!([])
        } else {
            json!(["many_accounts"])
        };
        assert_eq!(claim.scan["context"]["flags"], flags, "{before} accounts");
        given(&login.cancel().await, 200);
    }
    let subject = key.thumbprint();
    assert_eq!(
        alerts(&arena),
        [("key_many_accounts".into(), subject.clone())]
    );
    let told = next_event(&mut receiver).await;
    assert_eq!(
        (text(&told, "subject"), text(&told, "login_name")),
        (&*subject, "dora")
    );
    // From now on each of them reads it, and no tap is enough; but each account hears of it once an hour.
    for _ in 0..2 {
        let login = asked(&arena, "one", &key, home).await;
        let claim = claims(&phones[0], &login, home).await;
        assert_eq!(claim.scan["context"]["flags"], json!(["many_accounts"]));
        assert_eq!(claim.scan["approval"], "code");
        given(&login.cancel().await, 200);
        assert_eq!(kinds(&arena).len(), 2);
    }

    // An address: 47 other accounts that asked there stand in the database beforehand.
    let asks = async |phone: &Device<'_>| {
        let login = asked(&arena, "one", &new_key(), cafe).await;
        let claim = claims(phone, &login, cafe).await;
        given(&login.cancel().await, 200);
        claim.scan["context"]["flags"].clone()
    };
    asks(&phones[0]).await;
    let copied = copies_of_the_last_claim(&arena, 47);
    assert_eq!(asks(&phones[1]).await, json!([]));
    assert_eq!(kinds(&arena).len(), 2, "49 accounts");
    assert_eq!(asks(&phones[2]).await, json!(["many_accounts"]));
    assert_eq!(
        alerts(&arena)[2..],
        [("address_many_accounts".into(), cafe.into())]
    );
    for _ in 0..2 {
        asks(&phones[2]).await;
        asks(&phones[3]).await;
    }
    assert_eq!(kinds(&arena).len(), 4);
    assert_eq!(
        arena.alter("DELETE FROM logins WHERE device_name = 'copied'"),
        copied
    );
}

/// Copies of the login that was claimed last, each by an account that there is not.
fn copies_of_the_last_claim(arena: &Arena, count: usize) -> usize {
    let db = Connection::open(arena.server().database()).unwrap();
    let mut query = db
        .prepare("SELECT name FROM pragma_table_info('logins')")
        .unwrap();
    let names = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    let values = names.iter().map(|name| match name.as_str() {
        "id" | "claim_account" => "randomblob(16)",
        "device_code" => "randomblob(32)",
        "device_name" => "'copied'",
        name => name,
    });
    let values: Vec<&str> = values.collect();
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO logins ({}) SELECT {} FROM n, (SELECT * FROM logins ORDER BY claimed_at DESC LIMIT 1)",
        names.join(", "),
        values.join(", ")
    );
    let copied = arena.alter(&sql);
    assert_eq!(copied, count);
    copied
}

#[tokio::test]
async fn a_burst_of_denials_is_told_of_and_four_are_not() {
    let arena = Arena::with(&format!("{TRUSTED}{CLIENTS}")).await;
    let phone = arena.phone("anna").await;
    let denied = async |client: &'static str, address: &str| {
        let login = asked(&arena, client, &new_key(), address).await;
        given(&claims(&phone, &login, address).await.deny().await, 200);
    };
    // Of one client, from everywhere.
    for number in 0..4 {
        denied("one", &format!("203.0.113.{number}")).await;
    }
    // Elsewhere, and of another client: nothing adds up.
    for number in 0..3 {
        denied("two", &format!("198.51.100.{number}")).await;
    }
    assert_eq!(alerts(&arena), []);
    // What was longer ago doesn't count.
    let passed = "UPDATE logins SET ended_at = ended_at - 600000 WHERE client = 'two'";
    assert_eq!(arena.alter(passed), 3);
    denied("two", "198.51.100.9").await;
    assert_eq!(alerts(&arena), []);
    denied("one", "203.0.113.9").await;
    denied("one", "203.0.113.9").await;
    let told = alerts(&arena);
    assert_eq!(told[0], ("denials".into(), "203.0.113.9".into()));
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn what_is_odd_about_one_login_is_told_of() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("places.mmdb");
    let places = mmdb::places(&[
        ("203.0.113.0/24", "DE", "EU", None),
        ("192.0.2.0/24", "FR", "EU", None),
        ("198.51.100.0/24", "BR", "SA", None),
    ]);
    std::fs::write(&file, places).unwrap();
    let network = format!("[network]\nplaces = '{}'\n", file.display());
    let arena = Arena::with(&format!("{TRUSTED}{network}{CLIENTS}")).await;
    let mut phones = Vec::new();
    for name in ["anna", "bert", "cleo", "dora"] {
        phones.push(arena.phone(name).await);
    }
    let (berlin, paris, brazil) = ("203.0.113.7", "192.0.2.7", "198.51.100.7");

    // Two strangers may be a crowded place; the third ends it.
    let login = asked(&arena, "one", &new_key(), berlin).await;
    claims(&phones[0], &login, berlin).await;
    for phone in &phones[1..] {
        assert_eq!(alerts(&arena), []);
        assert!(scan(phone, &login, berlin).await.status >= 400);
    }
    assert_eq!(alerts(&arena), [("strangers".into(), login.id().into())]);
    assert_eq!(login.state().await, "cancelled");

    // Another country is far; another continent is told of as well.
    let near = asked(&arena, "one", &new_key(), paris).await;
    let claim = claims(&phones[0], &near, berlin).await;
    assert_eq!(claim.scan["context"]["network"], "far");
    assert_eq!(kinds(&arena).len(), 1);
    let far = asked(&arena, "one", &new_key(), brazil).await;
    let last = claims(&phones[0], &far, berlin).await;
    assert_eq!(
        alerts(&arena)[1..],
        [("continents".into(), far.id().into())]
    );

    // "I didn't start this", and a plain no.
    given(&claim.deny().await, 200);
    assert_eq!(kinds(&arena).len(), 2);
    let report = json!({ "ticket": last.ticket(), "report": true });
    given(&phones[0].deny(report).await, 200);
    assert_eq!(alerts(&arena)[2..], [("reported".into(), far.id().into())]);
    // Its owner reads of it on every phone, and nobody else does.
    for (phone, alerts) in [(&phones[0], 2), (&phones[1], 0)] {
        let entries = given(&phone.send(Call::get("/v1/activity")).await, 200);
        let entries: Vec<Value> = entries["entries"].as_array().unwrap().clone();
        let told = entries.iter().filter(|entry| entry["kind"] == "alert");
        assert!(told.clone().count() >= alerts && (alerts > 0 || told.count() == 0));
    }
    refused(&far.collect().await, "access_denied");
}
