//! `POST /v1/scans` under each client's policy, and that `countersign policy explain` says the same beforehand.

use countersign_client::{Answer, Call, Key};
use countersign_tests::mmdb;
use countersign_tests::parties::new_key;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Desktop, Device, Login, World, given, refused};

/// Where the parties are: two in Germany, one in Brazil, one at a German hosting provider.
const BERLIN: &str = "203.0.113.7";
const MUNICH: &str = "203.0.113.99";
const BRAZIL: &str = "198.51.100.7";
const HOSTED: &str = "203.0.113.200";

const CONFIG: &str = r#"
trusted_proxies = ["127.0.0.0/8", "::1"]

[network]
places = "PLACES"
anonymous = "ANONYMOUS"
near = ["192.0.2.0/25"]
shared_exits = ["192.0.2.200"]

[[clients]]
id = "open"
native = true

[[clients]]
id = "strict"
native = true
far = "refuse"

[[clients]]
id = "keyed"
native = true
far = "passkey"

[[clients]]
id = "till"
native = true
desktops = "registered"
registered_desktops = ["KEY"]
scanner_only = true

[[clients]]
id = "familiar"
native = true
desktops = "known"

[[clients]]
id = "office"
native = true
create_networks = ["203.0.113.0/25"]
scan_networks = ["203.0.113.0/25", "198.51.100.0/24"]
"#;

/// A server with that configuration, which is also in a file for `policy explain`.
struct Operator {
    world: World,
    folder: TempDir,
    registered: Key,
}

impl Operator {
    async fn new() -> Self {
        let folder = TempDir::with_prefix("countersign-places-").unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let places = mmdb::places(&[
            ("203.0.113.0/24", "DE", "EU", Some("Land Berlin")),
            ("198.51.100.0/24", "BR", "SA", None),
        ]);
        let anonymous = mmdb::anonymous(&[("203.0.113.200/32", "is_hosting_provider")]);
        let registered = new_key();
        let config = CONFIG
            .replace("PLACES", &write("places.mmdb", &places))
            .replace("ANONYMOUS", &write("anonymous.mmdb", &anonymous))
            .replace("KEY", &registered.thumbprint());
        write("countersign.toml", config.as_bytes());
        let world = World::with(&config).await;
        Self {
            world,
            folder,
            registered,
        }
    }

    /// A desktop of `client` asks from `address`, proving its key.
    async fn asks(&self, client: &'static str, key: &Key, address: &str) -> Answer {
        let wish = self.desktop(client, key).wish(&json!({}));
        let call = Call::post("/v1/logins").proof(key).json(&wish);
        let call = call.header("X-Forwarded-For", address);
        self.world.send(call).await
    }

    fn desktop(&self, client: &'static str, key: &Key) -> Desktop<'_> {
        Desktop {
            world: &self.world,
            key: key.clone(),
            client,
        }
    }

    /// What `policy explain` says with these circumstances.
    async fn explained(&self, args: &str) -> Value {
        let config = self.folder.path().join("countersign.toml");
        let fixed = ["policy", "explain", "--json", "--config"];
        let mut all = fixed.to_vec();
        all.push(config.to_str().unwrap());
        all.extend(args.split_whitespace());
        let output = self.world.server.command(&all, "").await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        said["clients"][0].clone()
    }
}

/// What an answer to a scan comes to, as `policy explain` names it: a level, or why there is none.
fn outcome(answer: &Answer) -> Value {
    if answer.status == 201 {
        let scan = answer.json();
        return json!([scan["approval"], null]);
    }
    let problem = answer.json();
    match problem["code"].as_str() {
        // The account of these tests has none: it is what level `passkey` comes to.
        Some("passkey_required") => json!(["passkey", null]),
        _ => json!([null, refused(answer, "not_allowed_here")["reason"]]),
    }
}

/// The phone scans from `address`.
async fn scans(phone: &Device<'_>, login: &Login<'_>, address: &str, opened_by: &str) -> Answer {
    let body = json!({ "scan": login.link(), "opened_by": opened_by });
    let call = Call::post("/v1/scans").json(&body);
    phone.send(call.header("X-Forwarded-For", address)).await
}

#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, one after the other"
)]
#[tokio::test]
async fn each_client_gets_what_its_policy_says_and_the_explanation_says_the_same() {
    let operator = Operator::new().await;
    let phone = operator.world.phone("anna").await;
    let other = new_key();
    let registered = &operator.registered;
    for (client, key, desktop, phone_at, opened_by, expected) in [
        (
            "open",
            &other,
            BERLIN,
            MUNICH,
            "scanner",
            json!(["code", null]),
        ),
        (
            "open",
            &other,
            BRAZIL,
            BERLIN,
            "scanner",
            json!(["code", null]),
        ),
        (
            "strict",
            &other,
            BERLIN,
            MUNICH,
            "link",
            json!(["code", null]),
        ),
        (
            "strict",
            &other,
            BRAZIL,
            BERLIN,
            "scanner",
            json!([null, "far"]),
        ),
        (
            "strict",
            &other,
            HOSTED,
            BERLIN,
            "scanner",
            json!([null, "far"]),
        ),
        (
            "keyed",
            &other,
            BRAZIL,
            BERLIN,
            "scanner",
            json!(["passkey", null]),
        ),
        (
            "keyed",
            &other,
            BERLIN,
            BERLIN,
            "scanner",
            json!(["code", null]),
        ),
        (
            "till",
            registered,
            BERLIN,
            BERLIN,
            "scanner",
            json!(["code", null]),
        ),
        (
            "till",
            registered,
            BERLIN,
            BERLIN,
            "link",
            json!([null, "link"]),
        ),
        (
            "till",
            &other,
            BERLIN,
            BERLIN,
            "scanner",
            json!([null, "unregistered_desktop"]),
        ),
        (
            "familiar",
            &other,
            BERLIN,
            BERLIN,
            "scanner",
            json!([null, "unknown_desktop"]),
        ),
        (
            "office",
            &other,
            BERLIN,
            BRAZIL,
            "scanner",
            json!(["code", null]),
        ),
        (
            "office",
            &other,
            BERLIN,
            HOSTED,
            "scanner",
            json!([null, "network"]),
        ),
    ] {
        let case = format!("{client}: desktop at {desktop}, phone at {phone_at}, {opened_by}");
        let created = given(&operator.asks(client, key, desktop).await, 201);
        let login = Login {
            desktop: operator.desktop(client, key),
            created,
        };
        let answer = scans(&phone, &login, phone_at, opened_by).await;
        assert_eq!(outcome(&answer), expected, "{case}");
        let kind = if key.thumbprint() == registered.thumbprint() {
            "registered"
        } else {
            "new"
        };
        let said = operator
            .explained(&format!(
                "{client} --desktop {kind} --desktop-address {desktop} --phone-address {phone_at} --opened-by {opened_by}"
            ))
            .await;
        assert_eq!(
            json!([said["takes"], said["refused"]]),
            expected,
            "{case}: {said}"
        );
    }
}

#[tokio::test]
async fn networks_and_places_are_told_by_the_operators_lists_and_databases() {
    let operator = Operator::new().await;
    let phone = operator.world.phone("anna").await;
    let brazil = json!({ "country": "BR" });
    let berlin = json!({ "country": "DE", "region": "Land Berlin" });
    for (desktop, phone_at, network, place) in [
        (BERLIN, BERLIN, "same", &berlin),
        (BERLIN, MUNICH, "unknown", &berlin),
        (BRAZIL, BERLIN, "far", &brazil),
        (HOSTED, BERLIN, "far", &berlin),
        ("192.0.2.1", "192.0.2.100", "near", &Value::Null),
        ("192.0.2.1", "192.0.2.130", "unknown", &Value::Null),
        ("192.0.2.200", "192.0.2.200", "unknown", &Value::Null),
        ("10.0.0.1", "10.0.0.1", "same", &Value::Null),
    ] {
        let key = new_key();
        let login = Login {
            desktop: operator.desktop("open", &key),
            created: given(&operator.asks("open", &key, desktop).await, 201),
        };
        let scan = given(&scans(&phone, &login, phone_at, "scanner").await, 201);
        let context = &scan["context"];
        assert_eq!(
            (&context["network"], &context["place"]),
            (&json!(network), place),
            "{desktop} {phone_at}"
        );
        assert!(
            !scan.to_string().contains(desktop),
            "the address is nobody's business"
        );
    }
}

#[tokio::test]
async fn a_desktop_from_elsewhere_can_not_even_ask() {
    let operator = Operator::new().await;
    for elsewhere in [BRAZIL, HOSTED, "unknown"] {
        let answer = operator.asks("office", &new_key(), elsewhere).await;
        let problem = refused(&answer, "not_allowed_here");
        assert_eq!(problem["reason"], "network", "{elsewhere}");
    }
    let said = operator
        .explained(&format!("office --desktop-address {BRAZIL}"))
        .await;
    assert_eq!(said["refused"], "network");
}
