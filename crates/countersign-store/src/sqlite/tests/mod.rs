//! What only this store promises; the rest is the conformance suite, alone and behind the mirror.

mod crash;
mod mirrored;
mod opening;
mod plain;
mod plans;
mod rows;
mod subject;
mod writing;
