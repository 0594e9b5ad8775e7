//! A desktop that comes from another network than it asked from: noticed at every door, told to the phone, and judged
//! by the client's rules.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::new_key;
use serde_json::{Value, json};

use crate::support::{Claim, DEVICE_CODE, Desktop, Device, Login, World, given, refused, text};

const HERE: &str = "203.0.113.7";
const THERE: &str = "198.51.100.7";

/// The tests themselves are the proxy.
const CONFIG: &str = r#"
trusted_proxies = ["127.0.0.0/8", "::1"]

[[clients]]
id = "open"
native = true

[[clients]]
id = "office"
native = true
create_networks = ["203.0.113.0/24"]
"#;

fn from(address: &str, call: Call) -> Call {
    call.header("X-Forwarded-For", address)
}

/// A login that a desktop with this key asked for from here, proving it.
async fn asked<'w>(world: &'w World, client: &'static str, key: &Key) -> Login<'w> {
    let desktop = Desktop {
        world,
        key: key.clone(),
        client,
    };
    let call = Call::post("/v1/logins")
        .proof(key)
        .json(&desktop.wish(&json!({})));
    let created = given(&world.send(from(HERE, call)).await, 201);
    Login { desktop, created }
}

/// The phone scans from here.
async fn claims<'w>(phone: &Device<'w>, login: &Login<'_>) -> Claim<'w> {
    let body = json!({ "scan": login.link(), "opened_by": "scanner" });
    let call = Call::post("/v1/scans").json(&body);
    Claim {
        phone: phone.clone(),
        scan: given(&phone.send(from(HERE, call)).await, 201),
    }
}

/// The phone continues from here.
async fn confirms(claim: &Claim<'_>) -> Answer {
    let call = Call::post("/v1/scans/confirm").json(&claim.decision(&json!({})));
    claim.phone.send(from(HERE, call)).await
}

async fn polls(login: &Login<'_>, address: &str) -> Answer {
    login
        .wait(json!({ "version": 0 }), &[("X-Forwarded-For", address)])
        .await
}

async fn checks(login: &Login<'_>, code: &str, address: &str) -> Answer {
    let body = json!({ "device_code": login.device_code(), "code": code });
    let call = Call::post(login.path("check"))
        .proof(&login.desktop.key)
        .json(&body);
    login.desktop.world.send(from(address, call)).await
}

async fn collects(login: &Login<'_>, address: &str) -> Answer {
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", login.desktop.client),
    ];
    let call = Call::post("/oauth/token")
        .proof(&login.desktop.key)
        .form(&form);
    login.desktop.world.send(from(address, call)).await
}

fn code(confirmed: &Value) -> &str {
    text(confirmed, "check_code")
}

#[tokio::test]
async fn a_known_desktop_is_tapped_in_at_home_and_nowhere_else() {
    let world = World::with(CONFIG).await;
    let (phone, key) = (world.phone("anna").await, new_key());
    let login = asked(&world, "open", &key).await;
    let claim = claims(&phone, &login).await;
    assert_eq!(claim.scan["approval"], "code", "a new desktop");
    let confirmed = given(&confirms(&claim).await, 200);
    given(&checks(&login, code(&confirmed), HERE).await, 200);
    given(&collects(&login, HERE).await, 200);

    // It was seen elsewhere before anybody scanned: no tap.
    let login = asked(&world, "open", &key).await;
    given(&polls(&login, THERE).await, 200);
    let claim = claims(&phone, &login).await;
    assert_eq!(claim.scan["approval"], "code");
    assert_eq!(claim.scan["context"]["flags"], json!(["desktop_moved"]));

    // At home, and then somebody collects elsewhere: more would be asked now.
    let login = asked(&world, "open", &key).await;
    let claim = claims(&phone, &login).await;
    assert_eq!(claim.scan["approval"], "tap");
    assert_eq!(claim.scan["context"]["flags"], json!([]));
    assert_eq!(given(&confirms(&claim).await, 200)["state"], "confirmed");
    assert_eq!(claim.now().await["desktop_moved"], false);
    refused(&collects(&login, THERE).await, "access_denied");
    refused(&collects(&login, HERE).await, "access_denied");
    let now = claim.now().await;
    assert_eq!(
        (&now["state"], &now["desktop_moved"]),
        (&json!("denied"), &json!(true))
    );

    // A denial makes it a new desktop again.
    let claim = claims(&phone, &asked(&world, "open", &key).await).await;
    assert_eq!(claim.scan["approval"], "code");
}

#[tokio::test]
async fn what_moved_after_it_was_shown_is_shown_once_more_or_flagged() {
    let world = World::with(CONFIG).await;
    let (phone, key) = (world.phone("anna").await, new_key());
    let login = asked(&world, "open", &key).await;
    let shown = claims(&phone, &login).await;
    assert_eq!(shown.scan["context"]["flags"], json!([]));
    // A collect that comes too early says where the desktop is as well as a wait does.
    refused(&collects(&login, THERE).await, "authorization_pending");
    assert_eq!(shown.now().await["desktop_moved"], true);
    refused(&confirms(&shown).await, "context_changed");
    refused(&confirms(&shown).await, "unknown_login");
    let again = claims(&phone, &login).await;
    assert_eq!(again.scan["context"]["flags"], json!(["desktop_moved"]));
    let confirmed = given(&confirms(&again).await, 200);
    // The person has seen it, and the rules of this client ask for no more.
    given(&checks(&login, code(&confirmed), THERE).await, 200);
    given(&collects(&login, THERE).await, 200);

    // Once it is confirmed it is flagged, and its version tells the phone.
    let login = asked(&world, "open", &new_key()).await;
    let claim = claims(&phone, &login).await;
    let confirmed = given(&confirms(&claim).await, 200);
    let before = claim.now().await;
    assert_eq!(before["desktop_moved"], false);
    given(&checks(&login, code(&confirmed), THERE).await, 200);
    let after = claim.now().await;
    assert_eq!(after["desktop_moved"], true);
    assert!(after["version"].as_u64() > before["version"].as_u64().map(|version| version + 1));
}

#[tokio::test]
async fn who_leaves_the_networks_of_a_client_is_denied_at_check_and_at_collect() {
    let world = World::with(CONFIG).await;
    let (phone, key) = (world.phone("anna").await, new_key());
    let confirmed = async || {
        let login = asked(&world, "office", &key).await;
        let claim = claims(&phone, &login).await;
        let confirmed = given(&confirms(&claim).await, 200);
        (login, claim, code(&confirmed).to_owned())
    };
    let (login, claim, code) = confirmed().await;
    // Neither a try nor a look: whoever has the right code from there is refused.
    let ended = refused(&checks(&login, &code, THERE).await, "login_ended");
    assert_eq!(ended["state"], "denied");
    assert_eq!(claim.now().await["state"], "denied");

    let (login, claim, code) = confirmed().await;
    given(&checks(&login, &code, HERE).await, 200);
    refused(&collects(&login, THERE).await, "access_denied");
    assert_eq!(claim.now().await["state"], "denied");

    let (login, _, code) = confirmed().await;
    given(&checks(&login, &code, HERE).await, 200);
    given(&collects(&login, HERE).await, 200);
    // Its repeat holds to the same conditions.
    refused(&collects(&login, THERE).await, "invalid_grant");
    given(&collects(&login, HERE).await, 200);
}
