//! Staying: who got in once, by a relay, a phished password or a recovery code, arranges to come back.

use countersign_client::Call;
use countersign_tests::Authenticator;
use countersign_tests::page::SESSION;
use countersign_tests::parties::{PASSWORD, new_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cases::Case;
use crate::receiver::Receiver;
use crate::support::{
    Arena, CONFIRM, Device, OPERATOR, Secrets, allow, call, codes, decision, device_of,
    further_phone, given, made_for, refused, text, undo_of,
};

pub(crate) const CASES: &[Case] = &[
    (
        "a phished phone that leaves a passkey, recovery codes, another phone and a computer: every way to take it back",
        "attacks/staying.rs::whatever_a_phished_phone_left_behind_goes_with_it",
    ),
    (
        "the same, taken back by the link of a notice, by who is signed in nowhere",
        "attacks/staying.rs::the_link_of_a_notice_takes_back_what_was_left_behind",
    ),
    (
        "a passkey added after a relay, then undo",
        "routes/v1/passkeys/own.rs::undo_takes_the_passkeys_that_a_sign_in_added_and_what_they_opened",
    ),
    (
        "a recovery code and a phished phone together",
        "attacks/staying.rs::a_recovery_code_and_a_phished_phone_shorten_no_wait",
    ),
    (
        "a recovery that its owner did not start",
        "routes/v1/recovery.rs::any_phone_ends_a_recovery_that_is_not_its_owners",
    ),
    (
        "a passkey without an approval of just that: by scan, by password, by cookie alone, by another computer",
        "routes/v1/passkeys/act.rs::no_other_desktop_adds_any",
    ),
    (
        "an approval of a passkey with less than a passkey",
        "attacks/staying.rs::an_act_is_approved_by_a_passkey_and_by_nothing_less",
    ),
    (
        "the right to add a passkey: a second time, and after an undo",
        "routes/v1/passkeys/act.rs::an_approved_desktop_adds_one_passkey",
    ),
    (
        "the right to add a passkey: late",
        "routes/v1/passkeys/act.rs::the_right_to_add_one_ends_after_five_minutes",
    ),
    (
        "the right to add a passkey: of a computer that was taken back",
        "attacks/staying.rs::a_computer_that_was_taken_back_adds_no_passkey",
    ),
    (
        "an act that a client, or a phone without a passkey, asks for",
        "routes/v1/logins/named.rs::an_act_is_our_own_pages_to_ask_for_and_takes_a_passkey",
    ),
    (
        "adding and removing passkeys without having shown who it is",
        "routes/v1/passkeys/own.rs::adding_and_removing_are_sensitive_and_challenges_count_once",
    ),
    (
        "a level-passkey client without a passkey",
        "routes/v1/scans/passkey.rs::an_account_without_one_claims_nothing",
    ),
    (
        "a level-passkey client, with the check code alone",
        "routes/v1/scans/passkey.rs::a_passkey_and_the_code_sign_a_desktop_in",
    ),
    (
        "a client that asks for a phrase, without one",
        "routes/v1/scans/phrase.rs::a_client_may_ask_for_a_phrase_and_none_takes_one_that_is_none",
    ),
    (
        "a known desktop's tap in place of its phrase",
        "routes/v1/scans/phrase.rs::a_known_desktop_takes_the_phrase_beside_the_tap",
    ),
    (
        "the operator's URL with everybody's tokens",
        "attacks/staying.rs::nobodys_token_is_the_operators",
    ),
    (
        "the operator's URL where there is no operator's token",
        "routes/v1/revocations.rs::without_a_token_there_is_no_operators_url",
    ),
    (
        "an invitation for who lost everything, and what was there before",
        "routes/v1/invitations.rs::an_invitation_for_who_lost_everything_ends_all_else_when_it_is_accepted",
    ),
];

/// Who phished a phone, and what it arranged with it.
struct Thief<'w> {
    phone: Device<'w>,
    passkey: Authenticator,
    codes: Vec<String>,
    /// Signed in with the passkey, by a code, and let in as a further phone.
    others: Vec<Device<'w>>,
    desktop: Device<'w>,
}

impl<'w> Thief<'w> {
    /// In an account whose owner was made to allow the thief's phone.
    async fn settles(arena: &'w Arena, account: &str, owner: &Device<'_>) -> Self {
        let phone = further_phone(arena, account).await;
        given(&allow(owner, &phone.grant().await).await, 200);
        let mut passkey = arena.authenticator();
        given(&phone.add_passkey(&mut passkey, json!({})).await, 201);
        let codes = codes(&phone).await;
        let further = further_phone(arena, account).await;
        given(&allow(&phone, &further.grant().await).await, 200);
        let key = new_key();
        let entered = device_of(arena, &key, &arena.by_passkey(&key, &mut passkey).await);
        let key = new_key();
        let back = device_of(arena, &key, &arena.recover(&key, account, &codes[0]).await);
        let (_, _, desktop) = phone.collected().await;
        Self {
            phone,
            passkey,
            codes,
            others: vec![entered, further, back],
            desktop,
        }
    }

    /// Nothing of it is left, and nothing of it comes back.
    async fn left_nothing(mut self, arena: &Arena, account: &str, way: &str) {
        for device in self.others.iter().chain([&self.phone]) {
            refused(&device.me().await, "invalid_token");
            refused(&device.refresh().await, "invalid_grant");
        }
        let key = new_key();
        let entering = arena.by_passkey(&key, &mut self.passkey).await;
        refused(&entering, "invalid_credentials");
        let recovering = arena.recover(&key, account, &self.codes[1]).await;
        refused(&recovering, "invalid_credentials");
        let alive = self.desktop.me().await.status == 200;
        // What it approved goes as well, unless one sign-in is named and no more is said.
        assert_eq!(alive, ["undo alone", "revoked"].contains(&way), "{way}");
    }
}

#[tokio::test]
async fn whatever_a_phished_phone_left_behind_goes_with_it() {
    let arena = Arena::with(CONFIRM).await;
    for (number, way) in [
        "undo",
        "undo alone",
        "lost",
        "others",
        "password",
        "revoked",
    ]
    .into_iter()
    .enumerate()
    {
        let account = format!("anna{number}");
        let owner = arena.phone(&account).await;
        let thief = Thief::settles(&arena, &account, &owner).await;
        let grant = thief.phone.grant().await;
        let device = text(&thief.phone.tokens["device"], "id");
        let to = |path: String, body: Value| Call::post(path).json(&body);
        let request = match way {
            "undo" => to(
                format!("/v1/grants/{grant}/undo"),
                json!({ "approved_too": true }),
            ),
            "undo alone" => to(format!("/v1/grants/{grant}/undo"), json!({})),
            "lost" => to(format!("/v1/devices/{device}/lost"), json!({})),
            "others" => to("/v1/devices/sign-out-others".to_owned(), json!({})),
            "password" => call("PUT", "/v1/password")
                .json(&json!({ "password": "a rather strange new pass" })),
            _ => to(
                "/v1/revocations".to_owned(),
                json!({ "key": thief.phone.key.thumbprint() }),
            ),
        };
        let gone = given(&owner.send(request).await, 200);
        assert_eq!(gone["passkeys_removed"], 1, "{way}");
        thief.left_nothing(&arena, &account, way).await;
        assert_eq!(owner.passkeys().await, Vec::<Value>::new());
        let left = given(&owner.send(Call::get("/v1/recovery")).await, 200);
        assert_eq!(left["codes_left"], 0, "{way}");
    }
}

#[tokio::test]
async fn the_link_of_a_notice_takes_back_what_was_left_behind() {
    let secrets = Secrets::new();
    let mut receiver = Receiver::start(true).await;
    let hook = secrets.hook(&receiver, "'session.opened'");
    let arena = Arena::with(&format!("{CONFIRM}{hook}")).await;
    let owner = arena.phone("anna").await;
    let thief = Thief::settles(&arena, "anna", &owner).await;
    let link = undo_of(&mut receiver, &thief.phone.grant().await).await;
    let undo = async |link: &str| {
        let body = json!({ "undo": link });
        arena.page_post("/v1/undo", &new_key(), &body).await
    };
    assert_eq!(given(&undo(&link).await, 200)["passkeys_removed"], 1);
    let thiefs_key = thief.phone.key.clone();
    thief.left_nothing(&arena, "anna", "link").await;
    given(&owner.me().await, 200);
    // The link is no way to throw anybody out again: not even on the same device.
    let again = arena.device("anna", thiefs_key, json!({})).await;
    assert_eq!(again.tokens["may_approve"], false);
    assert_eq!(given(&undo(&link).await, 200)["ended"], 0);
    given(&again.me().await, 200);
}

#[tokio::test]
async fn a_recovery_code_and_a_phished_phone_shorten_no_wait() {
    let arena = Arena::with(CONFIRM).await;
    let phished = arena.phone("anna").await;
    let (owner, codes) = (further_phone(&arena, "anna").await, codes(&phished).await);
    given(&allow(&phished, &owner.grant().await).await, 200);
    let key = new_key();
    let back = device_of(&arena, &key, &arena.recover(&key, "anna", &codes[0]).await);
    let grant = back.grant().await;
    assert_eq!(allow(&phished, &grant).await.status, 404);
    // With the password as well it is a further phone like any other, and still waits.
    given(&back.verify(PASSWORD).await, 200);
    let again = arena.device("anna", key, json!({})).await;
    for back in [&again, &further_phone(&arena, "anna").await] {
        let login = arena.login().await;
        refused(&back.scan_of(&login).await, "phone_waiting");
        refused(&back.asks("add").await, "phone_waiting");
        for (path, body) in [
            ("/v1/recovery/codes", json!({})),
            ("/v1/revocations", json!({ "role": "phone" })),
            ("/v1/devices/sign-out-others", json!({})),
        ] {
            refused(&back.post(path, body).await, "phone_waiting");
        }
    }
    given(&owner.me().await, 200);
    given(&phished.me().await, 200);
}

#[tokio::test]
async fn an_act_is_approved_by_a_passkey_and_by_nothing_less() {
    let arena = Arena::new().await;
    let (phone, mut authenticator) = arena.with_passkey("anna").await;
    let (browser, plain) = (arena.browser(), arena.browser());
    let act = json!({ "act": "add_passkey" });
    let login = browser.login_with(&act).await;
    let other = arena.browser().login_with(&act).await;
    let (claim, others) = (phone.claims(&login).await, phone.claims(&other).await);
    let bare = [json!({}), json!({ "assertion": null }), act.clone()];
    for changes in &bare {
        let answer = phone.confirm(claim.decision(changes)).await;
        refused(&answer, "passkey_required");
    }
    let swapped = decision(&others, &mut authenticator).await["assertion"].take();
    let swapped = claim.decision(&json!({ "assertion": swapped }));
    refused(&phone.confirm(swapped).await, "passkey_rejected");
    // Nor does a login without the act become one with it later on.
    let login = plain.login().await;
    let claim = phone.claims(&login).await;
    assert_eq!(claim.scan["approval"], "code");
    let confirmed = given(&phone.confirm(claim.decision(&act)).await, 200);
    let said = json!({
        "device_code": login.device_code(), "code": confirmed["check_code"], "act": "add_passkey",
    });
    for door in ["check", "session"] {
        let path = login.path(door);
        given(&plain.prove(Method::POST, &path, Some(&said)).await, 200);
    }
    let me = given(&plain.me().await, 200);
    assert!(me["grant"].get("may_add_passkey_until").is_none());
    let wish = json!({ "purpose": "add", "act": "add_passkey" });
    let asked = plain.prove(Method::POST, "/v1/passkeys/options", Some(&wish));
    refused(&asked.await, "not_a_phone");
}

#[tokio::test]
async fn a_computer_that_was_taken_back_adds_no_passkey() {
    let arena = Arena::new().await;
    let (phone, mut authenticator) = arena.with_passkey("anna").await;
    let browser = arena.allowed_browser(&phone, &mut authenticator).await;
    let wish = json!({ "purpose": "add" });
    let asked = browser.prove(Method::POST, "/v1/passkeys/options", Some(&wish));
    let made = made_for(&given(&asked.await, 200), &mut arena.authenticator()).await;
    let me = given(&browser.me().await, 200);
    let undo = format!("/v1/grants/{}/undo", text(&me["grant"], "id"));
    given(&phone.post(&undo, json!({})).await, 200);
    let added = browser.prove(Method::POST, "/v1/passkeys", Some(&made));
    refused(&added.await, "invalid_token");
    assert_eq!(phone.passkeys().await.len(), 1);
}

#[tokio::test]
async fn nobodys_token_is_the_operators() {
    let secrets = Secrets::new();
    let arena = Arena::with(&secrets.operator()).await;
    let phone = arena.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let page = arena.page_signed_in(&phone).await;
    let cookie = page.cookie(SESSION).unwrap();
    let ask = || Call::post("/admin/v1/revocations").json(&json!({ "role": "desktop" }));
    let before = arena.rows();
    for device in [&phone, &desktop] {
        refused(&device.send(ask()).await, "invalid_token");
        let bearer = format!("Bearer {}", device.access_token());
        let bearer = ask().header("Authorization", &bearer);
        refused(&arena.send(bearer).await, "invalid_token");
    }
    let by_page = page.send(Method::POST, ask().proof(page.key())).await;
    refused(&by_page.unwrap(), "invalid_token");
    for token in [&cookie, PASSWORD, "", &OPERATOR.to_uppercase()] {
        let bearer = ask().header("Authorization", &format!("Bearer {token}"));
        refused(&arena.send(bearer).await, "invalid_token");
    }
    // Nor is the right one a cookie, or worth anything to another site's page.
    let bearer = format!("Bearer {OPERATOR}");
    let kept = ask().header(
        "Cookie",
        &format!("Authorization={bearer}; {SESSION}={OPERATOR}"),
    );
    refused(&arena.by_own_page(kept).await, "invalid_token");
    let evil = ask().header("Authorization", &bearer);
    let evil = evil.header("Origin", "https://evil.example");
    refused(&arena.send(evil).await, "origin_not_allowed");
    arena.assert_untouched(&before);
    // Everything was right but the token.
    let right = arena.send(ask().header("Authorization", &bearer)).await;
    assert_eq!(given(&right, 200)["ended"], 2);
}
