//! Proofs of possession (RFC 9449 §4.3): each thing that can be wrong with one, once over the wire.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::new_key;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::support::{Proof, World, bytes, given, header, looked_over, refused, with};

const PATH: &str = "/v1/holds";

/// A request that needs nothing but a proof, with these.
async fn show(world: &World, proofs: &[&str]) -> Answer {
    let scan = "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAA";
    let call = Call::post(PATH).json(&json!({ "scan": scan }));
    let dress = |call: Call, proof: &&str| call.header("DPoP", proof);
    world.send(proofs.iter().fold(call, dress)).await
}

fn honest(world: &World, key: &Key) -> Proof {
    Proof::of(key, "POST", &world.url(PATH), None)
}

#[tokio::test]
async fn a_proof_counts_once() {
    let world = World::new().await;
    let proof = honest(&world, &new_key()).signed();
    given(&show(&world, &[&proof]).await, 200);
    let again = show(&world, &[&proof]).await;
    refused(&again, "invalid_proof");
    assert!(header(&again, "www-authenticate").starts_with("DPoP error=\"invalid_dpop_proof\""));
    // Signed anew it is another text with the same `jti`: the same proof.
    let (key, id) = (new_key(), json!({ "jti": "the same" }));
    given(
        &show(&world, &[&honest(&world, &key).claims(&id).signed()]).await,
        200,
    );
    refused(
        &show(&world, &[&honest(&world, &key).claims(&id).signed()]).await,
        "invalid_proof",
    );
    given(
        &show(&world, &[&honest(&world, &new_key()).claims(&id).signed()]).await,
        200,
    );
}

#[tokio::test]
async fn there_is_exactly_one_proof() {
    let world = World::new().await;
    let key = new_key();
    let good = || honest(&world, &key).signed();
    refused(&show(&world, &[]).await, "invalid_proof");
    refused(&show(&world, &[&good(), &good()]).await, "invalid_proof");
    refused(&show(&world, &[&good(), "x"]).await, "invalid_proof");
    let joined = format!("{}, {}", good(), good());
    refused(&show(&world, &[&joined]).await, "invalid_proof");
    for text in [
        "",
        "x",
        "..",
        "a.b.c",
        &format!("{}.", good()),
        &format!(" {} x", good()),
    ] {
        refused(&show(&world, &[text]).await, "invalid_proof");
    }
    given(&show(&world, &[&good()]).await, 200);
}

#[tokio::test]
async fn a_proof_is_about_this_very_request() {
    let world = World::new().await;
    let url = world.url(PATH);
    let port = world.server.issuer().rsplit_once(':').unwrap().1;
    let key = new_key();
    for claims in [
        json!({ "htm": "GET" }),
        json!({ "htm": "post" }),
        json!({ "htm": "POST " }),
        json!({ "htm": ["POST"] }),
        json!({ "htm": null }),
        json!({ "htu": null }),
        json!({ "htu": "" }),
        json!({ "htu": PATH }),
        json!({ "htu": format!("https://localhost:{port}{PATH}") }),
        json!({ "htu": format!("http://127.0.0.1:{port}{PATH}") }),
        json!({ "htu": format!("http://localhost{PATH}") }),
        json!({ "htu": format!("http://evil.example:{port}{PATH}") }),
        json!({ "htu": format!("http://evil@localhost:{port}{PATH}") }),
        json!({ "htu": format!("{url}/") }),
        json!({ "htu": world.url("/v1/scans") }),
        json!({ "htu": world.url("/v1/HOLDS") }),
        json!({ "htu": world.url("//v1/holds") }),
        json!({ "htu": world.url("/v1%2Fholds") }),
    ] {
        let proof = honest(&world, &key).claims(&claims).signed();
        let answer = show(&world, &[&proof]).await;
        assert_eq!(answer.json()["code"], "invalid_proof", "{claims}");
    }
    for htu in [
        format!("{url}?a=b#c"),
        world.url("/v1/%68olds"),
        world.url("/v1/x/../holds"),
    ] {
        let proof = honest(&world, &key).claims(&json!({ "htu": htu })).signed();
        given(&show(&world, &[&proof]).await, 200);
    }
}

#[tokio::test]
async fn a_proof_is_a_signature_by_the_key_it_carries() {
    let world = World::new().await;
    let (key, other) = (new_key(), new_key());
    let honest = || honest(&world, &key);
    let private = json!({ "d": "A".repeat(43) });
    let half = |name: &str| with(key.jwk(), &json!({ name: null }));
    // Of the right length, and on no curve.
    let off = with(key.jwk(), &json!({ "x": "A".repeat(43) }));
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "ES384" }),
        json!({ "alg": "es256" }),
        json!({ "alg": null }),
        json!({ "typ": "JWT" }),
        json!({ "typ": "at+jwt" }),
        json!({ "typ": null }),
        json!({ "jwk": null }),
        json!({ "jwk": "x" }),
        json!({ "jwk": {} }),
        json!({ "jwk": other.jwk() }),
        json!({ "jwk": with(key.jwk(), &private) }),
        json!({ "jwk": with(key.jwk(), &json!({ "kty": "oct", "k": "AAAA" })) }),
        json!({ "jwk": with(key.jwk(), &json!({ "crv": "P-384" })) }),
        json!({ "jwk": half("x") }),
        json!({ "jwk": half("y") }),
        json!({ "jwk": off }),
        json!({ "crit": ["x"], "x": 1 }),
    ] {
        let proof = honest().header(&header).signed();
        let answer = show(&world, &[&proof]).await;
        assert_eq!(answer.json()["code"], "invalid_proof", "{header}");
    }

    let message = honest().header(&json!({ "alg": "none" })).message();
    refused(
        &show(&world, &[&format!("{message}.")]).await,
        "invalid_proof",
    );
    // The public key as a shared secret: what a server that trusts `alg` would compute.
    let message = honest().header(&json!({ "alg": "HS256" })).message();
    let secret = EncodingKey::from_secret(key.jwk().to_string().as_bytes());
    let tag = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
    refused(
        &show(&world, &[&format!("{message}.{tag}")]).await,
        "invalid_proof",
    );

    let signed = honest().signed();
    let (message, signature) = signed.rsplit_once('.').unwrap();
    let zero = "A".repeat(86);
    let other_claims = honest().message();
    for spoilt in [
        format!("{message}.{zero}"),
        format!("{message}.{}", &signature[..84]),
        format!("{message}.{signature}="),
        format!("{other_claims}.{signature}"),
    ] {
        refused(&show(&world, &[&spoilt]).await, "invalid_proof");
    }
    assert_eq!(bytes(signature).len(), 64);
    given(&show(&world, &[&signed]).await, 200);
}

#[tokio::test]
async fn a_proof_has_a_name_and_a_time_of_the_right_form() {
    let world = World::new().await;
    let key = new_key();
    let now = honest(&world, &key).claims["iat"].as_u64().unwrap();
    let odd: Vec<Value> = vec![
        json!({ "jti": null }),
        json!({ "jti": "" }),
        json!({ "jti": 7 }),
        json!({ "jti": "x".repeat(129) }),
        json!({ "jti": "x".repeat(3_000) }),
        json!({ "jti": "x".repeat(20_000) }),
        json!({ "iat": null }),
        json!({ "iat": now.to_string() }),
        json!({ "iat": 1.5 }),
        json!({ "iat": [now] }),
        json!({ "nonce": 7 }),
        json!({ "ath": 7 }),
    ];
    for claims in odd {
        let proof = honest(&world, &key).claims(&claims).signed();
        let answer = show(&world, &[&proof]).await;
        assert_eq!(answer.json()["code"], "invalid_proof", "{claims}");
    }
    given(
        &show(
            &world,
            &[&honest(&world, &key)
                .claims(&json!({ "jti": "x".repeat(128) }))
                .signed()],
        )
        .await,
        200,
    );
    // More than a request's head may have: refused before anybody reads it.
    let huge = honest(&world, &key)
        .claims(&json!({ "jti": "x".repeat(65_536) }))
        .signed();
    let call = Call::post(PATH)
        .header("DPoP", &huge)
        .json(&json!({ "scan": "x" }));
    if let Ok(answer) = world.http.send(&call).await {
        assert_eq!(answer.status, 431);
    }
    given(&world.send(Call::get("/healthz")).await, 200);
}

#[tokio::test]
async fn a_wrong_clock_is_given_a_nonce_and_then_taken() {
    let world = World::new().await;
    let key = new_key();
    let now = honest(&world, &key).claims["iat"].as_i64().unwrap();
    for iat in [
        now - 120,
        now - 3_600,
        now + 60,
        now + 3_600,
        0,
        -1,
        i64::MAX,
        i64::MIN,
    ] {
        let stale = honest(&world, &key).claims(&json!({ "iat": iat }));
        let answer = show(&world, &[&stale.signed()]).await;
        refused(&answer, "use_dpop_nonce");
        assert_eq!(answer.status, 401);
        assert!(header(&answer, "www-authenticate").contains("error=\"use_dpop_nonce\""));
        let nonce = header(&answer, "dpop-nonce");
        let with_nonce = stale.claims(&json!({ "nonce": nonce })).signed();
        given(&show(&world, &[&with_nonce]).await, 200);
        refused(&show(&world, &[&with_nonce]).await, "invalid_proof");
        // A good nonce makes nothing else good.
        let elsewhere = honest(&world, &key).claims(&json!({ "nonce": nonce, "htm": "GET" }));
        refused(&show(&world, &[&elsewhere.signed()]).await, "invalid_proof");
    }
    for nonce in ["", "x", &"A".repeat(32), &"A".repeat(43)] {
        let made_up = honest(&world, &key).claims(&json!({ "nonce": nonce }));
        refused(&show(&world, &[&made_up.signed()]).await, "use_dpop_nonce");
    }
}

#[tokio::test]
async fn the_token_endpoint_says_it_in_the_words_of_oauth() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", phone.refresh_token()),
        ("client_id", "countersign"),
    ];
    let send = async |proof: &Proof| {
        let call = Call::post("/oauth/token")
            .header("DPoP", &proof.signed())
            .form(&form);
        looked_over(world.http.send(&call).await.unwrap())
    };
    let honest = Proof::of(&phone.key, "POST", &world.url("/oauth/token"), None);
    let stale = honest.clone().claims(&json!({ "iat": 1 }));
    let answer = send(&stale).await;
    refused(&answer, "use_dpop_nonce");
    assert_eq!(answer.status, 400);
    refused(
        &send(&honest.claims(&json!({ "htm": "GET" }))).await,
        "invalid_dpop_proof",
    );
    let nonce = header(&answer, "dpop-nonce");
    given(&send(&stale.claims(&json!({ "nonce": nonce }))).await, 200);
}

#[tokio::test]
async fn a_token_goes_with_a_proof_of_its_own_hash_and_key() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let token = anna.access_token();
    let url = world.url("/v1/me");
    let ask = async |scheme: &str, proof: Option<&Proof>| {
        let call = Call::get("/v1/me").header("Authorization", &format!("{scheme}{token}"));
        let call = proof.map_or(call.clone(), |proof| call.header("DPoP", &proof.signed()));
        world.send(call).await
    };
    let good = || Proof::of(&anna.key, "GET", &url, Some(token));
    given(&ask("DPoP ", Some(&good())).await, 200);
    given(&ask("dpop ", Some(&good())).await, 200);
    for scheme in [
        "Bearer ",
        "bearer ",
        "Basic ",
        "",
        "DPoP",
        "DPoP x ",
        "DPoP\u{9}",
    ] {
        refused(&ask(scheme, Some(&good())).await, "invalid_token");
        refused(&ask(scheme, None).await, "invalid_token");
    }
    refused(&ask("DPoP ", None).await, "invalid_proof");
    for ath in [json!(null), json!(""), json!("A".repeat(43)), json!(token)] {
        refused(
            &ask("DPoP ", Some(&good().claims(&json!({ "ath": ath })))).await,
            "invalid_proof",
        );
    }
    let bobs_hash = Proof::of(&anna.key, "GET", &url, Some(bob.access_token()));
    refused(&ask("DPoP ", Some(&bobs_hash)).await, "invalid_proof");
    refused(
        &ask(
            "DPoP ",
            Some(&Proof::of(&bob.key, "GET", &url, Some(token))),
        )
        .await,
        "invalid_token",
    );
    let answer = ask("Bearer ", None).await;
    assert!(header(&answer, "www-authenticate").starts_with("DPoP "));
}

#[tokio::test]
async fn an_access_token_is_one_that_this_server_made() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let honest = phone.access_token();
    let parts: Vec<Value> = honest
        .split('.')
        .take(2)
        .map(crate::support::decoded)
        .collect();
    let url = world.url("/v1/me");
    let ask = async |token: &str| {
        let proof = Proof::of(&phone.key, "GET", &url, Some(token)).signed();
        let authorization = format!("DPoP {token}");
        let call = Call::get("/v1/me")
            .header("Authorization", &authorization)
            .header("DPoP", &proof);
        world.send(call).await
    };
    given(&ask(honest).await, 200);
    // Signed by the device's own key instead of the server's.
    let forged = |header: Value, claims: Value| {
        let mut forged = Proof::of(&phone.key, "GET", &url, None);
        (forged.header, forged.claims) = (
            with(parts[0].clone(), &header),
            with(parts[1].clone(), &claims),
        );
        forged
    };
    let none = forged(json!({ "alg": "none" }), json!({})).message();
    let message = forged(json!({}), json!({})).message();
    let signature = honest.rsplit_once('.').unwrap().1;
    let longer = forged(json!({}), json!({ "exp": 9_999_999_999_u64 })).message();
    for token in [
        forged(json!({}), json!({})).signed(),
        forged(json!({ "jwk": phone.key.jwk() }), json!({})).signed(),
        forged(json!({ "jku": "http://localhost:1/keys" }), json!({})).signed(),
        forged(json!({ "kid": "../../etc/passwd" }), json!({})).signed(),
        forged(json!({ "kid": phone.key.thumbprint() }), json!({})).signed(),
        forged(json!({ "typ": "JWT" }), json!({})).signed(),
        format!("{none}."),
        format!("{none}.{signature}"),
        format!("{message}."),
        format!("{message}.{}", "A".repeat(86)),
        format!("{longer}.{signature}"),
        format!("{honest}="),
        format!("{honest}.{honest}"),
        "x".repeat(5_000),
        "x".into(),
    ] {
        refused(&ask(&token).await, "invalid_token");
    }
    given(&ask(honest).await, 200);
}
