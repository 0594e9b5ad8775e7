//! The context as one JSON column: what the phone was shown, kept as shown.
//!
//! Every member is required and no other is known, so that a document of another version of this
//! program is refused instead of being half understood.

use std::time::Duration;

use countersign_core::client::Scopes;
use countersign_core::context::{Context, Flags};
use countersign_core::ids::ClientId;
use countersign_core::login::Act;
use countersign_core::network::{Network, Place};
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::Level;
use countersign_core::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    client: String,
    client_name: String,
    // Without `deserialize_with` a missing member would count as nothing.
    #[serde(deserialize_with = "Option::deserialize")]
    host: Option<String>,
    verified: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    browser: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    os: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    calls_itself: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    place: Option<PlaceDocument>,
    network: String,
    requested_at: u64,
    #[serde(deserialize_with = "Option::deserialize")]
    known_since: Option<u64>,
    scopes: String,
    duration_ms: u64,
    keep_ms: u64,
    strangers: u8,
    flags: FlagsDocument,
    opened_by: String,
    #[serde(deserialize_with = "Option::deserialize")]
    act: Option<String>,
    phrase: bool,
    level: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceDocument {
    country: String,
    #[serde(deserialize_with = "Option::deserialize")]
    region: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    continent: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlagsDocument {
    many_accounts: bool,
    desktop_moved: bool,
}

/// The JSON document of a context.
pub(super) fn write(context: &Context) -> Option<String> {
    let document = Document {
        client: context.client.as_str().to_owned(),
        client_name: context.client_name.clone(),
        host: context.host.clone(),
        verified: context.verified,
        browser: context.browser.clone(),
        os: context.os.clone(),
        calls_itself: context.calls_itself.clone(),
        place: context.place.as_ref().map(|place| PlaceDocument {
            country: place.country.clone(),
            region: place.region.clone(),
            continent: place.continent.clone(),
        }),
        network: context.network.name().to_owned(),
        requested_at: context.requested_at.millis(),
        known_since: context.known_since.map(Timestamp::millis),
        scopes: context.scopes.to_string(),
        duration_ms: u64::try_from(context.duration.as_millis()).ok()?,
        keep_ms: u64::try_from(context.keep.as_millis()).ok()?,
        strangers: context.strangers,
        flags: FlagsDocument {
            many_accounts: context.flags.many_accounts,
            desktop_moved: context.flags.desktop_moved,
        },
        opened_by: context.opened_by.name().to_owned(),
        act: context.act.map(|act| act.name().to_owned()),
        phrase: context.phrase,
        level: context.level.name().to_owned(),
    };
    serde_json::to_string(&document).ok()
}

/// Reads what [`write`] made; `None` for anything else.
pub(super) fn read(text: &str) -> Option<Context> {
    let document: Document = serde_json::from_str(text).ok()?;
    Some(Context {
        client: ClientId::parse(&document.client)?,
        client_name: document.client_name,
        host: document.host,
        verified: document.verified,
        browser: document.browser,
        os: document.os,
        calls_itself: document.calls_itself,
        place: document.place.map(|place| Place {
            country: place.country,
            region: place.region,
            continent: place.continent,
        }),
        network: Network::parse(&document.network)?,
        requested_at: Timestamp::from_millis(document.requested_at),
        known_since: document.known_since.map(Timestamp::from_millis),
        scopes: Scopes::parse(&document.scopes)?,
        duration: Duration::from_millis(document.duration_ms),
        keep: Duration::from_millis(document.keep_ms),
        strangers: document.strangers,
        flags: Flags {
            many_accounts: document.flags.many_accounts,
            desktop_moved: document.flags.desktop_moved,
        },
        // On the wire an unknown word counts as a link; at rest there is none.
        opened_by: OpenedBy::parse(&document.opened_by)?,
        act: match document.act.as_deref() {
            Some(act) => Some(Act::parse(act)?),
            None => None,
        },
        phrase: document.phrase,
        level: Level::parse(&document.level)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::samples;

    #[test]
    fn a_context_comes_back_as_it_was_shown() {
        let context = samples::context();
        assert_eq!(read(&write(&context).unwrap()), Some(context));
    }

    #[test]
    fn a_document_with_a_member_missing_added_or_unknown_is_refused() {
        let text = write(&samples::context()).unwrap();
        let whole: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap();
        for name in whole.keys() {
            let mut less = whole.clone();
            less.remove(name);
            let less = serde_json::to_string(&less).unwrap();
            assert_eq!(read(&less), None, "without {name}");
        }
        let mut more = whole.clone();
        more.insert("weather".to_owned(), "mild".into());
        assert_eq!(read(&serde_json::to_string(&more).unwrap()), None);
        for name in ["network", "opened_by", "act", "level", "client"] {
            let mut odd = whole.clone();
            odd.insert(name.to_owned(), "no such word".into());
            let odd = serde_json::to_string(&odd).unwrap();
            assert_eq!(read(&odd), None, "an odd {name}");
        }
    }
}
