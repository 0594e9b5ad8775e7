mod claims;
mod confirm;
mod create;
mod deny;
mod passkey;
mod policy;
mod wait;
