//! `countersign serve`: listens until it is told to stop, then finishes what runs.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use countersign_core::ports::Clock as _;
use countersign_core::service::Service;
use countersign_http::App;
use countersign_store::SqliteStore;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::cli::ServeArgs;
use crate::config::{Config, Settings};
use crate::listener::Listener;
use crate::notify::{self, Channels, Sender};
use crate::system::SystemClock;
use crate::tls::Tls;
use crate::wiring::{Server, wire};
use crate::{CliError, authority, descriptors, environment, terminal, upkeep};

/// How long running requests may take after a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// What is logged unless told otherwise; the migrations' own words are for who asks for them.
const LOG_DEFAULT: &str = "info,refinery_core=warn";

pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode, CliError> {
    log()?;
    let settings = Settings::read(&args.settings).map_err(usage)?;
    // All of it before the port is taken, and again with the port that the system gives for port 0.
    settings.check(settings.listen()).map_err(usage)?;
    let listener = Listener::bind(settings.listen(), "--listen")?;
    let config = settings.check(listener.address).map_err(usage)?;
    let channels = Channels::load(&config).map_err(usage)?;
    let doors = Doors::open(listener, &config)?;
    let few = descriptors::too_few(
        descriptors::raise(),
        config.connections,
        config.limits.streams,
    );
    for warning in config.warnings().iter().chain(&doors.warnings).chain(&few) {
        terminal::progress(warning);
    }
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CliError::Failed(format!("can't start the runtime: {error}")))?;
    runtime.block_on(serve(doors, config, channels, args.json))
}

/// What is wrong with how the program was called or configured.
pub(super) fn usage(error: impl std::fmt::Display) -> CliError {
    CliError::Usage(error.to_string())
}

fn log() -> Result<(), CliError> {
    let filter = match environment::log_filter() {
        None => EnvFilter::new(LOG_DEFAULT),
        Some(filter) => EnvFilter::try_new(&filter).map_err(|error| {
            usage(format!(
                "COUNTERSIGN_LOG must be a level (error, warn, info, debug, trace) or \
                 countersign_http=trace and the like, not {filter:?}: {error}"
            ))
        })?,
    };
    // Whatever is asked for: in detail it would write down challenges.
    let filter = ["webauthn_rs=warn", "webauthn_rs_core=warn"]
        .into_iter()
        .filter_map(|quiet| quiet.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    Ok(())
}

/// Where connections come in.
struct Doors {
    listener: Listener,
    tls: Option<Tls>,
    /// Where the page of the local authority is.
    authority: Option<Listener>,
    warnings: Vec<String>,
}

impl Doors {
    fn open(listener: Listener, config: &Config) -> Result<Self, CliError> {
        let mut doors = Self {
            listener,
            tls: None,
            authority: None,
            warnings: Vec::new(),
        };
        if let Some(files) = &config.tls {
            let now = SystemClock::start().now();
            let mut tls = Tls::load(files, config.issuer.as_str(), now).map_err(usage)?;
            doors.warnings.append(&mut tls.warnings);
            doors.tls = Some(tls);
            doors.authority = files
                .authority
                .as_ref()
                .map(|(_, listen)| Listener::bind(*listen, "tls.authority_listen"))
                .transpose()?;
        }
        Ok(doors)
    }

    /// The line that says that connections are taken now.
    fn announce(&self, issuer: &str, json: bool) {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let at = format!("{scheme}://{}", self.listener.address);
        let page = self.authority.as_ref();
        let page = page.map(|page| format!("http://{}", page.address));
        if json {
            let line = json!({ "listening": at, "issuer": issuer, "authority": page });
            return terminal::result_json(&line);
        }
        terminal::result(&format!("listening on {at} as {issuer}"));
        if let Some(page) = page {
            terminal::result(&format!("the certificate to install is on {page}"));
        }
    }
}

async fn serve(
    doors: Doors,
    config: Config,
    channels: Channels,
    json: bool,
) -> Result<ExitCode, CliError> {
    let stop = CancellationToken::new();
    let issuer = config.issuer.as_str().to_owned();
    let connections = config.connections();
    let Server { app, store } = wire(config, stop.clone()).await?;
    let upkeep = tokio::spawn(upkeep::run(app.clone(), stop.clone()));
    let sender = tokio::spawn(notify::run(sender(channels, &app, &store), stop.clone()));
    let (handle, page_handle) = (Handle::new(), Handle::new());
    let handles = [handle.clone(), page_handle.clone()];
    // Before anybody is told that it runs, and so may tell it to stop.
    let stopper = tokio::spawn(stop_on_signal(signals()?, stop.clone(), handles));
    doors.announce(&issuer, json);
    let (https, certificate) = match doors.tls {
        Some(tls) => (Some(tls.server), tls.authority),
        None => (None, None),
    };
    let routes = countersign_http::router(&app);
    let main = doors
        .listener
        .serve(routes, connections.clone(), https, handle);
    let page = async {
        match (doors.authority, certificate) {
            (Some(listener), Some(certificate)) => {
                let routes = authority::routes(&certificate, &issuer);
                listener.serve(routes, connections, None, page_handle).await
            }
            _ => Ok(()),
        }
    };
    let served = tokio::try_join!(main, page);
    stopper.abort();
    upkeep.abort();
    // It notes what is under way while the store is still there; how long that may take, it knows.
    stop.cancel();
    let _ = sender.await;
    // What was answered is kept already; this writes the log of it back into the database file.
    store.close().await;
    served.map_err(|error| CliError::Failed(format!("the server stopped: {error}")))?;
    terminal::progress("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Who sends what the outbox of `store` holds.
fn sender(channels: Channels, app: &Arc<App>, store: &SqliteStore) -> Sender {
    let Service { clock, issuer, .. } = &app.service;
    let (outbox, tokens) = (Arc::new(store.clone()), Arc::clone(app));
    let undo_token = move |grant| tokens.service.undo_token(grant);
    Sender::new(channels, outbox, Arc::clone(clock), issuer, undo_token)
}

/// SIGTERM and Ctrl-C, which are heard from here on and no longer end the process by themselves.
fn signals() -> Result<[Signal; 2], CliError> {
    let hear = |kind| {
        signal(kind).map_err(|error| CliError::Failed(format!("can't hear signals: {error}")))
    };
    Ok([
        hear(SignalKind::terminate())?,
        hear(SignalKind::interrupt())?,
    ])
}

/// Waits for one of the signals; then open streams end, no connection is taken any more, and what
/// runs may finish.
async fn stop_on_signal(
    [mut terminate, mut interrupt]: [Signal; 2],
    stop: CancellationToken,
    handles: [Handle<SocketAddr>; 2],
) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    terminal::progress("stopping: running requests may finish");
    stop.cancel();
    for handle in handles {
        handle.graceful_shutdown(Some(STOP_TIMEOUT));
    }
}
