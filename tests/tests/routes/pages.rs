//! `GET /`, `GET /q` and what the pages load.

use countersign_client::{Answer, Call};

use crate::support::{World, body, header, refused};

/// The value of a `<meta>` of a page.
#[track_caller]
fn meta(answer: &Answer, name: &str) -> String {
    let page = body(answer);
    let tag = format!("name=\"{name}\"");
    let rest = page
        .split_once(&tag)
        .unwrap_or_else(|| panic!("no {name} in {page}"))
        .1;
    let value = rest.split_once("content=\"").unwrap().1;
    value.split_once('"').unwrap().0.replace("&#x2f;", "/")
}

/// One page, which must have been built.
async fn page(world: &World, call: Call) -> Answer {
    let answer = world.send(call).await;
    let text = body(&answer);
    assert_eq!(
        answer.status, 200,
        "the pages are not built; run: make pages\n{text}"
    );
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
    answer
}

/// The sources that a page's policy allows for one kind of thing.
fn sources<'a>(answer: &'a Answer, directive: &str) -> Option<Vec<&'a str>> {
    let policy = header(answer, "content-security-policy");
    let mut all = policy
        .split(';')
        .map(|part| part.split_whitespace().collect::<Vec<_>>());
    all.find(|words| words.first() == Some(&directive))
        .map(|words| words[1..].to_vec())
}

#[tokio::test]
async fn a_page_runs_its_own_files_and_nothing_else() {
    let world = World::new().await;
    for (path, scripts) in [
        ("/", vec!["'self'"]),
        ("/account", vec!["'self'"]),
        ("/welcome", vec!["'self'"]),
        ("/recover", vec!["'self'"]),
        ("/undo", vec!["'self'"]),
        ("/q", vec!["'self'", "'wasm-unsafe-eval'"]),
    ] {
        let answer = page(&world, Call::get(path)).await;
        assert_eq!(sources(&answer, "script-src"), Some(scripts));
        assert_eq!(sources(&answer, "default-src"), Some(vec!["'none'"]));
        for directive in ["style-src", "connect-src"] {
            assert_eq!(
                sources(&answer, directive),
                Some(vec!["'self'"]),
                "{directive}"
            );
        }
        for directive in ["frame-ancestors", "base-uri"] {
            assert_eq!(
                sources(&answer, directive),
                Some(vec!["'none'"]),
                "{directive}"
            );
        }
        let policy = header(&answer, "content-security-policy");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{policy}"
        );
        let page = body(&answer);
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick=")
        );
        let inline = page
            .split("<script")
            .skip(1)
            .filter(|tag| !tag.contains("src="));
        assert_eq!(inline.count(), 0, "{page}");
        let camera = header(&answer, "permissions-policy").contains("camera=(self)");
        assert_eq!(camera, path == "/q");
    }
}

#[tokio::test]
async fn a_page_is_told_its_server_and_how_it_was_opened() {
    let world = World::new().await;
    for path in ["/", "/q", "/account"] {
        let answer = page(&world, Call::get(path).header("Host", "evil.example")).await;
        assert_eq!(meta(&answer, "countersign-issuer"), world.server.issuer());
        if path != "/account" {
            assert_eq!(meta(&answer, "countersign-registration"), "closed");
        }
    }
    for (site, opened_by) in [
        (None, "link"),
        (Some("none"), "link"),
        (Some("same-origin"), "link"),
        (Some("cross-site"), "cross-site-link"),
        (Some("same-site"), "cross-site-link"),
        (Some("\"><script>"), "cross-site-link"),
    ] {
        let call = Call::get("/q");
        let call = site.map_or(call.clone(), |site| call.header("Sec-Fetch-Site", site));
        assert_eq!(
            meta(&page(&world, call).await, "countersign-opened-by"),
            opened_by,
            "{site:?}"
        );
    }
    let open = World::with("[accounts]\nregistration = \"open\"\n").await;
    let answer = page(&open, Call::get("/")).await;
    assert_eq!(meta(&answer, "countersign-registration"), "open");
}

#[tokio::test]
async fn the_phones_page_never_redirects_and_takes_no_code_from_the_query() {
    let world = World::new().await;
    let login = world.login().await;
    for query in [
        String::new(),
        format!("?{}", login.code()),
        "?next=https://evil.example".into(),
    ] {
        let answer = page(&world, Call::get(format!("/q{query}"))).await;
        assert!(!body(&answer).contains(login.id()) && !body(&answer).contains("evil.example"));
    }
    assert_eq!(
        login.now().await["version"],
        1,
        "opening a link scans nothing"
    );
    refused(&world.send(Call::post("/q")).await, "method_not_allowed");
    // A slash at the end is a slip, and no redirect: it would carry the code along.
    page(&world, Call::get("/q/")).await;
}

#[tokio::test]
async fn what_a_page_loads_is_there_and_kept() {
    let world = World::new().await;
    for path in ["/", "/q", "/account"] {
        let text = body(&page(&world, Call::get(path)).await);
        let files: Vec<&str> = text
            .split('"')
            .filter(|value| value.starts_with("/assets/"))
            .collect();
        assert!(files.iter().any(|file| file.contains(".js")), "{text}");
        for file in files {
            let answer = world.http.send(&Call::get(file)).await.unwrap();
            assert_eq!(answer.status, 200, "{file}");
            assert!(header(&answer, "cache-control").contains("immutable"));
            assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        }
    }
    for path in [
        "/assets/",
        "/assets/index.html",
        "/assets/none.js",
        "/assets/..%2Findex.html",
        "/assets/%FF",
    ] {
        refused(&world.send(Call::get(path)).await, "not_found");
    }
}
