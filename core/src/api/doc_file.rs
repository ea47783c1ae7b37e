use super::file::{File, check_path};
use super::{Doc, OpenOptions, SystemEntropy};
use crate::doc::{CrdtDoc, Salvage};
use crate::error::{Error, Result};
use crate::store::{QueryLimits, QueryRows, SqlReader, SqliteOptions, SqliteStore, StoreStats};
use crate::types::ValueRef;
use std::path::{Path, PathBuf};

/// Why a replica goes on under a fresh peer id: so that no event id is ever made twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FreshPeer {
    /// The options name another peer id than the file has.
    Asked,
    /// There is no mark beside the file: it was copied or restored alone.
    NoMark,
    /// The mark belongs to another file.
    OtherFile,
    /// The file is not where the mark was written: it was copied or restored, or moved to another disk.
    Moved,
    /// The file is behind the mark: it was set back, or lost what was written last.
    RolledBack,
    /// The mark is damaged.
    Damaged,
}

impl FreshPeer {
    /// The name that every language shows, such as `rolled_back`.
    pub fn name(self) -> &'static str {
        match self {
            FreshPeer::Asked => "asked",
            FreshPeer::NoMark => "no_mark",
            FreshPeer::OtherFile => "other_file",
            FreshPeer::Moved => "moved",
            FreshPeer::RolledBack => "rolled_back",
            FreshPeer::Damaged => "damaged",
        }
    }
}

/// What opening a file came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// There was no file: it is a new replica.
    pub created: bool,
    /// It goes on under a fresh peer id, and why.
    pub fresh_peer: Option<FreshPeer>,
    /// The rows were not the fold of the log and were made again, and why.
    pub rebuilt: Option<String>,
}

impl Doc {
    /// Opens a document in a file, which is made if it is not there. One handle at a time may write it, in this process or another;
    /// any number may read beside it ([`OpenOptions::read_only`]).
    ///
    /// A write returns once it is on the disk, unless [`OpenOptions::durability`] says otherwise. Opening reads the rows and not the
    /// history. Beside the file lie SQLite's own (`-wal`, `-shm`), a lock (`-lock`) and a mark (`-peer`), by which a file that was
    /// copied or set back is noticed: it goes on under a fresh peer id then, as [`Doc::opened`] tells. Keep the mark out of backups.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for an empty path; `already_open`; `storage` when the file cannot be opened, is a directory, or belongs to another
    /// program; `unsupported_version` for a newer format; `corrupt` for a damaged log, of which [`Doc::salvage`] reads what is left;
    /// `other_document` when the options name another document.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Doc> {
        SystemEntropy::check()?;
        let (doc, file) = File::open(path.as_ref(), options)?;
        Ok(Doc::of(doc, Some(file)))
    }

    /// What opening the file came to. A document in memory was created.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn opened(&self) -> Result<OpenReport> {
        let memory = OpenReport { created: true, ..OpenReport::default() };
        self.with_file(|file, _| Ok(file.map_or(memory, |file| file.report.clone())))
    }

    /// The file that the document lies in, by its full path; `None` in memory.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn path(&self) -> Result<Option<PathBuf>> {
        self.with_file(|file, _| Ok(file.map(|file| file.path.clone())))
    }

    /// Whether the file was opened for reading only.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn is_read_only(&self) -> Result<bool> {
        self.with_file(|file, _| Ok(file.is_some_and(|file| file.is_read_only())))
    }

    /// Returns once everything that was written is on the disk. It already is, unless the durability is relaxed.
    ///
    /// # Errors
    ///
    /// `storage`; then the handle writes no more.
    pub fn flush(&self) -> Result<()> {
        self.with_file(|file, _| file.map_or(Ok(()), File::flush))
    }

    /// Lets go of the file and its locks, for an application that goes into the background. What is in memory can still be read; history,
    /// queries and writes need [`Doc::resume`] first. Doing it again does nothing.
    ///
    /// # Errors
    ///
    /// `storage` when the file refused at the end; it is suspended all the same.
    pub fn suspend(&self) -> Result<()> {
        self.with_file(|file, doc| file.map_or(Ok(()), |file| file.suspend(doc)))
    }

    /// Takes the file up again after [`Doc::suspend`]. If another process wrote it meanwhile the document is read again, and readers of
    /// changes are told that they lagged.
    ///
    /// # Errors
    ///
    /// `already_open`; `storage`; `corrupt`; `other_document` when another one's file lies there now. It stays suspended then.
    pub fn resume(&self) -> Result<()> {
        self.with_file(|file, doc| file.map_or(Ok(()), |file| file.resume(doc)))
    }

    /// Writes a consistent copy to a path where nothing is yet, while others go on reading and writing. The copy opens as a replica of its
    /// own, under a fresh peer id.
    ///
    /// # Errors
    ///
    /// `storage`; `invalid_argument` in memory and for an empty path.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<()> {
        check_path(to.as_ref())?;
        self.with_file(|file, doc| {
            let file = file.ok_or_else(in_memory)?;
            // A copy that knows more than the disk would be a peer that does.
            file.before_hand_out(doc)?;
            file.kept.store().backup(to.as_ref())
        })
    }

    /// Gives free space inside the file back to the disk. It rewrites the file, and needs as much free space meanwhile.
    ///
    /// # Errors
    ///
    /// `storage`; `read_only`.
    pub fn compact(&self) -> Result<()> {
        self.with_file(|file, doc| {
            let Some(file) = file else { return Ok(()) };
            file.check_writable()?;
            file.kept.compact(doc)
        })
    }

    /// Reads everything and says what is wrong and where, in words; nothing when all is well: the file's own structure, each checksum,
    /// and that the rows are the fold of the log.
    ///
    /// # Errors
    ///
    /// `storage` when the file cannot be read at all.
    pub fn verify(&self) -> Result<Vec<String>> {
        self.with_file(|file, doc| match file {
            Some(file) => file.kept.verify(),
            None => Ok(doc.check().err().into_iter().collect()),
        })
    }

    /// Makes the rows in the file again from the log. Opening does so by itself where they are damaged or of an older form.
    ///
    /// # Errors
    ///
    /// `corrupt` for a damaged log; `storage`; `read_only`.
    pub fn rebuild(&self) -> Result<()> {
        self.with_file(|file, doc| {
            let Some(file) = file else { return Ok(()) };
            file.check_writable()?;
            file.kept.rebuild(doc)
        })
    }

    /// What the file takes, in bytes; nothing in memory.
    ///
    /// # Errors
    ///
    /// `storage`.
    pub fn stats(&self) -> Result<StoreStats> {
        self.with_file(|file, _| file.map_or(Ok(StoreStats::default()), |file| file.kept.store().stats()))
    }

    /// Runs one SELECT over the rows that show: each table is a view of its name with a column `row_id` and its own. Parameters stand as
    /// `?1`, `?2`, … in it. It sees the last commit, and can change nothing. It trusts the file's indexes, which [`Doc::verify`] looks at.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for SQL that is none or that writes, and in memory; `limit_exceeded` when it takes more than `limits`; `storage`.
    pub fn query(&self, sql: &str, parameters: &[ValueRef<'_>], limits: QueryLimits) -> Result<QueryRows> {
        self.with_file(|file, _| {
            let file = file.ok_or_else(in_memory)?;
            if file.suspended {
                return Err(Error::invalid_argument("the document is suspended: resume it first"));
            }
            if file.reader.is_none() {
                file.reader = Some(SqlReader::open(&file.path)?);
            }
            file.reader.as_mut().map_or_else(|| Err(in_memory()), |reader| reader.query(sql, parameters, limits))
        })
    }

    /// Makes an index over columns of a table, so that queries find rows by them; every write keeps it up. Making it again does nothing.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for a table or column that there is not, and in memory; `storage`; `read_only`.
    pub fn create_index(&self, tbl: &str, columns: &[&str]) -> Result<()> {
        self.with_file(|file, doc| {
            let file = file.ok_or_else(in_memory)?;
            file.check_writable()?;
            file.kept.create_index(doc, tbl, columns)
        })
    }

    /// Reads what is left of a damaged file, which is not changed: the rows whose checksums hold, and the transactions of the log that can
    /// be read. It goes past damaged pages.
    ///
    /// # Errors
    ///
    /// `storage` when it cannot be opened at all; `invalid_argument` for an empty path.
    pub fn salvage(path: impl AsRef<Path>) -> Result<Salvage> {
        check_path(path.as_ref())?;
        let options = SqliteOptions { read_only: true, loose: true, ..SqliteOptions::default() };
        Salvage::read(SqliteStore::open(path.as_ref(), &options)?)
    }

    fn with_file<T>(&self, call: impl FnOnce(Option<&mut File>, &mut CrdtDoc) -> Result<T>) -> Result<T> {
        self.shared.caught(|| {
            let mut guard = self.shared.take_turn()?;
            let open = guard.open()?;
            let called = call(open.file.as_mut(), &mut open.doc);
            self.shared.release(guard);
            called
        })
    }
}

#[cold]
fn in_memory() -> Error {
    Error::invalid_argument("the document lies in memory, not in a file")
}
