//! What a desktop does: ask, wait, check, cancel, collect.

use serde_json::{Value, json};

use super::Part;
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, list, named, number, object, secret, text, truth, word};
use crate::problem::Code;

pub(super) fn part() -> Part {
    Part {
        tag: "Desktop",
        about: "A desktop asks to be signed in, shows a code, waits, and collects. The code that it draws is the scan URL, `#`, the login's id, a dot and 8 bytes of HMAC-SHA-256 (see docs/http.md).",
        operations: operations(),
        schemas: schemas(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        operation(("post", "/v1/logins"), By::MaybeKey, "Ask for a sign-in")
            .says("A web client's pages send its registered `Origin`, a native client none. A proof is needed to count as a known desktop. For the client `countersign` the answer sets the login's cookie.")
            .takes("NewLogin")
            .answers(201, "The login, and what its code is drawn from.", &named("CreatedLogin"))
            .header(201, "Set-Cookie", "For this server's own sign-in page: binds the login to the browser.")
            .refuses(&[Code::UnknownClient, Code::InvalidScope, Code::LoginHintRequired, Code::PhraseRequired, Code::NotAllowedHere]),
        waiting(operation(("post", "/v1/logins/{login_id}/wait"), By::Anybody, "Wait for a login to change"))
            .takes("DesktopWait")
            .answers(200, "What it is now.", &named("DesktopState"))
            .answers_as(200, "", "text/event-stream", &json!({ "type": "string", "description": "Events `state`, whose data is a `DesktopState` and whose id is its version." }))
            .parameter("login_id", "path", &named("Id"))
            .refuses(&[Code::UnknownLogin]),
        operation(("post", "/v1/logins/{login_id}/check"), By::Desk, "Give the check code")
            .says("The six digits that the phone shows. A login of our own sign-in page needs its cookie, one of a `device-id` client the header `Device-Id` in place of the proof.")
            .parameter("login_id", "path", &named("Id"))
            .takes("CheckCode")
            .answers(200, "It was right: the login can be collected.", &named("LoginState"))
            .refuses(&[Code::UnknownLogin, Code::NotReady, Code::LoginEnded, Code::WrongCode]),
        operation(("post", "/v1/logins/{login_id}/cancel"), By::Anybody, "Cancel a login")
            .parameter("login_id", "path", &named("Id"))
            .takes("DeviceCode")
            .answers(200, "It is over.", &named("LoginState"))
            .header(200, "Set-Cookie", "For this server's own sign-in page: takes the login's cookie away.")
            .refuses(&[Code::UnknownLogin, Code::LoginEnded]),
        operation(("post", "/v1/logins/{login_id}/session"), By::OwnPage, "Collect a login of our own page")
            .says("Like `/oauth/token`, for the client `countersign`: the session is in a cookie that no script reads. Needs `Origin` = issuer.")
            .parameter("login_id", "path", &named("Id"))
            .takes("DeviceCode")
            .answers(200, "Signed in.", &named("CookieSession"))
            .header(200, "Set-Cookie", "`__Host-session`: the session.")
            .refuses(&[Code::UnknownLogin, Code::NotReady, Code::LoginEnded, Code::AccountUnavailable]),
    ]
}

/// What both ways to wait have in common.
pub(super) fn waiting(operation: Operation) -> Operation {
    operation
        .says("With `Accept: text/event-stream` a stream of states, each whole, the first at once, ended by a final one. With `Prefer: wait=25` a long poll (RFC 7240) that answers when the version is another than the one sent, after at most 30 s. Else a poll, no more often than each `interval` seconds, or `slow_down` with the interval from then on.")
        .parameter("Prefer", "header", &json!({ "type": "string", "description": "`wait=25`: for a long poll." }))
        .header(200, "Preference-Applied", "How long the poll may have waited.")
}

/// Where a login stands, as every answer about it begins.
pub(super) fn standing() -> Value {
    object("")
        .must("state", state())
        .must("version", number("One more with each change."))
        .must(
            "expires_in",
            number("Seconds until this state ends by itself."),
        )
}

fn state() -> Value {
    word(
        [
            "waiting",
            "scanned",
            "checking",
            "confirmed",
            "collected",
            "denied",
            "cancelled",
            "expired",
        ],
        "Where it stands. The last four are final.",
    )
}

fn schemas() -> Vec<(&'static str, Value)> {
    let device_code = || secret("What `POST /v1/logins` gave the desktop.");
    let rotation_step = || number("The step whose code is drawn now.");
    let rotate_in = || number("Seconds until the next step.");
    vec![
        ("DeviceClaim", device_claim()),
        ("NewLogin", new_login()),
        (
            "CreatedLogin",
            object("").must("login_id", named("Id")).must(
                        "device_code",
                        secret(
                            "What only the desktop keeps: it waits, checks, cancels and collects with it.",
                        ),
                    ).may(
                        "device_id",
                        secret(
                            "For a `device-id` client: what its desktop sends as `Device-Id` from now on.",
                        ),
                    ).must(
                        "scan",
                        object("What the code is drawn from.").must("url", text("The page that the code's link opens.")).must("rotation_key", secret("The key of the codes: 32 bytes.")).must(
                                    "rotate_seconds",
                                    number("How long a code is drawn; 0: it never changes."),
                                ).must("rotation_step", rotation_step()).must("rotate_in", rotate_in()),
                    ).must(
                        "expires_in",
                        number("Seconds until nobody can scan it any more."),
                    ).must("interval", number("Seconds between polls.")),
        ),
        (
            "DesktopWait",
            object("").must("device_code", device_code()).may(
                        "version",
                        number("The version that is known already.").or_null(),
                    ),
        ),
        (
            "DesktopState",
            standing().must("interval", number("Seconds between polls.")).may("rotation_step", rotation_step()).may("rotate_in", rotate_in()),
        ),
        (
            "LoginState",
            standing(),
        ),
        (
            "CheckCode",
            object("").must("device_code", device_code()).must("code", text("Six digits.")),
        ),
        (
            "DeviceCode",
            object("").must("device_code", device_code()),
        ),
        (
            "CookieSession",
            object("A session in a cookie.").must("account", named("Account")).must("device", named("Device")).must("grant", named("Id")).must("scope", text("What it may do, separated by spaces.")).must("expires_in", number("Seconds.")),
        ),
    ]
}

fn device_claim() -> Value {
    let claim = object("What a device says of itself: a claim, shown as such.").may(
                "name",
                text("One line; at most 64 characters are kept.").or_null(),
            ).may(
                "kind",
                text(
                    "`browser`, `android`, `ios`, `desktop`, `terminal`, `tv`; anything else counts as `other`.",
                ),
            ).may("platform", text("One line.").or_null());
    claim.example(json!({ "name": "Firefox on Linux", "kind": "browser" }))
}

fn new_login() -> Value {
    let login = object("").must("client_id", text("The application, as it is registered.")).may(
                "scope",
                text(
                    "What to ask for, separated by spaces; without it, all that the client may ask for.",
                ).or_null(),
            ).may(
                "dpop_jkt",
                text(
                    "The SHA-256 thumbprint of the desktop's key (RFC 7638). Needed, but for `device-id` clients, which must not send it.",
                ).or_null(),
            ).may("device", named("DeviceClaim")).may(
                "rotate",
                truth(
                    "`false`: the code never changes, and the login always takes a check code.",
                ).or_null(),
            ).may(
                "login_hint",
                text(
                    "The login name of the account that it is for: another one's phone is refused. The answer is the same whether there is such an account or not.",
                ).or_null(),
            ).may(
                "act",
                word(
                    ["add_passkey"],
                    "What else the session may do, once and within five minutes; for the client `countersign`. The phone says so, and takes a passkey.",
                ).or_null(),
            ).may(
                "phrase",
                secret(
                    "What its person was told beforehand, 4 to 64 characters: it must be typed on the phone too, and is shown nowhere. Case and the amount of space do not count.",
                ).or_null(),
            );
    login.example(json!({
        "client_id": "shop",
        "scope": "openid profile",
        "dpop_jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        "device": { "kind": "browser" },
    }))
}

/// A list of what a sign-in may do.
pub(super) fn scopes() -> Value {
    let scope = object("")
        .must("name", text(""))
        .must("text", text("For people."));
    list(&scope, "What the desktop will be allowed.")
}
