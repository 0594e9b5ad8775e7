use std::io::{Read, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Server, countersign, get, run};

/// Nothing here takes so long; what has not come by then never will.
const PATIENCE: Duration = Duration::from_secs(60);
/// Enough to hold every place, if a handshake took one.
const HALF_OPEN: usize = 200;

/// A server with a certificate for 127.0.0.1 of its own authority.
struct Https {
    server: Server,
    folder: TempDir,
    made: Value,
}

impl Https {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lan = folder.path().join("lan");
        let mut command = countersign(&[
            "lan-certificate",
            "--address",
            "127.0.0.1",
            "--json",
            "--data",
        ]);
        let (code, out, errors) = run(command.arg(&lan));
        assert_eq!(code, Some(0), "{errors}");
        let made: Value = serde_json::from_str(&out).unwrap();
        let file = |member: &str| made[member].as_str().unwrap();
        let server = Server::start(
            &folder.path().join("data"),
            &[
                "--listen",
                "127.0.0.1:0",
                "--issuer",
                "https://127.0.0.1:8443",
            ],
            &[
                ("COUNTERSIGN_TLS__CERTIFICATE", file("certificate")),
                ("COUNTERSIGN_TLS__KEY", file("key")),
                ("COUNTERSIGN_TLS__AUTHORITY", file("authority")),
                ("COUNTERSIGN_TLS__AUTHORITY_LISTEN", "127.0.0.1:0"),
            ],
        );
        Self {
            server,
            folder,
            made,
        }
    }

    fn connect(&self) -> TcpStream {
        connect(self.server.address("listening"))
    }

    /// What the server answers to somebody who trusts its authority.
    fn get(&self, path: &str) -> String {
        let mut roots = RootCertStore::empty();
        let authority = Path::new(self.made["authority"].as_str().unwrap());
        roots
            .add(CertificateDer::from_pem_file(authority).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let tls = ClientConnection::new(Arc::new(config), name).unwrap();
        get(StreamOwned::new(tls, self.connect()), path)
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn https_is_served_with_the_certificate_of_the_files() {
    let https = Https::start();
    assert!(
        https.server.line["listening"]
            .as_str()
            .unwrap()
            .starts_with("https://127.0.0.1:")
    );
    let answer = https.get("/healthz");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer
            .to_ascii_lowercase()
            .contains("strict-transport-security"),
        "{answer}"
    );

    let mut plain = https.connect();
    plain
        .write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "nothing is said in clear");
    assert!(https.folder.path().join("data/countersign.db").exists());
}

#[test]
fn handshakes_that_never_end_cost_nobody_else_anything_and_end() {
    let https = Https::start();
    let half_open: Vec<TcpStream> = (0..HALF_OPEN)
        .map(|number| {
            let mut stream = https.connect();
            if number % 2 == 0 {
                // The beginning of a greeting of 512 bytes that never comes.
                stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0]).unwrap();
            }
            stream
        })
        .collect();
    for _ in 0..5 {
        let answer = https.get("/healthz");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    for mut stream in half_open {
        let mut rest = Vec::new();
        let end = stream.read_to_end(&mut rest);
        let waits = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!end.is_err_and(|error| waits(&error)), "it is still held");
    }
    assert!(https.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn the_authority_is_on_one_plain_page_and_nothing_else_is() {
    let https = Https::start();
    let plain = |path: &str| get(connect(https.server.address("authority")), path);
    let page = plain("/");
    let fingerprint = https.made["fingerprint"].as_str().unwrap();
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains(fingerprint),
        "{page}"
    );
    assert!(
        page.contains("href=\"https://127.0.0.1:8443/q\"") && page.contains("default-src 'none'"),
        "{page}"
    );
    let file = plain("/countersign-ca.crt");
    assert!(
        file.starts_with("HTTP/1.1 200") && file.contains("application/x-x509-ca-cert"),
        "{file}"
    );
    for path in [
        "/q",
        "/v1/me",
        "/healthz",
        "/authority.key",
        "/../authority.key",
    ] {
        let answer = plain(path);
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}
