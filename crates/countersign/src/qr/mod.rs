//! QR codes: bytes to a symbol, a symbol to a drawing, a picture back to bytes.
//!
//! Owns sizes, error correction, quiet zone and how hard a picture is tried.
//! Does not know what the bytes mean, nor where pictures come from.

mod draw;
mod enhance;
mod picture;
mod read;
mod symbol;

pub use draw::{TerminalStyle, png, svg, terminal};
pub use picture::{MAX_FILE_BYTES, MAX_PIXELS, Picture, PictureError};
pub use read::{Content, read};
pub use symbol::{Level, QUIET_ZONE, Symbol, TooLong};
