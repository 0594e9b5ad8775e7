//! The clients of the configuration, and the two that exist without one.

pub(super) mod rules;

use std::time::Duration;

use countersign_core::client::{Approval, Binding, Client, Ending, Scopes};
use countersign_core::ids::ClientId;
use countersign_core::scan_code::Rotation;
use serde::Deserialize;
use url::{Host, Url};

use super::ConfigError;
use super::file::Values;
use super::keys::{CLIENT_KEYS, Key};
use super::tables::{nested, rotation_of};
use super::value::{Given, Origin, Value};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// A `[[clients]]` table, every value of which is of its key's kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the file"
)]
struct ClientTable {
    id: String,
    name: Option<String>,
    origins: Vec<String>,
    native: bool,
    approval: String,
    far: String,
    desktops: String,
    registered_desktops: Vec<String>,
    create_networks: Vec<String>,
    scan_networks: Vec<String>,
    scanner_only: bool,
    login_hint_required: bool,
    phrase: bool,
    rotate_seconds: Option<u64>,
    qr_scopes: Vec<String>,
    first_party: bool,
    desktop_hours: u64,
    keep_days: Option<u64>,
    binding: BindingWord,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BindingWord {
    Dpop,
    DeviceId,
}

/// The built-in clients and those that are `given`, all checked.
pub(super) fn clients(
    given: &[Values],
    issuer: &str,
    rotation: Rotation,
) -> Result<Vec<Client>, ConfigError> {
    let mut clients = vec![countersign(issuer, rotation)?];
    if given.is_empty() {
        clients.push(demo(issuer, rotation)?);
    }
    for values in given {
        let client = client(values, issuer, rotation)?;
        if clients.iter().any(|other| other.id == client.id) {
            let what = "this id is there twice, or built in";
            return Err(wrong(values, "id", what));
        }
        clients.push(client);
    }
    Ok(clients)
}

/// Our own pages and phones.
fn countersign(issuer: &str, rotation: Rotation) -> Result<Client, ConfigError> {
    let mut client = built_in("countersign", "Countersign", issuer, rotation)?;
    client.phone = true;
    client.ending = Ending::Cookie;
    Ok(client)
}

/// For programs, and to try the API with.
fn demo(issuer: &str, rotation: Rotation) -> Result<Client, ConfigError> {
    let mut client = built_in("demo", "Countersign demo", issuer, rotation)?;
    client.native = true;
    Ok(client)
}

fn built_in(id: &str, name: &str, issuer: &str, rotation: Rotation) -> Result<Client, ConfigError> {
    let id = ClientId::parse(id).ok_or_else(|| ConfigError::one("a built-in id is malformed"))?;
    let mut client = Client::new(id, name);
    client.origins = vec![issuer.to_owned()];
    client.first_party = true;
    client.rotation = rotation;
    Ok(client)
}

/// The values of one table of a list, with the defaults of those keys that are not given.
pub(super) fn with_defaults(given: &Values, keys: &[Key]) -> Values {
    let mut values = given.clone();
    for key in keys {
        let default = key.default.and_then(|text| key.kind.read_text(text));
        if let Some(value) = default {
            let origin = Origin::Default;
            values.entry(key.name).or_insert(Given { value, origin });
        }
    }
    values
}

fn client(given: &Values, issuer: &str, rotation: Rotation) -> Result<Client, ConfigError> {
    let mut values = with_defaults(given, CLIENT_KEYS);
    weaker_defaults(&mut values);
    if !values.contains_key("id") {
        return Err(wrong(given, "id", "a client needs an id"));
    }
    let table: ClientTable = nested(&values)
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::one(error.message()))?;
    let refuse = |key: &'static str, what: &str| wrong(given, key, what);
    let id = ClientId::parse(&table.id).ok_or_else(|| {
        let what = "the id must be 1 to 64 letters, digits, dots, dashes or underscores";
        refuse("id", what)
    })?;
    let mut client = Client::new(id, table.name.as_deref().unwrap_or(&table.id));
    for origin in &table.origins {
        let origin = origin_of(origin, issuer).map_err(|what| refuse("origins", &what))?;
        client.origins.push(origin);
    }
    if client.origins.is_empty() && !table.native {
        let what =
            "needs origins, or native = true for a program: else nothing could start a login";
        return Err(refuse("id", what));
    }
    client.qr_scopes = Scopes::parse(&table.qr_scopes.join(" ")).ok_or_else(|| {
        refuse(
            "qr_scopes",
            "qr_scopes has a malformed scope, or more than 16",
        )
    })?;
    client.native = table.native;
    client.first_party = table.first_party;
    client.rotation = table.rotate_seconds.map_or(rotation, rotation_of);
    client.rules = rules::rules(&table, issuer).map_err(|(key, what)| refuse(key, &what))?;
    client.duration = Duration::from_secs(table.desktop_hours * HOUR);
    client.keep = match (table.keep_days, table.binding) {
        (Some(days), _) => Duration::from_secs(days * DAY).max(client.duration),
        (None, BindingWord::Dpop) => client.keep.max(client.duration),
        (None, BindingWord::DeviceId) => client.duration,
    };
    if table.binding == BindingWord::DeviceId {
        client.binding = Binding::DeviceId;
        device_id_bounds(&table, &client).map_err(|(key, what)| refuse(key, what))?;
    }
    Ok(client)
}

/// A client whose tokens can be copied together with what makes them work always asks for the check code.
fn weaker_defaults(values: &mut Values) {
    let weak = values
        .get("binding")
        .is_some_and(|given| given.value == Value::Text("device-id".to_owned()));
    if let Some(approval) = values.get_mut("approval")
        && weak
        && approval.origin == Origin::Default
    {
        approval.value = Value::Text("code".to_owned());
    }
}

/// What such a client may not have, with the key and the reason.
fn device_id_bounds(
    table: &ClientTable,
    client: &Client,
) -> Result<(), (&'static str, &'static str)> {
    if client.rules.approval == Approval::Auto {
        return Err((
            "approval",
            "approval must be \"code\" or \"passkey\" with binding = \"device-id\": a copied id must not be approved with a tap",
        ));
    }
    if table.keep_days.is_some() {
        return Err((
            "keep_days",
            "keep_days is not for binding = \"device-id\": such a desktop stays signed in for hours only",
        ));
    }
    if client.duration > Duration::from_secs(8 * HOUR) {
        return Err((
            "desktop_hours",
            "desktop_hours must be at most 8 with binding = \"device-id\"",
        ));
    }
    if client.too_much_for_a_device_id() {
        return Err((
            "qr_scopes",
            "qr_scopes may have only openid and profile with binding = \"device-id\"",
        ));
    }
    Ok(())
}

/// A complaint about a client's key, with where it stands.
fn wrong(values: &Values, key: &str, what: &str) -> ConfigError {
    let id = match values.get("id").map(|given| &given.value) {
        Some(Value::Text(id)) => format!("client {id:?}: "),
        _ => "clients: ".to_owned(),
    };
    let given = values.get(key).or_else(|| values.values().next());
    let origin = given.map_or(String::new(), |given| format!("{}: ", given.origin));
    ConfigError::one(format!("{origin}{id}{what}"))
}

/// A web origin as browsers send it. `http` only for localhost, and only beside an issuer on
/// localhost: a page that anyone on the way can change must not start logins.
fn origin_of(text: &str, issuer: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("origin {text:?} is no URL: {error}"))?;
    let origin = url.origin().ascii_serialization();
    if origin != text {
        return Err(format!(
            "origin {text:?} must be scheme, host and port and nothing else, like {origin}"
        ));
    }
    if let Some(Host::Domain(name)) = url.host()
        && !is_plain(name)
    {
        return Err(format!(
            "origin {text:?} must name one host, of letters, digits, dots and dashes: no browser sends another"
        ));
    }
    let local =
        url.host() == Some(Host::Domain("localhost")) && issuer.starts_with("http://localhost");
    match url.scheme() {
        "https" => Ok(origin),
        "http" if local => Ok(origin),
        _ => Err(format!(
            "origin {text:?} must be https, unless both the page and the issuer are on localhost"
        )),
    }
}

/// Whether a name, which the URL standard lets have more in it, is one that hosts have.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = name.strip_suffix('.').unwrap_or(name);
    name.split('.')
        .all(|label| !label.is_empty() && label.bytes().all(plain))
}
