mod claims;
mod confirm;
mod create;
mod deny;
mod wait;
