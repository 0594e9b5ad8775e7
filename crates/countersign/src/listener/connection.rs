//! One connection: whether there is a place for it, and that it ends when its peer takes nothing any more.
//!
//! Lies below TLS, so that handshakes are counted and writes are seen as they reach the socket.

use std::future::{Future as _, Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use countersign_http::connections::{self, Connections};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long a write may wait for the peer to make room. Slow networks take something within seconds; who takes
/// nothing holds a descriptor, and what it asked for in memory.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Lets connections in.
#[derive(Debug, Clone)]
pub(super) struct Gate(pub(super) Connections);

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Connection<TcpStream>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let counted = stream.peer_addr().and_then(|peer| {
            let place = self.0.take(peer.ip());
            place.ok_or_else(|| io::Error::other("its address has too many open"))
        });
        // The newest is the one that goes: those that are there may be in the middle of a sign-in.
        ready(counted.map(|place| (Connection::new(stream, Some(place)), service)))
    }
}

/// A stream whose writes fail once the peer has taken nothing for [`STALL_TIMEOUT`].
pub(super) struct Connection<S> {
    stream: S,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Option<connections::Connection>,
}

impl<S> Connection<S> {
    fn new(stream: S, place: Option<connections::Connection>) -> Self {
        Self {
            stream,
            stalled: None,
            _place: place,
        }
    }

    /// What a write came to; one that waits does so no longer than it may.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(STALL_TIMEOUT)));
        stalled
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::{Instant, advance};

    use super::*;

    /// A connection whose peer has room for 64 bytes.
    fn connected() -> (Connection<DuplexStream>, DuplexStream) {
        let (ours, peer) = duplex(64);
        (Connection::new(ours, None), peer)
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_is_cut() {
        let (mut connection, peer) = connected();
        let began = Instant::now();
        let error = connection.write_all(&[7; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), STALL_TIMEOUT.as_secs());
        drop(peer);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_gets_all_of_it() {
        let (mut connection, mut peer) = connected();
        let sent = tokio::spawn(async move { connection.write_all(&[7; 640]).await });
        let began = Instant::now();
        let mut got = 0;
        let mut room = [0; 32];
        while got < 640 {
            sleep(STALL_TIMEOUT * 9 / 10).await;
            got += peer.read(&mut room).await.unwrap();
        }
        sent.await.unwrap().unwrap();
        assert!(began.elapsed() > STALL_TIMEOUT * 10);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_told_nothing_is_not_cut() {
        let (mut connection, mut peer) = connected();
        connection.write_all(&[7; 64]).await.unwrap();
        advance(STALL_TIMEOUT * 10).await;
        peer.read_exact(&mut [0; 64]).await.unwrap();
        // As a stream that falls silent and goes on: neither silence nor an old wait counts against it.
        let sent = tokio::spawn(async move { connection.write_all(&[8; 128]).await });
        sleep(STALL_TIMEOUT / 2).await;
        peer.read_exact(&mut [0; 128]).await.unwrap();
        sent.await.unwrap().unwrap();
    }
}
