use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

/// 2027-01-15.
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A certificate for `login.example` and its key, in a folder that goes with it.
struct Pair {
    folder: tempfile::TempDir,
    files: TlsFiles,
}

impl Pair {
    fn new() -> Self {
        Self::until(2027, 12)
    }

    fn until(year: i32, month: u8) -> Self {
        let mut params = CertificateParams::new(["login.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(year, month, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("certificate.pem"),
            key: folder.path().join("key.pem"),
            authority: None,
        };
        let pair = Self { folder, files };
        pair.write("certificate.pem", &certificate.pem());
        pair.write("key.pem", &key.serialize_pem());
        pair.close("key.pem", 0o600);
        pair
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn close(&self, name: &str, mode: u32) {
        fs::set_permissions(self.folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    }

    fn load(&self) -> Result<Tls, TlsError> {
        Tls::load(&self.files, "https://login.example", NOW)
    }

    fn refused(&self) -> String {
        self.load().err().unwrap().to_string()
    }
}

#[test]
fn a_certificate_and_its_key_are_taken_without_a_word() {
    let tls = Pair::new().load().unwrap();
    assert_eq!(tls.warnings, [""; 0]);
    assert_eq!(tls.server.alpn_protocols, [b"http/1.1"]);
}

#[test]
fn each_file_that_is_not_right_is_named() {
    let pair = Pair::new();
    pair.write("key.pem", "nonsense");
    let said = pair.refused();
    assert!(
        said.contains("key.pem has no unencrypted private key in PEM form"),
        "{said}"
    );

    let pair = Pair::new();
    pair.write(
        "certificate.pem",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    );
    let said = pair.refused();
    assert!(
        said.contains("certificate.pem has no certificate in PEM form"),
        "{said}"
    );

    for name in ["certificate.pem", "key.pem"] {
        let pair = Pair::new();
        fs::remove_file(pair.folder.path().join(name)).unwrap();
        let said = pair.refused();
        assert!(
            said.contains(name) && said.contains("No such file"),
            "{said}"
        );
    }
}

#[test]
fn the_key_of_another_certificate_is_refused() {
    let (pair, other) = (Pair::new(), Pair::new());
    let key = fs::read_to_string(&other.files.key).unwrap();
    pair.write("key.pem", &key);
    let said = pair.refused();
    assert!(
        said.contains("does not belong to tls.certificate"),
        "{said}"
    );
}

#[test]
fn a_key_that_others_can_read_is_refused_with_what_helps() {
    let pair = Pair::new();
    for mode in [0o644, 0o604, 0o660, 0o602] {
        pair.close("key.pem", mode);
        let said = pair.refused();
        assert!(
            said.contains("chmod 600") && said.contains("key.pem"),
            "{said}"
        );
    }
    pair.close("key.pem", 0o400);
    pair.load().unwrap();
}

#[test]
fn what_a_browser_will_say_is_said_at_the_start() {
    let warned = |pair: &Pair, issuer: &str| {
        Tls::load(&pair.files, issuer, NOW)
            .unwrap()
            .warnings
            .join("\n")
    };
    let said = warned(&Pair::until(2027, 1), "https://login.example");
    assert!(said.contains("has expired"), "{said}");
    let said = warned(&Pair::until(2027, 2), "https://login.example");
    assert!(
        said.contains("expires within two weeks") || said.is_empty(),
        "{said}"
    );
    let said = warned(&Pair::new(), "https://other.example:8443");
    assert!(said.contains("is not for other.example"), "{said}");
    let pair = Pair::new();
    let early = Timestamp::from_millis(1_600_000_000_000);
    let said = Tls::load(&pair.files, "https://login.example", early)
        .unwrap()
        .warnings
        .join("\n");
    assert!(said.contains("not valid yet"), "{said}");
}

#[test]
fn an_authority_that_has_not_signed_is_refused() {
    let (pair, other) = (Pair::new(), Pair::new());
    let mut files = pair.files.clone();
    let listen = "127.0.0.1:0".parse().unwrap();
    files.authority = Some((other.files.certificate.clone(), listen));
    let said = Tls::load(&files, "https://login.example", NOW)
        .err()
        .unwrap()
        .to_string();
    assert!(said.contains("is not signed by tls.authority"), "{said}");
}
