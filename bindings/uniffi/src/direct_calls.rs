//! Which calls can be made by a number (`direct.rs`), and what each takes and brings back: names, cells and values as `packed.rs` draws
//! them, the rest in UniFFI's form. `Share.kt` has the same numbers.

use crate::direct::lowered;
use crate::doc::Doc;
use crate::ephemeral::EphemeralStore;
use crate::error::{Result, invalid_argument};
use crate::packed;
use crate::transaction::Transaction;
use std::sync::Arc;

/// An object with calls by a number.
pub(crate) trait Direct {
    /// What the call brings back, which is empty where there is just a yes; nothing where there is nothing, or a no.
    fn call(&self, number: u32, packed: &[u8]) -> Result<Option<Vec<u8>>>;
}

mod number {
    pub(super) const GET: u32 = 0;
    pub(super) const ROW: u32 = 1;
    pub(super) const CONTAINS: u32 = 2;
    pub(super) const INSERT: u32 = 3;
    pub(super) const UPSERT: u32 = 4;
    pub(super) const UPDATE: u32 = 5;
    pub(super) const UPDATE_COLUMNS: u32 = 6;
    pub(super) const DELETE: u32 = 7;
    pub(super) const SET: u32 = 8;
    pub(super) const NEW_ROW_ID: u32 = 9;
    pub(super) const BEGIN: u32 = 10;
    pub(super) const COMMIT: u32 = 11;
    /// A panic outside of the document, for tests.
    #[cfg(feature = "test-hooks")]
    pub(super) const PANIC: u32 = 1000;
}

fn unknown(number: u32) -> Result<Option<Vec<u8>>> {
    Err(invalid_argument(format!("no call has the number {number}")))
}

fn yes(is_so: bool) -> Option<Vec<u8>> {
    is_so.then(Vec::new)
}

impl Direct for Doc {
    fn call(&self, number: u32, packed: &[u8]) -> Result<Option<Vec<u8>>> {
        let commit = match number {
            number::GET => return self.get_packed(packed),
            number::ROW => return self.row_packed(packed),
            number::CONTAINS => {
                let [tbl, row_id] = packed::read_names(packed)?;
                return Ok(yes(self.contains(tbl, row_id)?));
            }
            number::INSERT => self.insert_packed(packed)?,
            number::UPSERT => self.upsert_packed(packed)?,
            number::UPDATE => self.update_packed(packed)?,
            number::UPDATE_COLUMNS => self.update_columns_packed(packed)?,
            number::DELETE => {
                let [tbl, row_id] = packed::read_names(packed)?;
                self.delete(tbl, row_id)?
            }
            number::NEW_ROW_ID => return Ok(Some(lowered(self.new_row_id()?))),
            number::BEGIN => {
                // Two handles: one for the generated class, and one for these calls.
                let transaction = self.begin(packed::read_time(packed)?)?;
                return Ok(Some([lowered(Arc::clone(&transaction)), lowered(transaction)].concat()));
            }
            #[cfg(feature = "test-hooks")]
            number::PANIC => return crate::test_hooks::panic_outside().map(|()| None),
            _ => return unknown(number),
        };
        Ok(Some(lowered(commit)))
    }
}

impl Direct for Transaction {
    fn call(&self, number: u32, packed: &[u8]) -> Result<Option<Vec<u8>>> {
        match number {
            number::GET => return self.get_packed(packed),
            number::ROW => return self.row_packed(packed),
            number::CONTAINS => {
                let [tbl, row_id] = packed::read_names(packed)?;
                return Ok(yes(self.contains(tbl, row_id)?));
            }
            number::INSERT => self.insert_packed(packed)?,
            number::UPSERT => self.upsert_packed(packed)?,
            number::UPDATE => self.update_packed(packed)?,
            number::UPDATE_COLUMNS => self.update_columns_packed(packed)?,
            number::DELETE => {
                let [tbl, row_id] = packed::read_names(packed)?;
                self.delete(tbl, row_id)?;
            }
            number::NEW_ROW_ID => return Ok(Some(lowered(self.new_row_id()?))),
            number::COMMIT => return Ok(Some(lowered(self.commit()?))),
            _ => return unknown(number),
        }
        Ok(yes(true))
    }
}

impl Direct for EphemeralStore {
    fn call(&self, number: u32, packed: &[u8]) -> Result<Option<Vec<u8>>> {
        match number {
            number::GET => {
                let [ns, key] = packed::read_names(packed)?;
                Ok(self.get(ns, key)?.map(lowered))
            }
            number::SET => {
                let ([ns, key], value, timestamp) = packed::read_entry(packed)?;
                Ok(yes(self.0.set(ns, key, value, timestamp)?))
            }
            _ => unknown(number),
        }
    }
}
