//! Links: a code that reaches a phone as a link, or a page that is made to open it.

use countersign_client::Call;
use countersign_tests::page::SESSION;
use serde_json::json;

use crate::cases::Case;
use crate::support::{Arena, body, codes, given, header};

pub(crate) const CASES: &[Case] = &[
    (
        "opened by a page, in a frame, ahead of time: nothing is scanned or told",
        "attacks/links.rs::opening_a_link_changes_nothing_and_tells_nothing",
    ),
    (
        "the links of invitations and notices, opened the same ways",
        "attacks/links.rs::opening_an_invitation_or_a_notice_changes_nothing",
    ),
    (
        "an undo link before a tap, in a real browser",
        "tests/browser/src/recovery.test.ts::an undo link does nothing before a tap, and a bad one nothing at all",
    ),
    (
        "another site's link to a known computer",
        "tests/browser/src/opened.test.ts::another site’s link to a known computer does not spare the check code",
    ),
    (
        "a page that is loaded ahead of time",
        "tests/browser/src/opened.test.ts::a page that is loaded ahead of time asks nothing before it is shown",
    ),
    (
        "a redirect that would carry the code away",
        "routes/pages.rs::the_phones_page_never_redirects_and_takes_no_code_from_the_query",
    ),
    (
        "a link that says that it was scanned",
        "routes/v1/scans/create.rs::how_it_was_opened_is_kept_and_never_trusted_upwards",
    ),
    (
        "a link to another server",
        "routes/v1/scans/create.rs::a_link_of_another_server_is_no_code_here",
    ),
    (
        "this device's own login",
        "routes/v1/scans/claims.rs::a_device_does_not_approve_its_own_login",
    ),
    (
        "this browser's own login, by hand",
        "tests/browser/src/link.test.ts::a link opened on the computer itself is refused",
    ),
    (
        "looked at before the tap",
        "tests/browser/src/link.test.ts::a link opened by a phone that is signed in waits for the tap, and leaves no trace",
    ),
    (
        "inside another page",
        "tests/browser/src/link.test.ts::the page refuses to work inside another page",
    ),
];

/// Every form in which a browser says why it asks (Fetch Metadata), and how link previews ask.
const ASKERS: [&[(&str, &str)]; 11] = [
    &[],
    &[
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-User", "?1"),
        ("Sec-Fetch-Dest", "document"),
    ],
    &[
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ],
    &[
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ],
    &[
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "iframe"),
    ],
    &[
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Dest", "image"),
    ],
    &[
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
        ("Origin", "https://evil.example"),
    ],
    &[
        ("Sec-Purpose", "prefetch"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
    ],
    &[
        ("Sec-Purpose", "prefetch;prerender"),
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Mode", "navigate"),
    ],
    &[("Purpose", "prefetch"), ("X-Moz", "prefetch")],
    &[
        ("User-Agent", "Slackbot-LinkExpanding 1.0"),
        ("Referer", "https://evil.example/"),
    ],
];

#[tokio::test]
async fn opening_a_link_changes_nothing_and_tells_nothing() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let page = arena.page_signed_in(&phone).await;
    let (waiting, (scanned, claim, _)) = (arena.login().await, phone.checking().await);
    let cookie = format!("{SESSION}={}", page.cookie(SESSION).unwrap());
    let before = arena.rows();
    for asker in ASKERS {
        let ask = async |query: &str| {
            let call = Call::get(format!("/q{query}")).header("Cookie", &cookie);
            let dress = |call: Call, (name, value): &(&str, &str)| call.header(name, value);
            arena.send(asker.iter().fold(call, dress)).await
        };
        let bare = ask("").await;
        assert!(header(&bare, "content-type").starts_with("text/html"));
        assert_eq!(header(&bare, "set-cookie"), "");
        // By accident the secret may stand in the query. It is the same page, whatever became of the login.
        for code in [
            waiting.code(),
            scanned.code(),
            "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAA".to_owned(),
        ] {
            for query in [
                format!("?{code}"),
                format!("?scan={code}"),
                format!("/?code={code}&confirm=1"),
            ] {
                assert_eq!(body(&ask(&query).await), body(&bare), "{query}");
            }
        }
    }
    arena.assert_untouched(&before);
    assert_eq!(
        (waiting.state().await, scanned.state().await),
        ("waiting".into(), "checking".into())
    );
    assert_eq!(claim.now().await["state"], json!("checking"));
}

#[tokio::test]
async fn opening_an_invitation_or_a_notice_changes_nothing() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let code = codes(&phone).await.remove(0);
    let invitation = arena.invitation("bert", &[]).await;
    let before = arena.rows();
    for page in ["/welcome", "/undo", "/recover", "/account"] {
        for asker in ASKERS {
            let ask = async |query: &str| {
                let call = Call::get(format!("{page}{query}"));
                let dress = |call: Call, (name, value): &(&str, &str)| call.header(name, value);
                arena.send(asker.iter().fold(call, dress)).await
            };
            let bare = ask("").await;
            given_page(&bare);
            // By accident the secret may stand in the query.
            for query in [
                format!("?{invitation}"),
                format!("?invitation={invitation}&password=a+rather+strange+new+pass"),
                format!("?account=anna&code={code}"),
            ] {
                assert_eq!(body(&ask(&query).await), body(&bare), "{page}{query}");
            }
        }
    }
    arena.assert_untouched(&before);
    given(&phone.me().await, 200);
}

/// A page that is there, and sets nothing.
#[track_caller]
fn given_page(answer: &countersign_client::Answer) {
    assert_eq!(answer.status, 200);
    assert!(header(answer, "content-type").starts_with("text/html"));
    assert_eq!(header(answer, "set-cookie"), "");
}
