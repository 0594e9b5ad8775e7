//! What the command says, as text and as JSON.

use std::fmt::Write as _;

use countersign_core::client::Client;
use countersign_core::network::Side;
use countersign_core::policy::{Effect, Forbidden, Level, Reason, decide};
use serde_json::{Value, json};

use super::Policy;
use super::case::Case;
use super::changes::{Change, Changes, changes};
use super::table::{Outcome, rows};
use super::words;
use crate::cli::DesktopKind;
use crate::terminal::plain;

/// The same in both forms.
pub(super) struct Report {
    pub(super) text: String,
    pub(super) json: Value,
}

/// A client's settings, and what follows from them.
pub(super) fn overview(policy: &Policy<'_>) -> Report {
    let client = policy.client;
    let settings = words::settings(policy);
    let rows = rows(client);
    let mut text = heading(policy);
    for setting in &settings {
        let words::Setting {
            key,
            value,
            says,
            from,
        } = setting;
        line(
            &mut text,
            &format!("  {says} [{key} = {value}, {}]", plain(from)),
        );
    }
    text.push('\n');
    let mut table = vec![["desktop", "network", "opened by", "takes"].map(str::to_owned)];
    table.extend(rows.iter().map(|row| {
        let [desktop, network, opened_by] = row.cells(client);
        let takes = match row.outcome {
            Err(why) => format!("refused ({})", why.name()),
            outcome => words::outcome(outcome).to_owned(),
        };
        [desktop, network, opened_by, takes]
    }));
    aligned(&mut text, &table);
    let settings = settings.iter().map(|setting| {
        let words::Setting {
            key,
            value,
            says,
            from,
        } = setting;
        json!({ "setting": key, "value": value, "says": says, "from": from })
    });
    let rows = rows.iter().map(|row| {
        let mut json = of_outcome(row.outcome);
        json["desktop"] = json!(row.desktop);
        json["network"] = json!(row.network);
        json["opened_by"] = json!(row.opened_by);
        json
    });
    let json = json!({
        "client": client.id.as_str(),
        "settings": settings.collect::<Vec<_>>(),
        "table": rows.collect::<Vec<_>>(),
    });
    Report { text, json }
}

/// One sign-in.
pub(super) fn of_case(policy: &Policy<'_>, case: &Case) -> Report {
    let circumstances = case.circumstances(policy.client);
    let ruling = decide(&policy.client.rules, &circumstances);
    let missing = ruling.outcome == Ok(Level::Passkey) && !case.has_passkey;
    let mut text = heading(policy);
    line(&mut text, &format!("  {}", described(policy.client, case)));
    let takes = words::outcome(ruling.outcome);
    let then = words::consequence(ruling.outcome);
    line(&mut text, &format!("  It takes: {takes}. {then}"));
    if missing {
        let refused =
            "  But the account has no passkey, so the scan is refused (passkey_required).";
        line(&mut text, refused);
    }
    line(&mut text, "\n  Because:");
    let reasons = ruling.reasons.iter();
    let reasons: Vec<Value> = reasons
        .map(|&reason| of_reason(&mut text, policy, reason))
        .collect();
    let Changes { laxer, stricter } = changes(policy, &circumstances);
    if ruling.outcome != Ok(Level::Tap) {
        listed(&mut text, "Laxer", &laxer);
    }
    if ruling.outcome.is_ok() {
        listed(&mut text, "Stricter", &stricter);
    }
    let mut json = of_outcome(ruling.outcome);
    json["client"] = json!(policy.client.id.as_str());
    json["network"] = json!(case.network.name());
    json["passkey_missing"] = json!(missing);
    json["reasons"] = json!(reasons);
    for (name, changes) in [("laxer", laxer), ("stricter", stricter)] {
        let of_change = |Change { what, outcome }: Change| {
            let mut change = of_outcome(outcome);
            change["with"] = json!(what);
            change
        };
        json[name] = changes.into_iter().map(of_change).collect();
    }
    Report { text, json }
}

/// The changes that lead one way.
fn listed(text: &mut String, title: &str, changes: &[Change]) {
    let with = if changes.is_empty() {
        "no one change."
    } else {
        "any one of:"
    };
    line(text, &format!("\n  {title} with {with}"));
    for Change { what, outcome } in changes {
        line(text, &format!("  - {what}: {}", words::outcome(*outcome)));
    }
}

/// One reason: what it asks for, why, and the setting that says so.
fn of_reason(text: &mut String, policy: &Policy<'_>, reason: Reason) -> Value {
    let (says, key) = words::reason(policy, reason);
    let outcome = match reason.effect() {
        Effect::Asks(level) => Ok(level),
        Effect::Forbids(why) => Err(why),
    };
    let mut json = of_outcome(outcome);
    json["reason"] = json!(reason.name());
    json["says"] = json!(says);
    let setting = if let Some(key) = key {
        let (value, from) = (words::value(policy, key), policy.whence(key));
        json["decided_by"] = json!({ "setting": key, "value": value, "from": from });
        format!("[{key} = {value}, {}]", plain(&from))
    } else {
        json["decided_by"] = Value::Null;
        "[no setting]".to_owned()
    };
    let asks = words::outcome(outcome);
    line(text, &format!("  - {says} {setting}: {asks}"));
    json
}

/// The level, or why there is none.
fn of_outcome(outcome: Outcome) -> Value {
    let (takes, refused) = (outcome.ok(), outcome.err());
    json!({ "takes": takes.map(Level::name), "refused": refused.map(Forbidden::name) })
}

fn heading(policy: &Policy<'_>) -> String {
    let client = policy.client;
    if client.name == client.id.as_str() {
        return format!("{}\n", client.id);
    }
    format!("{} ({})\n", client.id, plain(&client.name))
}

/// The circumstances in a sentence.
fn described(client: &Client, case: &Case) -> String {
    let kinds = case.desktop.iter().map(|kind| match kind {
        DesktopKind::New => "new",
        DesktopKind::Known => "known",
        DesktopKind::Registered => "registered",
        DesktopKind::Unproved => "unproved",
    });
    let mut said = vec![
        format!("desktop {}", kinds.collect::<Vec<_>>().join(" and ")),
        format!("network {}", case.network.name()),
        format!("code opened by {}", case.opened_by.name()),
    ];
    let odd = [
        (case.flags.many_accounts, "asked many accounts"),
        (case.flags.desktop_moved, "desktop moved"),
        (case.other_account, "begun for another account"),
        (case.act.is_some(), "to add a passkey"),
        (!case.has_passkey, "account without a passkey"),
    ];
    said.extend(
        odd.iter()
            .filter(|(is, _)| *is)
            .map(|(_, words)| (*words).to_owned()),
    );
    if case.strangers > 0 {
        said.push(format!("strangers {}", case.strangers));
    }
    let rules = &client.rules;
    let bound = !(rules.create_networks.is_empty() && rules.scan_networks.is_empty());
    if bound && case.sides.is_none() {
        said.push("within the client's networks".to_owned());
    }
    let mut sentence = format!("With: {}.", said.join(", "));
    if let Some((desktop, phone)) = &case.sides {
        let _ = write!(
            sentence,
            "\n  The desktop is at {}; the phone at {}.",
            seen(desktop),
            seen(phone)
        );
    }
    sentence
}

/// An address with what the databases say of it.
fn seen(side: &Side) -> String {
    let Some(address) = side.address else {
        return "an address that is not known".to_owned();
    };
    let place = side.place.as_ref().map(|place| match &place.region {
        Some(region) => format!("{}, {region}", place.country),
        None => place.country.clone(),
    });
    let hosting = side
        .hosting
        .then(|| "of a hosting provider or anonymizer".to_owned());
    let facts: Vec<String> = place.into_iter().chain(hosting).collect();
    match facts.as_slice() {
        [] => address.to_string(),
        facts => plain(&format!("{address} ({})", facts.join(", "))),
    }
}

fn line(text: &mut String, words: &str) {
    text.push_str(words);
    text.push('\n');
}

/// Rows under each other, each column as wide as its widest cell.
fn aligned(text: &mut String, rows: &[[String; 4]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [first, second, third] = [0, 1, 2].map(width);
    for [desktop, network, opened_by, takes] in rows {
        line(
            text,
            &format!("  {desktop:first$}  {network:second$}  {opened_by:third$}  {takes}"),
        );
    }
}
