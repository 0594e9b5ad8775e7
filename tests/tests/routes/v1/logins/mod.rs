mod cancel;
pub(crate) mod check;
mod create;
mod device_id;
mod moved;
mod named;
mod session;
mod wait;
