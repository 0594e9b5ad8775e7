//! Every code of a problem, with its status and its sentence: the one list of them.

use axum::http::StatusCode;

/// Declares the codes, each with its status and its sentence for a person.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal $status:literal $title:literal;)+) => {
        /// What went wrong, in a word that never changes. Clients decide by it, people read the title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(clippy::enum_variant_names, reason = "wrong_code is the word on the wire")]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// All codes, for the documentation and its test.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The sentence for a person.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            const fn status_number(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// The request's form is wrong; `detail` says what.
    InvalidRequest = "invalid_request" 400 "The request is not understood.";
    /// No such client, or not allowed to do this.
    UnknownClient = "unknown_client" 400 "This app is not registered here.";
    /// The client may not ask for these scopes.
    InvalidScope = "invalid_scope" 400 "This app may not ask for that.";
    /// The client must say whose sign-in it asks for (`login_hint`).
    LoginHintRequired = "login_hint_required" 400 "This app must say who signs in.";
    /// The proof is missing or wrong.
    InvalidProof = "invalid_proof" 401 "The proof of the device's key is missing or wrong.";
    /// Try once more with the nonce of the `DPoP-Nonce` header.
    UseDpopNonce = "use_dpop_nonce" 401 "The proof must carry the server's nonce.";
    /// The access token is missing, wrong, over, or its grant is.
    InvalidToken = "invalid_token" 401 "You are not signed in, or no longer.";
    /// Wrong name or wrong password: never said which.
    InvalidCredentials = "invalid_credentials" 401 "The name or the password is wrong.";
    /// This session may not approve.
    NotAPhone = "not_a_phone" 403 "Only a phone that you signed in may do this.";
    /// A session of role phone that has to wait; `approves_in` says how many seconds.
    PhoneWaiting = "phone_waiting" 403 "This phone may not approve yet.";
    /// A sensitive act, and the password was not given on this device just now.
    VerificationRequired = "verification_required" 403 "Please give your password first.";
    /// Accounts are made by who runs the server.
    RegistrationClosed = "registration_closed" 403 "This server takes no new accounts by itself.";
    /// The browser says that another site sends this.
    OriginNotAllowed = "origin_not_allowed" 403 "This site may not do that.";
    /// Told to who proved to be its owner.
    AccountUnavailable = "account_unavailable" 403 "This account can't be used at the moment.";
    /// An approval at level `passkey` without one; `has_passkey` says whether the account has any.
    PasskeyRequired = "passkey_required" 403 "This takes a passkey.";
    /// A login of a client that asks for a phrase, or an approval of a login that has one, without it.
    PhraseRequired = "phrase_required" 403 "This takes a phrase.";
    /// The issuer is an IP address, for which browsers have no passkeys.
    PasskeysUnavailable = "passkeys_unavailable" 403 "Passkeys don't work at this address.";
    /// The client's policy refuses; `reason` says why.
    NotAllowedHere = "not_allowed_here" 403 "This sign-in isn't allowed from here.";
    /// Unknown or foreign id, wrong secret, wrong key: all the same.
    UnknownLogin = "unknown_login" 404 "There is no such sign-in request.";
    /// No such URL.
    NotFound = "not_found" 404 "There is nothing here.";
    /// Unknown, accepted, replaced or too old: all the same.
    InvitationInvalid = "invitation_invalid" 404 "This invitation is not good any more.";
    /// A link to undo that is not ours, or too old.
    UndoInvalid = "undo_invalid" 404 "This link is not good any more.";
    /// The URL exists, the method does not.
    MethodNotAllowed = "method_not_allowed" 405 "This can't be done here.";
    /// The request came too slowly, or its answer.
    RequestTimeout = "request_timeout" 408 "This took too long.";
    /// The code was valid and has rotated away.
    ScanCodeStale = "scan_code_stale" 409 "This code is out of date. Scan it again.";
    /// Another phone was first.
    Claimed = "claimed" 409 "Another phone has scanned this code.";
    /// The device that asks is the one that would approve.
    SameDevice = "same_device" 409 "This sign-in was started on this very device.";
    /// What was shown is no longer so.
    ContextChanged = "context_changed" 409 "Something has changed. Scan again and look once more.";
    /// Not possible in this state.
    NotReady = "not_ready" 409 "This is not possible yet.";
    /// As many as an account can have.
    LimitReached = "limit_reached" 409 "There are enough of these already.";
    /// It is over; `state` says how.
    LoginEnded = "login_ended" 410 "This sign-in is over.";
    /// The hold is too old.
    HoldExpired = "hold_expired" 410 "This took too long. Scan the code again.";
    /// The body is larger than any of ours.
    TooLarge = "too_large" 413 "The request is too large.";
    /// The body is not of the expected type.
    UnsupportedMediaType = "unsupported_media_type" 415 "The request is of the wrong type.";
    /// The check code is wrong; `tries_left` says how often it may be tried again.
    WrongCode = "wrong_code" 422 "That code is wrong.";
    /// Not the phrase that was typed on the desktop; `tries_left` says how often it may be tried again.
    WrongPhrase = "wrong_phrase" 422 "That phrase is not the one that was typed on the computer.";
    /// Not fit for a new password; `reason` says why.
    PasswordRejected = "password_rejected" 422 "That password can't be used.";
    /// Not fit for the name of an account.
    NameRejected = "name_rejected" 422 "That name can't be used.";
    /// The answer to a passkey question is wrong, late, or of another passkey.
    PasskeyRejected = "passkey_rejected" 422 "That passkey could not be used.";
    /// Too often, or too many at once; `retry_after` says when again.
    SlowDown = "slow_down" 429 "Too many requests. Please wait a little.";
    /// Too much to do.
    Busy = "busy" 503 "The server is busy. Please try again.";
    /// Our fault.
    Internal = "internal" 500 "Something went wrong here.";
}

impl Code {
    /// The HTTP status that goes with it.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
