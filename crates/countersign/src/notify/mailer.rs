//! Mail by SMTP: the way to the mail server, and one attempt to hand it a mail.
//!
//! What a mail server says goes into no log: it may repeat the address, and whose account it is about.

use std::time::{Duration, UNIX_EPOCH};

use countersign_core::time::Timestamp;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::letter::Letter;
use crate::config::{Mail, Security};

/// For the whole conversation: mail servers may think for long before they take a mail.
const TIMEOUT: Duration = Duration::from_secs(60);
/// For each answer of the server within it.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// The way to the mail server.
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The issuer's host, for what needs a name of ours.
    host: String,
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    /// The address is none that mail can go to, or the server will never take mail to it.
    #[error("the mail server takes no mail to this address")]
    NoSuchAddress,
    #[error("the mail server refused it with {0}")]
    Refused(u16),
    #[error("there was no answer within {} seconds", TIMEOUT.as_secs())]
    TimedOut,
    #[error("{0}")]
    Failed(String),
}

impl Mailer {
    /// Prepares the way; connects to nothing yet. `password` belongs to the user, `authority` is a PEM file's content.
    pub(crate) fn new(
        mail: &Mail,
        password: Option<Zeroizing<String>>,
        authority: Option<&[u8]>,
        issuer: &str,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        let tls = || {
            let parameters = TlsParameters::builder(mail.host.clone());
            match authority {
                None => parameters.certificate_store(CertificateStore::Default),
                Some(pem) => parameters
                    .certificate_store(CertificateStore::None)
                    .add_root_certificate(Certificate::from_pem(pem)?),
            }
            .build()
        };
        let tls = match mail.security {
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
            Security::None => Tls::None,
        };
        let (host, hello) = names(issuer);
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(mail.host.clone())
                .port(mail.port)
                .tls(tls)
                .hello_name(hello)
                .timeout(Some(STEP_TIMEOUT));
        if let (Some((user, _)), Some(password)) = (&mail.user, password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.to_string()));
        }
        Ok(Self {
            transport: builder.build(),
            from: mail.from.clone(),
            host,
        })
    }

    /// One attempt at `now`. `id` is the same in every attempt, so that mail programs show a mail once that came twice.
    pub(crate) async fn send(
        &self,
        to: &str,
        letter: &Letter,
        id: &str,
        now: Timestamp,
    ) -> Result<(), MailError> {
        let to: Address = to.parse().map_err(|_| MailError::NoSuchAddress)?;
        // RFC 3834: no automatic answers, please.
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .date(UNIX_EPOCH + Duration::from_secs(now.seconds()))
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .raw_header(automatic)
            .singlepart(SinglePart::plain(letter.text.clone()))
            .map_err(|error| MailError::Failed(error.to_string()))?;
        let attempt = tokio::time::timeout(TIMEOUT, self.transport.send(message));
        match attempt.await {
            Err(_) => Err(MailError::TimedOut),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(told(&error)),
        }
    }
}

/// What a failure says, without the server's own words.
fn told(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status().map(u16::from) {
        // 550 no such mailbox, 551 not here, 553 no such name (RFC 5321 §4.2.3): trying again changes nothing.
        Some(550 | 551 | 553) => MailError::NoSuchAddress,
        Some(code) => MailError::Refused(code),
        None if error.is_timeout() => MailError::TimedOut,
        None => MailError::Failed(error.to_string()),
    }
}

/// The issuer's host, and how that greets a mail server.
fn names(issuer: &str) -> (String, ClientId) {
    let url = Url::parse(issuer).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => (address.to_string(), ClientId::Ipv4(address)),
        // Brackets, as a literal in a mail address has them (RFC 5321 §4.1.3).
        Some(Host::Ipv6(address)) => (format!("[IPv6:{address}]"), ClientId::Ipv6(address)),
        Some(Host::Domain(name)) => (name.to_owned(), ClientId::Domain(name.to_owned())),
        None => ("localhost".to_owned(), ClientId::default()),
    }
}
