//! The context in words: who asks, from where, for what. Every word that came from elsewhere is sanitised.

use countersign_client::{Approval, Context, DesktopHistory, Level};

use crate::terminal::{duration, plain};

/// The lines that the person judges by.
pub(super) fn context(approval: &Approval, account: &str, keep: bool) -> Vec<String> {
    let context = &approval.context;
    let mut lines = vec![String::new(), who(context)];
    if let Some(name) = context
        .calls_itself
        .as_deref()
        .map(plain)
        .filter(|name| !name.is_empty())
    {
        lines.push(format!("  It calls itself:  \u{2068}{name}\u{2069}"));
    }
    let machine: Vec<String> = [&context.browser, &context.os]
        .into_iter()
        .flatten()
        .map(|part| plain(part))
        .collect();
    if !machine.is_empty() {
        lines.push(format!("  It says it is:    {}", machine.join(", ")));
    }
    lines.push(format!("  Computer:         {}", history(&context.desktop)));
    if let Some(place) = &context.place {
        let parts = place.region.iter().chain([&place.country]);
        let place: Vec<String> = parts.map(|part| plain(part)).collect();
        lines.push(format!("  Place:            {}", place.join(", ")));
    }
    lines.push(format!("  Network:          {}", network(&context.network)));
    if let Some(age) = context.age_seconds {
        lines.push(format!("  Asked:            {} ago", duration(age)));
    }
    let scopes: Vec<String> = context.scopes.iter().map(scope).collect();
    if !scopes.is_empty() {
        lines.push(format!("  It may:           {}", scopes.join("; ")));
    }
    if let Some(act) = &context.act {
        lines.push(format!("  And once:         {}", self::act(act)));
    }
    if context.phrase {
        lines.push("  It takes:         the phrase that was typed there".to_owned());
    }
    lines.push(format!("  Signed in for:    {}", how_long(approval, keep)));
    lines.push(format!("  Account:          {}", plain(account)));
    lines.extend(warnings(context));
    lines.push(String::new());
    lines.push(advice(context, approval.approval));
    lines
}

fn who(context: &Context) -> String {
    let name = plain(&context.client.name);
    match context.client.host.as_deref().map(plain) {
        Some(host) => format!("{name} on {host} asks to be signed in."),
        None => format!("{name}, a program and no web page, asks to be signed in."),
    }
}

fn history(desktop: &DesktopHistory) -> &'static str {
    match desktop {
        DesktopHistory::New => "new to this account",
        DesktopHistory::KnownSince(_) => "known to this account",
    }
}

fn act(act: &str) -> String {
    match act {
        "add_passkey" => "add a passkey to the account".to_owned(),
        other => plain(other),
    }
}

fn network(network: &str) -> String {
    match network {
        "same" => "the same as yours".to_owned(),
        "near" => "close to yours".to_owned(),
        "far" => "FAR from yours".to_owned(),
        _ => "a different one (usual on mobile data)".to_owned(),
    }
}

fn scope(scope: &countersign_client::Scope) -> String {
    plain(if scope.text.is_empty() {
        &scope.name
    } else {
        &scope.text
    })
}

fn how_long(approval: &Approval, keep: bool) -> String {
    match approval.durations {
        Some(durations) if keep => duration(durations.keep_seconds),
        Some(durations) => {
            let (default, kept) = (
                duration(durations.default_seconds),
                duration(durations.keep_seconds),
            );
            format!("{default} (with --keep: {kept})")
        }
        None => duration(approval.context.duration_seconds),
    }
}

fn warnings(context: &Context) -> Vec<String> {
    let mut warnings = Vec::new();
    match context.strangers {
        0 => {}
        1 => warnings.push("  WARNING: somebody else scanned this code, too.".to_owned()),
        others => warnings.push(format!(
            "  WARNING: {others} other people scanned this code, too."
        )),
    }
    if context.opened_by == "cross-site-link" {
        warnings.push("  WARNING: another web page sent you here.".to_owned());
    }
    for flag in &context.flags {
        let what = match flag.as_str() {
            "many_accounts" => "this computer asked several accounts lately",
            "desktop_moved" => "its network changed since it showed the code",
            other => &plain(other),
        };
        warnings.push(format!("  WARNING: {what}."));
    }
    warnings
}

fn advice(context: &Context, level: Level) -> String {
    let done = match context.client.host.as_deref().map(plain) {
        Some(host) => format!("opened {host}"),
        None => "started this program".to_owned(),
    };
    let next = match level {
        Level::Code => " You will then get a code to type there.",
        Level::Passkey => " It takes a passkey: scan the code with your phone's browser instead.",
        Level::Tap => "",
    };
    format!(
        "Approve only if you {done} yourself on a computer in front of you. Support will never ask you to scan.{next}"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn approval(context: &serde_json::Value) -> Approval {
        serde_json::from_value(json!({
            "ticket": "t", "expires_in": 120, "version": 2, "context": context, "context_digest": "d",
            "approval": "code", "durations": {"default_seconds": 28800, "keep_seconds": 2_592_000},
        }))
        .unwrap()
    }

    #[test]
    fn everything_that_has_to_be_judged_is_said() {
        let text = context(
            &approval(&json!({
                "client": {"name": "Shop", "host": "shop.example", "verified": false}, "browser": "Firefox", "os": "Linux",
                "network": "far", "requested_at": 1, "desktop": "new", "scopes": [{"name": "profile", "text": "See your name"}],
                "duration_seconds": 28800, "strangers": 2, "opened_by": "cross-site-link", "calls_itself": "PC", "age_seconds": 7,
                "place": {"country": "DE", "region": "Berlin"}, "flags": ["many_accounts", "desktop_moved"], "act": "add_passkey", "phrase": true,
            })),
            "anna",
            false,
        )
        .join("\n");
        for part in [
            "Shop on shop.example",
            "PC",
            "Firefox, Linux",
            "new to this account",
            "FAR",
            "7 seconds ago",
            "See your name",
            "8 hours (with --keep: 30 days)",
            "anna",
            "2 other people",
            "another web page",
            "Berlin, DE",
            "asked several accounts lately",
            "network changed since",
            "add a passkey to the account",
            "the phrase that was typed there",
            "opened shop.example yourself",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn foreign_words_cannot_steer_the_terminal() {
        let text = context(
            &approval(&json!({
                "client": {"name": "Shop\u{1b}[2J"}, "browser": "\u{1b}]0;x\u{7}", "os": "a\u{202e}b", "network": "\u{1b}[1m",
                "requested_at": 1, "desktop": {"known_since": 5}, "scopes": [{"name": "\u{9b}1m"}], "opened_by": "link",
                "calls_itself": "line\nfeed \u{2066}", "flags": ["\u{1b}[1m"], "act": "\u{9b}1m",
                "place": {"country": "\u{7}", "region": "a\u{202e}b"},
            })),
            "anna\u{7}",
            true,
        );
        assert!(!text.iter().any(|line| {
            line.chars()
                .any(|c| c.is_control() || c == '\u{202e}' || c == '\u{2066}')
        }));
        let text = text.join("\n");
        for part in [
            "a program and no web page, asks",
            "if you started this program yourself",
            "Support will never ask you to scan.",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}
