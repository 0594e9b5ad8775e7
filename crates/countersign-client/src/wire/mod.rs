//! The JSON that travels, read leniently: unknown members are ignored, new ones must not break a client.

mod account;
pub(crate) mod bound;
mod login;
mod scan;

pub use account::{Account, Device, Grant, ListedDevice, ListedGrant, Me, NewDevice};
pub use login::{Checked, Created, LoginState, Scan, State, Stopped};
pub use scan::{
    Client, Confirmed, Context, DesktopHistory, Durations, Held, Level, Place, ScanState, Scanned,
    Scope,
};
