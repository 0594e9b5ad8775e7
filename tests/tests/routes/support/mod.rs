//! The parties of these tests: they send anything, honest or not, and look over every answer that comes.

mod answers;
mod page;
mod parties;
mod passkeys;
mod proof;
mod stream;

pub(crate) use answers::*;
pub(crate) use page::*;
pub(crate) use parties::*;
pub(crate) use passkeys::*;
pub(crate) use proof::*;
pub(crate) use stream::*;
