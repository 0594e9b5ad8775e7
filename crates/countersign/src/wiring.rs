//! Puts the server together: all wiring is here, nothing is global.

use std::path::Path;
use std::sync::Arc;

use countersign_core::ports::{Ceremonies, Clients as _};
use countersign_core::service::Service;
use countersign_http::password::Passwords;
use countersign_http::{App, OperatorToken, Parts, RelyingParty};
use countersign_store::{Live, Options, SqliteStore, Wakes};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::keyring::{Folder, note_issuer};
use crate::notify::Channels;
use crate::places::Databases;
use crate::system::{SystemClock, SystemEntropy};
use crate::{CliError, secret_file};

/// What the key for DPoP nonces is derived with.
const NONCE_LABEL: &[u8] = b"countersign dpop nonce\0";

/// A server that is ready to be given connections.
pub(crate) struct Server {
    /// What its routes run on.
    pub(crate) app: Arc<App>,
    /// Its store, to be closed at the end.
    pub(crate) store: SqliteStore,
}

/// Opens everything that `config` names.
pub(crate) async fn wire(config: Config, stop: CancellationToken) -> Result<Server, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    let places =
        Databases::open(&config.places).map_err(|error| CliError::Usage(error.to_string()))?;
    let operator = config.admin_token_file.as_deref();
    let operator = operator.map(secret_file::admin_token).transpose();
    let operator = operator.map_err(|error| CliError::Usage(error.to_string()))?;
    let folder = Folder::open(&config.data).map_err(|error| failed(&error))?;
    let store = open_as_server(&folder.database, Channels::names(&config))?;
    store
        .put(&config.clients)
        .await
        .map_err(|error| failed(&error))?;
    note_issuer(&config.data, config.issuer.as_str()).map_err(|error| failed(&error))?;
    let keys = folder.server_keys;
    let nonce_key = keys
        .purpose(keys.current(), NONCE_LABEL)
        .ok_or_else(|| CliError::Failed("the server key is of no use".to_owned()))?;
    let clients = config
        .clients
        .into_iter()
        .map(|client| (client.id.clone(), Arc::new(client)));
    let live = Arc::new(Live::new(store.clone()));
    let passkeys = RelyingParty::of(&config.issuer).map(Arc::new);
    let service = Service {
        issuer: config.issuer.as_str().to_owned(),
        logins: Arc::<Live<SqliteStore>>::clone(&live),
        accounts: Arc::new(store.clone()),
        grants: Arc::new(store.clone()),
        devices: Arc::new(store.clone()),
        passkeys: Arc::new(store.clone()),
        recovery_codes: Arc::new(store.clone()),
        invitations: Arc::new(store.clone()),
        watch: Arc::new(store.clone()),
        ceremonies: passkeys.clone().map(|them| them as Arc<dyn Ceremonies>),
        audit: Arc::new(store.clone()),
        // Through the mirror, which forgets what is swept.
        upkeep: live,
        signal: Arc::new(Wakes::default()),
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SystemEntropy),
        keys,
        lifetimes: config.lifetimes,
        retention: config.retention,
        phones: config.phones,
        registration: config.registration,
        networks: config.networks,
        places: Arc::new(places),
        clients: clients.collect(),
    };
    let app = App::new(Parts {
        service,
        issuer: config.issuer,
        signing_key: folder.signing_key,
        nonce_key: *nonce_key.expose(),
        passwords: Passwords::new().map_err(|error| failed(&error))?,
        passkeys,
        stop,
        proxies: config.proxies,
        own_tls: config.tls.is_some(),
        limits: config.limits,
        operator: operator.map(|token| OperatorToken::new(&token)),
    });
    Ok(Server { app, store })
}

/// Opens the database as the one server that owns it, which sends notices over `channels`.
fn open_as_server(database: &Path, channels: Vec<String>) -> Result<SqliteStore, CliError> {
    let options = Options {
        channels,
        ..Options::default()
    };
    let opened = SqliteStore::open_as_server(database, &options);
    opened.map_err(|error| CliError::Failed(error.to_string()))
}

/// Opens the database beside the server that owns it.
pub(crate) fn open(database: &Path) -> Result<SqliteStore, CliError> {
    let opened = SqliteStore::open(database, &Options::default());
    opened.map_err(|error| CliError::Failed(error.to_string()))
}
