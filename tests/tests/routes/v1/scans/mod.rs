mod claims;
mod confirm;
mod create;
mod deny;
mod policy;
mod wait;
