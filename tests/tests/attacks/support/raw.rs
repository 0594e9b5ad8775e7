//! A connection of bare bytes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::Arena;

/// One connection to the server.
pub(crate) struct Raw(TcpStream);

impl Raw {
    /// Connects and sends `bytes`.
    pub(crate) async fn open(arena: &Arena, bytes: &[u8]) -> Self {
        let mut connection = Self::from(arena, "127.0.0.1").await;
        connection.0.write_all(bytes).await.unwrap();
        connection
    }

    /// Connects from another address of this computer.
    pub(crate) async fn from(arena: &Arena, address: &str) -> Self {
        let issuer = arena.server().issuer();
        let port = issuer.strip_prefix("http://localhost:").unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        let server = format!("127.0.0.1:{port}").parse().unwrap();
        Self(socket.connect(server).await.unwrap())
    }

    /// Sends `bytes` and gives the beginning of what is answered: nothing when the server has hung up.
    pub(crate) async fn asked(&mut self, bytes: &[u8]) -> String {
        self.more(bytes).await;
        let mut begin = [0; 256];
        let length = self.0.read(&mut begin).await.unwrap_or_default();
        String::from_utf8_lossy(&begin[..length]).into_owned()
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
