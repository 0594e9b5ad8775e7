//! The tables of all families, held to the tests that they name, and SECURITY.md to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::{
    browser, ceremonies, cross_type, detectors, escalation, guessing, injection, known, links,
    load, races, replay, staying, tokens, wrong_party,
};

/// An attack, and the test that plays it: `file::name`, the file below `tests/tests`.
pub(crate) type Case = (&'static str, &'static str);

/// A family: its name, its table, and the files here that are its own.
type Family = (
    &'static str,
    &'static [&'static [Case]],
    &'static [&'static str],
);

const FAMILIES: [Family; 12] = [
    ("The six flaws", &[SIX_FLAWS], &[]),
    (
        "Replay",
        &[replay::CASES, cross_type::CASES],
        &["replay", "cross_type"],
    ),
    (
        "Races",
        &[races::CASES, ceremonies::CASES],
        &["races", "ceremonies"],
    ),
    ("Wrong party", &[wrong_party::CASES], &["wrong_party"]),
    (
        "Escalation",
        &[escalation::CASES, known::CASES, staying::CASES],
        &["escalation", "known", "staying"],
    ),
    ("Links", &[links::CASES], &["links"]),
    ("Guessing", &[guessing::CASES], &["guessing"]),
    ("Tokens", &[tokens::CASES], &["tokens"]),
    ("Browser", &[browser::CASES], &["browser"]),
    ("Injection", &[injection::CASES], &["injection"]),
    ("Load", &[load::CASES], &["load"]),
    ("Detection", &[detectors::CASES], &["detectors"]),
];

/// What is of no other family. The rest of F1 and F2 is listed with those who replay, race, and are the wrong party.
const SIX_FLAWS: &[Case] = &[
    ("F1: another door", "flaws.rs::there_is_no_other_door"),
    (
        "F3: ids that follow from each other",
        "flaws.rs::a_hundred_thousand_logins_have_no_duplicates_no_sequence_and_no_common_prefix",
    ),
    (
        "F3: ids that begin again with the process",
        "flaws.rs::a_restart_begins_nothing_again",
    ),
    (
        "F4: an id in body, query, header or cookie",
        "flaws.rs::ids_in_body_query_header_and_cookie_are_ignored",
    ),
    (
        "F4: another login named beside the scanned one",
        "flaws.rs::the_victims_scan_goes_to_the_login_that_the_code_names",
    ),
    (
        "F4: an id kept in a cookie",
        "flaws.rs::nothing_that_identifies_is_kept_in_a_cookie",
    ),
    (
        "F5: somebody else named in a whole sign-in",
        "flaws.rs::a_whole_sign_in_that_names_somebody_else_signs_its_own_phone_in",
    ),
    (
        "F5: somebody else named by who reads",
        "flaws.rs::who_reads_names_himself_by_his_token_alone",
    ),
    (
        "F5: somebody else named beside a password",
        "flaws.rs::a_password_opens_its_own_account",
    ),
    (
        "F6: personal data before the collect",
        "flaws.rs::up_to_the_collect_answer_the_desktops_bytes_hold_nothing_of_the_account",
    ),
    (
        "F6: personal data at the other ends",
        "flaws.rs::nor_do_the_ends_that_give_it_nothing",
    ),
    (
        "F6: a copy in the browser's cache",
        "flaws.rs::a_browser_keeps_no_copy_of_the_answer_with_the_name",
    ),
];

/// Attacks on what isn't there yet, with the title of the issue that brings it.
const WAITING: &[(&str, &[&str])] = &[
    (
        OAUTH,
        &[
            "`prompt=none` of a stricter client with a cookie made for a laxer one",
            "a forward-auth cookie at another host, or at the API",
            "forged identity headers at the proxy",
            "a team's generic token, another issuer's subject, the same e-mail",
            "an assertion code in another browser, exchanged twice, after an undo",
            "user codes: the sixth try, and how they are spelled",
            "PKCE downgrade, code reuse, redirect matching",
            "a pushed request reused, foreign, expired",
            "introspection without authentication",
            "revocation of a foreign token",
            "two client authentications, repeated parameters at the authorization endpoint",
            "JWKS URLs to loopback, link-local, rebinding, redirects, other schemes",
            "`return_to` that leads elsewhere",
        ],
    ),
    (
        NODES,
        &[
            "two hundred collects over two servers",
            "limits spread over many nodes",
        ],
    ),
];
const OAUTH: &str = "Every existing application can use it: OAuth 2 and OpenID Connect";
const NODES: &str = "Many nodes: PostgreSQL and Redis or Valkey underneath";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the tests in a Rust source: each function that follows an attribute which ends in `test`, whatever
/// it is given.
fn tests_in(source: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut lines = source.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let attribute = line.strip_prefix("#[").unwrap_or_default();
        let attribute = attribute.split(['(', ']']).next().unwrap_or_default();
        if attribute.split("::").last() != Some("test") {
            continue;
        }
        let function = lines.find_map(|line| {
            let (_, rest) = line.split_once("fn ")?;
            rest.split(['(', '<']).next()
        });
        names.extend(function);
    }
    names
}

/// Whether there is such a test; for a browser test, the name is its title.
fn exists(path: &str) -> bool {
    let Some((file, name)) = path.split_once("::") else {
        return false;
    };
    let folder = if file.starts_with("crates/") || file.starts_with("tests/") {
        repository()
    } else {
        repository().join("tests/tests")
    };
    let file = folder.join(file);
    if !file.is_file() {
        return false;
    }
    let source = read(&file);
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("ts") => source.contains(&format!("test('{name}'")),
        // The store's tests are functions that any store is given to.
        _ if source.contains("store: impl Subject") => {
            source.contains(&format!("async fn {name}("))
        }
        _ => tests_in(&source).contains(name),
    }
}

fn cases(family: &Family) -> impl Iterator<Item = &'static Case> {
    family.1.iter().copied().flatten()
}

#[test]
fn every_case_is_played_once_by_a_test_that_exists() {
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for family in &FAMILIES {
        for (case, path) in cases(family) {
            assert!(exists(path), "{}, {case}: no test {path}", family.0);
            assert!(
                names.insert((family.0, case)),
                "{case} stands twice in {}",
                family.0
            );
            assert!(paths.insert(path), "{path} plays two cases");
        }
    }
}

#[test]
fn every_test_here_plays_a_case_of_its_family() {
    let files: BTreeSet<&str> = FAMILIES
        .iter()
        .flat_map(|family| family.2)
        .copied()
        .collect();
    let here = repository().join("tests/tests/attacks");
    for entry in std::fs::read_dir(&here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.strip_suffix(".rs").unwrap_or(&name);
        let known = files.contains(name) || ["main", "cases", "support"].contains(&name);
        assert!(known, "{name} is of no family");
    }
    for family in &FAMILIES {
        let listed: BTreeSet<&str> = cases(family).map(|(_, path)| *path).collect();
        for file in family.2 {
            let source = read(&here.join(format!("{file}.rs")));
            for test in tests_in(&source) {
                let path = format!("attacks/{file}.rs::{test}");
                assert!(listed.contains(&*path), "{path} is in no table");
            }
        }
    }
}

/// The tests that passed in the run before this one: crate or binary, and name.
fn passed() -> BTreeSet<(String, String)> {
    // Nextest keeps its reports in the checkout, wherever the target folder is.
    let report = read(&repository().join("target/nextest/default/junit.xml"));
    let report = roxmltree::Document::parse(&report).unwrap();
    let cases = report
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let good = cases.filter(|case| {
        !case
            .children()
            .any(|child| child.has_tag_name("failure") || child.has_tag_name("error"))
    });
    let rust = good.map(|case| {
        let text = |name| case.attribute(name).unwrap_or_default().to_owned();
        (text("classname"), text("name"))
    });
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let report: serde_json::Value =
        serde_json::from_str(&read(&target.join("browser-tests.json"))).unwrap();
    let files = report["testResults"].as_array().unwrap().iter();
    let browser = files.flat_map(|file| {
        let name = file["name"].as_str().unwrap_or_default().to_owned();
        let tests = file["assertionResults"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let good = tests.into_iter().filter(|test| test["status"] == "passed");
        good.map(move |test| {
            (
                name.clone(),
                test["title"].as_str().unwrap_or_default().to_owned(),
            )
        })
    });
    rust.chain(browser).collect()
}

/// Whether a test, as tables name it, is among those that passed.
fn ran(passed: &BTreeSet<(String, String)>, path: &str) -> bool {
    let (file, name) = path.split_once("::").unwrap();
    if Path::new(file)
        .extension()
        .is_some_and(|ending| ending == "ts")
    {
        return passed
            .iter()
            .any(|(of, title)| of.ends_with(file) && title == name);
    }
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    let (binary, ending) = match parts.as_slice() {
        // Where in a crate a test stands follows from no name: the store's are given to each store.
        ["crates", package, ..] => ((*package).to_owned(), name.to_owned()),
        [binary, modules @ ..] => {
            let modules = modules.iter().filter(|module| **module != "main");
            let ending: Vec<&str> = modules.copied().chain([name]).collect();
            (format!("countersign-tests::{binary}"), ending.join("::"))
        }
        [] => return false,
    };
    let within = |of: &str| of == binary || of.starts_with(&format!("{binary}::"));
    let same = |full: &str| full == ending || full.ends_with(&format!("::{ending}"));
    passed.iter().any(|(of, full)| within(of) && same(full))
}

#[test]
#[ignore = "reads the reports of a whole run: scripts/test runs it last"]
fn each_named_test_ran() {
    let passed = passed();
    let text = read(&repository().join("SECURITY.md"));
    let named: Vec<&str> = named_in(&text).collect();
    let missing: Vec<&&str> = named.iter().filter(|path| !ran(&passed, path)).collect();
    assert!(
        missing.is_empty(),
        "SECURITY.md names tests that did not run: {missing:#?}"
    );
    println!(
        "\nAttacks, each played over HTTP against a running server unless its table says otherwise:"
    );
    let (mut all, mut refused) = (0, 0);
    for family in &FAMILIES {
        let count = cases(family).count();
        let held: Vec<_> = cases(family)
            .filter(|(_, path)| ran(&passed, path))
            .collect();
        println!(
            "  {:<15}{count:>4} attacks, {:>4} refused",
            family.0,
            held.len()
        );
        for (case, path) in cases(family) {
            assert!(ran(&passed, path), "{case}: {path} did not run, or failed");
        }
        all += count;
        refused += held.len();
    }
    println!("  {:<15}{all:>4} attacks, {refused:>4} refused\n", "all");
    for (title, waiting) in WAITING {
        println!("Waiting for \"{title}\": {}", waiting.len());
        for case in *waiting {
            println!("  {case}");
        }
    }
    println!(
        "\nSECURITY.md names {} tests; each ran and passed.\n",
        named.len()
    );
}

/// The tests that a text names.
fn named_in(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|quoted| quoted.contains(".rs::") || quoted.contains(".test.ts::"))
}

/// The table of the families as SECURITY.md has it.
fn table() -> String {
    let row = |family: &Family| {
        let count = cases(family).count();
        format!("| {} | {count} |", family.0)
    };
    let rows: Vec<String> = FAMILIES.iter().map(row).collect();
    let all: usize = FAMILIES.iter().map(|family| cases(family).count()).sum();
    format!(
        "| family | attacks, each refused or noticed |\n|---|---|\n{}\n| **all** | **{all}** |\n",
        rows.join("\n")
    )
}

#[test]
fn security_md_counts_what_is_here() {
    let text = read(&repository().join("SECURITY.md"));
    let table = table();
    assert!(text.contains(&table), "SECURITY.md should say:\n{table}");
}

#[test]
fn security_md_names_tests_that_exist() {
    let text = read(&repository().join("SECURITY.md"));
    let named: Vec<&str> = named_in(&text).collect();
    let promises = (1..=10).filter(|n| text.contains(&format!("| S{n} |")));
    assert_eq!(promises.count(), 10, "each promise has its row");
    assert!(named.len() >= 20, "{} tests are named", named.len());
    for path in named {
        assert!(exists(path), "SECURITY.md names {path}");
    }
}
