//! Certificates for a local network: an authority that people install, made once, and a certificate of it for this
//! computer's address there (docs/decisions/0016-lan-certificate.md).

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, ServerName};
use sha2::{Digest as _, Sha256};

use crate::private_file;
use crate::tls::{certificates, dates, verified};

const DAY: Duration = Duration::from_secs(86_400);
/// An authority is installed by hand, so it lasts; its key lies on somebody's laptop, so not for ever.
const AUTHORITY_LIFE: Duration = Duration::from_secs(2 * 365 * 86_400);
/// Browsers refuse more than 397 or 398 days; a new one costs nothing here.
const CERTIFICATE_LIFE: Duration = Duration::from_secs(90 * 86_400);
/// What ends sooner is made anew.
const LEFT: Duration = Duration::from_secs(30 * 86_400);

/// The networks that an authority of ours may vouch for: those that nobody owns. Whoever steals its key can pass for
/// a machine at home, not for a bank.
const NETWORKS: [(&str, u8); 8] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("100.64.0.0", 10),
    ("169.254.0.0", 16),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("fe80::", 10),
];

/// What is in the folder now.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) authority: PathBuf,
    /// Of the authority, as phones show it.
    pub(crate) fingerprint: String,
    /// Whether the authority was made just now, so that nobody has it yet.
    pub(crate) new_authority: bool,
}

/// Why there is no certificate, in words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LanError {
    #[error("{0} is no address of a computer: name this one's, such as 192.168.1.5")]
    NoHost(IpAddr),
    #[error("can't write to {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "{0} is damaged or alone. Delete the folder for a new authority; phones then have to install that"
    )]
    Damaged(PathBuf),
    #[error("can't make a certificate: {0}")]
    Make(#[from] rcgen::Error),
}

/// Makes what is missing, out of date or for another address.
pub(crate) fn ensure(
    folder: &Path,
    address: IpAddr,
    now: Timestamp,
) -> Result<Certificates, LanError> {
    if address.is_unspecified() || address.is_multicast() {
        return Err(LanError::NoHost(address));
    }
    let (certificate, key) = (folder.join("lan.pem"), folder.join("lan.key"));
    let kept = Authority::kept(folder, now)?;
    let mut new_authority = false;
    let authority = match kept {
        Some(kept) if key.exists() && good(&certificate, &kept, address, now) => kept,
        kept => {
            let signed = match kept {
                Some(kept) => kept.vouch(address, now)?,
                None => None,
            };
            new_authority = signed.is_none();
            let signed = match signed {
                Some(signed) => signed,
                None => Authority::make(folder, address, now)?.sign(address, now)?,
            };
            write(&key, &signed.key)?;
            write(&certificate, &signed.pem)?;
            signed.authority
        }
    };
    Ok(Certificates {
        certificate,
        key,
        fingerprint: fingerprint(&authority.certificate),
        authority: authority.path,
        new_authority,
    })
}

/// Whether a certificate is the authority's, for this address, and will be for a while.
fn good(path: &Path, authority: &Authority, address: IpAddr, now: Timestamp) -> bool {
    let name = ServerName::from(address);
    certificates("", path).is_ok_and(|chain| {
        verified(
            &chain,
            &authority.certificate,
            Some(&name),
            after(now, LEFT),
        )
        .is_ok()
    })
}

/// SHA-256 of a certificate, as browsers and phones write it.
pub(crate) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

struct Authority {
    path: PathBuf,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

/// A new certificate, with what has signed it.
struct Signed {
    authority: Authority,
    certificate: CertificateDer<'static>,
    pem: String,
    key: String,
}

impl Authority {
    /// The one in the folder, unless it is about to end.
    fn kept(folder: &Path, now: Timestamp) -> Result<Option<Self>, LanError> {
        let (path, key_path) = (folder.join("authority.pem"), folder.join("authority.key"));
        if !path.exists() && !key_path.exists() {
            return Ok(None);
        }
        let kept = Self::read(&path, &key_path)?;
        let chain = [kept.certificate.clone()];
        Ok(dates(&chain, after(now, LEFT)).is_none().then_some(kept))
    }

    fn make(folder: &Path, address: IpAddr, now: Timestamp) -> Result<Self, LanError> {
        let (path, key_path) = (folder.join("authority.pem"), folder.join("authority.key"));
        let key = KeyPair::generate()?;
        let made = authority_params(&key, address, now).self_signed(&key)?;
        write(&key_path, &key.serialize_pem())?;
        write(&path, &made.pem())?;
        Ok(Self {
            path,
            certificate: made.der().clone(),
            key,
        })
    }

    fn read(path: &Path, key_path: &Path) -> Result<Self, LanError> {
        let damaged = |path: &Path| LanError::Damaged(path.to_owned());
        let mut chain = certificates("", path).map_err(|_| damaged(path))?;
        let key = std::fs::read_to_string(key_path)
            .ok()
            .and_then(|pem| KeyPair::from_pem(&pem).ok())
            .ok_or_else(|| damaged(key_path))?;
        Ok(Self {
            path: path.to_owned(),
            certificate: chain.swap_remove(0),
            key,
        })
    }

    /// A certificate for one address, if this authority may vouch for it.
    fn vouch(self, address: IpAddr, now: Timestamp) -> Result<Option<Signed>, LanError> {
        let signed = self.sign(address, now)?;
        let name = ServerName::from(address);
        let authority = &signed.authority.certificate;
        let taken = verified(
            std::slice::from_ref(&signed.certificate),
            authority,
            Some(&name),
            now,
        );
        Ok(taken.is_ok().then_some(signed))
    }

    /// A certificate for one address, whether anybody will take it or not.
    fn sign(self, address: IpAddr, now: Timestamp) -> Result<Signed, LanError> {
        let mut params = dated(now, CERTIFICATE_LIFE);
        // Not the bare address: OpenSSL takes that for a host name, which the authority may not vouch for.
        let name = format!("Countersign at {address}");
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = vec![SanType::IpAddress(address)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        // Signing takes nothing from these but the authority's name and the id of its key.
        let issuer = Issuer::new(authority_params(&self.key, address, now), &self.key);
        let key = KeyPair::generate()?;
        let made = params.signed_by(&key, &issuer)?;
        Ok(Signed {
            certificate: made.der().clone(),
            pem: made.pem(),
            key: key.serialize_pem(),
            authority: self,
        })
    }
}

/// An authority for servers at private addresses and the one that it is made for, and for no host name: `.invalid` has none
/// (RFC 2606 §2).
fn authority_params(key: &KeyPair, own: IpAddr, now: Timestamp) -> CertificateParams {
    let mut params = dated(now, AUTHORITY_LIFE);
    let id = params.key_identifier(key);
    let name = format!(
        "Countersign local authority {}",
        URL_SAFE_NO_PAD.encode(&id[..6])
    );
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // Names bound servers only: what signs mail or programs has none that they would look at.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let whole = if own.is_ipv4() { 32 } else { 128 };
    let private = NETWORKS.iter();
    let networks = private.filter_map(|(address, prefix)| Some((address.parse().ok()?, *prefix)));
    let networks = networks.chain([(own, whole)]).map(|(address, prefix)| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, prefix))
    });
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: networks
            .chain([GeneralSubtree::DnsName("countersign.invalid".to_owned())])
            .collect(),
        excluded_subtrees: Vec::new(),
    });
    params
}

/// From an hour ago, for clocks that are a little behind, for a while.
fn dated(now: Timestamp, life: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(now.millis());
    params.not_before = now - DAY / 24;
    params.not_after = now + life;
    params
}

fn after(now: Timestamp, later: Duration) -> Timestamp {
    Timestamp::from_millis(now.millis() + u64::try_from(later.as_millis()).unwrap_or(u64::MAX / 2))
}

fn write(path: &Path, pem: &str) -> Result<(), LanError> {
    private_file::write(path, pem.as_bytes()).map_err(|source| LanError::Write {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
