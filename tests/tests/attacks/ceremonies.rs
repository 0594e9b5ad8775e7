//! Races of passkeys, recovery codes and invitations: what counts once, and what must not outlive what ends it.

use countersign_client::{Answer, Call, Http, Key};
use countersign_tests::parties::new_key;
use countersign_tests::race::{at_once, both};
use serde_json::{Value, json};

use crate::cases::Case;
use crate::support::{
    Arena, CONFIRM, Device, allow, answer_to, codes, decision, device_of, further_phone, given,
    made_for, refused, text, undo,
};

pub(crate) const CASES: &[Case] = &[
    (
        "two finishers of one challenge",
        "routes/v1/passkeys/sign_in.rs::of_two_uses_of_one_challenge_at_once_one_counts",
    ),
    (
        "two hundred finishers of one challenge",
        "crates/countersign-store/src/conformance/opening.rs::of_two_hundred_answers_to_one_challenge_one_counts",
    ),
    (
        "twenty uses of one recovery code",
        "attacks/ceremonies.rs::of_twenty_uses_of_one_recovery_code_one_counts",
    ),
    (
        "twenty that accept one invitation",
        "attacks/ceremonies.rs::of_twenty_that_accept_one_invitation_one_is_let_in",
    ),
    (
        "undo and a new passkey",
        "attacks/ceremonies.rs::no_passkey_outlives_the_undo_of_who_adds_it",
    ),
    (
        "allow and the end of who allows",
        "attacks/ceremonies.rs::nobody_is_let_in_by_who_was_taken_back",
    ),
    (
        "the removal of a passkey and a confirm with it",
        "attacks/ceremonies.rs::a_passkey_that_is_being_removed_signs_no_desktop_in",
    ),
    (
        "the end of a session and its passkey's sign-in",
        "crates/countersign-store/src/conformance/opening.rs::an_undo_wins_against_new_passkeys",
    ),
];

const ROUNDS: usize = 6;

/// A client for level `passkey`.
const VAULT: &str = "[[clients]]\nid = \"vault\"\nnative = true\napproval = \"passkey\"\n";

/// Sends a call in a task of its own.
fn sent(http: &Http, call: Call) -> impl Future<Output = Answer> + use<> {
    let http = http.clone();
    async move { http.send(&call).await.unwrap() }
}

/// A call of a device's own.
fn by(device: &Device<'_>, call: Call) -> Call {
    call.proof(&device.key).token(device.access_token())
}

/// `count` requests of our page at once, each by a key of its own; the one answer that is not `refusal`.
async fn one_of_them<'w>(
    arena: &'w Arena,
    path: &'static str,
    body: &Value,
    refusal: &str,
) -> Device<'w> {
    let keys: Vec<Key> = (0..20).map(|_| new_key()).collect();
    let answers = at_once(keys.len(), |number| {
        let call = Call::post(path).proof(&keys[number]).json(body);
        sent(&arena.http, call.header("Origin", arena.server().issuer()))
    });
    let answers = answers.await;
    let mut in_ = keys
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.status == 201);
    let (key, answer) = in_.next().unwrap();
    assert!(in_.next().is_none(), "two got in");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        refused(answer, refusal);
    }
    device_of(arena, key, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_uses_of_one_recovery_code_one_counts() {
    let arena = Arena::with(CONFIRM).await;
    let phone = arena.phone("anna").await;
    let code = codes(&phone).await.remove(0);
    let body = json!({ "account": "anna", "code": code });
    let back = one_of_them(&arena, "/v1/recovery", &body, "invalid_credentials").await;
    given(&back.me().await, 200);
    let left = given(&phone.send(Call::get("/v1/recovery")).await, 200);
    assert_eq!(left["codes_left"], 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_that_accept_one_invitation_one_is_let_in() {
    let arena = Arena::with(CONFIRM).await;
    let invitation = arena.invitation("anna", &[]).await;
    let body = json!({ "invitation": invitation, "password": "a rather strange new pass" });
    let path = "/v1/invitations/accept";
    let phone = one_of_them(&arena, path, &body, "invitation_invalid").await;
    assert_eq!(phone.tokens["may_approve"], true);
    phone.collected().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_passkey_outlives_the_undo_of_who_adds_it() {
    let arena = Arena::with(CONFIRM).await;
    let owner = arena.phone("anna").await;
    for round in 0..ROUNDS {
        let thief = further_phone(&arena, "anna").await;
        given(&allow(&owner, &thief.grant().await).await, 200);
        let mut passkey = arena.authenticator();
        let question = given(&thief.asks("add").await, 200);
        let made = made_for(&question, &mut passkey).await;
        let adding = by(&thief, Call::post("/v1/passkeys").json(&made));
        let undoing = by(&owner, undo(&thief.grant().await));
        let (added, undone) =
            both(round, sent(&arena.http, adding), sent(&arena.http, undoing)).await;
        let gone = given(&undone, 200);
        assert_eq!(gone["passkeys_removed"] == 1, added.status == 201);
        assert_eq!(owner.passkeys().await, Vec::<Value>::new());
        let key = new_key();
        let entering = arena.by_passkey(&key, &mut passkey).await;
        refused(&entering, "invalid_credentials");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_by_who_was_taken_back() {
    let arena = Arena::with(CONFIRM).await;
    let owner = arena.phone("anna").await;
    for round in 0..ROUNDS {
        let (thief, friend) = (
            further_phone(&arena, "anna").await,
            further_phone(&arena, "anna").await,
        );
        given(&allow(&owner, &thief.grant().await).await, 200);
        let path = format!("/v1/grants/{}/allow", friend.grant().await);
        let allowing = by(&thief, Call::post(path).json(&json!({})));
        let undoing = by(&owner, undo(&thief.grant().await));
        let (_, undone) = both(
            round,
            sent(&arena.http, allowing),
            sent(&arena.http, undoing),
        )
        .await;
        given(&undone, 200);
        let answer = friend.scan_of(&arena.login().await).await;
        let told = answer.code().unwrap();
        assert!(
            ["phone_waiting", "invalid_token"].contains(&&*told),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_is_being_removed_signs_no_desktop_in() {
    let arena = Arena::with(VAULT).await;
    let phone = arena.phone("anna").await;
    for round in 0..ROUNDS {
        let mut authenticator = arena.authenticator();
        let added = given(&phone.add_passkey(&mut authenticator, json!({})).await, 201);
        let login = arena.desktop_of("vault").login().await;
        let claim = phone.claims(&login).await;
        let decision = decision(&claim, &mut authenticator).await;
        let confirming = by(&phone, Call::post("/v1/scans/confirm").json(&decision));
        let path = format!("/v1/passkeys/{}", text(&added, "id"));
        let removing = by(&phone, Call::delete(path));
        let (confirmed, removed) = both(
            round,
            sent(&arena.http, confirming),
            sent(&arena.http, removing),
        )
        .await;
        given(&removed, 204);
        if confirmed.status == 200 {
            // The check may notice already; the collect does.
            login.check(text(&confirmed.json(), "check_code")).await;
            refused(&login.collect().await, "access_denied");
        } else {
            // Rejected, or, once it is gone, there is none to answer with.
            let told = confirmed.code().unwrap();
            assert!(told.starts_with("passkey_re"), "{told}");
        }
        let key = new_key();
        let answer = answer_to(&arena.question(&key).await, &mut authenticator).await;
        let entering = arena.enter(&key, &answer, json!({})).await;
        refused(&entering, "invalid_credentials");
    }
}
