//! Puts the server together: all wiring is here, nothing is global.

use std::path::Path;
use std::sync::Arc;

use countersign_core::network::Known;
use countersign_core::ports::Clients as _;
use countersign_core::service::Service;
use countersign_http::password::Passwords;
use countersign_http::{App, Parts};
use countersign_store::{Live, Options, SqliteStore, Wakes};
use tokio_util::sync::CancellationToken;

use crate::CliError;
use crate::config::Config;
use crate::keyring::Folder;
use crate::system::{SystemClock, SystemEntropy};

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
    let folder = Folder::open(&config.data).map_err(|error| failed(&error))?;
    let store = open(&folder.database, true)?;
    store
        .put(&config.clients)
        .await
        .map_err(|error| failed(&error))?;
    let keys = folder.server_keys;
    let nonce_key = keys
        .purpose(keys.current(), NONCE_LABEL)
        .ok_or_else(|| CliError::Failed("the server key is of no use".to_owned()))?;
    let clients = config
        .clients
        .into_iter()
        .map(|client| (client.id.clone(), Arc::new(client)));
    let live = Arc::new(Live::new(store.clone()));
    let service = Service {
        issuer: config.issuer.as_str().to_owned(),
        logins: Arc::<Live<SqliteStore>>::clone(&live),
        accounts: Arc::new(store.clone()),
        grants: Arc::new(store.clone()),
        devices: Arc::new(store.clone()),
        audit: Arc::new(store.clone()),
        // Through the mirror, which forgets what is swept.
        upkeep: live,
        signal: Arc::new(Wakes::default()),
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SystemEntropy),
        keys,
        lifetimes: config.lifetimes,
        retention: config.retention,
        additional: config.additional,
        registration: config.registration,
        networks: Known::default(),
        clients: clients.collect(),
    };
    let app = App::new(Parts {
        service,
        issuer: config.issuer,
        signing_key: folder.signing_key,
        nonce_key: *nonce_key.expose(),
        passwords: Passwords::new().map_err(|error| failed(&error))?,
        stop,
        proxies: config.proxies,
        own_tls: config.tls.is_some(),
        limits: config.limits,
    });
    Ok(Server { app, store })
}

/// Opens the database, as the one server that owns it or beside that one.
pub(crate) fn open(database: &Path, as_server: bool) -> Result<SqliteStore, CliError> {
    let options = Options::default();
    let opened = if as_server {
        SqliteStore::open_as_server(database, &options)
    } else {
        SqliteStore::open(database, &options)
    };
    opened.map_err(|error| CliError::Failed(error.to_string()))
}
