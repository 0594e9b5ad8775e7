//! What only this store promises; the rest is the conformance suite, alone and behind the mirror.

mod mirrored;
mod plain;
mod subject;
