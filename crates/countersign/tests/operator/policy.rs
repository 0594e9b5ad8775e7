//! `policy explain`, and the databases of places, as an operator uses them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{countersign, run};

#[path = "../../../../tests/src/mmdb.rs"]
#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "public where it lives, and a test that can't go on stops"
)]
mod mmdb;

const CONFIG: &str = r#"
[network]
places = "PLACES"
anonymous = "ANONYMOUS"

[[clients]]
id = "shop"
name = "The Shop"
native = true
far = "refuse"

[[clients]]
id = "office"
native = true
approval = "passkey"
scan_networks = ["10.0.0.0/8"]
"#;

/// A config file with databases beside it: Germany, Brazil, and a hosting provider in Germany.
fn operator() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let places = mmdb::places(&[
        ("203.0.113.0/24", "DE", "EU", Some("Land Berlin")),
        ("198.51.100.0/24", "BR", "SA", None),
    ]);
    let anonymous = mmdb::anonymous(&[("203.0.113.128/25", "is_hosting_provider")]);
    let config = CONFIG
        .replace("PLACES", &write("places.mmdb", &places))
        .replace("ANONYMOUS", &write("anonymous.mmdb", &anonymous));
    let path = write("countersign.toml", config.as_bytes());
    (folder, path)
}

fn explain(config: &str, args: &str) -> (Option<i32>, String, String) {
    let mut command = countersign(&["policy", "explain", "--config", config]);
    run(command.args(args.split_whitespace()))
}

fn in_json(config: &str, args: &str) -> Value {
    let (code, out, errors) = explain(config, &format!("{args} --json"));
    assert_eq!(code, Some(0), "{errors}");
    let said: Value = serde_json::from_str(&out).unwrap();
    said["clients"][0].clone()
}

#[test]
fn a_policy_is_readable_at_a_glance() {
    let (_folder, path) = operator();
    let (code, said, errors) = explain(&path, "shop");
    assert_eq!(code, Some(0), "{errors}");
    for line in [
        "shop (The Shop)\n",
        &format!(
            "A desktop far from the phone is not signed in. [far = \"refuse\", {path}, line 10]\n"
        ),
        "Any desktop may be signed in. [desktops = \"open\", default]\n",
        "The scan code changes every 30 seconds. [rotation.seconds = 30, default]\n",
        "  desktop  network              opened by        takes\n",
        "  known    same, near           scanner, link    a tap\n",
        "  known    same, near           cross-site-link  the check code\n",
        "  new      same, near, unknown  any              the check code\n",
        "  new      far                  any              refused (far)\n",
    ] {
        assert!(said.contains(line), "{line} in\n{said}");
    }
    let (_, all, _) = explain(&path, "");
    for client in [
        "countersign (Countersign)\n",
        "shop (The Shop)\n",
        "office\n",
    ] {
        assert!(all.contains(client), "{all}");
    }
    let table = &in_json(&path, "office")["table"];
    assert_eq!(table.as_array().unwrap().len(), 1, "{table}");
    assert_eq!(
        (&table[0]["takes"], &table[0]["refused"]),
        (&json!("passkey"), &Value::Null)
    );
}

#[test]
fn one_sign_in_is_explained_with_the_setting_that_decides() {
    let (_folder, path) = operator();
    let far = "shop --desktop-address 198.51.100.7 --phone-address 203.0.113.7";
    let (_, said, _) = explain(&path, far);
    for words in [
        "The desktop is at 198.51.100.7 (BR); the phone at 203.0.113.7 (DE, Land Berlin).",
        "It takes: refused.",
        &format!("[far = \"refuse\", {path}, line 10]: refused"),
        "Laxer with any one of:\n  - far = \"code\": the check code",
    ] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    let case = in_json(&path, far);
    assert_eq!(
        (&case["network"], &case["refused"]),
        (&json!("far"), &json!("far"))
    );
    assert_eq!(
        case["reasons"][0]["decided_by"]["from"],
        format!("{path}, line 10")
    );
    let stricter = &in_json(&path, "shop --desktop known --network near")["stricter"];
    let code = json!({ "with": "approval = \"code\"", "takes": "code", "refused": null });
    assert!(stricter.as_array().unwrap().contains(&code), "{stricter}");
}

#[test]
fn addresses_are_compared_as_the_server_would() {
    let (_folder, path) = operator();
    for (desktop, phone, network) in [
        ("203.0.113.7", "203.0.113.7", "same"),
        ("203.0.113.7", "203.0.113.8", "unknown"),
        ("203.0.113.200", "203.0.113.8", "far"),
        ("198.51.100.7", "10.0.0.1", "unknown"),
        ("2001:db8::1", "2001:db8:0:1::1", "near"),
    ] {
        let args = format!("shop --desktop-address {desktop} --phone-address {phone}");
        assert_eq!(
            in_json(&path, &args)["network"],
            network,
            "{desktop} {phone}"
        );
    }
}

#[test]
fn every_circumstance_counts() {
    let (_folder, path) = operator();
    for (args, takes, reason) in [
        ("shop --desktop known --network same", "tap", "known_nearby"),
        (
            "shop --desktop known --network same --flag desktop_moved",
            "code",
            "desktop_moved",
        ),
        (
            "shop --desktop known --network same --flag many_accounts",
            "code",
            "many_accounts",
        ),
        (
            "shop --desktop known --network same --strangers 1",
            "code",
            "strangers",
        ),
        (
            "shop --desktop known --network same --opened-by cross-site-link",
            "code",
            "cross_site_link",
        ),
        (
            "shop --desktop unproved --network same",
            "code",
            "unproved_key",
        ),
        ("countersign --add-passkey", "passkey", "act_asks_passkey"),
        (
            "office --desktop known --network same",
            "passkey",
            "client_asks_passkey",
        ),
    ] {
        let case = in_json(&path, args);
        assert_eq!(case["takes"], takes, "{args}: {case}");
        assert_eq!(case["reasons"][0]["reason"], reason, "{args}: {case}");
    }
    let other = in_json(&path, "shop --other-account");
    assert_eq!(other["refused"], "account");
    let outside = in_json(&path, "office --phone-address 203.0.113.7");
    assert_eq!(outside["refused"], "network");
    assert_eq!(
        in_json(&path, "office --no-passkey")["passkey_missing"],
        true
    );
    assert_eq!(
        in_json(&path, "shop --no-passkey")["passkey_missing"],
        false
    );
}

#[test]
fn a_client_that_is_not_there_and_circumstances_that_exclude_each_other_are_refused() {
    let (_folder, path) = operator();
    for (args, words) in [
        ("shpo", "There is no client \"shpo\" here. Is shop meant?"),
        ("something-else", "There are: countersign, shop, office."),
        (
            "shop --network far --phone-address 203.0.113.7",
            "cannot be used with",
        ),
        ("shop --network beyond", "same, near, unknown, far"),
    ] {
        let (code, out, errors) = explain(&path, args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args}");
        assert!(errors.contains(words), "{args}: {errors}");
    }
}

#[test]
fn a_database_that_can_not_be_used_refuses_the_start_and_the_check_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let good = mmdb::places(&[("203.0.113.0/24", "DE", "EU", None)]);
    fs::write(at("cut.mmdb"), &good[..good.len() / 2]).unwrap();
    fs::write(at("anonymous.mmdb"), mmdb::anonymous(&[])).unwrap();
    let config = at("countersign.toml");
    for (name, words) in [
        ("nowhere.mmdb", "can't be read"),
        ("cut.mmdb", "no MMDB file"),
        ("anonymous.mmdb", "a City or Country database is meant"),
    ] {
        fs::write(&config, format!("[network]\nplaces = {:?}", at(name))).unwrap();
        let of = |args: &[&str], data: &Path| {
            let mut command = countersign(args);
            run(command.arg("--config").arg(&config).arg("--data").arg(data))
        };
        let data = at("data");
        let (code, out, errors) = of(&["config", "check"], &data);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{name}");
        let place = "countersign.toml, line 2: network.places: ";
        assert!(
            errors.contains(place) && errors.contains(name) && errors.contains(words),
            "{errors}"
        );
        let serve = of(&["serve", "--listen", "127.0.0.1:0"], &data);
        assert_eq!(serve, (code, out, errors), "{name}");
        assert!(!data.exists(), "nothing was made");
    }
}
