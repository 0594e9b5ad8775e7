//! https by files: a certificate with its key, checked before anything listens.
//!
//! What a browser would refuse is said at the start. What makes the server unsafe (a key that others read) or useless
//! (a key of another certificate) is refused; an expired certificate only warned about, because it may be exchanged
//! while the server is up, and because a server that is down can't even say so.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use countersign_core::time::Timestamp;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore, ServerConfig};
use url::{Host, Url};

use crate::config::TlsFiles;
use crate::secret_file::{self, Unread};

/// How long before its end a certificate is warned about: time to get a new one.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// What https needs, ready for connections.
pub(crate) struct Tls {
    pub(crate) server: Arc<ServerConfig>,
    /// The local authority, if people are to install one.
    pub(crate) authority: Option<CertificateDer<'static>>,
    /// What works, but an operator should know.
    pub(crate) warnings: Vec<String>,
}

/// Why https can't be served, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("{key} {path}: {source}")]
    Read {
        key: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{key} {path} has no {what} in PEM form (-----BEGIN …)")]
    NotPem {
        key: &'static str,
        path: PathBuf,
        what: &'static str,
    },
    #[error(
        "tls.key {path} can be read by others on this computer, who could then pass for this server. Close it: \
         chmod 600 '{path}'"
    )]
    Readable { path: PathBuf },
    #[error("tls.key {key} does not belong to tls.certificate {certificate}")]
    Mismatch { key: PathBuf, certificate: PathBuf },
    #[error("tls.certificate {certificate} is not signed by tls.authority {authority}")]
    NotSigned {
        certificate: PathBuf,
        authority: PathBuf,
    },
    #[error("tls.certificate {path} can't be used: {source}")]
    Unusable { path: PathBuf, source: Error },
}

impl Tls {
    /// Reads the files and checks that they fit each other and the issuer.
    pub(crate) fn load(files: &TlsFiles, issuer: &str, now: Timestamp) -> Result<Self, TlsError> {
        let chain = certificates("tls.certificate", &files.certificate)?;
        let key = private_key(&files.key)?;
        let unusable = |source| match source {
            Error::InconsistentKeys(_) => TlsError::Mismatch {
                key: files.key.clone(),
                certificate: files.certificate.clone(),
            },
            source => TlsError::Unusable {
                path: files.certificate.clone(),
                source,
            },
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(chain.clone(), key)
            })
            .map_err(unusable)?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let authority = match &files.authority {
            Some((path, _)) => Some(signer(path, files, &chain, now)?),
            None => None,
        };
        let warnings = warnings(&chain, issuer, now);
        Ok(Self {
            server: Arc::new(server),
            authority,
            warnings: warnings
                .map(|words| {
                    format!("warning: tls.certificate {}", files.certificate.display()) + &words
                })
                .collect(),
        })
    }
}

/// The authority's certificate, when it has signed the server's.
fn signer(
    path: &Path,
    files: &TlsFiles,
    chain: &[CertificateDer<'static>],
    now: Timestamp,
) -> Result<CertificateDer<'static>, TlsError> {
    let authority = certificates("tls.authority", path)?.swap_remove(0);
    // Names and dates are looked at elsewhere: here only who has signed.
    let verdict = verified(chain, &authority, None, now);
    let foreign = matches!(
        verdict,
        Err(Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature
        ))
    );
    if foreign {
        return Err(TlsError::NotSigned {
            certificate: files.certificate.clone(),
            authority: path.to_owned(),
        });
    }
    Ok(authority)
}

/// Whether a browser that trusts `authority` would take this chain at a time, for a name if one is given.
pub(crate) fn verified(
    chain: &[CertificateDer<'static>],
    authority: &CertificateDer<'static>,
    name: Option<&ServerName<'_>>,
    at: Timestamp,
) -> Result<(), Error> {
    let Some((leaf, between)) = chain.split_first() else {
        return Err(Error::NoCertificatesPresented);
    };
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    let at = UnixTime::since_unix_epoch(Duration::from_millis(at.millis()));
    let any = ServerName::try_from("name.invalid").map_err(|_| Error::DecryptError)?;
    let verdict = verifier.verify_server_cert(leaf, between, name.unwrap_or(&any), &[], at);
    match verdict {
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) if name.is_none() => Ok(()),
        verdict => verdict.map(|_| ()),
    }
}

/// What browsers will say about this certificate.
fn warnings(
    chain: &[CertificateDer<'static>],
    issuer: &str,
    now: Timestamp,
) -> impl Iterator<Item = String> {
    let foreign = chain.first().and_then(|leaf| not_for(leaf, issuer));
    let soon = Timestamp::from_millis(now.millis() + millis(SOON));
    let dated = dates(chain, now).or_else(|| {
        let words = " expires within two weeks: get a new one.";
        dates(chain, soon).map(|_| words.to_owned())
    });
    foreign.into_iter().chain(dated)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// That a certificate is not for the issuer's host.
fn not_for(leaf: &CertificateDer<'static>, issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let name = ServerName::try_from(host.as_str()).ok()?;
    let leaf = ParsedCertificate::try_from(leaf).ok()?;
    verify_server_name(&leaf, &name)
        .err()
        .map(|_| format!(" is not for {host}, the issuer's host: browsers will refuse it."))
}

/// That a certificate is too old or too new at a time. Its dates are looked at before its signers are.
pub(crate) fn dates(chain: &[CertificateDer<'static>], at: Timestamp) -> Option<String> {
    let anchor = chain.last()?;
    match verified(chain, anchor, None, at) {
        Err(Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Some(" has expired: browsers will refuse it.".to_owned()),
        Err(Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => Some(
            " is not valid yet: browsers will refuse it. Is this computer's clock right?"
                .to_owned(),
        ),
        _ => None,
    }
}

/// The certificates of a PEM file, at least one.
pub(crate) fn certificates(
    key: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = |source| TlsError::Read {
        key,
        path: path.to_owned(),
        source,
    };
    let pem = std::fs::read(path).map_err(read)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::NotPem {
            key,
            path: path.to_owned(),
            what: "certificate",
        })
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let read = |source| TlsError::Read {
        key: "tls.key",
        path: path.to_owned(),
        source,
    };
    let pem = secret_file::read(path).map_err(|unread| match unread {
        Unread::Io(source) => read(source),
        Unread::Open => TlsError::Readable {
            path: path.to_owned(),
        },
    })?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| TlsError::NotPem {
        key: "tls.key",
        path: path.to_owned(),
        what: "unencrypted private key",
    })
}

#[cfg(test)]
mod tests;
