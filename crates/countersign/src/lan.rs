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
    #[error(
        "{0} is no address of a private network (such as 192.168.1.5): a certificate for it comes from a public authority"
    )]
    NotPrivate(IpAddr),
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
    if !NETWORKS.iter().any(|network| within(address, *network)) {
        return Err(LanError::NotPrivate(address));
    }
    let (authority, new_authority) = Authority::ensure(folder, now)?;
    let (certificate, key) = (folder.join("lan.pem"), folder.join("lan.key"));
    let name = ServerName::from(address);
    let good = key.exists()
        && certificates("", &certificate).is_ok_and(|chain| {
            let later = after(now, LEFT);
            verified(&chain, &authority.certificate, Some(&name), later).is_ok()
        });
    if !good {
        let (pem, key_pem) = authority.sign(address, now)?;
        write(&key, &key_pem)?;
        write(&certificate, &pem)?;
    }
    Ok(Certificates {
        certificate,
        key,
        fingerprint: fingerprint(&authority.certificate),
        authority: authority.path,
        new_authority,
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

impl Authority {
    /// The one in the folder; a new one when there is none, or it is about to end.
    fn ensure(folder: &Path, now: Timestamp) -> Result<(Self, bool), LanError> {
        let (path, key_path) = (folder.join("authority.pem"), folder.join("authority.key"));
        if path.exists() || key_path.exists() {
            let kept = Self::read(&path, &key_path)?;
            let chain = [kept.certificate.clone()];
            if dates(&chain, after(now, LEFT)).is_none() {
                return Ok((kept, false));
            }
        }
        let key = KeyPair::generate()?;
        let made = authority_params(&key, now).self_signed(&key)?;
        write(&key_path, &key.serialize_pem())?;
        write(&path, &made.pem())?;
        let certificate = made.der().clone();
        let made = Self {
            path,
            certificate,
            key,
        };
        Ok((made, true))
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

    /// A certificate for one address, and its key, in PEM form.
    fn sign(&self, address: IpAddr, now: Timestamp) -> Result<(String, String), LanError> {
        let mut params = dated(now, CERTIFICATE_LIFE);
        // Not the bare address: OpenSSL takes that for a host name, which the authority may not vouch for.
        let name = format!("Countersign at {address}");
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = vec![SanType::IpAddress(address)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        // Signing needs only what the certificate took from its key: its name and its key's id.
        let issuer = Issuer::new(authority_params(&self.key, now), &self.key);
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, &issuer)?;
        Ok((signed.pem(), key.serialize_pem()))
    }
}

/// An authority for private addresses, and for no host name: `.invalid` has none (RFC 2606 §2).
fn authority_params(key: &KeyPair, now: Timestamp) -> CertificateParams {
    let mut params = dated(now, AUTHORITY_LIFE);
    let id = params.key_identifier(key);
    let name = format!(
        "Countersign local authority {}",
        URL_SAFE_NO_PAD.encode(&id[..6])
    );
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let networks = NETWORKS.iter().filter_map(|(address, prefix)| {
        let address = address.parse().ok()?;
        let subnet = CidrSubnet::from_addr_prefix(address, *prefix);
        Some(GeneralSubtree::IpAddress(subnet))
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

fn within(address: IpAddr, (network, prefix): (&str, u8)) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 4),
        IpAddr::V6(address) => (u128::from(address), 6),
    };
    let Ok(network) = network.parse::<IpAddr>() else {
        return false;
    };
    let ((address, family), (network, its)) = (bits(address), bits(network));
    family == its && (address ^ network) >> (128 - u32::from(prefix)) == 0
}

fn write(path: &Path, pem: &str) -> Result<(), LanError> {
    private_file::write(path, pem.as_bytes()).map_err(|source| LanError::Write {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const DAYS: u64 = 86_400_000;

    fn at(days: u64) -> Timestamp {
        Timestamp::from_millis(NOW.millis() + days * DAYS)
    }

    fn home() -> IpAddr {
        "192.168.1.5".parse().unwrap()
    }

    fn chain(path: &Path) -> Vec<CertificateDer<'static>> {
        certificates("", path).unwrap()
    }

    #[test]
    fn a_certificate_is_good_for_its_address_and_no_other_and_not_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let made = ensure(folder.path(), home(), NOW).unwrap();
        let (leaf, authority) = (chain(&made.certificate), chain(&made.authority).remove(0));
        let good = |name: &str, days| {
            let name = ServerName::try_from(name).unwrap();
            verified(&leaf, &authority, Some(&name), at(days)).is_ok()
        };
        assert!(good("192.168.1.5", 0) && good("192.168.1.5", 89));
        assert!(!good("192.168.1.5", 91) && !good("192.168.1.6", 0) && !good("localhost", 0));
        for name in ["authority.key", "lan.key"] {
            let about = std::fs::metadata(folder.path().join(name)).unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn what_is_good_stays_and_the_authority_stays_longest() {
        let folder = tempfile::tempdir().unwrap();
        let first = ensure(folder.path(), home(), NOW).unwrap();
        let leaf = chain(&first.certificate);
        let again = ensure(folder.path(), home(), at(59)).unwrap();
        assert_eq!(chain(&again.certificate), leaf);
        assert!(first.new_authority && !again.new_authority);

        let moved = ensure(folder.path(), "10.0.0.7".parse().unwrap(), at(59)).unwrap();
        assert_ne!(chain(&moved.certificate), leaf, "another address");
        let renewed = ensure(folder.path(), "10.0.0.7".parse().unwrap(), at(130)).unwrap();
        assert_eq!(renewed.fingerprint, first.fingerprint);
        let late = ensure(folder.path(), home(), at(720)).unwrap();
        assert!(late.new_authority && late.fingerprint != first.fingerprint);
    }

    #[test]
    fn the_authority_vouches_for_private_addresses_only() {
        let folder = tempfile::tempdir().unwrap();
        let (authority, _) = Authority::ensure(folder.path(), NOW).unwrap();
        let public = "192.0.2.1".parse().unwrap();
        assert!(matches!(
            ensure(folder.path(), public, NOW),
            Err(LanError::NotPrivate(_))
        ));
        // With its key in the wrong hands.
        let forged = authority.sign(public, NOW).unwrap().0;
        let path = folder.path().join("forged.pem");
        std::fs::write(&path, forged).unwrap();
        let refused = verified(
            &chain(&path),
            &authority.certificate,
            Some(&ServerName::from(public)),
            NOW,
        );
        assert!(refused.is_err());
    }

    #[test]
    fn an_authority_without_its_key_is_not_replaced_silently() {
        let folder = tempfile::tempdir().unwrap();
        ensure(folder.path(), home(), NOW).unwrap();
        std::fs::remove_file(folder.path().join("authority.key")).unwrap();
        let error = ensure(folder.path(), home(), NOW).unwrap_err().to_string();
        assert!(
            error.contains("authority.key") && error.contains("Delete"),
            "{error}"
        );
    }
}
