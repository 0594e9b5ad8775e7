//! How Countersign is spoken: proofs, tokens, pages, errors, and the bounds around them.
//!
//! Owns the wire. It knows no storage, and decides nothing about logins or grants: the core does.

pub mod access_token;
pub mod authenticate;
pub mod base64url;
mod body;
pub mod dpop;
pub mod entropy;
pub mod extract;
pub mod form;
pub mod guards;
pub mod headers;
pub mod issuer;
mod jws;
pub mod limits;
pub mod nonce;
pub mod oauth_error;
pub mod pages;
pub mod password;
pub mod problem;
pub mod replay;
pub mod sse;
pub mod strict_json;

pub use jws::{KeyError, PublicKey};
