//! The document: local writes, transactions, merging, reading. The one place where time (`graph`), content (`oplog`) and state (`merge`)
//! meet.

mod apply;
#[deny(clippy::indexing_slicing)]
mod binary;
mod changes;
mod check_runs;
mod commit;
mod crdt_doc;
mod difference;
mod digest;
mod fork;
mod handles;
mod history;
mod incoming;
mod merge_remote;
mod options;
mod pending;
mod questions;
mod read;
mod replica;
mod row_id;
mod row_ref;
mod scan;
pub(crate) mod stored;
mod transaction;
mod write;

pub use binary::UpdatePage;
pub use changes::{Change, ChangeFilter, ChangePatch, Drained, Origin, SubscriptionId};
pub use check_runs::check_runs;
pub(crate) use check_runs::{check_waiting, counted_deps};
pub use commit::Commit;
pub use crdt_doc::CrdtDoc;
pub use handles::{ColumnHandle, RowHandle};
pub use history::RowValues;
pub use options::DocOptions;
pub use pending::{Page, PageLimit};
pub use questions::EventRange;
pub use read::TableRows;
pub use replica::Replica;
pub use row_ref::RowRef;
pub use scan::{RowRange, RowScan};
pub use stored::{DocStore, LogEnd, Opened, Salvage};
#[cfg(feature = "system")]
pub(crate) use transaction::OpenTransaction;
pub use transaction::Transaction;
