//! What people do with their accounts: devices, activity, password.

use serde_json::{Value, json};

use super::Part;
use super::operation::{By, Operation, operation};
use super::schema::{Schema as _, list, moment, named, number, object, secret, text, truth, word};
use super::sessions::kind;
use crate::problem::Code;

pub(super) fn part() -> Part {
    Part {
        tag: "Account",
        about: "Accounts, their devices and what happened. All but the first on a phone that may approve.",
        operations: [people(), devices()].into_iter().flatten().collect(),
        schemas: schemas(),
    }
}

fn people() -> Vec<Operation> {
    vec![
        operation(("post", "/v1/accounts"), By::Anybody, "Make an account")
            .says("From our own pages, or from programs. The answer is the same whether the name was free or not: sign in next; `invalid_credentials` then means that it was not.")
            .takes("NewAccount")
            .answers(202, "Accepted.", &named("Nothing"))
            .refuses(&[Code::RegistrationClosed, Code::NameRejected, Code::PasswordRejected]),
        operation(("put", "/v1/password"), By::VerifiedPhone, "Change the password, or set the first one")
            .says("A phone that a recovery code opened and that has waited may do so once without giving one first.")
            .takes("NewPassword")
            .answers(200, "Changed.", &named("Ended"))
            .refuses(&[Code::PasswordRejected]),
        operation(("post", "/v1/account/lock"), By::VerifiedPhone, "Lock the account")
            .says("Signs everything out. Only who runs the server can undo it (`countersign account unlock`).")
            .answers_nothing(204, "Locked."),
        operation(("get", "/v1/activity"), By::Phone, "What happened, newest first")
            .says("With `after` and `Prefer: wait=25` (RFC 7240) it answers when there is something newer, or with nothing in the end.")
            .parameter("after", "query", &number("Entries after this one: the newest that is known already."))
            .parameter("Prefer", "header", &text("`wait=` and seconds, at most 30."))
            .header(200, "Preference-Applied", "With `Prefer: wait`.")
            .parameter("before", "query", &number("Entries before this one: `next` of the last answer."))
            .parameter("limit", "query", &json!({ "type": "integer", "minimum": 1, "maximum": countersign_core::limits::ACTIVITY_PAGE, "default": 50 }))
            .answers(200, "A page of it.", &named("Activity")),
    ]
}

fn devices() -> Vec<Operation> {
    vec![
        operation(("get", "/v1/devices"), By::Phone, "The account's devices").answers(
            200,
            "All of them, with what they are signed in to.",
            &named("Devices"),
        ),
        operation(("patch", "/v1/devices/{id}"), By::Phone, "Name a device")
            .parameter("id", "path", &named("Id"))
            .takes("NewName")
            .answers(200, "The device.", &named("NamedDevice"))
            .refuses(&[Code::NotFound]),
        operation(
            ("delete", "/v1/devices/{id}"),
            By::Phone,
            "Sign a device out",
        )
        .says(
            "Also of an id that the account has no device of: nothing of that is told. \
             Where a phone that ever could approve, a recovery, a passkey or recovery codes would go, it takes the \
             password or a passkey first. One's own device is just signed out, and nothing goes with it.",
        )
        .parameter("id", "path", &named("Id"))
        .answers_nothing(204, "It is signed out of everything.")
        .refuses(&[Code::NotFound, Code::VerificationRequired]),
        operation(
            ("post", "/v1/devices/{id}/lost"),
            By::Phone,
            "Say that a device is lost",
        )
        .says(
            "Ends everything of the device, what it made and what it approved. Where a phone that ever could approve, \
             a recovery, a passkey or recovery codes would go, it takes the password or a passkey first.",
        )
        .parameter("id", "path", &named("Id"))
        .answers(200, "What went.", &named("Ended"))
        .refuses(&[Code::NotFound, Code::VerificationRequired]),
        operation(
            ("post", "/v1/devices/sign-out-others"),
            By::VerifiedPhone,
            "Sign out everything else",
        )
        .takes("Others")
        .answers(200, "How many sign-ins ended.", &named("Ended")),
        operation(
            ("post", "/v1/grants/{id}/undo"),
            By::Phone,
            "Take a sign-in back",
        )
        .says(
            "With what came in its place, and what its device made. Where a phone that ever could approve, a recovery, \
             a passkey or recovery codes would go, it takes the password or a passkey first.",
        )
        .parameter("id", "path", &named("Id"))
        .takes("Undo")
        .answers(
            200,
            "How many sign-ins ended; 0 when it had ended before.",
            &named("Ended"),
        )
        .refuses(&[Code::NotFound, Code::VerificationRequired]),
        operation(
            ("post", "/v1/grants/{id}/allow"),
            By::VerifiedPhone,
            "Let a waiting phone approve now",
        )
        .parameter("id", "path", &named("Id"))
        .answers(200, "It may.", &named("Nothing"))
        .refuses(&[Code::NotFound]),
    ]
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("NewAccount", new_account()),
        ("Nothing", object("Nothing to say.")),
        (
            "NewPassword",
            object("")
                .must(
                    "password",
                    secret("8 to 256 characters, and not one that is easily guessed."),
                )
                .may("sign_out_others", truth("Without it: yes.")),
        ),
        (
            "Ended",
            object("")
                .must("ended", number("Sign-ins that ended."))
                .must(
                    "passkeys_removed",
                    number("Passkeys that went with what had added them."),
                ),
        ),
        (
            "Activity",
            object("")
                .must("entries", list(&entry(), "Newest first."))
                .may(
                    "next",
                    number("What to send as `before` for more; missing when that was all."),
                ),
        ),
        (
            "Devices",
            object("").must("devices", list(&named("KnownDevice"), "")),
        ),
        (
            "KnownDevice",
            device().must(
                "grants",
                list(&named("KnownGrant"), "What it is signed in to."),
            ),
        ),
        ("NamedDevice", device()),
        ("KnownGrant", known_grant()),
        (
            "NewName",
            object("")
                .may(
                    "name",
                    text("What to call it; null: what it calls itself.").or_null(),
                )
                .example(json!({ "name": "The one in the kitchen" })),
        ),
        (
            "Others",
            object("").may(
                "only",
                json!({ "enum": ["desktops", null], "description": "Without it phones, too." }),
            ),
        ),
        (
            "Undo",
            object("").may("approved_too", truth("For a phone: also what it approved.")),
        ),
    ]
}

fn new_account() -> Value {
    object("")
        .must(
            "account",
            text("The name to sign in with, at most 64 characters."),
        )
        .must(
            "password",
            secret("8 to 256 characters, and not one that is easily guessed."),
        )
        .may(
            "name",
            text("For people; without it the name to sign in with.").or_null(),
        )
        .example(json!({ "account": "anna", "password": "(a good one)", "name": "Anna" }))
}

fn entry() -> Value {
    let kinds = [
        "signed_in",
        "signed_in_by_password",
        "signed_in_by_passkey",
        "declined",
        "reported",
        "wrong_code",
        "wrong_codes",
        "wrong_phrase",
        "wrong_phrases",
        "cancelled",
        "expired",
        "stranger_scanned",
        "signed_out",
        "phone_added",
        "phone_allowed",
        "device_renamed",
        "password_changed",
        "account_added",
        "account_locked",
        "account_unlocked",
        "misuse",
        "passkey_added",
        "passkey_removed",
        "recovery_codes_made",
        "recovery_started",
        "invitation_accepted",
        "email_changed",
        "desktop_moved",
        "alert",
    ];
    let place = object("Where that was, as far as the operator's database knows.")
        .must("country", text("Two letters (ISO 3166-1)."))
        .may("region", text("For people."));
    object("")
        .must("id", number(""))
        .must("at", moment("When."))
        .must("kind", word(kinds, "What happened."))
        .may("device", text("For people."))
        .may(
            "by_device",
            text("The device by which it was done, for people; of ends and removed passkeys."),
        )
        .may("client", text("For people."))
        .may("detail", text("The cause, in a word."))
        .may("grant", named("Id"))
        .may("how", how())
        .may(
            "undoable",
            truth("Whether there is still something to take back."),
        )
        .may("place", place)
}

fn how() -> Value {
    word(
        ["password", "passkey", "invitation", "recovery", "scan"],
        "How it was signed in.",
    )
}

/// A device as its owner sees it.
fn device() -> Value {
    object("")
        .must("id", named("Id"))
        .must(
            "name",
            text("What its owner calls it, else what it calls itself."),
        )
        .must("own_name", text("What it calls itself.").or_null())
        .must("kind", kind())
        .must("platform", text("As it claims.").or_null())
        .must("first_seen", moment("When."))
        .must("last_seen", moment("When."))
        .must("this_device", truth("Whether it is the one that asks."))
}

/// What every view of a grant has.
fn grant() -> Value {
    object("A sign-in of a device.")
        .must("id", named("Id"))
        .must("client", text(""))
        .must("client_name", text("For people."))
        .must("scopes", list(&text(""), ""))
        .must("role", word(["phone", "desktop"], ""))
        .must("how", how())
        .must("signed_in_at", moment("When."))
        .must("expires_at", moment("When it ends."))
        .must(
            "lasts",
            word(["default", "kept"], "Whether its owner asked to keep it."),
        )
        .must(
            "idle_seconds",
            number("It ends sooner when it is not used for so long."),
        )
        .may(
            "approves_at",
            moment("For phones: from when on it may approve."),
        )
        .may("approved_by", named("Id"))
}

/// A grant as the device that holds it sees it.
pub(super) fn own_grant() -> Value {
    grant()
        .must("may_approve", truth("Whether it may approve now."))
        .may(
            "verified_until",
            moment("The password or a passkey was given on this device: until when that counts."),
        )
        .may(
            "may_add_passkey_until",
            moment(
                "For a desktop for which a phone approved that: until when it may add one passkey.",
            ),
        )
}

/// A grant as another device of the account sees it.
fn known_grant() -> Value {
    grant()
        .may(
            "may_approve",
            truth("For phones: whether it may approve now."),
        )
        .may(
            "approved_by_name",
            text("The phone that approved it, for people."),
        )
}
