use super::*;

fn load(toml: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    std::fs::write(&path, toml).unwrap();
    checked(&ServeArgs {
        config: Some(path),
        ..arguments()
    })
}

fn arguments() -> ServeArgs {
    ServeArgs {
        data: None,
        listen: None,
        issuer: None,
        config: None,
    }
}

fn checked(args: &ServeArgs) -> Result<Config, ConfigError> {
    let settings = Settings::read(args)?;
    let listen = settings.listen();
    settings.check(listen)
}

fn complaint(toml: &str) -> String {
    load(toml).unwrap_err().to_string()
}

#[test]
fn without_a_file_it_is_a_demo_on_localhost() {
    let config = checked(&arguments()).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert!(config.demo());
    assert_eq!(
        config.clients.iter().filter(|client| client.phone).count(),
        1
    );
}

#[test]
fn a_configured_client_takes_the_place_of_the_demo() {
    let config =
        load("[[clients]]\nid = 'shop'\norigins = ['https://shop.example']\nkeep_days = 7")
            .unwrap();
    assert!(!config.demo());
    let shop = config
        .clients
        .iter()
        .find(|client| client.id.as_str() == "shop")
        .unwrap();
    assert_eq!(shop.host("https://shop.example"), Some("shop.example"));
    assert_eq!(shop.keep, Duration::from_secs(7 * 86_400));
    assert!(!shop.native && !shop.phone && !shop.first_party);
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let words = complaint("listen = '127.0.0.1:1'\n[lifetimes]\nwating = 3\n");
    assert!(
        words.contains("wating") && words.contains("line 3"),
        "{words}"
    );
}

#[test]
fn what_is_out_of_bounds_is_named() {
    assert!(complaint("[lifetimes]\nwaiting = 601").contains("lifetimes.waiting"));
    assert!(complaint("[rotation]\nseconds = 3").contains("rotation.seconds"));
    assert!(complaint("[[clients]]\nid = 'a b'\nnative = true").contains("a b"));
    assert!(complaint("[[clients]]\nid = 'demo2'").contains("needs origins"));
    assert!(complaint("[[clients]]\nid = 'countersign'\nnative = true").contains("built in"));
    assert!(
        complaint("[[clients]]\nid = 'x'\nnative = true\nkeep_days = 91").contains("keep_days")
    );
    assert!(
        complaint("[[clients]]\nid = 'x'\norigins = ['https://a.example/']")
            .contains("nothing else")
    );
}

#[test]
fn an_issuer_is_https_or_localhost_on_loopback() {
    for good in [
        "https://login.example",
        "https://login.example:8443",
        "http://localhost:9000",
    ] {
        assert_eq!(
            load(&format!("issuer = '{good}'")).unwrap().issuer.as_str(),
            good
        );
    }
    assert_eq!(
        load("issuer = 'https://LOGIN.example/'")
            .unwrap()
            .issuer
            .as_str(),
        "https://login.example"
    );
    for bad in [
        "http://login.example",
        "http://127.0.0.1:8080",
        "https://login.example/path",
        "https://user@login.example",
        "https://login.example?x",
        "ftp://login.example",
        "login.example",
    ] {
        assert!(load(&format!("issuer = '{bad}'")).is_err(), "{bad}");
    }
    assert!(
        complaint(&format!("issuer = 'https://{}.example'", "x".repeat(63))).contains("longer")
    );
    assert!(complaint("listen = '0.0.0.0:8080'").contains("issuer is missing"));
    assert!(
        complaint("listen = '0.0.0.0:8080'\nissuer = 'http://localhost:8080'").contains("https")
    );
}
