//! What only this store promises; the rest is the conformance suite, alone and behind the mirror.

mod asking;
mod crash;
mod credentials;
mod mirrored;
mod opening;
mod plain;
mod plans;
mod rows;
mod subject;
mod writing;
