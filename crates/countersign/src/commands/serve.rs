//! `countersign serve`: listens until it is told to stop, then finishes what runs.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum_server::{Address, Handle, Server as HttpServer};
use countersign_http::App;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::cli::ServeArgs;
use crate::config::{Config, Settings};
use crate::wiring::{Server, wire};
use crate::{CliError, environment, terminal};

/// How long a connection may take to send a request's head: slow senders hold nothing for longer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head, and header fields in it: a proof, a token and cookies fit well.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;
/// How long running requests may take after a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// What is logged unless told otherwise; the migrations' own words are for who asks for them.
const LOG_DEFAULT: &str = "info,refinery_core=warn";

pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode, CliError> {
    log();
    let wrong = |error: &dyn std::fmt::Display| CliError::Usage(error.to_string());
    let settings = Settings::read(args).map_err(|error| wrong(&error))?;
    let (listener, address) = bind(settings.listen())?;
    let config = settings.check(address).map_err(|error| wrong(&error))?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CliError::Failed(format!("can't start the runtime: {error}")))?;
    runtime.block_on(serve(listener, address, config))
}

fn log() {
    let filter = environment::log_filter().and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(LOG_DEFAULT));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), CliError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                " Another program listens there: name another port with --listen."
            }
            std::io::ErrorKind::PermissionDenied => {
                " Ports below 1024 are for root: name another with --listen."
            }
            _ => "",
        };
        CliError::Failed(format!("can't listen on {address}: {error}.{advice}"))
    })
}

async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    config: Config,
) -> Result<ExitCode, CliError> {
    let stop = CancellationToken::new();
    let issuer = config.issuer.clone();
    if config.demo() && issuer.is_https() {
        terminal::progress(
            "No client is configured, so the public client `demo` is open to all accounts: see docs/config.md.",
        );
    }
    let Server { app, store } = wire(config, stop.clone()).await?;
    let handle = Handle::new();
    let stopper = tokio::spawn(stop_on_signal(stop, handle.clone()));
    terminal::result(&format!(
        "listening on http://{address} as {}",
        issuer.as_str()
    ));
    let served = http(listener, handle, &app).await;
    stopper.abort();
    // What was answered is kept already; this writes the log of it back into the database file.
    store.close().await;
    served.map_err(|error| CliError::Failed(format!("the server stopped: {error}")))?;
    terminal::progress("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn http(
    listener: TcpListener,
    handle: Handle<SocketAddr>,
    app: &Arc<App>,
) -> std::io::Result<()> {
    let routes = countersign_http::router(app);
    // HTTP/1.1 only: this speaks to proxies and to this computer's own browsers.
    let mut server = axum_server::from_tcp(listener)?
        .http1_only()
        .handle(handle)
        .first_request_timeout(HEAD_TIMEOUT);
    bounds(&mut server);
    server
        .serve(routes.into_make_service_with_connect_info::<SocketAddr>())
        .await
}

fn bounds<A: Address>(server: &mut HttpServer<A>) {
    server
        .http_builder()
        .http1()
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS);
}

/// Waits for SIGTERM or Ctrl-C; then open streams end, no connection is taken any more, and what
/// runs may finish.
async fn stop_on_signal(stop: CancellationToken, handle: Handle<SocketAddr>) {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    terminal::progress("stopping: running requests may finish");
    stop.cancel();
    handle.graceful_shutdown(Some(STOP_TIMEOUT));
}
