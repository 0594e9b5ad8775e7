//! `/v1/invitations`: the first credential and the first phone of an account; and accounts without a password.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::{PASSWORD, new_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Device, World, answer_to, assert_same, given, made_for, refused, text};

const CHOSEN: &str = "eleven tall giraffes at noon";

/// The secret of a new invitation for `account`.
async fn invite(world: &World, account: &str) -> String {
    // Without the issuer: the server has noted it in its folder.
    let args = ["account", "invite", account, "--json"];
    let output = world.server.command(&args, "").await;
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let link = text(&said, "link").to_owned();
    let (page, secret) = link.split_once('#').unwrap();
    assert_eq!(page, world.url("/welcome"));
    secret.to_owned()
}

async fn look(world: &World, secret: &str) -> Answer {
    let body = json!({ "invitation": secret });
    world
        .page_post("/v1/invitations/look", &new_key(), &body)
        .await
}

async fn accept(world: &World, key: &Key, secret: &str, with: Value) -> Answer {
    let mut body = json!({ "invitation": secret, "device": { "name": "First", "kind": "ios" } });
    body.as_object_mut()
        .unwrap()
        .extend(with.as_object().unwrap().clone());
    world.page_post("/v1/invitations/accept", key, &body).await
}

#[tokio::test]
async fn an_invitation_gives_a_password_and_the_first_phone() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let secret = invite(&world, "bob").await;
    let seen = given(&look(&world, &secret).await, 200);
    assert_eq!(
        (&seen["account"], &seen["name"], &seen["passkeys"]),
        (&json!("bob"), &json!("bob"), &json!(true))
    );
    assert!(seen["expires_in"].as_u64().unwrap() > 6 * 86_400);
    // Looking changes nothing.
    given(&look(&world, &secret).await, 200);
    let key = new_key();
    let weak = accept(&world, &key, &secret, json!({ "password": "password" })).await;
    refused(&weak, "password_rejected");
    let first = accept(&world, &key, &secret, json!({ "password": CHOSEN })).await;
    let first = given(&first, 201);
    assert_eq!(
        (&first["role"], &first["may_approve"]),
        (&json!("phone"), &json!(true))
    );
    let phone = Device::new(&world, &key, "countersign", first);
    let me = given(&phone.me().await, 200);
    assert_eq!(me["grant"]["how"], "invitation");
    assert_eq!(
        (&me["account"]["has_password"], &me["account"]["passkeys"]),
        (&json!(true), &json!(0))
    );
    given(&phone.scan_of(&world.login().await).await, 201);
    assert!(
        phone
            .told()
            .await
            .contains(&"invitation_accepted".to_owned())
    );
    // Once.
    refused(&look(&world, &secret).await, "invitation_invalid");
    let again = accept(&world, &new_key(), &secret, json!({ "password": CHOSEN })).await;
    refused(&again, "invitation_invalid");
    let signed_in = world
        .sign_in("bob", &new_key(), json!({ "password": CHOSEN }))
        .await;
    given(&signed_in, 201);
}

#[tokio::test]
async fn an_invitation_gives_a_passkey_and_an_account_without_a_password() {
    let world = World::new().await;
    let secret = invite(&world, "bob").await;
    let key = new_key();
    let ask = async |key: &Key| {
        let wish = json!({ "purpose": "invitation", "invitation": secret });
        given(
            &world.page_post("/v1/passkeys/options", key, &wish).await,
            200,
        )
    };
    let mut authenticator = world.authenticator();
    // Asked by another key, or for another purpose.
    let foreign = made_for(&ask(&new_key()).await, &mut world.authenticator()).await;
    let refusal = accept(&world, &key, &secret, json!({ "passkey": foreign })).await;
    refused(&refusal, "passkey_rejected");
    let made = made_for(&ask(&key).await, &mut authenticator).await;
    let first = accept(&world, &key, &secret, json!({ "passkey": made })).await;
    let phone = Device::new(&world, &key, "countersign", given(&first, 201));
    let me = given(&phone.me().await, 200);
    assert_eq!(
        (&me["account"]["has_password"], &me["account"]["passkeys"]),
        (&json!(false), &json!(1))
    );

    // No password is its own: neither at the sign-in, nor where one is given once more.
    let nobody = world.sign_in("nobody", &new_key(), json!({})).await;
    for password in ["", PASSWORD, CHOSEN] {
        let answer = world
            .sign_in("bob", &new_key(), json!({ "password": password }))
            .await;
        assert_same(&answer, &nobody);
        refused(&phone.verify(password).await, "invalid_credentials");
    }
    let entered = new_key();
    let answer = answer_to(&world.question(&entered).await, &mut authenticator).await;
    given(&world.enter(&entered, &answer, json!({})).await, 201);
    // Its last way in stays until there is another.
    let id = text(&phone.passkeys().await[0], "id").to_owned();
    let remove = || Call::delete(format!("/v1/passkeys/{id}"));
    refused(&phone.send(remove()).await, "not_ready");
    let set = Call::new(Method::PUT, "/v1/password")
        .json(&json!({ "password": CHOSEN, "sign_out_others": false }));
    given(&phone.send(set).await, 200);
    given(&phone.send(remove()).await, 204);
    given(
        &world
            .sign_in("bob", &new_key(), json!({ "password": CHOSEN }))
            .await,
        201,
    );
}

#[tokio::test]
async fn an_invitation_for_who_lost_everything_ends_all_else_when_it_is_accepted() {
    let world = World::new().await;
    let (old, mut authenticator) = world.with_passkey("anna").await;
    let (_, _, desktop) = old.collected().await;
    let replaced = invite(&world, "anna").await;
    let secret = invite(&world, "anna").await;
    refused(&look(&world, &replaced).await, "invitation_invalid");
    given(&old.me().await, 200);
    let key = new_key();
    let new = accept(&world, &key, &secret, json!({ "password": CHOSEN })).await;
    let new = Device::new(&world, &key, "countersign", given(&new, 201));
    for device in [&old, &desktop] {
        refused(&device.me().await, "invalid_token");
    }
    refused(
        &world.sign_in("anna", &new_key(), json!({})).await,
        "invalid_credentials",
    );
    let entrance = new_key();
    let answer = answer_to(&world.question(&entrance).await, &mut authenticator).await;
    refused(
        &world.enter(&entrance, &answer, json!({})).await,
        "invalid_credentials",
    );
    assert_eq!(new.passkeys().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_no_good_invitation_is_told_alike() {
    let world = World::new().await;
    let secret = invite(&world, "bob").await;
    let unknown = look(&world, &"A".repeat(secret.len())).await;
    refused(&unknown, "invitation_invalid");
    let spoilt = format!("{}{}", &secret[..secret.len() - 2], "AA");
    for wrong in ["", "x", &spoilt, &secret[1..]] {
        assert_same(&look(&world, wrong).await, &unknown);
        let answer = accept(&world, &new_key(), wrong, json!({ "password": CHOSEN })).await;
        assert_same(&answer, &unknown);
    }
    let body = json!({ "invitation": secret });
    for door in ["look", "accept"] {
        let call = Call::post(format!("/v1/invitations/{door}")).json(&body);
        let answer = world.send(call.proof(&new_key())).await;
        refused(&answer, "origin_not_allowed");
    }
    for with in [
        json!({}),
        json!({ "password": CHOSEN, "passkey": { "challenge": "", "response": {} } }),
    ] {
        refused(
            &accept(&world, &new_key(), &secret, with).await,
            "invalid_request",
        );
    }
    world.alter("UPDATE invitations SET expires_at = created_at");
    assert_same(&look(&world, &secret).await, &unknown);
    let late = accept(&world, &new_key(), &secret, json!({ "password": CHOSEN })).await;
    assert_same(&late, &unknown);
}

#[tokio::test]
async fn an_invitation_is_void_when_it_is_withdrawn_or_its_account_is_shut() {
    let world = World::new().await;
    world.phone("anna").await;
    let run = async |args: &[&str], input: &str| world.server.command(args, input).await;
    for (act, input) in [
        (&["invite", "anna", "--withdraw"][..], ""),
        (&["lock", "anna"], ""),
        (&["disable", "anna"], ""),
        (&["password", "anna", "--password-stdin"], CHOSEN),
    ] {
        let secret = invite(&world, "anna").await;
        given(&look(&world, &secret).await, 200);
        let act = [&["account"][..], act].concat();
        assert!(run(&act, input).await.status.success(), "{act:?}");
        refused(&look(&world, &secret).await, "invitation_invalid");
        let taken = accept(&world, &new_key(), &secret, json!({ "password": CHOSEN })).await;
        refused(&taken, "invitation_invalid");
        for back in ["unlock", "enable"] {
            run(&["account", back, "anna"], "").await;
        }
    }
}
