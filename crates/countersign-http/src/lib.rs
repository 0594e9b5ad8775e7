//! How Countersign is spoken: proofs, tokens, pages, errors, and the bounds around them.
//!
//! Owns the wire. It knows no storage, and decides nothing about logins or grants: the core does.

pub mod access_token;
pub mod address;
mod agent;
pub mod app;
pub mod authenticate;
pub mod base64url;
mod body;
mod caller;
pub mod connections;
mod cookies;
pub mod dpop;
pub mod entropy;
pub mod extract;
mod failure;
pub mod form;
pub mod guards;
pub mod headers;
pub mod issuer;
mod jws;
pub mod limits;
pub mod nonce;
pub mod oauth_error;
mod openapi;
mod operator;
mod origin;
mod pace;
pub mod pages;
mod passkey;
pub mod password;
pub mod problem;
pub mod rate;
pub mod replay;
mod routes;
pub mod sse;
pub mod strict_json;
mod tokens;

pub use app::{App, Parts};
pub use jws::{KeyError, PublicKey};
pub use operator::OperatorToken;
pub use passkey::RelyingParty;
pub use routes::router;
