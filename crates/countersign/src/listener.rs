//! Sockets that speak HTTP/1.1, plain or in TLS, with the same bounds on both.
//!
//! Knows how connections are taken and for how long. Does not know what is served on them.

mod connection;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use countersign_core::ports::Clock as _;
use countersign_http::connections::Connections;
use rustix::io::Errno;
use rustls::ServerConfig;

use crate::CliError;
use crate::system::SystemClock;
use connection::Gate;

/// How long a connection may take for its TLS handshake, and then again to send a request's head: slow senders hold
/// nothing for longer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head, and header fields in it: a proof, a token and cookies fit well.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;
/// How often it is said that connections can't be taken: they fail twenty times a second then.
const SAID_AGAIN: Duration = Duration::from_secs(60);

/// A bound socket.
pub(crate) struct Listener {
    socket: TcpListener,
    /// The address that it has, with the port that the system gave for port 0.
    pub(crate) address: SocketAddr,
}

impl Listener {
    /// Takes an address; `option` is how another one is named.
    pub(crate) fn bind(address: SocketAddr, option: &str) -> Result<Self, CliError> {
        let bound = TcpListener::bind(address).and_then(|socket| {
            let address = socket.local_addr()?;
            Ok(Self { socket, address })
        });
        bound.map_err(|error| {
            let advice = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    format!(" Another program listens there: name another port with {option}.")
                }
                io::ErrorKind::PermissionDenied => {
                    format!(" Ports below 1024 are for root: name another with {option}.")
                }
                io::ErrorKind::AddrNotAvailable => {
                    format!(" This computer has no such address: name another with {option}.")
                }
                _ => String::new(),
            };
            CliError::Failed(format!("can't listen on {address}: {error}.{advice}"))
        })
    }

    /// Serves `routes` until `handle` says stop, to as many `connections` of an address as there may be; in TLS when
    /// there is a configuration for it.
    pub(crate) async fn serve(
        self,
        routes: Router,
        connections: Connections,
        tls: Option<Arc<ServerConfig>>,
        handle: Handle<SocketAddr>,
    ) -> io::Result<()> {
        let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
        let server = bounded(axum_server::from_tcp(self.socket)?.handle(handle));
        let gate = Gate(connections);
        match tls {
            None => server.acceptor(gate).serve(routes).await,
            Some(config) => {
                let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(config))
                    .handshake_timeout(HEAD_TIMEOUT)
                    .acceptor(gate);
                server.acceptor(acceptor).serve(routes).await
            }
        }
    }
}

fn bounded(server: Server<SocketAddr>) -> Server<SocketAddr> {
    let failures = Failures::default();
    // HTTP/1.1 only: this speaks to proxies, and to the browsers of few people.
    let mut server = server
        .http1_only()
        .first_request_timeout(HEAD_TIMEOUT)
        .accept_error_handler(move |from, error| failures.note(from, error));
    server
        .http_builder()
        .http1()
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS);
    server
}

/// Connections that could not be taken.
struct Failures {
    clock: SystemClock,
    /// When it was last said, in milliseconds.
    said: AtomicU64,
}

impl Default for Failures {
    fn default() -> Self {
        Self {
            clock: SystemClock::start(),
            said: AtomicU64::new(0),
        }
    }
}

impl Failures {
    fn note(&self, from: Option<&SocketAddr>, error: &io::Error) {
        if from.is_some() {
            // The peer's own doing: it has too many, speaks no TLS, does not trust the certificate, or is too slow.
            tracing::debug!(%error, "a connection was given up before its first request");
            return;
        }
        if !self.due(self.clock.now().millis()) {
            return;
        }
        let advice = match Errno::from_io_error(error) {
            Some(Errno::MFILE | Errno::NFILE) => {
                "; no file descriptor is left: raise the limit (ulimit -Hn, LimitNOFILE=), or lower limits.connections and limits.streams"
            }
            _ => "",
        };
        tracing::error!("new connections can't be taken: {error}{advice}");
    }

    /// Whether it is time to say it again.
    fn due(&self, now: u64) -> bool {
        let said = self.said.load(Ordering::Relaxed);
        let again = u64::try_from(SAID_AGAIN.as_millis()).unwrap_or(u64::MAX);
        let due = said == 0 || now.saturating_sub(said) >= again;
        due && self
            .said
            .compare_exchange(said, now, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_failing_is_said_once_a_minute() {
        let failures = Failures::default();
        let said: Vec<u64> = (1..=180_000)
            .step_by(50)
            .filter(|now| failures.due(*now))
            .collect();
        assert_eq!(said, [1, 60_001, 120_001]);
    }
}
