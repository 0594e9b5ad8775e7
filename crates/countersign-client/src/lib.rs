//! The Rust SDK of Countersign: a desktop that wants to be signed in, and a phone that approves.
//!
//! Owns the client's side of the protocol: keys, DPoP proofs, the scan code, waiting, and what the answers mean.
//! It speaks only the documented HTTP API and shares no code with the server: it is a second reading of the same
//! protocol, so that a mistake in one of them shows. It has no global state, reads no environment and no files.
//!
//! ```no_run
//! # async fn example() -> Result<(), countersign_client::Error> {
//! use countersign_client::{Desktop, Http, Key, NewLogin, State, Update};
//!
//! let desktop = Desktop::new(Http::new("https://login.example")?, Key::generate()?, "demo");
//! let login = desktop.create(&NewLogin::default()).await?;
//! println!("show this as a QR code: {}", login.link(0)?);
//! let mut watch = login.watch();
//! while let Some(update) = watch.next().await? {
//!     if let Update::State(now) = update && now.state == State::Confirmed {
//!         let session = login.collect().await?;
//!         println!("signed in as {}", session.me().await?.account.name);
//!         break;
//!     }
//! }
//! # Ok(()) }
//! ```

mod ambient;
mod desktop;
mod error;
mod event_stream;
mod http;
mod key;
mod phone;
mod proof;
mod scan_code;
mod session;
mod watch;
mod wire;

pub use desktop::{Desktop, Login, NewLogin, Phrase};
pub use error::{Error, Refusal};
pub use http::{Answer, Call, Http};
pub use key::Key;
pub use phone::{Approval, Phone, hold};
pub use proof::{access_token_hash, proof};
pub use scan_code::{Rotation, ScanLink, mac};
pub use session::{Session, Tokens};
pub use watch::{Progress, Update, Watch};
pub use wire::{
    Account, Checked, Client, Confirmed, Context, Created, DesktopHistory, Device, Durations,
    Grant, Held, Level, ListedDevice, ListedGrant, LoginState, Me, NewDevice, Place, Scan,
    ScanState, Scanned, Scope, State, Stopped,
};
