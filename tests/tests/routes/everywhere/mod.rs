//! What holds at every URL.

mod bodies;
mod methods;
mod proofs;
mod stop;
mod time;
