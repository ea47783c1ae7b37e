//! A replica in a store: what each commit writes, and how a replica is read again. `store/FORMAT.md` draws the bytes.
//!
//! The log is the truth. Its newest part lies in *records*, one for each commit; once a block of the log in memory is sealed, the same
//! bytes become a *segment*, and the records that it covers are dropped. Rows lie beside it with their stamps, so that opening reads no
//! history; each has a hash, and the newest record has the sum of all hashes, so that rows which are not the fold of the log are found
//! out and made again.

mod chains;
mod doc_store;
mod graph_part;
mod load;
mod names;
mod rebuild;
mod record;
mod row_form;
mod salvage;
mod salvage_log;
mod save;
mod saved;
mod segment;
mod tracking;

pub use doc_store::{DocStore, LogEnd, Opened};
use load::{BadRows, Load, Loaded, LogRead, corrupt, enter_segments, fold_log, load, read_log, read_waiting};
use record::RecordReader;
pub use salvage::Salvage;
use save::save;
use saved::Saved;
pub(crate) use tracking::Tracking;

/// The form of the stored rows that this code writes. Rows of another one are made again from the log.
pub(crate) const ROWS_FORMAT: u32 = 1;
