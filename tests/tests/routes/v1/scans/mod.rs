mod claims;
mod confirm;
mod create;
mod deny;
mod passkey;
mod phrase;
mod policy;
mod wait;
