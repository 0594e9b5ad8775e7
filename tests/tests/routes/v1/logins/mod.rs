mod cancel;
pub(crate) mod check;
mod create;
mod device_id;
mod session;
mod wait;
