use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

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
fn the_authority_vouches_for_private_addresses_and_its_own_only() {
    let folder = tempfile::tempdir().unwrap();
    let first = ensure(folder.path(), home(), NOW).unwrap();
    let public = "192.0.2.1".parse().unwrap();
    // With its key in the wrong hands.
    let stolen = || Authority::kept(folder.path(), NOW).unwrap().unwrap();
    assert!(stolen().vouch(public, NOW).unwrap().is_none());
    assert!(
        stolen()
            .vouch("fd00::1".parse().unwrap(), NOW)
            .unwrap()
            .is_some()
    );

    let own = ensure(folder.path(), public, NOW).unwrap();
    assert!(own.new_authority && own.fingerprint != first.fingerprint);
    assert!(good(&own.certificate, &stolen(), public, NOW));
    let next = "192.0.2.2".parse().unwrap();
    assert!(stolen().vouch(next, NOW).unwrap().is_none());
    let nowhere = "0.0.0.0".parse().unwrap();
    assert!(matches!(
        ensure(folder.path(), nowhere, NOW),
        Err(LanError::NoHost(_))
    ));
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

/// Whether OpenSSL takes a certificate for a purpose.
fn fit(purpose: &str, authority: &Path, certificate: &Path) -> bool {
    let verdict = Command::new("openssl")
        .args([
            "verify",
            "-purpose",
            purpose,
            "-attime",
            "1800000000",
            "-CAfile",
        ])
        .args([authority, certificate])
        .output()
        .unwrap();
    verdict.status.success()
}

#[test]
fn the_authority_vouches_for_servers_only() {
    let folder = tempfile::tempdir().unwrap();
    let made = ensure(folder.path(), home(), NOW).unwrap();
    assert!(fit("sslserver", &made.authority, &made.certificate));
    // With its key in the wrong hands: a certificate that itself is fit for anything.
    let stolen = Authority::kept(folder.path(), NOW).unwrap().unwrap();
    let mut params = dated(NOW, CERTIFICATE_LIFE);
    params.subject_alt_names = vec![SanType::IpAddress(home())];
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority_params(&stolen.key, home(), NOW), &stolen.key);
    let signed = params.signed_by(&key, &issuer).unwrap();
    let any = folder.path().join("any.pem");
    std::fs::write(&any, signed.pem()).unwrap();
    assert!(fit("sslserver", &made.authority, &any));
    for purpose in ["sslclient", "smimesign"] {
        assert!(!fit(purpose, &made.authority, &any), "{purpose}");
    }
}
