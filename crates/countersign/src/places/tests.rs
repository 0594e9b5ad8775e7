use super::*;

#[path = "../../../../tests/src/mmdb.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives")]
mod mmdb;

use mmdb::Value;

fn file(bytes: &[u8]) -> (tempfile::TempDir, DatabaseFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mmdb");
    std::fs::write(&path, bytes).unwrap();
    let setting = "countersign.toml, line 7: network.places".to_owned();
    (folder, DatabaseFile { path, setting })
}

fn open(
    places: Option<DatabaseFile>,
    anonymous: Option<DatabaseFile>,
) -> Result<Databases, String> {
    let files = PlaceFiles { places, anonymous };
    Databases::open(&files).map_err(|error| error.to_string())
}

fn places(bytes: &[u8]) -> Result<Databases, String> {
    let (_folder, file) = file(bytes);
    open(Some(file), None)
}

fn anonymous(bytes: &[u8]) -> Result<Databases, String> {
    let (_folder, file) = file(bytes);
    open(None, Some(file))
}

fn at(databases: &Databases, address: &str) -> Option<Place> {
    databases.place(address.parse().unwrap())
}

#[test]
fn an_address_has_country_region_and_continent() {
    let databases = places(&mmdb::places(&[
        ("203.0.113.0/24", "DE", "EU", Some("Land Berlin")),
        ("198.51.100.128/25", "BR", "SA", None),
        ("2001:db8:5::/48", "JP", "AS", Some("Tokyo")),
    ]))
    .unwrap();
    let place = at(&databases, "203.0.113.77").unwrap();
    assert_eq!(place.country, "DE");
    assert_eq!(place.region.as_deref(), Some("Land Berlin"));
    assert_eq!(place.continent.as_deref(), Some("EU"));
    let place = at(&databases, "198.51.100.200").unwrap();
    assert_eq!((place.country.as_str(), place.region), ("BR", None));
    assert_eq!(at(&databases, "2001:db8:5::1").unwrap().country, "JP");
    assert_eq!(at(&databases, "::ffff:203.0.113.77").unwrap().country, "DE");
    for nowhere in ["198.51.100.1", "192.0.2.1", "2001:db8:6::1"] {
        assert_eq!(at(&databases, nowhere), None, "{nowhere}");
    }
    assert!(!databases.hosting("203.0.113.77".parse().unwrap()));
}

#[test]
fn an_address_of_no_public_network_has_no_place_whatever_a_database_says() {
    let databases = places(&mmdb::places(&[
        ("0.0.0.0/1", "DE", "EU", None),
        ("128.0.0.0/1", "DE", "EU", None),
        ("8000::/1", "DE", "EU", None),
    ]))
    .unwrap();
    assert!(at(&databases, "203.0.113.77").is_some());
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.5",
        "100.64.0.1",
        "169.254.1.1",
        "0.0.0.0",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
    ] {
        assert_eq!(at(&databases, private), None, "{private}");
    }
}

#[test]
fn addresses_that_are_no_persons_own_are_told_and_homes_are_not() {
    let databases = anonymous(&mmdb::anonymous(&[
        ("203.0.113.0/24", "is_hosting_provider"),
        ("198.51.100.0/24", "is_tor_exit_node"),
        ("192.0.2.0/25", "is_anonymous_vpn"),
        ("192.0.2.128/25", "is_residential_proxy"),
    ]))
    .unwrap();
    let hosting = |address: &str| databases.hosting(address.parse().unwrap());
    assert!(hosting("203.0.113.1") && hosting("198.51.100.1") && hosting("192.0.2.1"));
    assert!(!hosting("192.0.2.200") && !hosting("2001:db8::1") && !hosting("127.0.0.1"));
    assert_eq!(at(&databases, "203.0.113.1"), None);
}

#[test]
fn a_file_that_is_none_or_of_another_kind_is_refused_in_words() {
    let good = mmdb::places(&[("203.0.113.0/24", "DE", "EU", None)]);
    let text = |text: &str| Value::Text(text.to_owned());
    let flat = mmdb::database(
        "some country database",
        &[("203.0.113.0/24", Value::Map(vec![("country", text("DE"))]))],
    );
    let mut damaged = good.clone();
    damaged[..200].fill(0xff);
    for (bytes, words) in [
        (&b"a diary"[..], "no MMDB file"),
        (&b""[..], "no MMDB file"),
        (&good[..good.len() / 2], "no MMDB file"),
        (&good[good.len() / 2..], "no MMDB file"),
        (&flat, "its records"),
        (&damaged, "its records"),
        (
            &mmdb::anonymous(&[("203.0.113.0/24", "is_tor_exit_node")]),
            "a City or Country database is meant",
        ),
    ] {
        let said = places(bytes).unwrap_err();
        assert!(
            said.starts_with("countersign.toml, line 7: network.places: can't use"),
            "{said}"
        );
        assert!(said.contains(words) && said.contains("a.mmdb"), "{said}");
    }
    let said = anonymous(&good).unwrap_err();
    assert!(said.contains("an Anonymous-IP database is meant"), "{said}");
    let (folder, mut file) = file(&good);
    folder.path().clone_into(&mut file.path);
    let said = open(Some(file.clone()), None).unwrap_err();
    assert!(said.contains("no file"), "{said}");
    file.path.push("nowhere.mmdb");
    let said = open(Some(file.clone()), None).unwrap_err();
    assert!(said.contains("can't be read"), "{said}");
}

#[test]
fn what_a_database_calls_a_region_is_cut_to_what_can_be_shown() {
    let long = format!("{}\u{7}\n", "x".repeat(200));
    let databases = places(&mmdb::places(&[(
        "203.0.113.0/24",
        "DE",
        "EU",
        Some(&long),
    )]))
    .unwrap();
    let region = at(&databases, "203.0.113.1").unwrap().region.unwrap();
    assert_eq!(region, "x".repeat(60));
    let databases = places(&mmdb::places(&[("203.0.113.0/24", "d<", "EU", None)])).unwrap();
    assert_eq!(at(&databases, "203.0.113.1"), None, "no country code");
}
