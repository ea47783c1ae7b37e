//! Names as numbers: how a table, row or column that a caller writes as text is found without comparing text.

mod key;
mod keyed_hash;
mod words;

pub(crate) use key::Key;
pub(crate) use keyed_hash::{KeyedHash, spread};
pub(crate) use words::{eight, equal, fold, padded};
