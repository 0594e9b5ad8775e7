//! Passkeys: questions, adding, naming, removing.

use countersign_core::limits::PASSKEYS;
use serde_json::{Value, json};

use super::Part;
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, list, moment, named, number, object, secret, text, truth, word};
use crate::problem::Code;

pub(super) fn part() -> Part {
    Part {
        tag: "Passkeys",
        about: "WebAuthn credentials: to sign in, to show who holds a device, to approve. On our own pages; not where the issuer is an IP address.",
        operations: operations(),
        schemas: schemas(),
    }
}

fn operations() -> Vec<Operation> {
    vec![
        operation(("post", "/v1/passkeys/options"), By::KeyOrDevice, "Ask for a question for a passkey")
            .says("From our own pages only. For `sign-in` and `invitation` a proof is enough, `verify` is for a phone, `add` for a phone that may do sensitive acts or for a desktop for which a phone just approved that. The answer to the question goes where the purpose says, with the same key, once and in time.")
            .takes("PasskeyQuestion")
            .answers(200, "What the browser is to ask.", &named("PasskeyOptions"))
            .refuses(&[
                Code::NotAPhone,
                Code::PhoneWaiting,
                Code::VerificationRequired,
                Code::PasskeyRequired,
                Code::PasskeysUnavailable,
                Code::InvitationInvalid,
                Code::LimitReached,
            ]),
        operation(("get", "/v1/passkeys"), By::AnyPhone, "The account's passkeys").answers(
            200,
            "All of them, oldest first.",
            &named("Passkeys"),
        ),
        operation(("post", "/v1/passkeys"), By::DeviceThatActs, "Add a passkey")
            .says("A sensitive act on a phone. A desktop may do it once, within five minutes, after a phone approved the act `add_passkey` with a passkey.")
            .takes("NewPasskey")
            .answers(201, "Added; all devices of the account are told.", &named("Passkey"))
            .refuses(&[
                Code::NotAPhone,
                Code::PhoneWaiting,
                Code::VerificationRequired,
                Code::PasskeysUnavailable,
                Code::LimitReached,
                Code::PasskeyRejected,
            ]),
        operation(("patch", "/v1/passkeys/{id}"), By::Phone, "Name a passkey")
            .parameter("id", "path", &named("Id"))
            .takes("NewPasskeyName")
            .answers(200, "The passkey.", &named("Passkey"))
            .refuses(&[Code::NotFound]),
        operation(("delete", "/v1/passkeys/{id}"), By::VerifiedPhone, "Remove a passkey")
            .says("The sessions that it opened end, with what they made, but for the one that asks. The last way into an account without a password stays (`not_ready`).")
            .parameter("id", "path", &named("Id"))
            .answers_nothing(204, "Removed; all devices of the account are told.")
            .refuses(&[Code::NotFound, Code::NotReady]),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    let challenge = || secret("What `POST /v1/passkeys/options` gave.");
    vec![
        (
            "PasskeyQuestion",
            object("")
                .must(
                    "purpose",
                    word(
                        ["sign-in", "verify", "add", "invitation"],
                        "What an answer will count for, and nothing else.",
                    ),
                )
                .may(
                    "invitation",
                    secret("With the purpose of that name: what stands after the `#` of its link.")
                        .or_null(),
                )
                .example(json!({ "purpose": "sign-in" })),
        ),
        (
            "PasskeyOptions",
            object("")
                .must("challenge", secret("Opaque. Sent back with the answer."))
                .must("expires_in", number("Seconds."))
                .must(
                    "options",
                    json!({ "type": "object", "description": "For `PublicKeyCredential.parseRequestOptionsFromJSON`, or `parseCreationOptionsFromJSON` where a passkey is to be made." }),
                ),
        ),
        (
            "PasskeyAnswer",
            object("What a passkey answered.")
                .must("challenge", challenge())
                .must("response", response("AuthenticationResponseJSON")),
        ),
        (
            "NewPasskey",
            object("")
                .must("challenge", challenge())
                .must("response", response("RegistrationResponseJSON"))
                .may("name", text("What to call it.").or_null()),
        ),
        (
            "PasskeyMade",
            object("A passkey that was made.")
                .must("challenge", challenge())
                .must("response", response("RegistrationResponseJSON")),
        ),
        (
            "NewPasskeyName",
            object("").must("name", text("What to call it.")),
        ),
        (
            "Passkeys",
            object("").must(
                "passkeys",
                list(&named("Passkey"), &format!("At most {PASSKEYS}.")),
            ),
        ),
        (
            "Passkey",
            object("")
                .must("id", named("Id"))
                .must("name", text("What its owner calls it."))
                .must("created_at", moment("When it was added."))
                .may("last_used_at", moment("When it was last used."))
                .may("made_on", text("The device on which it was added, for people."))
                .must("synced", truth("Whether it is kept on more than one device.")),
        ),
    ]
}

fn response(kind: &str) -> Value {
    json!({ "type": "object", "description": format!("WebAuthn's `{kind}`, as `toJSON()` gives it.") })
}
