//! Sessions and tokens: sign in with a password, collect, renew, look, sign out.

use serde_json::{Value, json};

use super::Part;
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, list, named, number, object, secret, text, truth, word};
use crate::problem::Code;

pub(super) fn part() -> Part {
    Part {
        tag: "Sessions",
        about: "Being signed in: by password or passkey on a phone, by tokens or a cookie on a desktop.",
        operations: operations(),
        schemas: schemas(),
    }
}

fn operations() -> Vec<Operation> {
    let session = json!({ "oneOf": [named("Session"), named("OpenedCookieSession")] });
    let oauth = named("OAuthError");
    vec![
        operation(("post", "/v1/sessions"), By::Key, "Sign in with a password or a passkey")
            .says("From our own pages, or from programs. Whatever is wrong with name, password or passkey is answered alike. As a desktop of the client `countersign` the session is in a cookie, and the `Origin` must be the issuer.")
            .takes("NewSession")
            .answers(201, "Signed in.", &session)
            .header(201, "Set-Cookie", "`__Host-session`, where the session is in a cookie.")
            .refuses(&[
                Code::UnknownClient,
                Code::InvalidCredentials,
                Code::AccountUnavailable,
                Code::PasskeysUnavailable,
            ]),
        operation(("delete", "/v1/sessions/current"), By::DeviceThatActs, "Sign out")
            .says("Ends the grant that asks. By cookie it needs `Origin` = issuer, and takes the cookie away.")
            .answers_nothing(204, "Signed out.")
            .header(204, "Set-Cookie", "Takes the session's cookie away."),
        operation(("post", "/v1/sessions/current/verify"), By::AnyPhone, "Give the password or a passkey once more")
            .says("For acts that need it. A phone that has to wait may, too.")
            .takes("Verification")
            .answers(200, "Sensitive acts are possible for so long.", &named("Verified"))
            .refuses(&[Code::InvalidCredentials, Code::PasskeysUnavailable, Code::PasskeyRejected]),
        operation(("get", "/v1/me"), By::Device, "Who is signed in here")
            .says("Names need the scope `profile`.")
            .answers(200, "The account, the device and its grant.", &named("Me")),
        operation(("post", "/oauth/token"), By::TokenHolder, "Collect or renew tokens")
            .says("RFC 6749 §3.2, RFC 8628 §3.4, with a proof (RFC 9449 §5) or, for `device-id` clients, the header `Device-Id`. A refresh token is good once; a lost answer may be asked for again by the same key, a collect for 10 seconds.")
            .takes_as("application/x-www-form-urlencoded", "TokenRequest")
            .answers(200, "Tokens.", &named("Tokens"))
            .answers(400, "In the words of OAuth; `invalid_request`, too, for a body that breaks off.", &oauth)
            .header(400, "DPoP-Nonce", "With `use_dpop_nonce`: what the next proof must carry.")
            .answers(401, "No such client.", &oauth)
            .header(401, "WWW-Authenticate", "What RFC 9110 §15.5.2 asks for.")
            .answers(403, "This site may not do that.", &oauth)
            .answers(429, "Too many requests.", &oauth)
            .header(429, "Retry-After", "Seconds.")
            .answers(500, "Something went wrong here.", &oauth)
            .answers(503, "The server is busy.", &oauth)
            .header(503, "Retry-After", "Seconds."),
        operation(("get", "/oauth/jwks"), By::Anybody, "The keys that verify access tokens")
            .says("RFC 7517. Access tokens are JWTs of the type `at+jwt` (RFC 9068), ES256, for the audience `client_id`, or the issuer for first-party clients.")
            .answers(200, "The keys.", &named("Keys"))
            .answers(403, "This site may not do that.", &oauth)
            .answers(429, "Too many requests.", &oauth)
            .header(429, "Retry-After", "Seconds."),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Account",
            object("")
                .must("id", named("Id"))
                .may("name", text("For people. With the scope `profile`.")),
        ),
        (
            "Device",
            object("")
                .must("id", named("Id"))
                .must(
                    "name",
                    text("What its owner calls it, else what it calls itself."),
                )
                .must("kind", kind()),
        ),
        ("NewSession", new_session()),
        ("Session", session()),
        (
            "OpenedCookieSession",
            object("A session in a cookie, opened with a password or a passkey.")
                .must("account", named("Account"))
                .must("device", named("Device"))
                .must("grant", named("Id"))
                .must("scope", text("What it may do, separated by spaces."))
                .must("expires_in", number("Seconds."))
                .must("role", json!({ "const": "desktop" }))
                .must("may_approve", json!({ "const": false })),
        ),
        (
            "Verification",
            either(
                object("Either `password` or `passkey`.")
                    .may("password", secret("At most 256 characters."))
                    .may("passkey", named("PasskeyAnswer")),
                &json!(["password"]),
            ),
        ),
        (
            "Verified",
            object("").must("verified_for", number("Seconds.")),
        ),
        ("Me", me()),
        ("Grant", super::account::own_grant()),
        ("TokenRequest", token_request()),
        ("Tokens", tokens()),
        ("Keys", keys()),
        ("OAuthError", oauth_error()),
    ]
}

pub(super) fn kind() -> Value {
    word(
        [
            "browser", "android", "ios", "desktop", "terminal", "tv", "other",
        ],
        "What kind of machine it is.",
    )
}

fn new_session() -> Value {
    let schema = object("Either `account` and `password`, or `passkey`.")
        .may("account", text("The name that it signs in with."))
        .may("password", secret("At most 256 characters."))
        .may("passkey", named("PasskeyAnswer"))
        .may("client_id", text("Without it `countersign`.").or_null())
        .may(
            "role",
            word(
                ["phone", "desktop"],
                "Without it `phone`. Only a phone may approve.",
            )
            .or_null(),
        )
        .may("device", named("DeviceClaim"));
    let schema = either(schema, &json!(["account", "password"]));
    schema.example(json!({ "account": "anna", "password": "(her password)", "device": { "name": "Anna's phone", "kind": "android" } }))
}

/// With these members or with a passkey.
fn either(mut schema: Value, members: &Value) -> Value {
    schema["oneOf"] = json!([{ "required": members }, { "required": ["passkey"] }]);
    schema
}

fn session() -> Value {
    object("A session with tokens.")
        .must("access_token", secret("A JWT, bound to the key."))
        .must("token_type", json!({ "const": "DPoP" }))
        .must("expires_in", number("Seconds, of the access token."))
        .must("refresh_token", secret("Good once."))
        .must("account", named("Account"))
        .must("device", named("Device"))
        .must("role", word(["phone", "desktop"], ""))
        .must("may_approve", truth("Whether this phone may approve now."))
        .may("approves_in", number("Seconds until it may."))
}

fn me() -> Value {
    let account = object("")
        .must("id", named("Id"))
        .may("name", text("For people. With the scope `profile`."))
        .may(
            "login",
            text("The name that it signs in with. With the scope `profile`."),
        )
        .may(
            "has_password",
            truth("Whether it has one. For our own clients."),
        )
        .may("passkeys", number("How many it has. For our own clients."));
    object("")
        .must("account", account)
        .must("device", named("Device"))
        .must("grant", named("Grant"))
}

fn token_request() -> Value {
    let mut schema = object("Either `device_code` or `refresh_token`, as the grant type says.")
        .must(
            "grant_type",
            word(
                [
                    "urn:ietf:params:oauth:grant-type:device_code",
                    "refresh_token",
                ],
                "",
            ),
        )
        .must("client_id", text(""))
        .may("device_code", secret("What `POST /v1/logins` gave."))
        .may("refresh_token", secret("The newest one."));
    schema["oneOf"] = json!([{ "required": ["device_code"] }, { "required": ["refresh_token"] }]);
    schema
}

fn tokens() -> Value {
    object("")
        .must(
            "access_token",
            secret("A JWT, bound to the key or device id (`cnf`)."),
        )
        .must(
            "token_type",
            word(
                ["DPoP", "Bearer"],
                "`Bearer` for `device-id` clients, beside their `Device-Id`.",
            ),
        )
        .must("expires_in", number("Seconds, of the access token."))
        .must("refresh_token", secret("Good once."))
        .must("scope", text("Separated by spaces."))
        .must("grant", named("Id"))
        .must("account", named("Account"))
        .must("device", named("Device"))
}

fn keys() -> Value {
    let key = object("")
        .must("kty", json!({ "const": "EC" }))
        .must("crv", json!({ "const": "P-256" }))
        .must("x", text(""))
        .must("y", text(""))
        .must(
            "kid",
            text("Stands in the head of the tokens that it verifies."),
        )
        .must("alg", json!({ "const": "ES256" }))
        .must("use", json!({ "const": "sig" }));
    object("").must("keys", list(&key, ""))
}

fn oauth_error() -> Value {
    let words = [
        "authorization_pending",
        "slow_down",
        "access_denied",
        "expired_token",
        "invalid_grant",
        "invalid_client",
        "invalid_request",
        "unsupported_grant_type",
        "invalid_dpop_proof",
        "use_dpop_nonce",
        "origin_not_allowed",
        "temporarily_unavailable",
        "server_error",
    ];
    object("An error of `/oauth` (RFC 6749 §5.2).")
        .must(
            "error",
            word(words, "RFC 6749 §5.2, RFC 8628 §3.5, RFC 9449 §5."),
        )
        .must("error_description", text("For people."))
}
