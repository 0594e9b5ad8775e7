//! The rules of signing in by scanning.
//!
//! This crate owns what a login, a grant, a token, a device and a client *are*, every transition
//! between their states, every limit, and the ports through which state is kept. It knows no
//! runtime, socket, clock, randomness, serialisation, SQL or HTTP: time and entropy come in as
//! arguments or through [`ports`], and its manifest makes anything else impossible.
//!
//! Start with [`login`]: the state machine that everything else serves.

pub mod account;
pub mod audit;
pub mod client;
pub mod context;
pub mod grant;
pub mod hold;
pub mod ids;
pub mod invitation;
pub mod keys;
pub mod limits;
pub mod login;
mod named;
pub mod network;
pub mod opened_by;
pub mod outbox;
pub mod passkey;
pub mod phrase;
pub mod policy;
pub mod poll;
pub mod ports;
pub mod recovery;
pub mod refresh;
pub mod scan_code;
pub mod sealed;
pub mod secret;
pub mod service;
pub mod time;
