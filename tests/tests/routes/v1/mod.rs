mod devices;
mod holds;
pub(crate) mod logins;
mod me;
mod scans;
mod sessions;
