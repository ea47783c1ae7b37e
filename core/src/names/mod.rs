//! Names as numbers: how a table, row or column that a caller writes as text is found without comparing text.

mod key;
mod keyed_hash;

pub(crate) use key::Key;
pub(crate) use keyed_hash::{KeyedHash, spread};
