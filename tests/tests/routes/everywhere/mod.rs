//! What holds at every URL.

mod bodies;
mod methods;
mod out_of_use;
mod proofs;
mod stop;
mod time;
