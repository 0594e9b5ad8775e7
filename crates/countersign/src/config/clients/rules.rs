//! What a client's approvals take, from its table: each setting alone, and whether they go together.

use countersign_core::client::{Approval, Desktops, Far, Rules};
use countersign_core::ids::Thumbprint;
use url::{Host, Url};

use super::{BindingWord, ClientTable};
use crate::config::networks;

/// A key, and what is wrong with it.
type Wrong = (&'static str, String);

/// The rules of a client's table.
pub(super) fn rules(table: &ClientTable, issuer: &str) -> Result<Rules, Wrong> {
    let networks = |key, texts: &[String]| {
        let parsed = networks::parse(texts);
        parsed.map_err(|what| (key, format!("{key} {what}")))
    };
    let rules = Rules {
        // The kinds of these keys let no other words through; the strictest stands for one.
        approval: Approval::parse(&table.approval).unwrap_or(Approval::Passkey),
        far: Far::parse(&table.far).unwrap_or(Far::Refuse),
        desktops: desktops(table)?,
        create_networks: networks("create_networks", &table.create_networks)?,
        scan_networks: networks("scan_networks", &table.scan_networks)?,
        scanner_only: table.scanner_only,
        login_hint_required: table.login_hint_required,
        phrase: table.phrase,
    };
    match &rules {
        _ if passkeys_work(issuer) => Ok(rules),
        Rules {
            approval: Approval::Passkey,
            ..
        } => Err(no_passkeys("approval", issuer)),
        Rules {
            far: Far::Passkey, ..
        } => Err(no_passkeys("far", issuer)),
        _ => Ok(rules),
    }
}

fn desktops(table: &ClientTable) -> Result<Desktops, Wrong> {
    let keys = &table.registered_desktops;
    if table.binding == BindingWord::DeviceId && table.desktops != "open" {
        let what = "desktops must be \"open\" with binding = \"device-id\": \
            such a desktop has no key to be known by";
        return Err(("desktops", what.to_owned()));
    }
    match table.desktops.as_str() {
        "registered" if keys.is_empty() => {
            let what = "desktops = \"registered\" needs registered_desktops: \
                the thumbprints of their keys";
            Err(("desktops", what.to_owned()))
        }
        "registered" => {
            let thumbprint = |text: &String| {
                Thumbprint::parse(text).ok_or_else(|| {
                    let what = format!(
                        "registered_desktops has {text:?}, which is no thumbprint of a key: \
                         43 letters, digits, dashes or underscores (RFC 7638)"
                    );
                    ("registered_desktops", what)
                })
            };
            let keys = keys.iter().map(thumbprint);
            Ok(Desktops::Registered(keys.collect::<Result<_, _>>()?))
        }
        _ if !keys.is_empty() => {
            let what = "registered_desktops counts only with desktops = \"registered\"";
            Err(("registered_desktops", what.to_owned()))
        }
        "open" => Ok(Desktops::Open),
        _ => Ok(Desktops::Known),
    }
}

/// Whether passkeys can be used at this issuer: they belong to a name, and no browser takes an address for one
/// (`WebAuthn` Level 3 §5.1.2).
pub(in crate::config) fn passkeys_work(issuer: &str) -> bool {
    let url = Url::parse(issuer).ok();
    matches!(url.as_ref().and_then(Url::host), Some(Host::Domain(_)))
}

fn no_passkeys(key: &'static str, issuer: &str) -> Wrong {
    let what = format!(
        "{key} can't be \"passkey\" while the issuer is an IP address ({issuer}): \
         passkeys work for names only"
    );
    (key, what)
}
