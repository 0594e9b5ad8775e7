//! Ways in and back: invitations, recovery codes, undo links, revocations.

use countersign_core::limits::RECOVERY_CODES;
use serde_json::{Value, json};

use super::Part;
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, list, moment, named, number, object, secret, text, truth, word};
use crate::problem::Code;

pub(super) fn part() -> Part {
    Part {
        tag: "Ways back",
        about: "Invitations, recovery codes, and taking back what was signed in.",
        operations: [coming(), taking_back()].into_iter().flatten().collect(),
        schemas: schemas(),
    }
}

fn coming() -> Vec<Operation> {
    vec![
        operation(("post", "/v1/invitations/look"), By::Anybody, "Whose invitation it is")
            .says("From our own pages only. Changes nothing.")
            .takes("InvitationLink")
            .answers(200, "A good one.", &named("Invitation"))
            .refuses(&[Code::InvitationInvalid]),
        operation(("post", "/v1/invitations/accept"), By::Key, "Accept an invitation")
            .says("From our own pages only. Gives the account its password or passkey; this device is its first phone and may approve at once. Whatever else the account had ends.")
            .takes("Acceptance")
            .answers(201, "Signed in.", &named("Session"))
            .refuses(&[
                Code::InvitationInvalid,
                Code::UnknownClient,
                Code::PasskeysUnavailable,
                Code::PasswordRejected,
                Code::PasskeyRejected,
            ]),
        operation(("get", "/v1/recovery"), By::AnyPhone, "How many recovery codes are left").answers(
            200,
            "How many, and how long a recovery waits.",
            &named("Recovery"),
        ),
        operation(("post", "/v1/recovery/codes"), By::VerifiedPhone, "Make recovery codes")
            .says("Those from before are void.")
            .answers(201, "Shown this once.", &named("RecoveryCodes")),
        operation(("post", "/v1/recovery"), By::Key, "Sign in with a recovery code")
            .says("From our own pages only. Uses the code up. The phone waits before it may approve, all other devices are told, and any phone of the account can end it. Whatever is wrong is answered as a wrong password is.")
            .takes("RecoveryRequest")
            .answers(201, "Signed in, waiting.", &named("Session"))
            .refuses(&[Code::UnknownClient, Code::InvalidCredentials, Code::AccountUnavailable]),
    ]
}

fn taking_back() -> Vec<Operation> {
    vec![
        operation(("post", "/v1/undo"), By::Anybody, "Take back what a notice tells of")
            .says("From our own pages only, by the link in a notice. Ends that one sign-in, and what came in its place, with what its device made and approved. Once: what was taken back before stays as it is.")
            .takes("UndoLink")
            .answers(200, "What went.", &named("Ended"))
            .refuses(&[Code::UndoInvalid]),
        operation(("post", "/v1/revocations"), By::VerifiedPhone, "End all sign-ins of a kind")
            .says("Of this account, and never the one that asks.")
            .takes("Revocation")
            .answers(200, "What went.", &named("Ended")),
        operation(("post", "/admin/v1/revocations"), By::Operator, "End all sign-ins of a kind, of any account")
            .says("Where the configuration names a token for operators (`admin.token_file`); elsewhere it is not there.")
            .takes("OperatorRevocation")
            .answers(200, "What went or, with `dry_run`, would.", &named("Revoked"))
            .refuses(&[Code::NotFound]),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    let link = || secret("What stands after the `#` of its link.");
    vec![
        (
            "InvitationLink",
            object("").must("invitation", link()),
        ),
        (
            "Invitation",
            object("")
                .must("account", text("The name to sign in with."))
                .must("name", text("What its person is called."))
                .must("expires_in", number("Seconds."))
                .must("passkeys", truth("Whether passkeys work at this address.")),
        ),
        ("Acceptance", acceptance(link())),
        (
            "Recovery",
            object("")
                .must("codes_left", number(""))
                .may("made_at", moment("When they were made; missing when there never were any."))
                .must("wait_seconds", number("How long a phone that comes back by a code waits.")),
        ),
        (
            "RecoveryCodes",
            object("").must(
                "codes",
                list(
                    &secret("Six groups of four letters and digits."),
                    &format!("{RECOVERY_CODES} of them, each good once."),
                ),
            ),
        ),
        (
            "RecoveryRequest",
            object("")
                .must("account", text("The name that it signs in with."))
                .must("code", secret("In any case, with or without dashes."))
                .may("client_id", text("Without it `countersign`.").or_null())
                .may("device", named("DeviceClaim")),
        ),
        ("UndoLink", object("").must("undo", link())),
        ("Revocation", revocation()),
        (
            "OperatorRevocation",
            revocation()
                .may("account", text("Of this account alone, by the name that it signs in with.").or_null())
                .may(
                    "dry_run",
                    json!({ "type": ["boolean", "null"], "description": "Only say how many it would be, without the passkeys and phones that would go with them." }),
                ),
        ),
        (
            "Revoked",
            json!({ "oneOf": [
                named("Ended"),
                object("").must("would_end", number("Sign-ins that would end. Passkeys and phones that they made would go too.")),
            ] }),
        ),
    ]
}

fn acceptance(link: Value) -> Value {
    let mut schema = object("Either `password` or `passkey`.")
        .must("invitation", link)
        .may(
            "password",
            secret("8 to 256 characters, and not one that is easily guessed."),
        )
        .may("passkey", named("PasskeyMade"))
        .may("client_id", text("Without it `countersign`.").or_null())
        .may("device", named("DeviceClaim"));
    schema["oneOf"] = json!([{ "required": ["password"] }, { "required": ["passkey"] }]);
    schema
}

/// Which sign-ins are meant: those for which all that is given holds.
fn revocation() -> Value {
    let moments = |text: &str| json!({ "type": ["integer", "null"], "minimum": 0, "description": format!("{text} Seconds since 1970.") });
    object("At least one member. Meant are those for which all that are given hold.")
        .may("grant", text("This one.").or_null())
        .may("device", text("Those of this device.").or_null())
        .may(
            "key",
            text("Those bound to this key, by its thumbprint.").or_null(),
        )
        .may(
            "address",
            text("Those made from this address, or from this range of addresses.").or_null(),
        )
        .may("since", moments("Those made then or later."))
        .may("until", moments("Those made before."))
        .may(
            "role",
            word(["phone", "desktop"], "Those of this role.").or_null(),
        )
        .example(json!({ "address": "192.0.2.0/24", "since": 1_764_000_000 }))
}
