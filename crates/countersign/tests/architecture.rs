//! The house rules that no compiler checks: which crate may know which, how long a file may grow, and that
//! what the pages for contributors say is there is there.
//!
//! Each rule is a pure function from text to the list of its breaches, so that the second half of this file
//! can show each of them failing; the first half runs them on the repository.

#![expect(
    clippy::expect_used,
    reason = "a repository that can't be read is a failed test, with the reason in the message"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates each of our crates may depend on, in any kind of dependency. Nothing points up, and
/// http and store never meet. A crate that is not listed here has no rule, and a new crate needs one.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("countersign-core", &[]),
    ("countersign-store", &["countersign-core"]),
    ("countersign-http", &["countersign-core"]),
    ("countersign-client", &[]),
    (
        "countersign",
        &[
            "countersign-core",
            "countersign-store",
            "countersign-http",
            "countersign-client",
        ],
    ),
    (
        "countersign-tests",
        &[
            "countersign-core",
            "countersign-store",
            "countersign-http",
            "countersign-client",
            "countersign",
        ],
    ),
];

/// Everything that the core builds on. It has no I/O, no clock and no randomness because nothing here has.
const CORE_BUILDS_ON: [&str; 9] = [
    "async-trait",
    "base64",
    "chacha20poly1305",
    "hmac",
    "ipnet",
    "sha2",
    "subtle",
    "thiserror",
    "zeroize",
];

/// What a crate must not reach, directly or through anything it links.
const MUST_NOT_REACH: [(&str, &[&str]); 4] = [
    (
        "countersign-core",
        &[
            "tokio",
            "futures-util",
            "serde",
            "serde_json",
            "rusqlite",
            "axum",
            "http",
            "hyper",
            "url",
            "getrandom",
            "rand",
            "chrono",
            "time",
            "tracing",
        ],
    ),
    (
        "countersign-store",
        &[
            "axum",
            "http",
            "hyper",
            "tower",
            "tower-http",
            "reqwest",
            "jsonwebtoken",
            "minijinja",
        ],
    ),
    (
        "countersign-http",
        &[
            "rusqlite",
            "libsqlite3-sys",
            "refinery",
            "redis",
            "tokio-postgres",
            "deadpool-postgres",
        ],
    ),
    (
        "countersign-client",
        &["axum", "rusqlite", "clap", "minijinja"],
    ),
];

/// Where a production file stops.
const LONGEST_FILE: usize = 400;

/// Where a port stops: past this it is two things that change for two reasons.
const MOST_METHODS: usize = 12;

// ---- the rules, on this repository -----------------------------------------------------------------------

#[test]
fn crates_depend_only_along_the_allowed_arrows() {
    let packages = packages();
    assert!(
        packages.len() >= MAY_USE.len(),
        "the workspace lost a crate: {packages:?}"
    );
    assert_none(&forbidden_arrows(&packages));
}

#[test]
fn the_core_builds_on_a_short_list() {
    let core = packages()
        .into_iter()
        .find(|p| p.name == "countersign-core")
        .expect("the core is in the workspace");
    assert_none(&outside_of(&core.builds_on, &CORE_BUILDS_ON));
}

#[test]
fn no_crate_reaches_what_it_must_not_know() {
    for (name, forbidden) in MUST_NOT_REACH {
        let tree = output(
            "cargo",
            &[
                "tree",
                "--package",
                name,
                "--edges",
                "normal",
                "--prefix",
                "none",
            ],
        );
        assert_none(&reached(name, &tree, forbidden));
    }
}

#[test]
fn every_crate_is_named_like_its_folder_and_takes_the_lints_of_the_house() {
    assert_none(&lints_of_the_house(&read("Cargo.toml")));
    for package in packages() {
        let manifest =
            fs::read_to_string(&package.manifest).expect("a manifest that cargo read can be read");
        assert_none(&manifest_breaches(&package, &manifest));
    }
}

#[test]
fn production_files_stay_short() {
    let files: Vec<_> = tracked()
        .into_iter()
        .filter(|path| is_production(path))
        .collect();
    assert!(
        files.len() > 10,
        "the list of files is nearly empty: {files:?}"
    );
    let breaches: Vec<_> = files
        .iter()
        .filter_map(|path| too_long(path, &read(path)))
        .collect();
    assert_none(&breaches);
}

#[test]
fn ports_stay_narrow() {
    let files: Vec<_> = tracked()
        .into_iter()
        .filter(|path| path.starts_with("crates/countersign-core/src/ports"))
        .collect();
    assert!(
        !files.is_empty(),
        "the core's ports have moved; this test has to follow"
    );
    let breaches: Vec<_> = files
        .iter()
        .flat_map(|path| wide_ports(&read(path)))
        .collect();
    assert_none(&breaches);
}

#[test]
fn every_path_that_the_architecture_and_contributing_pages_name_exists() {
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let paths = paths_named_in(&read(page));
        assert!(paths.len() > 10, "{page} names nearly no path: {paths:?}");
        let exists = |path: &String| root().join(path).exists();
        let gone: Vec<_> = paths.into_iter().filter(|path| !exists(path)).collect();
        assert_none(&gone);
    }
}

#[test]
fn no_tracked_file_names_a_machine_or_a_registry_host() {
    let mut breaches = Vec::new();
    for path in tracked() {
        // Pictures and the like have no lines; lock files name the registry's index, which is its name.
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        if path != "Cargo.lock" {
            breaches.extend(machine_names(&path, &text));
        }
    }
    assert_none(&breaches);
}

// ---- the rules, as functions from text to breaches -------------------------------------------------------

/// One of our crates, as `cargo metadata` describes it.
#[derive(Debug, Clone)]
struct Package {
    name: String,
    manifest: PathBuf,
    /// Dependencies of every kind.
    uses: BTreeSet<String>,
    /// Dependencies that are linked into what is built: neither for tests nor for build scripts.
    builds_on: BTreeSet<String>,
}

fn forbidden_arrows(packages: &[Package]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut breaches = Vec::new();
    for package in packages {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            breaches.push(format!(
                "{}: a new crate needs a rule in MAY_USE",
                package.name
            ));
            continue;
        };
        for used in package
            .uses
            .iter()
            .filter(|name| ours.contains(name.as_str()))
        {
            if !allowed.contains(&used.as_str()) {
                breaches.push(format!("{} must not depend on {used}", package.name));
            }
        }
    }
    breaches
}

fn outside_of(used: &BTreeSet<String>, allowed: &[&str]) -> Vec<String> {
    used.iter()
        .filter(|name| !allowed.contains(&name.as_str()))
        .cloned()
        .collect()
}

/// `tree` is what `cargo tree --prefix none` prints: one `name version …` a line.
fn reached(from: &str, tree: &str, forbidden: &[&str]) -> Vec<String> {
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if !names.contains(from) {
        return vec![format!("{from}: cargo printed no tree for it")];
    }
    forbidden
        .iter()
        .filter(|name| names.contains(*name))
        .map(|name| format!("{from} reaches {name}"))
        .collect()
}

fn lints_of_the_house(root_manifest: &str) -> Vec<String> {
    let manifest: toml::Table = root_manifest.parse().expect("the root manifest is TOML");
    let rust = manifest
        .get("workspace")
        .and_then(|t| t.get("lints"))
        .and_then(|t| t.get("rust"));
    match rust
        .and_then(|t| t.get("unsafe_code"))
        .and_then(toml::Value::as_str)
    {
        Some("forbid") => Vec::new(),
        other => vec![format!(
            "workspace.lints.rust.unsafe_code is {other:?}, not \"forbid\""
        )],
    }
}

fn manifest_breaches(package: &Package, manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().expect("a manifest is TOML");
    let mut breaches = Vec::new();
    let inherits = table
        .get("lints")
        .and_then(|t| t.get("workspace"))
        .and_then(toml::Value::as_bool);
    if inherits != Some(true) {
        breaches.push(format!(
            "{}: without `[lints] workspace = true`",
            package.name
        ));
    }
    let folder = package.manifest.parent().unwrap_or(Path::new(""));
    let in_crates = folder
        .parent()
        .is_some_and(|parent| parent.ends_with("crates"));
    if in_crates && !folder.ends_with(&package.name) {
        breaches.push(format!(
            "{}: its folder is {}",
            package.name,
            folder.display()
        ));
    }
    breaches
}

/// Whether the limit of lines is for this file: what ships, neither tests nor declarations of types.
fn is_production(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = Path::new(name).extension().and_then(|e| e.to_str());
    let is_source = matches!(extension, Some("rs" | "ts"));
    let is_test = path
        .split('/')
        .any(|part| matches!(part, "tests" | "benches" | "fuzz"))
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
        || name.ends_with(".test.ts")
        || name.ends_with(".d.ts");
    is_source && !is_test
}

fn too_long(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LONGEST_FILE).then(|| format!("{path}: {lines} lines, the stop is at {LONGEST_FILE}"))
}

/// Traits with more than [`MOST_METHODS`] methods. It counts `fn` at the head of a line between `pub trait`
/// and the `}` in the first column, which is where rustfmt puts them.
fn wide_ports(source: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for line in source.lines() {
        if let Some(rest) = line.strip_prefix("pub trait ") {
            let name = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or(rest);
            open = Some((name.to_owned(), 0));
        }
        let Some((name, methods)) = &mut open else {
            continue;
        };
        let is_method = ["fn ", "async fn "]
            .iter()
            .any(|head| line.trim_start().starts_with(head));
        *methods += usize::from(is_method);
        if line.starts_with('}') {
            if *methods > MOST_METHODS {
                breaches.push(format!(
                    "{name}: {methods} methods, the stop is at {MOST_METHODS}"
                ));
            }
            open = None;
        }
    }
    breaches
}

/// Paths from the root that a page quotes: every `code` word that starts with one of the top folders or
/// looks like a file there, and every relative link. URLs of the server start with `/` and are none.
fn paths_named_in(page: &str) -> Vec<String> {
    const FOLDERS: [&str; 9] = [
        "crates/",
        "sdk/",
        "web/",
        "tests/",
        "docs/",
        "scripts/",
        "bench/",
        "fuzz/",
        "examples/",
    ];
    const FILES: [&str; 5] = [".md", ".toml", ".rs", ".ts", ".json"];
    let quoted = page.split('`').skip(1).step_by(2);
    let linked = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let mut paths: Vec<String> = quoted
        .chain(linked.filter(|link| !link.contains("://") && !link.starts_with('#')))
        .filter(|word| {
            word.chars()
                .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
        })
        .filter(|word| !word.starts_with('/'))
        .filter(|word| {
            FOLDERS.iter().any(|f| word.starts_with(f)) || FILES.iter().any(|f| word.ends_with(f))
        })
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Home folders of whoever wrote a line, and hosts that a package manager was set up with: neither is there
/// on the next machine. Written in halves, so that this file passes its own test.
fn machine_names(path: &str, text: &str) -> Vec<String> {
    const NAMES: [&str; 9] = [
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("registry.npm", "js.org"),
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("pypi", ".org"),
        concat!("deb.debian", ".org"),
    ];
    let breach = |(number, line): (usize, &str)| {
        let name = NAMES.iter().find(|name| line.contains(*name))?;
        Some(format!("{path}:{}: {name}", number + 1))
    };
    text.lines().enumerate().filter_map(breach).collect()
}

// ---- reading the repository ------------------------------------------------------------------------------

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the crate is two folders below the root")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| format!("{path} can't be read: {error}"))
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the program prints UTF-8")
}

/// What is in the repository or about to be: tracked, or new and not ignored.
fn tracked() -> Vec<String> {
    let list = output(
        "git",
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    );
    let there = |path: &&str| !path.is_empty() && root().join(path).is_file();
    list.split('\0').filter(there).map(str::to_owned).collect()
}

fn packages() -> Vec<Package> {
    let text = output("cargo", &["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: serde_json::Value = serde_json::from_str(&text).expect("cargo prints JSON");
    let list = metadata["packages"].as_array().expect("there are packages");
    list.iter().map(package).collect()
}

fn package(described: &serde_json::Value) -> Package {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let dependencies = described["dependencies"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    Package {
        name: text(&described["name"]),
        manifest: PathBuf::from(text(&described["manifest_path"])),
        uses: dependencies.iter().map(|d| text(&d["name"])).collect(),
        // The kind is null for a plain dependency, else "dev" or "build".
        builds_on: dependencies
            .iter()
            .filter(|d| d["kind"].is_null())
            .map(|d| text(&d["name"]))
            .collect(),
    }
}

fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

// ---- each rule can fail ----------------------------------------------------------------------------------

fn a_package(name: &str, folder: &str, uses: &[&str]) -> Package {
    let uses: BTreeSet<String> = uses.iter().map(|&name| name.to_owned()).collect();
    let manifest = Path::new(folder).join("Cargo.toml");
    Package {
        name: name.to_owned(),
        manifest,
        builds_on: uses.clone(),
        uses,
    }
}

#[test]
fn an_arrow_from_http_to_store_is_seen_and_one_to_core_is_not() {
    let packages = [
        a_package("countersign-core", "crates/countersign-core", &["sha2"]),
        a_package(
            "countersign-store",
            "crates/countersign-store",
            &["countersign-core"],
        ),
        a_package(
            "countersign-http",
            "crates/countersign-http",
            &["countersign-core", "countersign-store"],
        ),
    ];
    assert_eq!(
        forbidden_arrows(&packages),
        ["countersign-http must not depend on countersign-store"]
    );
}

#[test]
fn a_crate_without_a_rule_is_seen() {
    let packages = [a_package(
        "countersign-utils",
        "crates/countersign-utils",
        &[],
    )];
    assert_eq!(
        forbidden_arrows(&packages),
        ["countersign-utils: a new crate needs a rule in MAY_USE"]
    );
}

#[test]
fn a_library_that_is_not_on_the_list_is_seen() {
    let core = a_package(
        "countersign-core",
        "crates/countersign-core",
        &["sha2", "serde"],
    );
    assert_eq!(outside_of(&core.builds_on, &CORE_BUILDS_ON), ["serde"]);
}

#[test]
fn a_forbidden_library_is_seen_at_any_depth_and_by_its_whole_name() {
    let tree = "countersign-core v0.1.0 (crates/countersign-core)\nhttp-body v1.0.1\ngetrandom v0.4.0 (*)\n";
    assert_eq!(
        reached("countersign-core", tree, &["http", "getrandom"]),
        ["countersign-core reaches getrandom"]
    );
    assert_eq!(
        reached("countersign-core", "", &["http"]),
        ["countersign-core: cargo printed no tree for it"]
    );
}

#[test]
fn allowed_unsafe_and_a_crate_that_leaves_the_lints_are_seen() {
    assert_eq!(
        lints_of_the_house("[workspace.lints.rust]\nunsafe_code = \"warn\"\n").len(),
        1
    );
    assert_eq!(lints_of_the_house("[workspace]\n").len(), 1);
    let misplaced = a_package("countersign-http", "crates/http", &[]);
    let breaches = manifest_breaches(&misplaced, "[package]\nname = \"countersign-http\"\n");
    assert_eq!(
        breaches,
        [
            "countersign-http: without `[lints] workspace = true`",
            "countersign-http: its folder is crates/http"
        ]
    );
}

#[test]
fn a_file_of_401_lines_is_seen_and_one_of_400_is_not() {
    assert!(too_long("a.rs", &"\n".repeat(LONGEST_FILE + 1)).is_some());
    assert!(too_long("a.rs", &"\n".repeat(LONGEST_FILE)).is_none());
}

#[test]
fn production_is_told_from_tests() {
    for path in ["crates/countersign/src/main.rs", "web/src/phone.ts"] {
        assert!(is_production(path), "{path}");
    }
    for path in [
        "crates/countersign/tests/architecture.rs",
        "crates/countersign-core/src/login/tests.rs",
        "sdk/browser/src/client.test.ts",
        "sdk/browser/src/types.d.ts",
        "README.md",
    ] {
        assert!(!is_production(path), "{path}");
    }
}

#[test]
fn a_port_of_thirteen_methods_is_seen_and_one_of_twelve_is_not() {
    let port = |methods: usize| {
        format!(
            "pub trait Logins: Send {{\n{}}}\n",
            "    async fn find(&self);\n".repeat(methods)
        )
    };
    assert_eq!(
        wide_ports(&port(MOST_METHODS + 1)),
        ["Logins: 13 methods, the stop is at 12"]
    );
    assert_eq!(wide_ports(&port(MOST_METHODS)), Vec::<String>::new());
}

#[test]
fn paths_are_told_from_urls_and_names() {
    let page = "`crates/countersign/src` and [this](docs/decisions/0001-a.md), not `/v1/logins`, `apply(event, now)`, \
                `countersign-core`, [that](https://example.org/a.md), but `deny.toml`.";
    assert_eq!(
        paths_named_in(page),
        [
            "crates/countersign/src",
            "deny.toml",
            "docs/decisions/0001-a.md"
        ]
    );
}

#[test]
fn a_home_folder_and_a_registry_host_are_seen() {
    let text = format!(
        "fine\ncd /ho{}\nfrom https://registry.npm{}/a.tgz\n",
        "me/anna", "js.org"
    );
    assert_eq!(machine_names("notes.md", &text).len(), 2);
    assert_eq!(
        machine_names("notes.md", "all crates come from the public registry\n"),
        Vec::<String>::new()
    );
}
