//! Injection: texts that strangers choose reach a screen, a log line or a name, and must stay one clean line there.

use countersign_client::{Answer, Call};
use countersign_tests::parties::new_key;
use serde_json::{Value, json};

use crate::cases::Case;
use crate::receiver::Receiver;
use crate::support::{
    Arena, Device, Raw, Secrets, body, call, given, next_event, refused, text, with,
};

pub(crate) const CASES: &[Case] = &[
    (
        "what a desktop calls itself, on the phone",
        "routes/v1/logins/create.rs::what_a_desktop_calls_itself_reaches_the_phone_clean",
    ),
    (
        "every name that somebody gives, wherever it is shown",
        "attacks/injection.rs::whatever_somebody_is_called_is_one_clean_line",
    ),
    (
        "User-Agent and client hints",
        "attacks/injection.rs::of_a_browsers_own_words_only_known_families_are_shown",
    ),
    (
        "scopes, client ids and other members",
        "routes/v1/logins/create.rs::what_is_wrong_with_a_wish_is_said_without_repeating_it",
    ),
    (
        "markup and templates in anything that is refused",
        "attacks/injection.rs::no_refusal_repeats_what_was_sent",
    ),
    (
        "account names that look like another",
        "attacks/injection.rs::no_name_is_almost_another_accounts",
    ),
    (
        "lines and escape sequences in the log",
        "attacks/injection.rs::the_log_is_one_clean_line_for_each_entry",
    ),
    (
        "bytes that are no request",
        "routes/everywhere/bodies.rs::bytes_that_are_no_request_hurt_nobody",
    ),
    (
        "names of passkeys, of who is invited, and what webhooks say of them",
        "attacks/injection.rs::what_passkeys_invitations_and_webhooks_are_called_is_one_clean_line",
    ),
    (
        "names in mails: links, lines and headers",
        "crates/countersign/src/notify/letter.rs::a_name_brings_no_link_no_line_and_no_header",
    ),
    (
        "a mail's address with lines of its own",
        "notices/mail.rs::mail_goes_by_tls_and_with_the_password_or_not_at_all",
    ),
    (
        "names of places in an operator's database",
        "crates/countersign/src/places/tests.rs::what_a_database_calls_a_region_is_cut_to_what_can_be_shown",
    ),
];

/// Texts that break out of something somewhere. All of them but the last say `forged`.
fn texts() -> Vec<String> {
    vec![
        "<script>alert('forged')</script><img src=x onerror=alert(1)>".to_owned(),
        "forged\r\nSet-Cookie: a=b\r\n\r\n<h1>".to_owned(),
        "{{7*7}}${7*7}<%= 7*7 %>#{7*7} forged {% raw %}".to_owned(),
        "\u{202e}forged\u{202c} \u{2066}gnp.exe\u{2069}".to_owned(),
        "for\u{200b}ged\u{200d}\u{feff}\u{2060}\u{ad}".to_owned(),
        format!("forged{}", "\u{335}\u{489}\u{300}".repeat(200)),
        "f\u{43e}rged forged \u{13a0}nna".to_owned(),
        format!("forged {}", "long ".repeat(2_000)),
        "forged\u{1b}[2J\u{1b}]0;title\u{7}\u{0}\u{8}\u{7f}\u{9b}31m".to_owned(),
        "forged\u{2028}line\u{2029}paragraph\u{85}next\u{b}vertical\u{c}form".to_owned(),
        "forged'; DROP TABLE accounts; -- \" \\".to_owned(),
        "../../etc/forged\0.png %0d%0a %00".to_owned(),
        "   \t \u{a0}\u{3000} \u{2003}".to_owned(),
    ]
}

/// A device that says it of itself, in every member; a request has room for one long text.
fn device(said: &str) -> Value {
    let short: String = said.chars().take(500).collect();
    json!({ "name": said, "kind": short, "platform": short })
}

/// One line that shows what it says: no control, direction or invisible character, few marks, and short.
#[track_caller]
fn assert_clean(shown: &str) {
    assert!(
        !shown.is_empty() && shown.chars().count() <= 64,
        "{shown:?}"
    );
    assert_eq!(shown, shown.trim(), "{shown:?}");
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            || (c.is_whitespace() && c != ' ')
    };
    assert!(!shown.chars().any(odd), "{shown:?}");
    let marks = |c: &char| matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}');
    let longest = shown
        .split(|c| !marks(&c))
        .map(|run| run.chars().count())
        .max();
    assert!(longest.unwrap_or(0) <= 2, "{shown:?}");
}

/// Every text of a value that somebody chose; `null` is no text.
fn named<'a>(value: &'a Value, members: &[&str]) -> Vec<&'a str> {
    let own = members.iter().filter_map(|name| value.get(name)?.as_str());
    let inner: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    own.chain(inner.into_iter().flat_map(|value| named(value, members)))
        .collect()
}

#[tokio::test]
async fn whatever_somebody_is_called_is_one_clean_line() {
    let arena = Arena::with("[accounts]\nregistration = \"open\"\n").await;
    let anna = arena.phone("anna").await;
    let mut shown: Vec<String> = Vec::new();
    let see = |value: &Value, shown: &mut Vec<String>| {
        let members = [
            "name",
            "own_name",
            "platform",
            "calls_itself",
            "device",
            "client_name",
            "approved_by_name",
        ];
        shown.extend(named(value, &members).into_iter().map(str::to_owned));
    };
    for (number, said) in texts().iter().enumerate() {
        let device = device(said);
        // A desktop, up to the account's list of devices.
        let login = arena
            .desktop()
            .login_with(json!({ "device": device }))
            .await;
        let claim = anna.claims(&login).await;
        let code = claim.confirms().await;
        given(&login.check(&code).await, 200);
        let desktop = login.collects().await;
        see(&claim.scan["context"], &mut shown);
        see(&desktop.tokens, &mut shown);
        // A phone.
        let phone = arena
            .device("anna", new_key(), json!({ "device": device }))
            .await;
        see(&phone.tokens, &mut shown);
        // A name that its owner gives.
        let id = text(&phone.tokens["device"], "id");
        let rename = call("PATCH", format!("/v1/devices/{id}")).json(&json!({ "name": said }));
        see(&given(&anna.send(rename).await, 200), &mut shown);
        // A person.
        let account = format!("person{number}");
        let person =
            json!({ "account": account, "password": "a rather strange new pass", "name": said });
        let answer = arena.send(Call::post("/v1/accounts").json(&person)).await;
        if said.trim().is_empty() {
            refused(&answer, "name_rejected");
        } else {
            given(&answer, 202);
            let sign_in = json!({ "account": account, "password": "a rather strange new pass" });
            let call = Call::post("/v1/sessions").proof(&new_key()).json(&sign_in);
            see(&given(&arena.send(call).await, 201), &mut shown);
        }
    }
    see(&given(&anna.devices().await, 200), &mut shown);
    let activity = Call::get("/v1/activity?limit=100");
    see(&given(&anna.send(activity).await, 200), &mut shown);
    for shown in &shown {
        assert_clean(shown);
    }
    let kept = shown
        .iter()
        .filter(|shown| shown.contains("forged"))
        .count();
    assert!(
        kept > 5 * texts().len(),
        "what can be shown is: {kept} of {}",
        shown.len()
    );
    assert!(
        shown.iter().any(|shown| shown.starts_with("<script>")),
        "as text it is harmless"
    );
}

#[tokio::test]
async fn of_a_browsers_own_words_only_known_families_are_shown() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    for said in texts() {
        let printable: String = said
            .chars()
            .filter(|c| !c.is_control())
            .take(4_000)
            .collect();
        let agent = format!("Mozilla/5.0 (X11; Linux x86_64) {printable} Firefox/128.0");
        let hint = format!("\"{}\";v=\"1\"", printable.replace('"', ""));
        let mut request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .post(arena.url("/v1/logins"));
        for (name, value) in [
            ("user-agent", &agent),
            ("sec-ch-ua", &hint),
            ("sec-ch-ua-platform", &hint),
            ("sec-ch-ua-model", &hint),
        ] {
            request = request.header(name, value.as_bytes());
        }
        let desktop = arena.desktop();
        let wish = desktop.wish(&json!({ "device": null }));
        let request = request
            .header("content-type", "application/json")
            .body(wish.to_string());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201, "{agent:?}");
        let created = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let claim = phone
            .claims(&crate::support::Login { desktop, created })
            .await;
        let context = &claim.scan["context"];
        let families = [context["browser"].as_str(), context["os"].as_str()];
        let known = [None, Some("Firefox"), Some("Linux")];
        assert!(
            families.iter().all(|family| known.contains(family)),
            "{context}"
        );
        assert!(!context.to_string().contains("forged"), "{context}");
    }
}

#[tokio::test]
async fn no_refusal_repeats_what_was_sent() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let login = arena.login().await;
    let check = |answer: &Answer| {
        assert!(answer.status >= 400, "{}", answer.status);
        assert!(!body(answer).contains("forged"), "{}", body(answer));
        let headers = format!("{:?}", answer.headers);
        assert!(!headers.contains("forged"), "{headers}");
    };
    for said in texts() {
        let everything = json!({
            "client_id": said, "scope": said, "dpop_jkt": said, "device_code": said, "code": said, "scan": said,
            "ticket": said, "context_digest": said, "account": said, "role": said, "opened_by": said,
            "only": said, "limit": said,
        });
        for path in [
            "/v1/logins",
            "/v1/scans",
            "/v1/scans/confirm",
            "/v1/scans/deny",
            "/v1/holds",
            "/v1/sessions",
            "/v1/devices/sign-out-others",
        ] {
            check(&phone.send(Call::post(path).json(&everything)).await);
        }
        check(
            &arena
                .send(
                    Call::post(login.path("check"))
                        .json(&everything)
                        .proof(&phone.key),
                )
                .await,
        );
        let form = [
            ("grant_type", &*said),
            ("client_id", &said),
            ("device_code", &said),
            ("refresh_token", &said),
        ];
        check(&arena.token(&phone.key, &form).await);
        let in_url = said.bytes().take(500).map(|byte| format!("%{byte:02x}"));
        let in_url = in_url.collect::<Vec<_>>().concat();
        for url in [
            format!("/{in_url}"),
            format!("/v1/devices/{in_url}"),
            format!("/v1/grants/{in_url}/undo"),
            format!("/v1/activity?before={in_url}"),
        ] {
            check(&phone.send(call("DELETE", url)).await);
        }
    }
}

#[tokio::test]
async fn no_name_is_almost_another_accounts() {
    let arena = Arena::with("[accounts]\nregistration = \"open\"\n").await;
    let anna = arena.phone("anna").await;
    let password = "a rather strange new pass";
    let twins = [
        "\u{430}nna",
        "ann\u{3b1}",
        "anna\u{200b}",
        "\u{feff}anna",
        "a\u{6e}\u{303}na",
        "\u{ff41}\u{ff4e}\u{ff4e}\u{ff41}",
        "an na",
        "anna\0",
        "anna\r\n",
        "an\u{ad}na",
        "anna\u{202e}",
        "ann\u{130}",
        "ann\u{131}",
        "<b>anna</b>",
        "anna/../anna",
        "",
    ];
    for twin in twins {
        let body = json!({ "account": twin, "password": password, "name": "Anna" });
        let made = arena.send(Call::post("/v1/accounts").json(&body)).await;
        let trimmed = twin.trim();
        if trimmed == "anna" {
            // White space around a name is a slip; it is Anna's name, and stays hers.
            given(&made, 202);
        } else {
            refused(&made, "name_rejected");
        }
        let sign_in = json!({ "account": twin, "password": password });
        let call = Call::post("/v1/sessions").proof(&new_key()).json(&sign_in);
        refused(&arena.send(call).await, "invalid_credentials");
    }
    given(&anna.me().await, 200);
    let accounts = arena
        .rows()
        .into_iter()
        .filter(|row| row.starts_with("accounts: "));
    assert_eq!(accounts.count(), 1);
}

/// An access to the server with a text in each place that a log could repeat.
async fn write_to_the_log(arena: &Arena, phone: &Device<'_>, said: &str) {
    let bytes: Vec<u8> = said
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | 0))
        .take(3_000)
        .collect();
    let mut head = b"POST /v1/sessions?".to_vec();
    head.extend(said.bytes().filter(u8::is_ascii_graphic).take(500));
    head.extend_from_slice(
        b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nUser-Agent: ",
    );
    head.extend(bytes.iter());
    head.extend_from_slice(b"\r\nDPoP: ");
    head.extend(bytes.iter());
    head.extend_from_slice(b"\r\nAuthorization: ");
    head.extend(bytes.iter());
    head.extend_from_slice(b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    Raw::open(arena, &head).await.answer().await;
    for member in ["account", "password", "client_id"] {
        let body = with(
            json!({ "account": "anna", "password": "x" }),
            &json!({ member: said }),
        );
        arena
            .send(Call::post("/v1/sessions").proof(&phone.key).json(&body))
            .await;
    }
    arena.desktop().create(json!({ "scope": said })).await;
    given(
        &arena
            .desktop()
            .create(json!({ "device": device(said) }))
            .await,
        201,
    );
    phone.scan(json!({ "scan": said })).await;
}

#[tokio::test]
async fn the_log_is_one_clean_line_for_each_entry() {
    let mut lines = Vec::new();
    {
        let arena = Arena::new().await;
        let phone = arena.phone("anna").await;
        for said in texts() {
            write_to_the_log(&arena, &phone, &said).await;
        }
        // What was answered has been written: standard error is written at once.
        given(&phone.me().await, 200);
        lines.extend(arena.server().logs());
    }
    assert!(
        lines.len() > texts().len(),
        "the log is at its most talkative"
    );
    for line in &lines {
        assert!(
            !line.chars().any(|c| c.is_control() && c != '\t'),
            "{line:?}"
        );
        let shown = [
            '\u{202e}', '\u{2028}', '\u{2029}', '\u{2066}', '\u{200b}', '\u{feff}',
        ];
        assert!(!line.contains(shown), "{line:?}");
        // Each line is one that the program began.
        let stamped = line.as_bytes().first().is_some_and(u8::is_ascii_digit) && line.contains('T');
        let said = ["listening on ", "warning: "];
        let said = said.iter().any(|begin| line.starts_with(begin));
        assert!(stamped || said, "{line:?}");
        assert!(line.len() < 4_000, "{} bytes in one line", line.len());
    }
}

#[tokio::test]
async fn what_passkeys_invitations_and_webhooks_are_called_is_one_clean_line() {
    let (secrets, mut receiver) = (Secrets::new(), Receiver::start(true).await);
    let hook = secrets.hook(&receiver, "'session.opened', 'passkey.added'");
    let arena = Arena::with(&hook).await;
    let anna = arena.phone("anna").await;
    let mut shown: Vec<String> = Vec::new();
    for (number, said) in texts().iter().enumerate() {
        let named = json!({ "name": said });
        let mut authenticator = arena.authenticator();
        let added = given(
            &anna.add_passkey(&mut authenticator, named.clone()).await,
            201,
        );
        shown.push(text(&added, "name").to_owned());
        let rename = call("PATCH", format!("/v1/passkeys/{}", text(&added, "id"))).json(&named);
        let renamed = anna.send(rename).await;
        if renamed.status == 200 {
            shown.push(text(&renamed.json(), "name").to_owned());
        } else {
            refused(&renamed, "name_rejected");
        }
        let device = json!({ "device": device(said) });
        arena.device("anna", new_key(), device).await;
        // No argument of a command holds a zero byte.
        let argument = said.replace('\0', "");
        let account = format!("person{number}");
        let invited = [
            "account",
            "invite",
            &account,
            "--display-name",
            &argument,
            "--json",
        ];
        let issuer = ["--issuer", arena.server().issuer()];
        let output = arena
            .server()
            .command(&[&invited[..], &issuer].concat(), "")
            .await;
        if output.status.success() {
            let said: Value = serde_json::from_slice(&output.stdout).unwrap();
            let (_, secret) = text(&said, "link").split_once('#').unwrap();
            let body = json!({ "invitation": secret });
            let look = arena
                .page_post("/v1/invitations/look", &new_key(), &body)
                .await;
            shown.push(text(&given(&look, 200), "name").to_owned());
        }
    }
    // The first sign-in, and for each text a passkey and a sign-in.
    for _ in 0..=2 * texts().len() {
        let event = next_event(&mut receiver).await;
        let said = [&event["device"], &event["detail"]].into_iter();
        shown.extend(said.filter_map(Value::as_str).map(str::to_owned));
    }
    for shown in &shown {
        assert_clean(shown);
    }
    let kept = shown.iter().filter(|shown| shown.contains("forged"));
    assert!(
        kept.count() > 3 * texts().len(),
        "what can be shown is: {shown:?}"
    );
}
