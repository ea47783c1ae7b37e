use super::{Head, SegmentBytes, Stored, StoredRow};
use crate::error::{Error, ErrorKind, Result};
use crate::oplog::BlockSource;
use std::path::Path;
use std::sync::Arc;

/// Why a commit failed, and whether it did.
#[derive(Debug)]
pub enum CommitError {
    /// Nothing of it is in the store.
    RolledBack(Error),
    /// It may be in the store or not; only opening it again tells. The store takes no more writes.
    Unknown(Error),
}

impl CommitError {
    /// The error, whatever became of the commit.
    pub fn into_error(self) -> Error {
        match self {
            CommitError::RolledBack(error) | CommitError::Unknown(error) => error,
        }
    }
}

/// What a store takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// The database.
    pub file_bytes: u64,
    /// Its write-ahead log: it cannot shrink while a reader stays in an old state.
    pub wal_bytes: u64,
    /// Of `file_bytes`, what is free inside and used again.
    pub free_bytes: u64,
}

/// Keeps a replica. Every write between [`Store::begin`] and [`Store::commit`] is there afterwards, or none is.
///
/// The caller sees to it that one writer has the store. Errors are `storage`, or `corrupt` for bytes that cannot be what was written.
pub trait Store: Send {
    /// Reads everything but rows and operations.
    ///
    /// # Errors
    ///
    /// `storage`; `corrupt`; `unsupported_version` for a newer format.
    fn load(&mut self) -> Result<Stored>;

    /// Reads the rows of a table in the order of their numbers.
    ///
    /// # Errors
    ///
    /// `storage`, `corrupt`, and what `each` returns.
    fn rows(&mut self, table: u32, columns: u32, each: &mut dyn FnMut(&StoredRow<'_>) -> Result<()>) -> Result<()>;

    /// Reads the operations and row ids of the segment that begins with an event.
    ///
    /// # Errors
    ///
    /// `storage`; `corrupt` when there is none.
    fn segment(&mut self, first: u32) -> Result<SegmentBytes>;

    /// What reads operations later, while the store is in use.
    fn blocks(&self) -> Arc<dyn BlockSource>;

    /// Holds the state as it is now for the reads that follow, whatever another process writes meanwhile.
    ///
    /// # Errors
    ///
    /// `storage`, `corrupt`.
    fn begin_reading(&mut self) -> Result<()> {
        Ok(())
    }

    /// Ends [`Store::begin_reading`].
    fn end_reading(&mut self) {}

    /// Begins a commit.
    ///
    /// # Errors
    ///
    /// `storage`; `read_only`.
    fn begin(&mut self) -> Result<()>;

    /// Takes everything away, to write it anew in the same commit.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn clear(&mut self) -> Result<()>;

    /// Takes all rows away, to write them anew in the same commit.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn clear_rows(&mut self) -> Result<()>;

    /// Writes the head.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_head(&mut self, head: &Head) -> Result<()>;

    /// Makes a table known. Tables and columns come in the order of their numbers, before the first row of theirs.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_table(&mut self, table: u32, name: &str) -> Result<()>;

    /// Makes a column of a table known.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_column(&mut self, table: u32, column: u32, name: &str) -> Result<()>;

    /// Appends to the end of the log.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_record(&mut self, first: u32, bytes: &[u8], rows_sum: u64) -> Result<()>;

    /// Sets the sum of the hashes of all rows beside the newest record.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_rows_sum(&mut self, rows_sum: u64) -> Result<()>;

    /// Appends a full stretch of the log.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_segment(&mut self, first: u32, events: u32, head: &[u8], bytes: &SegmentBytes) -> Result<()>;

    /// Drops all records: what they hold lies in segments, or is written anew in the same commit.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn drop_records(&mut self) -> Result<()>;

    /// Writes a row, which lay at `before` until now, if anywhere.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_row(&mut self, row: &StoredRow<'_>, before: Option<super::RowPlace>) -> Result<()>;

    /// Writes a transaction that waits, under a number that no other has.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_waiting(&mut self, number: u64, bytes: &[u8]) -> Result<()>;

    /// Drops a transaction that waited, if it is there.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn drop_waiting(&mut self, number: u64) -> Result<()>;

    /// Writes a peer's chain hashes.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn put_chain(&mut self, peer: u32, bytes: &[u8]) -> Result<()>;

    /// Ends a commit: on the disk, unless the store was told to be quicker.
    ///
    /// # Errors
    ///
    /// See [`CommitError`].
    fn commit(&mut self) -> core::result::Result<(), CommitError>;

    /// Gives up what was written since [`Store::begin`].
    fn rollback(&mut self);

    /// Returns once every commit is on the disk.
    ///
    /// # Errors
    ///
    /// See [`CommitError`].
    fn sync(&mut self) -> core::result::Result<(), CommitError>;

    /// Writes a consistent copy of everything to a path where nothing is yet.
    ///
    /// # Errors
    ///
    /// `storage`; `invalid_argument` for a store that is no file.
    fn backup(&mut self, to: &Path) -> Result<()>;

    /// Gives free space back.
    ///
    /// # Errors
    ///
    /// See [`CommitError`].
    fn compact(&mut self) -> core::result::Result<(), CommitError>;

    /// What the store's own format finds wrong with its bytes, in words.
    ///
    /// # Errors
    ///
    /// `storage` when it cannot be read at all.
    fn verify(&mut self) -> Result<Vec<String>>;

    /// What it takes.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn stats(&mut self) -> Result<StoreStats>;

    /// Makes an index over columns of a table, for who reads the rows by SQL, within a commit.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for names that there are not, and in a store that has no SQL; `storage`.
    fn create_index(&mut self, _tbl: &str, _columns: &[&str]) -> Result<()> {
        Err(Error::new(ErrorKind::InvalidArgument, "this store has no indexes"))
    }

    /// Whether what SQL shows of the rows is as the store made it.
    ///
    /// # Errors
    ///
    /// `corrupt` when it is not; `storage`.
    fn check_sql(&mut self) -> Result<()> {
        Ok(())
    }

    /// As [`Store::rows`], but passes over what cannot be read. Returns what that is, in words.
    fn rows_loosely(&mut self, table: u32, columns: u32, each: &mut dyn FnMut(&StoredRow<'_>)) -> Vec<String> {
        let read = self.rows(table, columns, &mut |row| {
            each(row);
            Ok(())
        });
        read.err().map(|error| error.message().to_owned()).into_iter().collect()
    }

    /// Hands over every row that can be read, of all tables that there are, whatever is noted of their names. Cells may come without their
    /// columns' names being known.
    fn every_row_loosely(&mut self, each: &mut dyn FnMut(&StoredRow<'_>)) {
        let Ok(stored) = self.load() else { return };
        for (table, _) in &stored.tables {
            let columns = stored.columns.iter().filter(|column| column.0 == *table).count() as u32;
            self.rows_loosely(*table, columns, each);
        }
    }

    /// As [`Store::segment`], but leaves what cannot be read empty.
    fn segment_loosely(&mut self, first: u32) -> SegmentBytes {
        self.segment(first).unwrap_or_default()
    }

    /// As [`Store::load`], but leaves out what cannot be read.
    ///
    /// # Errors
    ///
    /// `storage` when nothing can be read at all.
    fn load_loosely(&mut self) -> Result<Stored> {
        self.load()
    }

    /// Lets go of files and locks until [`Store::resume`]. Calls in between fail with `closed`.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn suspend(&mut self) -> Result<()> {
        Ok(())
    }

    /// Takes files up again.
    ///
    /// # Errors
    ///
    /// `storage`. It stays suspended then.
    fn resume(&mut self) -> Result<()> {
        Ok(())
    }

    /// Brings everything to where it stays, if it lies somewhere else first.
    ///
    /// # Errors
    ///
    /// `storage`.
    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }

    /// Ends: nothing is left open, and what can be put in order is.
    ///
    /// # Errors
    ///
    /// `storage`. It is closed all the same.
    fn close(&mut self) -> Result<()>;
}
