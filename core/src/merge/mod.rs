//! Rows and cells as registers: what shows, as a pure function of the stamps of what was written.
//!
//! A [`Stamp`] is a local number plus one, 0 for never. What is newer is asked of a [`Newest`], so that local writes, which are always
//! newest, compare nothing. Invariant that pays everywhere: a cell that is present is newer than its row's newest delete; a delete
//! clears what is older, and a late older write is dropped on arrival. So reads never compare stamps.

mod births;
mod changes;
mod journal;
mod newest;
mod order;
mod state;
mod table;

pub(crate) use births::Births;
pub(crate) use journal::Journal;
pub(crate) use newest::{AlwaysNewest, ByTotalOrder, Newest};
pub(crate) use state::{RowOpRef, State, StateMark};
pub(crate) use table::{Cell, DENSE_MAX, Head, Table};

/// Who wrote something: the local number of the event plus one; 0 for never.
pub(crate) type Stamp = u32;
