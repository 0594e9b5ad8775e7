//! The browser: another site's page uses the victim's browser, its cookies and its trust.

use std::path::Path;

use countersign_client::Call;
use countersign_tests::page::SESSION;
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::{Value, json};

use crate::cases::Case;
use crate::support::{Arena, DEVICE_CODE, Victim, answer_to, call, codes, given, header, refused};

pub(crate) const CASES: &[Case] = &[
    (
        "forms of another site: urlencoded, multipart, plain text with JSON",
        "attacks/browser.rs::no_form_of_another_site_does_anything",
    ),
    (
        "requests with the victim's cookie: no Origin, another one, no proof",
        "routes/v1/sessions/current.rs::a_cookie_alone_reads_and_changes_nothing",
    ),
    (
        "another site's page with everything but our origin",
        "attacks/browser.rs::another_sites_page_does_nothing_even_with_every_secret",
    ),
    (
        "GET, HEAD and OPTIONS of every URL",
        "attacks/browser.rs::looking_changes_nothing_anywhere",
    ),
    (
        "HEAD, previews and prefetch with every secret",
        "routes/everywhere/methods.rs::get_head_and_options_change_nothing",
    ),
    (
        "methods that a URL has not",
        "routes/everywhere/methods.rs::every_other_method_is_refused_and_names_the_right_ones",
    ),
    (
        "CORS: evil, null, prefix, suffix, port, scheme, case",
        "routes/everywhere/cors.rs::an_unregistered_origin_gets_nothing_anywhere",
    ),
    (
        "CORS: another client's page with every secret",
        "routes/everywhere/cors.rs::another_clients_page_is_refused_even_with_every_secret",
    ),
    (
        "CORS: a registered page at our own routes",
        "routes/everywhere/cors.rs::our_own_routes_are_closed_to_registered_pages_too",
    ),
    (
        "CORS: our pages read by others",
        "routes/everywhere/cors.rs::the_public_keys_are_read_by_everybody_and_pages_by_nobody_else",
    ),
    (
        "another site's page collects a login of ours",
        "routes/v1/logins/session.rs::only_a_page_of_ours_collects",
    ),
    (
        "another site's page makes accounts",
        "routes/v1/accounts.rs::no_other_sites_page_makes_accounts",
    ),
    (
        "another site's page signs somebody in",
        "routes/v1/sessions/create.rs::no_other_sites_page_signs_anybody_in",
    ),
    (
        "cookies: read by scripts, sent to other hosts, kept for ever",
        "attacks/browser.rs::cookies_are_for_this_host_and_no_script",
    ),
    (
        "cookies: more of them than a request's head holds",
        "routes/v1/logins/session.rs::a_browser_keeps_a_cookie_for_each_tab_and_few_of_them",
    ),
    (
        "cookies: planted beforehand",
        "attacks/browser.rs::a_planted_cookie_is_replaced",
    ),
    (
        "secrets in URLs",
        "attacks/browser.rs::a_secret_in_a_url_is_never_taken",
    ),
    (
        "Host and Forwarded of who is no proxy",
        "routes/everywhere/bodies.rs::who_the_server_is_does_not_follow_from_what_a_request_says",
    ),
    (
        "X-Forwarded-For of who is no proxy",
        "routes/everywhere/forwarded.rs::what_an_untrusted_peer_says_counts_for_nothing",
    ),
    (
        "scripts that are not ours, inline, evaluated",
        "routes/pages.rs::a_page_runs_its_own_files_and_nothing_else",
    ),
    (
        "a page in a frame",
        "tests/browser/src/needs.test.ts::inside another page the browser shows nothing of it",
    ),
    (
        "back after signing out",
        "tests/browser/src/tabs.test.ts::reload and back show the truth, not what was",
    ),
    (
        "a page from the browser's cache",
        "tests/browser/src/tabs.test.ts::a tab that a browser brings back from its cache does not show what was",
    ),
    (
        "a script that looks for tokens",
        "tests/browser/src/tabs.test.ts::no token is kept, and no script can read the cookie",
    ),
    (
        "another site's page asks a passkey's question",
        "routes/v1/passkeys/verify.rs::questions_are_for_our_own_pages_and_for_who_may_answer",
    ),
    (
        "another site's page, or a program, with a recovery code, an invitation or a passkey's answer",
        "attacks/browser.rs::the_ways_in_and_back_are_for_our_own_pages",
    ),
];

/// Every URL that the server's router knows, as its source says; `{…}` filled with `id`.
fn urls(id: &str) -> Vec<String> {
    let sources = ["routes/mod.rs", "pages.rs"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/countersign-http/src");
    let mut urls: Vec<String> = Vec::new();
    for source in sources {
        let source = std::fs::read_to_string(folder.join(source)).unwrap();
        let quoted = source.split('"').skip(1).step_by(2);
        let paths = quoted.filter(|text| text.starts_with('/') && !text.contains([' ', '*']));
        urls.extend(paths.map(|path| {
            let parts = path
                .split('/')
                .map(|part| if part.starts_with('{') { id } else { part });
            parts.collect::<Vec<_>>().join("/")
        }));
    }
    urls.sort();
    urls.dedup();
    assert!(
        urls.len() > 25 && urls.iter().any(|url| url == "/v1/account/lock"),
        "{urls:?}"
    );
    urls
}

#[tokio::test]
async fn no_form_of_another_site_does_anything() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let (login, claim, code) = phone.checking().await;
    let cookies = format!("{SESSION}={}", page.cookie(SESSION).unwrap());
    // A form's one field can be made to read as JSON; it names everything that any route wants.
    let body = json!({
        "client_id": "countersign", "dpop_jkt": page.key().thumbprint(), "device_code": login.device_code(),
        "code": code, "scan": login.link(), "ticket": claim.ticket(), "account": "anna", "password": PASSWORD,
        "context_digest": claim.scan["context_digest"], "grant_type": "refresh_token", "x": "=",
    })
    .to_string();
    let multipart =
        format!("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{body}\r\n--x--\r\n");
    let forms = [
        ("text/plain", body.clone()),
        ("application/x-www-form-urlencoded", body.clone()),
        ("multipart/form-data; boundary=x", multipart),
    ];
    let before = arena.rows();
    for url in urls(login.id()) {
        for (kind, form) in &forms {
            for origin in [Some("https://evil.example"), Some("null"), None] {
                let call = Call::post(&*url)
                    .body(kind, form.clone())
                    .header("Cookie", &cookies);
                let call = match origin {
                    Some(origin) => call
                        .header("Origin", origin)
                        .header("Sec-Fetch-Site", "cross-site"),
                    None => call,
                };
                let answer = arena.send(call).await;
                assert!(
                    answer.status >= 400,
                    "{url} {kind} {origin:?}: {}",
                    answer.status
                );
            }
        }
    }
    arena.assert_untouched(&before);
    assert_eq!(page.at_me().await.unwrap(), "ok");
}

#[tokio::test]
async fn another_sites_page_does_nothing_even_with_every_secret() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let victim = Victim::of(&arena, phone.clone()).await;
    let cookie = format!("{SESSION}={}", page.cookie(SESSION).unwrap());
    let issuer = arena.server().issuer();
    for origin in [
        "https://evil.example",
        "null",
        "",
        &issuer.to_uppercase(),
        &format!("{issuer}.evil.example"),
        &format!("{issuer}/"),
    ] {
        // As if it had the phone's key and token, or the browser's key and cookie.
        let by_phone = async |call: Call| phone.send(call.header("Origin", origin)).await;
        let refused_with = "origin_not_allowed";
        victim.refuses_acts(&arena, refused_with, by_phone).await;
        let away = Call::delete("/v1/sessions/current").header("Cookie", &cookie);
        let away = away.header("Origin", origin).proof(page.key());
        refused(&arena.send(away).await, refused_with);
    }
    assert_eq!(page.at_me().await.unwrap(), "ok");
}

#[tokio::test]
async fn looking_changes_nothing_anywhere() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let (login, claim, code) = phone.checking().await;
    let query = format!(
        "?device_code={}&ticket={}&code={code}&scan={}&_method=DELETE",
        login.device_code(),
        claim.ticket(),
        login.code()
    );
    let before = arena.rows();
    for url in urls(login.id()) {
        for method in ["GET", "HEAD", "OPTIONS"] {
            for override_to in ["POST", "DELETE", "PUT"] {
                let call = call(method, format!("{url}{query}"))
                    .header("X-HTTP-Method-Override", override_to)
                    .header("X-HTTP-Method", override_to);
                let by_phone = call.clone().proof(&phone.key).token(phone.access_token());
                let by_page = page.dress(call.proof(page.key()), &reqwest::Method::POST);
                for call in [by_phone, by_page] {
                    let answer = arena.http.send(&call).await.unwrap();
                    assert!(answer.status < 500, "{method} {url}");
                    assert_eq!(header(&answer, "set-cookie"), "", "{method} {url}");
                }
            }
        }
    }
    arena.assert_untouched(&before);
}

/// A cookie's name, value and attributes, as one answer sets them.
fn set_by(answer: &countersign_client::Answer) -> Vec<(String, String, Vec<String>)> {
    let fields = answer.headers.get_all("set-cookie").iter();
    fields
        .map(|field| {
            let mut parts = field.to_str().unwrap().split("; ").map(str::to_owned);
            let pair = parts.next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut attributes: Vec<String> = parts.collect();
            attributes.sort();
            (name.to_owned(), value.to_owned(), attributes)
        })
        .collect()
}

fn attributes(same_site: &str, life: u64) -> Vec<String> {
    [
        "HttpOnly",
        &format!("Max-Age={life}"),
        "Path=/",
        &format!("SameSite={same_site}"),
        "Secure",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[tokio::test]
async fn cookies_are_for_this_host_and_no_script() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page();
    let body = json!({ "client_id": "countersign", "dpop_jkt": page.key().thumbprint() });
    let created = arena
        .by_own_page(Call::post("/v1/logins").json(&body))
        .await;
    page.keep(&created);
    let id = created.json()["login_id"].as_str().unwrap().to_owned();
    let [(name, value, given)] = &set_by(&created)[..] else {
        panic!("one cookie: {:?}", created.headers);
    };
    assert_eq!((&**name, value.len()), (&*format!("__Host-login-{id}"), 43));
    assert_eq!(*given, attributes("Strict", 600));
    assert!(!String::from_utf8_lossy(&created.body).contains(&**value));

    let login = arena.page_confirmed(&phone).await;
    let body = json!({ "device_code": login.login().created().device_code });
    let call = Call::post(format!("/v1/logins/{}/session", login.login().id()));
    let call = login.page().dress(
        call.proof(login.page().key()).json(&body),
        &reqwest::Method::POST,
    );
    let collected = arena.http.send(&call).await.unwrap();
    login.page().keep(&collected);
    let [(name, value, given)] = &set_by(&collected)[..] else {
        panic!("one cookie: {:?}", collected.headers);
    };
    assert_eq!((&**name, value.len()), (SESSION, 64));
    assert_eq!(
        *given,
        attributes("Lax", collected.json()["expires_in"].as_u64().unwrap())
    );
    assert!(!String::from_utf8_lossy(&collected.body).contains(&**value));
    assert_eq!(header(&collected, "cache-control"), "no-store");

    let away = Call::delete("/v1/sessions/current").proof(login.page().key());
    let away = arena
        .http
        .send(&login.page().dress(away, &reqwest::Method::DELETE))
        .await
        .unwrap();
    assert_eq!(
        set_by(&away),
        [(SESSION.to_owned(), String::new(), attributes("Lax", 0))]
    );
}

#[tokio::test]
async fn a_planted_cookie_is_replaced() {
    let arena = Arena::new().await;
    let (anna, mallory) = (arena.phone("anna").await, arena.phone("mallory").await);
    let planted = arena
        .page_signed_in(&mallory)
        .await
        .cookie(SESSION)
        .unwrap();
    let page = arena.page();
    page.set_cookie(SESSION, Some(&planted));
    page.sign_in("anna", PASSWORD).await.unwrap();
    let me = page
        .send(reqwest::Method::GET, Call::get("/v1/me"))
        .await
        .unwrap();
    let me = me.json()["account"].take();
    assert_eq!(
        (&me["id"], &me["login"]),
        (&anna.tokens["account"]["id"], &json!("anna"))
    );
    assert_ne!(page.cookie(SESSION).unwrap(), planted);
    // What was planted is not even usable with this browser's key.
    page.set_cookie(SESSION, Some(&planted));
    assert_eq!(
        countersign_tests::race::outcome(&page.sign_out().await),
        "invalid_token"
    );
}

#[tokio::test]
async fn a_secret_in_a_url_is_never_taken() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let (login, claim, code) = phone.checking().await;
    let waiting = arena.login().await;
    let (_, _, desktop) = phone.collected().await;
    let before = arena.rows();
    let digest = claim.scan["context_digest"].as_str().unwrap();
    let (code_of, ticket) = (login.device_code(), claim.ticket());
    let post = |url: String| Call::post(url).json(&json!({}));
    let proved = post(format!(
        "{}?device_code={code_of}&code={code}",
        login.path("check")
    ));
    let password = PASSWORD.replace(' ', "+");
    let password = post(format!("/v1/sessions?account=anna&password={password}"));
    for call in [
        post(format!("{}?device_code={code_of}", login.path("wait"))),
        post(format!("{}?device_code={code_of}", login.path("cancel"))),
        proved.proof(&login.desktop.key),
        password.proof(&new_key()),
    ] {
        refused(&arena.send(call).await, "invalid_request");
    }
    for url in [
        format!("/v1/scans?scan={}", waiting.code()),
        format!("/v1/scans/confirm?ticket={ticket}&context_digest={digest}"),
        format!("/v1/scans/deny?ticket={ticket}"),
    ] {
        refused(&phone.send(post(url)).await, "invalid_request");
    }
    let refresh = desktop.refresh_token();
    for (kind, secret, key) in [
        (
            "refresh_token",
            format!("refresh_token={refresh}"),
            &desktop.key,
        ),
        (
            DEVICE_CODE,
            format!("device_code={code_of}"),
            &login.desktop.key,
        ),
    ] {
        let form = [("client_id", "demo"), ("grant_type", kind)];
        let call = Call::post(format!("/oauth/token?{secret}")).form(&form);
        refused(&arena.send(call.proof(key)).await, "invalid_request");
    }
    let me = Call::get(format!("/v1/me?access_token={}", phone.access_token()));
    refused(&arena.send(me.proof(&phone.key)).await, "invalid_token");
    arena.assert_untouched(&before);
    assert_eq!(login.now().await["version"], Value::from(3));
}

#[tokio::test]
async fn the_ways_in_and_back_are_for_our_own_pages() {
    let arena = Arena::new().await;
    let (phone, mut authenticator) = arena.with_passkey("anna").await;
    let code = codes(&phone).await.remove(0);
    let invitation = arena.invitation("bert", &[]).await;
    let password = "a rather strange new pass";
    let key = new_key();
    let passkey = answer_to(&arena.question(&key).await, &mut authenticator).await;
    let doors = [
        (
            "/v1/recovery",
            json!({ "account": "anna", "code": code }),
            201,
        ),
        (
            "/v1/invitations/look",
            json!({ "invitation": invitation }),
            200,
        ),
        (
            "/v1/invitations/accept",
            json!({ "invitation": invitation, "password": password }),
            201,
        ),
        ("/v1/sessions", json!({ "passkey": passkey }), 201),
    ];
    let issuer = arena.server().issuer();
    let before = arena.rows();
    for (door, body, _) in &doors {
        let call = || Call::post(*door).proof(&key).json(body);
        for origin in [
            "https://evil.example",
            "null",
            &format!("{issuer}.evil.example"),
            &issuer.replace("localhost", "127.0.0.1"),
        ] {
            let answer = arena.send(call().header("Origin", origin)).await;
            refused(&answer, "origin_not_allowed");
        }
        if *door != "/v1/sessions" {
            refused(&arena.send(call()).await, "origin_not_allowed");
        }
    }
    arena.assert_untouched(&before);
    for (door, body, status) in &doors {
        given(&arena.page_post(door, &key, body).await, *status);
    }
}
