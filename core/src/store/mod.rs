//! Where a replica lies when it is not in memory: the only part of the engine that does I/O.
//!
//! A [`Store`] moves bytes and rows and knows no document. What the bytes say is the business of `doc/stored`. The log is the truth; the
//! rows beside it are a cache in the same commit, from which a replica opens without reading its history and which other programs read
//! with plain SQL. `FORMAT.md` draws the file.

#[cfg(feature = "sqlite")]
mod lock;
#[cfg(feature = "sqlite")]
mod mark;
mod memory;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stored;
mod traits;

pub use crate::oplog::BlockSource;
#[cfg(feature = "sqlite")]
pub(crate) use lock::Lock;
#[cfg(feature = "sqlite")]
pub(crate) use mark::{Mark, MarkFound, MarkValue, identity};
pub use memory::{MemoryDisk, MemoryStore};
pub use row::{RowPlace, StoredRow};
#[cfg(feature = "sqlite")]
pub use sqlite::{QueryLimits, QueryRows, SqlReader, SqliteOptions, SqliteStore};
pub(crate) use stored::HEAD_LOST;
pub use stored::{Head, Record, Segment, SegmentBytes, Stored};
pub use traits::{CommitError, Store, StoreStats};
