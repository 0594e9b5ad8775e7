use std::process::{Command, Stdio};

use crate::program::{countersign, run, run_with_input};

/// Every command, as the help of its parent names it.
fn commands() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
        args.push("--help");
        let (code, help, _) = run(&mut countersign(&args));
        assert_eq!(code, Some(0), "{path:?}");
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
        let listed = listed.lines().take_while(|line| !line.is_empty());
        // A name is indented by two; what wraps is further in.
        let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                open.push(path.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
        found.push(path);
    }
    found
}

#[test]
fn each_command_has_a_page_that_names_it() {
    let commands = commands();
    assert!(commands.len() > 20, "{commands:?}");
    for path in commands {
        let args: Vec<&str> = ["man"]
            .into_iter()
            .chain(path.iter().map(String::as_str))
            .collect();
        let (code, page, errors) = run(&mut countersign(&args));
        assert_eq!(code, Some(0), "{path:?}: {errors}");
        let name = ["countersign"]
            .into_iter()
            .chain(path.iter().map(String::as_str));
        let name = name
            .collect::<Vec<_>>()
            .join("\\-")
            .replace("lan-", "lan\\-")
            .replace("sign-", "sign\\-");
        assert!(
            page.contains(".SH NAME") && page.contains(&name),
            "{path:?}: {name}\n{page}"
        );
    }
    let (_, page, _) = run(&mut countersign(&["man", "serve"]));
    assert!(page.contains("COUNTERSIGN_LIMITS__CREATIONS"));
    let (code, _, errors) = run(&mut countersign(&["man", "account", "nothing"]));
    assert_eq!(code, Some(2));
    assert!(
        errors.contains("lock"),
        "it names those that there are: {errors}"
    );
}

#[test]
fn completions_are_valid_and_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = run(&mut countersign(&["completions", shell]));
        assert_eq!(code, Some(0));
        for word in ["lan-certificate", "sign-out", "trusted", "password-stdin"] {
            assert_eq!(script.contains(word), word != "trusted", "{shell}: {word}");
        }
    }
    let (_, script, _) = run(&mut countersign(&["completions", "bash"]));
    let mut bash = Command::new("bash");
    let (code, _, errors) = run_with_input(bash.arg("-n").stdin(Stdio::piped()), &script);
    assert_eq!(code, Some(0), "{errors}");
}

#[test]
fn a_complaint_shows_the_same_usage_as_the_help() {
    let (_, help, _) = run(&mut countersign(&["account", "add", "--help"]));
    let usage = help
        .lines()
        .find(|line| line.starts_with("Usage:"))
        .unwrap();
    assert_eq!(
        usage,
        "Usage: countersign account add [OPTIONS] --data <DIR> <NAME>"
    );
    let (code, _, errors) = run(&mut countersign(&["account", "add"]));
    assert_eq!(code, Some(2));
    assert!(errors.contains(usage), "{errors}");
}
