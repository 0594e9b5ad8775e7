mod cancel;
pub(crate) mod check;
mod create;
mod wait;
