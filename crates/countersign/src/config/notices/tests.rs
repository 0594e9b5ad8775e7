use super::super::tests::{complaint, load};
use super::*;

const HOOK: &str = "[[webhooks]]\nid = 'siem'\nsecret_file = 's'\n";
const MAIL: &str = "[mail]\nserver = 'mail.example:587'\nfrom = 'Us <us@mail.example>'\n";

#[test]
fn a_webhook_goes_to_the_world_by_https_unless_it_is_private() {
    for (url, public, private) in [
        ("https://hooks.example/x?y=z", true, true),
        ("https://hooks.example:8443", true, true),
        ("https://1.1.1.1/", true, true),
        ("http://hooks.example", false, true),
        ("https://10.0.0.1", false, true),
        ("https://127.0.0.1:1", false, true),
        ("https://0x7f.1", false, true),
        ("https://2130706433", false, true),
        ("https://[::ffff:127.0.0.1]", false, true),
        ("https://[fd00::1]", false, true),
        ("https://169.254.169.254", false, false),
        ("https://[fe80::1]", false, false),
        ("https://0.0.0.0", false, false),
        ("https://user@hooks.example", false, false),
        ("https://:pass@hooks.example", false, false),
        ("https://hooks.example/#x", false, false),
        ("ftp://hooks.example", false, false),
        ("file:///etc/passwd", false, false),
        ("gopher://hooks.example", false, false),
        ("hooks.example", false, false),
    ] {
        let toml = format!("{HOOK}url = '{url}'\n");
        assert_eq!(load(&toml).is_ok(), public, "{url}");
        let toml = format!("{toml}private = true");
        assert_eq!(load(&toml).is_ok(), private, "private {url}");
    }
}

#[test]
fn a_webhook_is_told_of_all_events_or_of_those_that_there_are() {
    let hook = format!("{HOOK}url = 'https://hooks.example'\n");
    assert_eq!(load(&hook).unwrap().webhooks[0].events, Events::All);
    let some = load(&format!("{hook}events = ['alert.denials']")).unwrap();
    let events = &some.webhooks[0].events;
    assert!(events.has("alert.denials") && !events.has("alert.reported"));
    for (toml, words) in [
        (
            format!("{hook}events = ['alert']"),
            "line 5: webhook \"siem\": there are no events \"alert\"",
        ),
        (format!("{hook}events = []"), "at least one"),
        (format!("{hook}{hook}"), "there twice"),
        (
            "[[webhooks]]\nurl = 'https://x.example'".to_owned(),
            "it needs an id",
        ),
        ("[[webhooks]]\nid = 'a b'".to_owned(), "1 to 64"),
        ("[[webhooks]]\nid = 'x'".to_owned(), "it needs a url"),
        (
            "[[webhooks]]\nid = 'x'\nurl = 'https://x.example'".to_owned(),
            "secret_file",
        ),
        ("webhooks = 1".to_owned(), "must be written as [[webhooks]]"),
        (
            "[webhooks]\nid = 'x'".to_owned(),
            "must be written as [[webhooks]]",
        ),
        (
            "[[webhooks]]\nid = 'x'\nsecret = 'y'".to_owned(),
            "unknown key secret.",
        ),
    ] {
        let said = complaint(&toml);
        assert!(said.contains(words), "{toml}\n{said}");
    }
}

#[test]
fn mail_goes_by_tls_unless_to_this_computer() {
    let mail = load(MAIL).unwrap().mail.unwrap();
    assert_eq!(
        (mail.host.as_str(), mail.port, mail.security),
        ("mail.example", 587, Security::StartTls)
    );
    assert!(load("").unwrap().mail.is_none());
    let local = "[mail]\nserver = '127.0.0.1:25'\nfrom = 'us@mail.example'\nsecurity = 'none'";
    assert_eq!(load(local).unwrap().mail.unwrap().security, Security::None);
    for (toml, words) in [
        (
            format!("{MAIL}security = 'none'"),
            "only for a mail server on this computer",
        ),
        (
            format!("{MAIL}user = 'us'"),
            "mail.user needs mail.password_file",
        ),
        (
            format!("{MAIL}password_file = 'x'"),
            "mail.password_file needs mail.user",
        ),
        (
            "[mail]\nfrom = 'us@x.example'".to_owned(),
            "mail.from needs mail.server",
        ),
        (
            "[mail]\nserver = 'mail.example:25'".to_owned(),
            "needs mail.from",
        ),
        (
            "[mail]\nserver = 'mail.example'\nfrom = 'us@x.example'".to_owned(),
            "a host and a port",
        ),
        (
            "[mail]\nserver = 'x:25'\nfrom = 'nobody'".to_owned(),
            "must be a mail address",
        ),
        (
            "[mail]\nserver = 'x:25'\nfrom = \"us@x.example\\nBcc: eve@x.example\"".to_owned(),
            "must be a mail address",
        ),
    ] {
        let said = complaint(&toml);
        assert!(said.contains(words), "{toml}\n{said}");
    }
}

#[test]
fn a_mail_server_is_a_host_and_a_port() {
    for (text, host, port) in [
        ("mail.example.org:587", "mail.example.org", 587),
        ("127.0.0.1:25", "127.0.0.1", 25),
        ("[::1]:25", "::1", 25),
    ] {
        assert_eq!(host_and_port(text), Some((host.to_owned(), port)));
    }
    for bad in [
        "mail.example.org",
        "mail.example.org:0",
        "::1:25",
        ":25",
        "a b:25",
        "x:99999",
    ] {
        assert_eq!(host_and_port(bad), None, "{bad}");
    }
}
