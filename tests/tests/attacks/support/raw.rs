//! A connection of bare bytes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Arena;

/// One connection to the server.
pub(crate) struct Raw(TcpStream);

impl Raw {
    /// Connects and sends `bytes`.
    pub(crate) async fn open(arena: &Arena, bytes: &[u8]) -> Self {
        let issuer = arena.server().issuer();
        let port = issuer.strip_prefix("http://localhost:").unwrap();
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}"))
            .await
            .unwrap();
        stream.write_all(bytes).await.unwrap();
        Self(stream)
    }

    /// Sends more; `false` when the server has hung up.
    pub(crate) async fn more(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Sends nothing more, and gives all that it answers.
    pub(crate) async fn answer(mut self) -> String {
        // It may have hung up already; what it said stands in the buffer.
        drop(self.0.shutdown().await);
        let mut answer = Vec::new();
        drop(self.0.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }
}
