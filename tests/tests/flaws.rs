//! The six flaws of deployed QR logins (Zhang et al., USENIX Security 2025), each attacked as it was found there.
//!
//! One module for each, named after it; each test is one line of what must hold.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

#[path = "routes/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "shared with the tests of the routes, which use the rest"
)]
mod support;

/// F1: the login is not bound to the browser that asked, so whoever knows it is signed in with it.
mod f1_authorization_hijacking {
    use countersign_client::Call;
    use countersign_tests::Page;
    use countersign_tests::parties::new_key;
    use serde_json::json;

    use crate::support::{DEVICE_CODE, World, assert_same, given, refused};

    const NOBODYS: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    #[tokio::test]
    async fn with_all_that_the_qr_code_shows_nobody_waits_or_cancels() {
        let world = World::new().await;
        let (login, own) = (world.login().await, world.login().await);
        let mac = login.code().split_once('.').unwrap().1.to_owned();
        for door in ["wait", "cancel"] {
            let ask = async |id: &str, code: &str| {
                let call = Call::post(format!("/v1/logins/{id}/{door}"));
                world.send(call.json(&json!({ "device_code": code }))).await
            };
            let unknown = ask(NOBODYS, own.device_code()).await;
            refused(&unknown, "unknown_login");
            for code in [
                own.device_code(),
                &login.code(),
                &login.link(),
                login.id(),
                &mac,
                "",
            ] {
                assert_same(&ask(login.id(), code).await, &unknown);
            }
        }
        assert_eq!(login.now().await["version"], 1);
    }

    #[tokio::test]
    async fn without_the_desktops_key_nobody_checks_even_with_its_device_code() {
        let world = World::new().await;
        let (login, _, code) = world.phone("anna").await.checking().await;
        let thief = new_key();
        let body = json!({ "device_code": login.device_code(), "code": code });
        let call = Call::post(format!("/v1/logins/{NOBODYS}/check"))
            .proof(&thief)
            .json(&body);
        let unknown = world.send(call).await;
        refused(&unknown, "unknown_login");
        for _ in 0..5 {
            assert_same(&login.check_by(&thief, &code).await, &unknown);
        }
        given(&login.check(&code).await, 200);
    }

    #[tokio::test]
    async fn without_the_desktops_key_nobody_collects_even_with_its_device_code() {
        let world = World::new().await;
        let (login, _) = world.phone("anna").await.confirmed().await;
        let thief = new_key();
        let nobodys = "A".repeat(64);
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", &*nobodys),
            ("client_id", "demo"),
        ];
        let unknown = world.token(&thief, &form).await;
        refused(&unknown, "invalid_grant");
        for _ in 0..5 {
            assert_same(&login.collect_by(&thief).await, &unknown);
        }
        given(&login.collects().await.me().await, 200);
    }

    #[tokio::test]
    async fn there_is_no_other_door() {
        let world = World::new().await;
        let (login, _) = world.phone("anna").await.confirmed().await;
        let body = json!({ "device_code": login.device_code() });
        for door in ["code", "token", "collect", "confirm", ""] {
            let call = Call::post(login.path(door))
                .proof(&login.desktop.key)
                .json(&body);
            refused(&world.send(call).await, "not_found");
        }
        // The door of our own pages knows no login of others.
        let page = Page::with_key(&world.server, &login.desktop.key);
        let browser = crate::support::Browser {
            world: &world,
            page,
        };
        refused(&browser.collect(&login).await, "unknown_login");
        for kind in [
            "authorization_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ] {
            let form = [
                ("grant_type", kind),
                ("device_code", login.device_code()),
                ("code", login.device_code()),
                ("client_id", "demo"),
            ];
            refused(
                &world.token(&login.desktop.key, &form).await,
                "unsupported_grant_type",
            );
        }
        login.collects().await;
    }

    #[tokio::test]
    async fn who_names_somebody_elses_key_gains_nothing() {
        let world = World::new().await;
        let phone = world.phone("anna").await;
        let victim = world.desktop();
        let known = victim.proved_login(json!({})).await;
        let code = phone.claims(&known).await.confirms().await;
        given(&known.check(&code).await, 200);
        known.collects().await;
        // The thief knows the thumbprint of a known desktop, and has another key.
        let thief = new_key();
        let login = victim.login().await;
        let claim = phone.claims(&login).await;
        assert_eq!(
            (&claim.scan["approval"], &claim.scan["context"]["desktop"]),
            (&json!("code"), &json!("new"))
        );
        let code = claim.confirms().await;
        refused(&login.check_by(&thief, &code).await, "unknown_login");
        given(&login.check(&code).await, 200);
        refused(&login.collect_by(&thief).await, "invalid_grant");
    }
}

/// F2: a code that was used works again, and signs a second machine in.
mod f2_reusable_code {
    use countersign_tests::parties::new_key;
    use serde_json::json;

    use crate::support::{World, given, refused, text};

    #[tokio::test]
    async fn another_key_never_collects_and_the_attempt_ends_the_grant() {
        let world = World::new().await;
        let phone = world.phone("anna").await;
        let (login, _, desktop) = phone.collected().await;
        refused(&login.collect_by(&new_key()).await, "invalid_grant");
        refused(&desktop.me().await, "invalid_token");
        refused(&desktop.refresh().await, "invalid_grant");
        refused(&login.collect().await, "invalid_grant");
        given(&phone.me().await, 200);
    }

    #[tokio::test]
    async fn the_same_key_gets_the_same_grant_and_never_two_live_families() {
        let world = World::new().await;
        let (login, _, first) = world.phone("anna").await.collected().await;
        let mut last = first.clone();
        for _ in 0..3 {
            let again = login.collects().await;
            assert_eq!(again.tokens["grant"], first.tokens["grant"]);
            refused(&last.refresh().await, "invalid_grant");
            last = again;
        }
        given(&last.refresh().await, 200);
    }

    #[tokio::test]
    async fn ten_seconds_later_the_same_key_gets_nothing_either() {
        let world = World::new().await;
        let (login, _, desktop) = world.phone("anna").await.collected().await;
        let mut clock = world.login().await.stream().await;
        // The heartbeat comes after 15 s.
        while !clock.block().await.unwrap().starts_with(':') {}
        refused(&login.collect().await, "invalid_grant");
        given(&desktop.me().await, 200);
    }

    #[tokio::test]
    async fn scan_confirm_and_check_replayed_have_no_effect() {
        let world = World::new().await;
        let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
        let (login, claim, code) = anna.checking().await;
        let held = given(&anna.hold(&login.link()).await, 200);
        given(&login.check(&code).await, 200);
        let desktop = login.collects().await;
        let (version, stranger) = (login.now().await["version"].clone(), new_key());
        for phone in [&anna, &bob] {
            assert_eq!(
                refused(&phone.scan_of(&login).await, "login_ended")["state"],
                "collected"
            );
        }
        refused(
            &anna.scan(json!({ "hold": held["hold"] })).await,
            "login_ended",
        );
        refused(&claim.confirm().await, "login_ended");
        refused(&claim.deny().await, "login_ended");
        refused(&login.check(&code).await, "login_ended");
        refused(&login.check_by(&stranger, &code).await, "unknown_login");
        refused(&login.cancel().await, "login_ended");
        assert_eq!(login.now().await["version"], version);
        given(&desktop.me().await, 200);
        let devices = given(&anna.devices().await, 200)["devices"].clone();
        assert_eq!(devices.as_array().unwrap().len(), 2, "{devices}");
    }

    #[tokio::test]
    async fn a_code_is_claimed_once() {
        let world = World::new().await;
        let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
        let login = world.login().await;
        let claim = anna.claims(&login).await;
        refused(&bob.scan_of(&login).await, "claimed");
        let held = given(&bob.hold(&login.link()).await, 200);
        refused(
            &bob.scan(json!({ "hold": text(&held, "hold") })).await,
            "claimed",
        );
        assert_eq!(claim.now().await["state"], "scanned");
    }
}

/// F3: ids and codes can be guessed.
mod f3_predictable_id {
    use std::collections::HashSet;

    use serde_json::{Value, json};

    use crate::support::{World, bytes, encoded, given, refused, text};

    /// As many as an attacker would look at for a pattern; most of the time of this family goes here.
    const LOGINS: usize = 100_000;

    /// What each login was given, as bytes, in the order of one connection after the other.
    struct Given {
        ids: Vec<Vec<u8>>,
        device_secrets: Vec<Vec<u8>>,
        rotation_keys: Vec<Vec<u8>>,
        macs: Vec<Vec<u8>>,
    }

    async fn many(world: &World) -> Given {
        let asker = async || {
            let desktop = world.desktop();
            let mut logins = Vec::new();
            for _ in 0..LOGINS / 16 {
                logins.push(desktop.login().await);
            }
            logins
        };
        let four = async || {
            let (a, b, c, d) = tokio::join!(asker(), asker(), asker(), asker());
            [a, b, c, d].concat()
        };
        let (a, b, c, d) = tokio::join!(
            Box::pin(four()),
            Box::pin(four()),
            Box::pin(four()),
            Box::pin(four())
        );
        let logins = [a, b, c, d].concat();
        let all = |part: &dyn Fn(&Value) -> Vec<u8>| {
            logins.iter().map(|login| part(&login.created)).collect()
        };
        let id = |created: &Value| bytes(text(created, "login_id"));
        let code = |created: &Value| bytes(text(created, "device_code"));
        assert!(
            logins
                .iter()
                .all(|login| code(&login.created).starts_with(&id(&login.created)))
        );
        Given {
            ids: all(&id),
            device_secrets: all(&|created| code(created)[16..].to_vec()),
            rotation_keys: all(&|created| bytes(text(&created["scan"], "rotation_key"))),
            macs: logins
                .iter()
                .map(|login| bytes(login.code().split_once('.').unwrap().1))
                .collect(),
        }
    }

    /// Each bit is one about half the time: six standard deviations are a false alarm in 10⁹ bits.
    fn assert_balanced(what: &str, values: &[Vec<u8>]) {
        let count = f64::from(u32::try_from(values.len()).unwrap());
        for bit in 0..values[0].len() * 8 {
            let one = |value: &&Vec<u8>| value[bit / 8] >> (bit % 8) & 1 == 1;
            let ones = f64::from(u32::try_from(values.iter().filter(one).count()).unwrap());
            let off = (ones - count / 2.0).abs() / (count.sqrt() / 2.0);
            assert!(
                off < 6.0,
                "bit {bit} of the {what} is one {ones} times of {count}"
            );
        }
    }

    /// No value follows from the one before: neither do they rise, nor does a step come twice, nor do neighbours begin
    /// alike more than chance has it.
    fn assert_no_sequence(what: &str, values: &[Vec<u8>]) {
        let head = |value: &Vec<u8>| u64::from_be_bytes(value[..8].try_into().unwrap());
        let pairs = || {
            values
                .windows(2)
                .map(|pair| (head(&pair[0]), head(&pair[1])))
        };
        let rising = pairs().filter(|(one, next)| one < next).count();
        let half = values.len() / 2;
        assert!(
            rising.abs_diff(half) < half / 4,
            "{rising} of the {what} rise"
        );
        let steps: HashSet<u64> = pairs().map(|(one, next)| next.wrapping_sub(one)).collect();
        assert_eq!(
            steps.len(),
            values.len() - 1,
            "a step between {what} comes twice"
        );
        let alike = pairs()
            .filter(|(one, next)| one >> 40 == next >> 40)
            .count();
        assert!(
            alike <= 1,
            "{alike} neighbours among the {what} begin alike"
        );
    }

    #[tokio::test]
    async fn a_hundred_thousand_logins_have_no_duplicates_no_sequence_and_no_common_prefix() {
        let world = World::new().await;
        let given = many(&world).await;
        for (what, values) in [
            ("ids", &given.ids),
            ("device codes", &given.device_secrets),
            ("rotation keys", &given.rotation_keys),
            ("codes", &given.macs),
        ] {
            let distinct: HashSet<&Vec<u8>> = values.iter().collect();
            assert_eq!(distinct.len(), LOGINS, "{what} come twice");
            assert_no_sequence(what, values);
            assert_balanced(what, values);
        }
        // Nor does one say anything of another.
        let secrets: HashSet<&[u8]> = given
            .device_secrets
            .iter()
            .map(|secret| &secret[..8])
            .collect();
        let others = [&given.ids, &given.rotation_keys, &given.macs];
        for value in others.into_iter().flatten() {
            assert!(!secrets.contains(&value[..8]));
        }
    }

    #[tokio::test]
    async fn a_restart_begins_nothing_again() {
        let mut world = World::new().await;
        let mut seen = HashSet::new();
        for _ in 0..3 {
            for _ in 0..50 {
                let created = world.login().await.created;
                let secret = bytes(text(&created, "device_code"))[16..].to_vec();
                assert!(seen.insert(bytes(text(&created, "login_id"))) && seen.insert(secret));
            }
            world.server.restart().await;
        }
    }

    #[tokio::test]
    async fn guessed_codes_claim_nothing() {
        let world = World::new().await;
        let phone = world.phone("anna").await;
        let login = world.login().await;
        let honest = bytes(login.code().split_once('.').unwrap().1);
        for bit in 0..64 {
            let mut guess = honest.clone();
            guess[bit / 8] ^= 1 << (bit % 8);
            let mac = encoded(&guess);
            let answer = phone
                .scan(json!({ "scan": format!("{}.{mac}", login.id()) }))
                .await;
            refused(&answer, "unknown_login");
        }
        given(&phone.scan_of(&login).await, 201);
    }
}

/// F4: the attacker chooses the id, and the victim signs in with it.
mod f4_client_chosen_id {
    use countersign_client::Call;
    use serde_json::json;

    use crate::support::{World, given, header, refused};

    #[tokio::test]
    async fn ids_in_body_query_header_and_cookie_are_ignored() {
        let world = World::new().await;
        let attackers = world.login().await;
        let (id, code) = (attackers.id(), attackers.device_code());
        let chosen = "chosenchosenchosenchos";
        for id in [id, chosen] {
            let wish = world.desktop().wish(&json!({
                "login_id": id, "loginId": id, "id": id, "device_code": code, "session": id, "sid": id,
                "scan": { "rotation_key": id }, "ticket": code, "rotation_key": "A".repeat(43),
            }));
            let call = Call::post(format!(
                "/v1/logins?login_id={id}&id={id}&device_code={code}&sid={id}"
            ))
            .header(
                "Cookie",
                &format!("__Host-login={id}; login_id={id}; sid={id}; JSESSIONID={id}"),
            )
            .header("X-Login-Id", id)
            .header("X-Session-Id", id)
            .header("Idempotency-Key", id)
            .json(&wish);
            let answer = world.send(call).await;
            let created = given(&answer, 201);
            assert_ne!(created["login_id"], id);
            assert_ne!(created["device_code"], code);
            assert_ne!(created["scan"]["rotation_key"], "A".repeat(43));
            assert_eq!(header(&answer, "set-cookie"), "");
        }
        assert_eq!(attackers.now().await["version"], 1);
        let body = json!({ "device_code": code });
        let call = Call::post(format!("/v1/logins/{chosen}/wait")).json(&body);
        refused(&world.send(call).await, "unknown_login");
    }

    #[tokio::test]
    async fn the_victims_scan_goes_to_the_login_that_the_code_names() {
        let world = World::new().await;
        let phone = world.phone("anna").await;
        let (victims, attackers) = (world.login().await, world.login().await);
        let call = Call::post(format!(
            "/v1/scans?login_id={}&scan={}",
            attackers.id(),
            attackers.code()
        ))
        .header("Cookie", &format!("login_id={}", attackers.id()))
        .json(&json!({
            "scan": victims.link(), "login_id": attackers.id(), "id": attackers.id(),
            "device_code": attackers.device_code(),
        }));
        given(&phone.send(call).await, 201);
        assert_eq!(victims.state().await, "scanned");
        assert_eq!(attackers.state().await, "waiting");
    }

    #[tokio::test]
    async fn nothing_that_identifies_is_kept_in_a_cookie() {
        // `looked_over` refuses every answer that sets one; here is a whole sign-in of answers.
        let world = World::new().await;
        world.phone("anna").await.collected().await;
    }
}

/// F5: who is signed in is taken from the request.
mod f5_identity_from_the_request {
    use countersign_client::Call;
    use countersign_tests::parties::{PASSWORD, new_key};
    use serde_json::{Value, json};

    use crate::support::{World, claims, given, refused, text, with};

    /// Every way in which a request might try to say who somebody is.
    fn names(victim: &Value) -> Value {
        json!({
            "user_id": victim, "userId": victim, "uid": victim, "sub": victim, "account": victim,
            "account_id": victim, "id": victim, "phone": victim, "login": "victim", "name": "victim",
            "username": "victim", "session": victim, "grant": victim, "role": "phone", "login_hint": "victim",
        })
    }

    fn claiming(call: Call, victim: &str) -> Call {
        [
            "X-User-Id",
            "X-Forwarded-User",
            "Remote-User",
            "X-Remote-User",
            "From",
            "X-Account",
        ]
        .into_iter()
        .fold(call, |call, name| call.header(name, victim))
        .header("Cookie", &format!("user_id={victim}; sub={victim}"))
    }

    #[tokio::test]
    async fn a_whole_sign_in_that_names_somebody_else_signs_its_own_phone_in() {
        let world = World::new().await;
        let (victim, mallory) = (world.phone("victim").await, world.phone("mallory").await);
        let (id, own) = (
            victim.tokens["account"]["id"].clone(),
            mallory.tokens["account"].clone(),
        );
        let (id, named) = (id.as_str().unwrap().to_owned(), names(&id));

        let desktop = world.desktop();
        // What a login does read is a hint, and that only ever shuts others out.
        let hinted = desktop.create(json!({ "login_hint": "victim" })).await;
        let hinted = crate::support::Login {
            desktop: desktop.clone(),
            created: given(&hinted, 201),
        };
        refused(&mallory.scan_of(&hinted).await, "not_allowed_here");
        let unhinted = with(named.clone(), &json!({ "login_hint": null }));
        let wish = with(desktop.wish(&json!({})), &unhinted);
        let created = given(
            &world
                .send(claiming(Call::post("/v1/logins"), &id).json(&wish))
                .await,
            201,
        );
        let login = crate::support::Login { desktop, created };
        let send = async |path: &str, body: Value| {
            let path = format!("{path}?user_id={id}&sub={id}&account={id}");
            mallory
                .send(claiming(Call::post(path), &id).json(&with(named.clone(), &body)))
                .await
        };
        let scan = given(
            &send("/v1/scans", json!({ "scan": login.link() })).await,
            201,
        );
        let decision =
            json!({ "ticket": scan["ticket"], "context_digest": scan["context_digest"] });
        let confirmed = given(&send("/v1/scans/confirm", decision).await, 200);
        given(&login.check(text(&confirmed, "check_code")).await, 200);
        let form = [
            ("grant_type", crate::support::DEVICE_CODE),
            ("device_code", login.device_code()),
            ("client_id", "demo"),
            ("user_id", &id),
            ("sub", &id),
            ("account", &id),
            ("username", "victim"),
        ];
        let call = claiming(Call::post("/oauth/token"), &id)
            .proof(&login.desktop.key)
            .form(&form);
        let tokens = given(&world.send(call).await, 200);
        assert_eq!(tokens["account"], own);
        assert_eq!(claims(text(&tokens, "access_token"))["sub"], own["id"]);
        let devices = given(&victim.devices().await, 200)["devices"].clone();
        assert_eq!(devices.as_array().unwrap().len(), 1, "{devices}");
    }

    #[tokio::test]
    async fn who_reads_names_himself_by_his_token_alone() {
        let world = World::new().await;
        let (victim, mallory) = (world.phone("victim").await, world.phone("mallory").await);
        let id = text(&victim.tokens["account"], "id");
        for path in ["/v1/me", "/v1/devices"] {
            let path = format!("{path}?user_id={id}&sub={id}&account={id}&login=victim");
            let answer = mallory.send(claiming(Call::get(path), id)).await;
            assert!(!given(&answer, 200).to_string().contains(id));
        }
        let path = format!("/v1/sessions/current?session={id}");
        given(&mallory.send(claiming(Call::delete(path), id)).await, 204);
        given(&victim.me().await, 200);
    }

    #[tokio::test]
    async fn a_password_opens_its_own_account() {
        let world = World::new().await;
        let (victim, mallory) = (world.phone("victim").await, world.phone("mallory").await);
        let id = text(&victim.tokens["account"], "id");
        let named = names(&json!(id));
        let own =
            json!({ "account": "mallory", "password": PASSWORD, "device": { "kind": "ios" } });
        let call = claiming(Call::post("/v1/sessions"), id)
            .proof(&new_key())
            .json(&with(named, &own));
        assert_eq!(
            given(&world.send(call).await, 201)["account"],
            mallory.tokens["account"]
        );
        let by_id = world.sign_in(id, &new_key(), json!({})).await;
        refused(&by_id, "invalid_credentials");
    }
}

/// F6: the desktop's channel tells whom it belongs to before it is that person's.
mod f6_personal_data_on_the_desktop_channel {
    use countersign_client::{Answer, Call};
    use countersign_tests::parties::PASSWORD;
    use serde_json::json;

    use crate::support::{Device, World, body, given, header, text};

    const LOGIN_NAME: &str = "wilhelmina.quixote";

    /// Everything that the desktop is sent, up to the answer that makes it hers.
    #[derive(Default)]
    struct Heard(String);

    impl Heard {
        fn hear(&mut self, answer: &Answer) {
            let headers: Vec<String> = answer
                .headers
                .iter()
                .map(|header| format!("{header:?}"))
                .collect();
            self.0.extend([headers.concat(), body(answer)]);
        }

        fn knows_nothing_of(&self, phone: &Device<'_>) {
            let tokens = &phone.tokens;
            let secrets = [
                text(&tokens["account"], "id"),
                text(&tokens["account"], "name"),
                text(&tokens["device"], "id"),
                text(&tokens["device"], "name"),
                phone.access_token(),
                phone.refresh_token(),
                &phone.key.thumbprint(),
                LOGIN_NAME,
                "wilhelmina",
                PASSWORD,
            ]
            .map(str::to_lowercase);
            let heard = self.0.to_lowercase();
            for secret in &secrets {
                assert!(!heard.contains(secret), "{secret} in {}", self.0);
            }
        }
    }

    #[tokio::test]
    async fn up_to_the_collect_answer_the_desktops_bytes_hold_nothing_of_the_account() {
        let world = World::new().await;
        let (phone, bob) = (world.phone(LOGIN_NAME).await, world.phone("bob").await);
        let desktop = world.desktop();
        let mut heard = Heard::default();
        let created = desktop.create(json!({})).await;
        heard.hear(&created);
        let login = crate::support::Login {
            desktop,
            created: given(&created, 201),
        };
        let mut stream = login.stream().await;
        let long = [("Prefer", "wait=25")];
        heard.hear(&login.poll(json!({})).await);
        heard.hear(&login.poll(json!({})).await);

        let claim = phone.claims(&login).await;
        heard.hear(&login.wait(json!({ "version": 1 }), &long).await);
        heard.hear(&bob.scan_of(&login).await);
        let claim = {
            claim.confirm().await;
            phone.claims(&login).await
        };
        heard.hear(&login.check("000000").await);
        heard.hear(&login.collect().await);
        let code = claim.confirms().await;
        heard.hear(&login.wait(json!({ "version": 2 }), &long).await);
        heard.hear(&login.check("no").await);
        heard.hear(&login.collect().await);
        heard.hear(&login.check(&code).await);
        heard.hear(&login.poll(json!({})).await);
        heard.hear(&login.wait(json!({}), &long).await);
        heard.knows_nothing_of(&phone);

        let tokens = login.collect().await;
        assert_eq!(given(&tokens, 200)["account"]["name"], LOGIN_NAME);
        heard.hear(&login.poll(json!({})).await);
        heard.hear(&login.cancel().await);
        while let Some(block) = stream.block().await {
            heard.0 += &block;
        }
        assert!(heard.0.contains("\"collected\""));
        heard.knows_nothing_of(&phone);
    }

    #[tokio::test]
    async fn nor_do_the_ends_that_give_it_nothing() {
        let world = World::new().await;
        let phone = world.phone(LOGIN_NAME).await;
        let mut heard = Heard::default();
        let (denied, claim) = phone.confirmed().await;
        given(
            &phone
                .deny(json!({ "ticket": claim.ticket(), "report": true }))
                .await,
            200,
        );
        let (cancelled, _, code) = phone.checking().await;
        heard.hear(&cancelled.cancel().await);
        for login in [denied, cancelled] {
            heard.hear(&login.poll(json!({})).await);
            heard.hear(&login.check(&code).await);
            heard.hear(&login.collect().await);
            heard.hear(&login.cancel().await);
            let mut stream = login.stream().await;
            while let Some(block) = stream.block().await {
                heard.0 += &block;
            }
        }
        heard.knows_nothing_of(&phone);
    }

    #[tokio::test]
    async fn a_browser_keeps_no_copy_of_the_answer_with_the_name() {
        let world = World::new().await;
        let (login, _) = world.phone(LOGIN_NAME).await.confirmed().await;
        let answer = login.collect().await;
        assert_eq!(header(&answer, "cache-control"), "no-store");
        let call = Call::get(format!("/v1/logins/{}", login.id()));
        assert_eq!(world.send(call).await.status, 404);
    }
}
