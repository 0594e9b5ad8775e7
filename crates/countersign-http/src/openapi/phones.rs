//! What a phone does with a code: hold, scan, confirm, deny, wait.

use serde_json::{Value, json};

use super::Part;
use super::logins::{scopes, standing, waiting};
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, list, moment, named, number, object, secret, text, truth, word};
use crate::problem::Code;

pub(super) fn part() -> Part {
    Part {
        tag: "Phone",
        about: "A phone that is signed in claims a login, shows what it is about, and decides.",
        operations: operations(),
        schemas: schemas(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        operation(("post", "/v1/holds"), By::Key, "Keep a scan code for a phone that signs in first")
            .takes("NewHold")
            .answers(200, "A sealed receipt, for this key alone.", &named("Hold"))
            .refuses(&[Code::UnknownLogin, Code::ScanCodeStale, Code::LoginEnded]),
        operation(("post", "/v1/scans"), By::Phone, "Claim a login by its code")
            .takes("NewScan")
            .answers(201, "It is this phone's to decide. This is what its person has to see first.", &named("Scan"))
            .refuses(&[
                Code::UnknownLogin,
                Code::ScanCodeStale,
                Code::Claimed,
                Code::SameDevice,
                Code::NotReady,
                Code::LoginEnded,
                Code::HoldExpired,
                Code::NotAllowedHere,
                Code::PasskeyRequired,
            ]),
        operation(("post", "/v1/scans/confirm"), By::Phone, "Continue")
            .takes("Confirmation")
            .answers(200, "With the number to type on the desktop, but for the level `tap`.", &named("Confirmed"))
            .refuses(&[
                Code::UnknownLogin,
                Code::ContextChanged,
                Code::NotReady,
                Code::LoginEnded,
                Code::SameDevice,
                Code::NotAllowedHere,
                Code::PasskeyRequired,
                Code::PasskeyRejected,
                Code::PhraseRequired,
                Code::WrongPhrase,
            ]),
        operation(("post", "/v1/scans/deny"), By::Phone, "Decline")
            .takes("Denial")
            .answers(200, "It is over.", &named("LoginState"))
            .refuses(&[Code::UnknownLogin, Code::LoginEnded]),
        waiting(operation(("post", "/v1/scans/wait"), By::Phone, "Wait for what becomes of it"))
            .takes("PhoneWait")
            .answers(200, "What it is now.", &named("PhoneState"))
            .answers_as(200, "", "text/event-stream", &json!({ "type": "string", "description": "Events `state`, whose data is a `PhoneState` and whose id is its version." }))
            .refuses(&[Code::UnknownLogin]),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    let ticket = || secret("What the scan gave this phone.");
    vec![
        (
            "NewHold",
            object("").must(
                "scan",
                secret("What stands after the `#` of a scanned link, or all of it."),
            ),
        ),
        (
            "Hold",
            object("")
                .must(
                    "hold",
                    secret("Sent in place of the code, after signing in."),
                )
                .must("expires_in", number("Seconds.")),
        ),
        ("NewScan", new_scan()),
        ("Scan", scan()),
        ("Context", context()),
        ("Confirmation", confirmation(ticket())),
        (
            "Confirmed",
            standing().may(
                "check_code",
                secret("Six digits, to be typed on the desktop by hand."),
            ),
        ),
        (
            "Denial",
            object("")
                .must("ticket", ticket())
                .may("report", truth("Its person did not start this.")),
        ),
        (
            "PhoneWait",
            object("").must("ticket", ticket()).may(
                "version",
                number("The version that is known already.").or_null(),
            ),
        ),
        ("PhoneState", phone_state()),
    ]
}

fn confirmation(ticket: Value) -> Value {
    object("")
        .must("ticket", ticket)
        .must("context_digest", text("That of what was on the screen."))
        .may(
            "keep",
            truth("Keep that desktop signed in, for the longer of the two durations."),
        )
        .may("assertion", assertion())
        .may(
            "phrase",
            secret("What its person typed, where the context has `phrase`.").or_null(),
        )
}

fn phone_state() -> Value {
    standing()
        .must("interval", number("Seconds between polls."))
        .must(
            "strangers",
            number("Phones of other accounts that scanned the same code."),
        )
        .must("wrong_codes", number("Wrong check codes so far."))
        .must(
            "desktop_moved",
            truth("Whether the desktop's network changed since it showed the code."),
        )
        .may("grant", named("Id"))
}

fn new_scan() -> Value {
    let mut schema = object("Either `scan` or `hold`.")
        .may(
            "scan",
            secret("What stands after the `#` of a scanned link, or all of it.").or_null(),
        )
        .may("hold", secret("What `POST /v1/holds` gave.").or_null())
        .may(
            "opened_by",
            word(
                ["scanner", "link", "cross-site-link"],
                "How the code came to the phone; without it `link`. It can only raise the level.",
            )
            .or_null(),
        );
    schema["oneOf"] = json!([{ "required": ["scan"] }, { "required": ["hold"] }]);
    schema
}

fn scan() -> Value {
    standing()
        .must("ticket", secret("Needed to decide."))
        .must("context", named("Context"))
        .must("context_digest", text("Opaque; what confirm sends back."))
        .must(
            "approval",
            word(
                ["tap", "code", "passkey"],
                "What Continue takes: nothing more; the check code, typed on the desktop; or first a passkey.",
            ),
        )
        .may("passkey_options", passkey_options())
        .must(
            "durations",
            object("How long the desktop stays signed in.")
                .must("default_seconds", number("Unless its person says more."))
                .must("keep_seconds", number("With `keep`.")),
        )
}

fn place() -> Value {
    object("Where the desktop is, by the operator's database.")
        .must("country", text("Two letters (ISO 3166-1)."))
        .may("region", text("Its name."))
}

fn flags() -> Value {
    let flag = word(
        ["many_accounts", "desktop_moved"],
        "It asked several accounts lately; its network changed since it showed the code.",
    );
    list(&flag, "What is odd about the desktop.")
}

/// What a page hands to the browser.
fn passkey_options() -> Value {
    object("At `passkey`: what `PublicKeyCredential.parseRequestOptionsFromJSON()` takes.")
}

/// What the browser gave.
fn assertion() -> Value {
    object("At `passkey`: the credential that `navigator.credentials.get()` gave, `toJSON()`.")
        .or_null()
}

fn context() -> Value {
    let client = object("Who asks.")
        .must("id", text(""))
        .must("name", text(""))
        .may(
            "host",
            text("The site to type the check code on. Without it a program asks, not a page."),
        )
        .must(
            "verified",
            truth("Whether the client's name was vouched for by who runs this server."),
        );
    let known = object("").must("known_since", moment("When it first collected."));
    let desktop = json!({
        "oneOf": [{ "const": "new" }, known],
        "description": "Whether this very browser or program was signed in to this account before.",
    });
    let schema = object("What a person has to see before deciding.")
        .must("client", client)
        .may("browser", text("As it claims."))
        .may("os", text("As it claims."))
        .may("calls_itself", text("As it claims."))
        .may("place", place())
        .must(
            "network",
            word(
                ["same", "near", "unknown", "far"],
                "The desktop's network, seen from the phone's.",
            ),
        )
        .must("requested_at", moment("When it was asked for."))
        .must("age_seconds", number("Seconds since then."))
        .must("desktop", desktop)
        .must("scopes", scopes())
        .must("duration_seconds", number("How long it stays signed in."))
        .must(
            "strangers",
            number("Phones of other accounts that scanned the same code."),
        )
        .must("flags", flags())
        .may(
            "act",
            word(["add_passkey"], "What it may do beside signing in, once."),
        )
        .may(
            "phrase",
            truth("Whether confirm takes the phrase that was typed on the desktop."),
        )
        .must(
            "opened_by",
            word(
                ["scanner", "link", "cross-site-link"],
                "How the code came to this phone.",
            ),
        );
    schema.example(json!({
            "client": { "id": "shop", "name": "The Shop", "host": "shop.example.org", "verified": true },
            "browser": "Firefox",
            "os": "Linux",
            "place": { "country": "DE", "region": "Berlin" },
            "network": "same",
            "requested_at": 1_764_000_000,
            "age_seconds": 12,
            "desktop": "new",
            "scopes": [{ "name": "openid", "text": "Know that it is you" }],
            "duration_seconds": 28_800,
            "strangers": 0,
            "flags": [],
            "opened_by": "scanner",
        }))
}
