mod policy;

use super::*;
use std::time::Duration;

use countersign_core::client::{Approval, Binding};

use super::keys::{Key, LISTS};

pub(super) fn load(toml: &str) -> Result<Config, ConfigError> {
    layered(toml, &[], arguments())
}

fn arguments() -> SettingsArgs {
    SettingsArgs {
        data: None,
        listen: None,
        issuer: None,
        config: None,
    }
}

fn settings(
    toml: &str,
    variables: &[(&str, &str)],
    args: SettingsArgs,
) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    std::fs::write(&path, toml).unwrap();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)));
    let config = args.config.clone().or(Some(path));
    Settings::layered(&SettingsArgs { config, ..args }, variables.collect())
}

fn layered(
    toml: &str,
    variables: &[(&str, &str)],
    args: SettingsArgs,
) -> Result<Config, ConfigError> {
    let settings = settings(toml, variables, args)?;
    settings.check(settings.listen())
}

pub(super) fn complaint(toml: &str) -> String {
    load(toml).unwrap_err().to_string()
}

fn refused(name: &str, value: &str) -> String {
    let settings = settings("", &[(name, value)], arguments());
    settings.unwrap_err().to_string()
}

#[test]
fn without_a_file_it_is_a_demo_on_localhost() {
    let settings = Settings::layered(&arguments(), Vec::new()).unwrap();
    let config = settings.check(settings.listen()).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert!(config.demo() && config.warnings().is_empty());
    assert_eq!(
        (config.registration, config.phones.additional),
        (Registration::Closed, Additional::Confirm)
    );
    assert_eq!(config.lifetimes, Lifetimes::default());
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.connections, 512);
    assert_eq!(config.retention, Retention::default());
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
    let shop = config.clients.last().unwrap();
    assert_eq!(shop.host("https://shop.example"), Some("shop.example"));
    assert_eq!(shop.keep, Duration::from_secs(7 * 86_400));
    assert!(!shop.native && !shop.phone && !shop.first_party);
    let defaults = Client::new(shop.id.clone(), "shop");
    assert_eq!(
        (&shop.qr_scopes, shop.duration),
        (&defaults.qr_scopes, defaults.duration)
    );
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_what_may_be_meant() {
    let words = complaint("listen = '127.0.0.1:1'\n[lifetimes]\nwating = 3\n");
    assert!(
        words.ends_with(
            "countersign.toml, line 3: unknown key lifetimes.wating. Is lifetimes.waiting meant?"
        ),
        "{words}"
    );
    let words = complaint("\n[limts]\ncreations = 3\nscans = 4\n[[clients]]\nid='x'\norigin='y'");
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(lines.len(), 3, "each of them: {words}");
    assert!(lines[0].contains("line 3: unknown key limts.creations. Is limits.creations meant?"));
    assert!(lines[2].contains("line 7: unknown key origin. Is origins meant?"));
    assert!(complaint("[clients]\nid = 'x'").contains("[[clients]]"));
    assert!(complaint("[whatever]").contains("line 1: unknown key whatever."));
    assert!(complaint("a = \n").contains("line 1"));
}

#[test]
fn what_is_out_of_bounds_is_named_with_what_is_allowed_and_what_was_given() {
    for (toml, words) in [
        (
            "[lifetimes]\nwaiting = 601",
            "line 2: lifetimes.waiting must be a whole number from 1 to 600, not 601",
        ),
        (
            "[rotation]\nseconds = 3",
            "rotation.seconds must be 0 (off) or a whole number from 15 to 120, not 3",
        ),
        (
            "[limits]\ncreations = 0",
            "limits.creations must be a whole number from 1 to 1000000, not 0",
        ),
        ("[limits]\nscans = -1", "not -1"),
        ("[limits]\nscans = 'many'", "not 'many'"),
        ("[retention]\naudit_days = 29", "from 30 to 4000, not 29"),
        (
            "accounts.registration = 'ajar'",
            "must be \"closed\" or \"open\", not 'ajar'",
        ),
        (
            "trusted_proxies = '10.0.0.1'",
            "trusted_proxies must be a list of texts",
        ),
        (
            "\ntrusted_proxies = ['10.0.0.x']",
            "line 2: trusted_proxies: \"10.0.0.x\" is no address",
        ),
        (
            "trusted_proxies = ['0.0.0.0/1', '128.0.0.0/1']",
            "line 1: trusted_proxies: \"0.0.0.0/1\" is too much of the world",
        ),
        ("listen = 8080", "listen must be an IP address with a port"),
        (
            "listen = { port = 1 }",
            "listen must be an IP address with a port, such as 127.0.0.1:8080, not { port = 1 }",
        ),
        ("[[clients]]\nid = 'a b'\nnative = true", "1 to 64 letters"),
        ("[[clients]]\nid = 'demo2'", "needs origins"),
        ("[[clients]]\nnative = true", "needs an id"),
        ("[[clients]]\nid = 'countersign'\nnative = true", "built in"),
        (
            "[[clients]]\nid = 'x'\nnative = true\nkeep_days = 91",
            "line 4: keep_days must be a whole number from 1 to 90, not 91",
        ),
        (
            "[[clients]]\nid = 'x'\norigins = ['https://a.example/']",
            "line 3: client \"x\": origin \"https://a.example/\" must be scheme",
        ),
        (
            "[[clients]]\nid = 'x'\norigins = ['https://*.example']",
            "line 3: client \"x\": origin \"https://*.example\" must name one host",
        ),
        (
            "[tls]\nkey = 'a.pem'",
            "line 2: tls.key needs tls.certificate beside it",
        ),
        (
            "[tls]\nauthority = 'a.pem'",
            "tls.authority needs tls.authority_listen beside it",
        ),
        (
            "[tls]\nauthority = 'a.pem'\nauthority_listen = '127.0.0.1:1'",
            "tls.authority needs tls.certificate beside it",
        ),
    ] {
        let said = complaint(toml);
        assert!(said.contains(words), "{toml}\n{said}");
    }
}

#[test]
fn a_device_id_client_is_held_to_what_a_copyable_id_is_worth() {
    let client = "[[clients]]\nid = 'tv'\nnative = true\nbinding = 'device-id'\n";
    let config = load(client).unwrap();
    let tv = config.clients.last().unwrap();
    assert_eq!(
        (tv.binding, tv.rules.approval, tv.keep),
        (Binding::DeviceId, Approval::Code, tv.duration)
    );
    for (more, reason) in [
        ("approval = 'auto'", "approval must be \"code\""),
        ("desktop_hours = 9", "at most 8"),
        ("keep_days = 1", "keep_days is not for"),
        ("qr_scopes = ['openid', 'mail']", "only openid and profile"),
    ] {
        let said = complaint(&format!("{client}{more}"));
        assert!(
            said.contains(reason) && said.contains("line 5") && said.contains("device-id"),
            "{said}"
        );
    }
}

#[test]
fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
    let file = "listen = '127.0.0.1:1'\ndata = 'file'\n[limits]\nscans = 1";
    let variables = [
        ("COUNTERSIGN_LISTEN", "127.0.0.1:2"),
        ("COUNTERSIGN_DATA", "variable"),
        ("COUNTERSIGN_LIMITS__CREATIONS", "7"),
        ("COUNTERSIGN_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
    ];
    let args = SettingsArgs {
        listen: Some("127.0.0.1:3".parse().unwrap()),
        ..arguments()
    };
    let config = layered(file, &variables, args).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:3");
    assert_eq!(config.data, PathBuf::from("variable"));
    assert_eq!((config.limits.scans, config.limits.creations), (1, 7));
    let proxies = ["10.0.0.0/8".to_owned(), "::1".to_owned()];
    assert_eq!(config.proxies, Proxies::parse(&proxies).unwrap());
}

#[test]
fn clients_of_the_environment_take_the_place_of_the_files() {
    let clients =
        r#"[{ id = "tool", native = true }, { id = "shop", origins = ["https://shop.example"] }]"#;
    let file = "[[clients]]\nid = 'other'\nnative = true";
    let config = layered(file, &[("COUNTERSIGN_CLIENTS", clients)], arguments()).unwrap();
    let ids: Vec<_> = config.clients.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["countersign", "tool", "shop"]);
    let said = refused("COUNTERSIGN_CLIENTS", r#"[{ id = "x", nativ = true }]"#);
    assert!(
        said.starts_with("COUNTERSIGN_CLIENTS: unknown key nativ. Is native meant?"),
        "{said}"
    );
    assert!(refused("COUNTERSIGN_CLIENTS", "nonsense").starts_with("COUNTERSIGN_CLIENTS: "));
}

#[test]
fn a_variable_that_is_no_setting_is_refused_by_its_name() {
    for (name, value, words) in [
        (
            "COUNTERSIGN_LISTN",
            "x",
            "COUNTERSIGN_LISTN is no setting. Is listen meant?",
        ),
        (
            "COUNTERSIGN_LIMITS__SCANS",
            "0",
            "COUNTERSIGN_LIMITS__SCANS: limits.scans must be a whole number from 1 to 1000000, not \"0\"",
        ),
        (
            "COUNTERSIGN_PORT_8080_TCP",
            "tcp://10.0.0.1:8080",
            "enableServiceLinks",
        ),
    ] {
        let said = refused(name, value);
        assert!(said.contains(words), "{said}");
    }
    let fine = [("COUNTERSIGN_LOG", "debug"), ("COUNTERSIGN_ISSUER", "")];
    layered("", &fine, arguments()).unwrap();
}

#[test]
fn the_environment_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("there.toml");
    std::fs::write(&path, "data = 'there'").unwrap();
    let variables = vec![("COUNTERSIGN_CONFIG".to_owned(), path.into_os_string())];
    let settings = Settings::layered(&arguments(), variables).unwrap();
    let config = settings.check(settings.listen()).unwrap();
    assert_eq!(config.data, PathBuf::from("there"));
}

#[test]
fn what_is_printed_can_be_fed_back_in() {
    let file = "trusted_proxies = ['::1']\n[limits]\nscans = 9\n[[clients]]\nid = 'shop'\norigins = ['https://shop.example']\n[[webhooks]]\nid = 'siem'\nurl = 'https://hooks.example/x'\n\
                secret_file = 'siem.secret'\nevents = ['alert.denials']";
    let variables = [("COUNTERSIGN_ACCOUNTS__REGISTRATION", "open")];
    let args = SettingsArgs {
        data: Some("a \"b\"".into()),
        ..arguments()
    };
    let first = settings(file, &variables, args).unwrap();
    let printed = first.as_toml();
    for part in [
        "listen = \"127.0.0.1:8080\" # default\n",
        "data = 'a \"b\"' # --data\n",
        "registration = \"open\" # COUNTERSIGN_ACCOUNTS__REGISTRATION\n",
        "countersign.toml, line 3\n",
        "# certificate is not set\n",
    ] {
        assert!(printed.contains(part), "{part} in\n{printed}");
    }
    let again = settings(&printed, &[], arguments()).unwrap();
    let stripped = |settings: &Settings| {
        ["settings", "clients", "webhooks"].map(|part| settings.in_json(part))
    };
    assert_eq!(stripped(&first), stripped(&again));
}

impl Settings {
    /// The values of one part, without where they came from.
    fn in_json(&self, part: &str) -> String {
        fn strip(value: &serde_json::Value) -> serde_json::Value {
            match value {
                serde_json::Value::Object(members) => {
                    members.get("value").cloned().unwrap_or_else(|| {
                        members
                            .iter()
                            .map(|(name, value)| (name.clone(), strip(value)))
                            .collect()
                    })
                }
                serde_json::Value::Array(items) => items.iter().map(strip).collect(),
                other => other.clone(),
            }
        }
        strip(&self.as_json()[part]).to_string()
    }
}

#[test]
fn the_bounds_of_lifetimes_are_those_of_the_rules() {
    for key in KEYS.iter().filter(|key| key.name.starts_with("lifetimes.")) {
        let value::Kind::Number { min, max } = key.kind else {
            panic!("{} is a number of seconds", key.name);
        };
        let name = key.name.trim_start_matches("lifetimes.");
        for good in [min, max] {
            load(&format!("[lifetimes]\n{name} = {good}")).unwrap();
        }
        for outside in [min - 1, max + 1] {
            let mut values = defaults();
            values.get_mut(key.name).unwrap().value = Value::Number(outside);
            let lifetimes = Tables::of(&values).unwrap().lifetimes();
            assert_eq!(lifetimes.check().unwrap_err().name, name, "{outside}");
        }
    }
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

#[test]
fn with_a_certificate_the_issuer_is_https() {
    let tls = "[tls]\ncertificate = 'a.pem'\nkey = 'b.pem'";
    assert_eq!(load(tls).unwrap().issuer.as_str(), "https://localhost:8080");
    assert!(
        complaint(&format!("issuer = 'http://localhost:8080'\n{tls}")).contains("tls.certificate")
    );
    let lan = format!("listen = '0.0.0.0:8443'\nissuer = 'https://192.168.1.5:8443'\n{tls}");
    assert!(load(&lan).unwrap().warnings().is_empty());
}

#[test]
fn what_is_open_to_the_world_is_said() {
    let warnings = |toml: &str| load(toml).unwrap().warnings().join("\n");
    let https = "issuer = 'https://login.example'\n";
    let said = warnings(https);
    assert!(
        said.contains("trusted_proxies") && said.contains("`demo`"),
        "{said}"
    );
    let said = warnings(&format!(
        "{https}trusted_proxies = ['::1']\n[phones]\nadditional = 'open'\n[accounts]\nregistration = 'open'\n\
         [[clients]]\nid = 'x'\nnative = true"
    ));
    assert!(
        !said.contains("trusted_proxies") && !said.contains("`demo`"),
        "{said}"
    );
    assert!(
        said.contains("phones.additional") && said.contains("accounts.registration"),
        "{said}"
    );
}

#[test]
fn the_page_of_settings_says_what_the_program_does() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
    let page = std::fs::read_to_string(page).unwrap();
    let shown = |default: Option<&str>| match default {
        None => "not set".to_owned(),
        Some("") => "none".to_owned(),
        Some(text) => format!("`{text}`"),
    };
    let settings = KEYS.iter().map(|key| {
        let Key {
            name,
            kind,
            default,
            what,
        } = key;
        format!(
            "| `{name}` | `{}` | {} | {} | {what} |",
            key.variable(),
            shown(*default),
            kind.allowed()
        )
    });
    let lists = LISTS.iter().flat_map(|list| list.keys).map(|key| {
        let Key {
            name,
            kind,
            default,
            what,
        } = key;
        format!(
            "| `{name}` | {} | {} | {what} |",
            shown(*default),
            kind.allowed()
        )
    });
    let rows: Vec<String> = settings.chain(lists).collect();
    let written: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert!(
        written == rows,
        "the tables of docs/config.md should be\n{}",
        rows.join("\n")
    );
}
