//! The core's refusals in the words of HTTP: the one place that knows both.

use countersign_core::login::{Refusal, StateName};
use countersign_core::ports::StoreError;
use countersign_core::service::Failure;

use crate::oauth_error::{OAuthCode, OAuthError};
use crate::problem::{Code, Problem};

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refused(refusal),
            Failure::UnknownClient => Self::new(Code::UnknownClient),
            Failure::OriginNotAllowed => Self::new(Code::OriginNotAllowed),
            Failure::InvalidScope => Self::new(Code::InvalidScope),
            Failure::NotAScanCode => {
                Self::new(Code::InvalidRequest).detail("This is no sign-in code of this server.")
            }
            Failure::HoldExpired => Self::new(Code::HoldExpired),
            Failure::LoginHintRequired => Self::new(Code::LoginHintRequired),
            Failure::ActNotAllowed => {
                Self::new(Code::InvalidRequest).detail("This app may not ask for that act.")
            }
            Failure::WrongBinding => Self::new(Code::InvalidRequest)
                .detail("The member `dpop_jkt` is for clients whose desktops sign, and for those it is needed."),
            Failure::RegistrationClosed => Self::new(Code::RegistrationClosed),
            Failure::NotAPhone => Self::new(Code::NotAPhone),
            Failure::PhoneWaiting { approves_in } => {
                Self::new(Code::PhoneWaiting).with("approves_in", approves_in)
            }
            Failure::VerificationRequired => Self::new(Code::VerificationRequired),
            Failure::NotFound => Self::new(Code::NotFound),
            Failure::WrongCredential => Self::new(Code::InvalidCredentials),
            Failure::PasskeyRejected => Self::new(Code::PasskeyRejected),
            Failure::LimitReached => Self::new(Code::LimitReached),
            Failure::LastCredential => Self::new(Code::NotReady)
                .detail("It is the only way into this account. Set a password first."),
            Failure::InvitationInvalid => Self::new(Code::InvitationInvalid),
            Failure::UndoInvalid => Self::new(Code::UndoInvalid),
            Failure::NothingNamed => {
                Self::new(Code::InvalidRequest).detail("Say which sign-ins are meant.")
            }
            Failure::AccountUnavailable => Self::new(Code::AccountUnavailable),
            Failure::InvalidGrant => Self::new(Code::InvalidToken),
            Failure::Store(StoreError::Busy) => Self::new(Code::Busy),
            Failure::Store(error) => Self::internal(error),
        }
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unknown => Problem::new(Code::UnknownLogin),
        Refusal::CodeStale => Problem::new(Code::ScanCodeStale),
        Refusal::Claimed => Problem::new(Code::Claimed),
        Refusal::SameDevice => Problem::new(Code::SameDevice),
        Refusal::ContextChanged => Problem::new(Code::ContextChanged),
        Refusal::NotAllowedHere(why) => {
            Problem::new(Code::NotAllowedHere).with("reason", why.name())
        }
        Refusal::PasskeyRequired { has_passkey } => {
            Problem::new(Code::PasskeyRequired).with("has_passkey", has_passkey)
        }
        Refusal::PasskeyRejected { tries_left } => {
            Problem::new(Code::PasskeyRejected).with("tries_left", tries_left)
        }
        Refusal::PhraseRequired => Problem::new(Code::PhraseRequired),
        Refusal::WrongPhrase { tries_left } => {
            Problem::new(Code::WrongPhrase).with("tries_left", tries_left)
        }
        Refusal::NotReady | Refusal::Pending => Problem::new(Code::NotReady),
        Refusal::WrongCode { tries_left } => {
            Problem::new(Code::WrongCode).with("tries_left", tries_left)
        }
        Refusal::Ended(end) => Problem::new(Code::LoginEnded).with("state", end.name()),
    }
}

impl From<Failure> for OAuthError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(Refusal::Pending) => Self::new(OAuthCode::AuthorizationPending),
            Failure::Refused(Refusal::Ended(StateName::Denied | StateName::Cancelled)) => {
                Self::new(OAuthCode::AccessDenied)
            }
            Failure::Refused(Refusal::Ended(StateName::Expired)) => {
                Self::new(OAuthCode::ExpiredToken)
            }
            Failure::UnknownClient => Self::new(OAuthCode::InvalidClient),
            Failure::Store(StoreError::Busy) => Self::new(OAuthCode::TemporarilyUnavailable),
            Failure::Store(error) => {
                tracing::error!(%error, "a token request failed");
                Self::new(OAuthCode::ServerError)
            }
            _ => Self::new(OAuthCode::InvalidGrant),
        }
    }
}
