//! What holds at every URL.

mod bodies;
mod cors;
mod forwarded;
mod methods;
mod out_of_use;
mod phones_only;
mod proofs;
mod rates;
mod rates_of_strangers;
mod rates_told;
mod readyz;
mod stop;
mod time;
