//! What clients ask of their approvals, and what the operator knows of networks.

use countersign_core::client::{Approval, Desktops, Far, Rules};
use countersign_core::ids::Thumbprint;
use countersign_core::scan_code::Rotation;

use super::*;

/// A client with these further lines; its table begins in line 1.
fn shop(lines: &str) -> String {
    format!("[[clients]]\nid = 'shop'\nnative = true\n{lines}")
}

fn client_of(toml: &str) -> Client {
    load(toml).unwrap().clients.pop().unwrap()
}

#[test]
fn a_client_that_says_nothing_of_it_has_the_rules_of_the_protocol() {
    let client = client_of(&shop(""));
    assert_eq!(client.rules, Rules::default());
    assert_eq!(client.rotation, Rotation::Every(Duration::from_secs(30)));
}

#[test]
fn every_setting_of_a_policy_arrives() {
    let key = Thumbprint::from_bytes([7; 32]);
    let client = client_of(&shop(&format!(
        "approval = 'passkey'\nfar = 'refuse'\ndesktops = 'registered'\nregistered_desktops = ['{key}']\n\
         create_networks = ['10.0.0.0/8', '192.0.2.1']\nscan_networks = ['2001:db8::/32']\n\
         rotate_seconds = 15\nscanner_only = true\nlogin_hint_required = true\nphrase = true"
    )));
    let rules = Rules {
        approval: Approval::Passkey,
        far: Far::Refuse,
        desktops: Desktops::Registered(vec![key]),
        create_networks: vec![
            "10.0.0.0/8".parse().unwrap(),
            "192.0.2.1/32".parse().unwrap(),
        ],
        scan_networks: vec!["2001:db8::/32".parse().unwrap()],
        scanner_only: true,
        login_hint_required: true,
        phrase: true,
    };
    assert_eq!(client.rules, rules);
    assert_eq!(client.rotation, Rotation::Every(Duration::from_secs(15)));
    let known = client_of(&shop("desktops = 'known'\nrotate_seconds = 0"));
    assert_eq!(known.rules.desktops, Desktops::Known);
    assert_eq!(known.rotation, Rotation::Static);
}

#[test]
fn what_is_wrong_with_a_policy_is_named_with_its_line() {
    for (lines, words) in [
        (
            "approval = 'tap'",
            "\"auto\" or \"code\" or \"passkey\", not 'tap'",
        ),
        ("far = 'allow'", "\"code\" or \"passkey\" or \"refuse\""),
        (
            "desktops = 'mine'",
            "\"open\" or \"known\" or \"registered\"",
        ),
        (
            "rotate_seconds = 5",
            "0 (off) or a whole number from 15 to 120, not 5",
        ),
        ("rotate_seconds = 121", "not 121"),
        ("desktops = 'registered'", "needs registered_desktops"),
        (
            "registered_desktops = ['x']",
            "counts only with desktops = \"registered\"",
        ),
        (
            "create_networks = ['10.0.0.0/33']",
            "create_networks has \"10.0.0.0/33\", which is no address and no network",
        ),
        ("scan_networks = ['office']", "scan_networks has \"office\""),
        (
            "scan_networks = ['10.0.0.7/8']",
            "write 10.0.0.0/8 for the network",
        ),
        (
            "scan_networks = ['::ffff:10.0.0.0/104']",
            "a network of IPv4",
        ),
        ("scanner_only = 1", "true or false, not 1"),
        (
            "binding = 'device-id'\napproval = 'auto'",
            "\"code\" or \"passkey\" with binding",
        ),
        (
            "binding = 'device-id'\ndesktops = 'known'",
            "no key to be known by",
        ),
    ] {
        let said = complaint(&shop(lines));
        let line = 3 + lines.lines().count();
        assert!(said.contains(words), "{lines}: {said}");
        assert!(
            said.contains(&format!("countersign.toml, line {line}: ")),
            "{said}"
        );
    }
    let spoilt = Thumbprint::from_bytes([7; 32])
        .to_string()
        .replace('B', "+");
    for thumbprint in ["short", &spoilt] {
        let said = complaint(&shop(&format!(
            "desktops = 'registered'\nregistered_desktops = ['{thumbprint}']"
        )));
        assert!(
            said.contains("line 5") && said.contains("no thumbprint"),
            "{said}"
        );
    }
}

#[test]
fn passkeys_are_not_asked_for_where_they_can_not_work() {
    let at = |issuer: &str, lines: &str| {
        load(&format!(
            "listen = '0.0.0.0:8443'\nissuer = '{issuer}'\n{}",
            shop(lines)
        ))
    };
    for lines in ["approval = 'passkey'", "far = 'passkey'"] {
        for issuer in ["https://192.168.1.5:8443", "https://[fd00::5]:8443"] {
            let said = at(issuer, lines).unwrap_err().to_string();
            assert!(
                said.contains("line 6") && said.contains("IP address"),
                "{said}"
            );
        }
        assert!(at("https://login.example", lines).is_ok());
        assert!(load(&shop(lines)).is_ok(), "localhost is a name");
    }
    assert!(at("https://192.168.1.5:8443", "far = 'refuse'").is_ok());
}

#[test]
fn a_device_that_can_be_copied_may_take_a_passkey_and_never_a_tap() {
    let client = client_of(&shop("binding = 'device-id'"));
    assert_eq!(client.rules.approval, Approval::Code);
    let client = client_of(&shop("binding = 'device-id'\napproval = 'passkey'"));
    assert_eq!(client.rules.approval, Approval::Passkey);
}

#[test]
fn the_operators_networks_are_read_and_none_is_the_world() {
    let config = load(
        "[network]\nnear = ['10.0.0.0/8', 'fd00::/8']\nshared_exits = ['198.51.100.7', '100.64.0.0/10']",
    )
    .unwrap();
    assert_eq!(config.networks.near.len(), 2);
    assert_eq!(
        config.networks.shared_exits[0],
        "198.51.100.7/32".parse().unwrap()
    );
    for (lines, words) in [
        ("near = ['0.0.0.0/0']", "too much of the world"),
        ("near = ['2000::/3']", "too much of the world"),
        ("near = ['home']", "network.near has \"home\""),
        (
            "shared_exits = ['1.2.3']",
            "network.shared_exits has \"1.2.3\"",
        ),
    ] {
        let said = complaint(&format!("[network]\n{lines}"));
        assert!(said.contains("line 2: ") && said.contains(words), "{said}");
    }
    let config = load("[network]\nplaces = 'a.mmdb'").unwrap();
    let file = config.places.places.unwrap();
    assert_eq!(file.path, PathBuf::from("a.mmdb"));
    assert!(
        file.setting
            .ends_with("countersign.toml, line 2: network.places"),
        "{}",
        file.setting
    );
    assert!(config.places.anonymous.is_none());
}

#[test]
fn a_recovery_waits_a_day_unless_told_otherwise() {
    let wait = |toml: &str| load(toml).unwrap().phones.recovery_wait;
    assert_eq!(wait(""), Duration::from_secs(86_400));
    assert_eq!(
        wait("[recovery]\nwait_hours = 168"),
        Duration::from_secs(7 * 86_400)
    );
    assert!(complaint("[recovery]\nwait_hours = 169").contains("from 0 to 168, not 169"));
    let warned = load("[recovery]\nwait_hours = 0")
        .unwrap()
        .warnings()
        .join("\n");
    assert!(warned.contains("recovery.wait_hours is 0"), "{warned}");
}

#[test]
fn rules_that_can_not_come_true_are_warned_of() {
    let warned = |toml: &str| load(toml).unwrap().warnings().join("\n");
    let far = shop("far = 'refuse'");
    assert!(
        warned(&far).contains("far is set (shop)"),
        "{}",
        warned(&far)
    );
    let known = format!("[network]\nanonymous = 'a.mmdb'\n{far}");
    assert_eq!(warned(&known), "");
    let here = shop("create_networks = ['10.0.0.0/8']");
    assert_eq!(warned(&here), "");
    let blind = format!("issuer = 'https://login.example'\n{here}");
    assert!(
        warned(&blind).contains("Networks are set (shop)"),
        "{}",
        warned(&blind)
    );
}

#[test]
fn where_a_setting_came_from_can_be_asked() {
    let toml = format!("[rotation]\nseconds = 20\n{}", shop("far = 'refuse'"));
    let settings = settings(&toml, &[], arguments()).unwrap();
    for (client, key, from) in [
        ("shop", "far", "countersign.toml, line 6"),
        ("shop", "approval", "default"),
        ("shop", "rotate_seconds", "not set"),
        ("shop", "rotation.seconds", "countersign.toml, line 2"),
        ("countersign", "far", "built in"),
    ] {
        let said = settings.whence(client, key);
        assert!(said.ends_with(from), "{client} {key}: {said}");
    }
}
