use super::connect::connect;
use super::errors::translate;
use super::frozen::Frozen;
use super::names::TableSql;
use super::schema::{APPLICATION_ID, CREATE, FORMAT, TABLES};
use crate::error::{Error, ErrorKind, Result};
use crate::oplog::BlockSource;
use crate::store::{CommitError, Head, RowPlace, SegmentBytes, Store, StoreStats, Stored, StoredRow};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a file is opened.
#[derive(Clone, Debug, Default)]
pub struct SqliteOptions {
    /// Nothing is written; another process may write meanwhile.
    pub read_only: bool,
    /// A commit returns before it is on the disk; [`Store::sync`] waits for it. A crash of the process loses nothing either way.
    pub relaxed: bool,
    /// The file has to be there.
    pub must_exist: bool,
    /// The file may be damaged anywhere: what can be read is.
    pub loose: bool,
    /// The name of another SQLite VFS, which a test has registered.
    pub vfs: Option<String>,
}

/// A connection, and what it knows of the file.
pub(super) struct File {
    pub(super) path: Arc<Path>,
    pub(super) connection: Connection,
    pub(super) relaxed: bool,
    loose: bool,
    frozen: Option<Frozen>,
    pub(super) tables: Vec<TableSql>,
    /// Changes when another connection writes.
    data_version: i64,
}

/// A replica's store in a SQLite file.
pub struct SqliteStore {
    pub(super) file: Arc<Mutex<Option<File>>>,
    path: PathBuf,
    options: SqliteOptions,
}

impl core::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Reads blocks of a file that is open elsewhere.
struct Blocks(Arc<Mutex<Option<File>>>);

fn lock(file: &Mutex<Option<File>>) -> MutexGuard<'_, Option<File>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an error says for certain that nothing was written.
pub(super) fn is_certain(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[cold]
pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the file was closed")
}

impl BlockSource for Blocks {
    fn block(&self, first: u32) -> Result<Vec<u8>> {
        let file = lock(&self.0);
        let file = file.as_ref().ok_or_else(closed)?;
        let block = file.block(first);
        file.check_frozen()?;
        block
    }
}

impl SqliteStore {
    /// Opens a file, or makes one.
    ///
    /// # Errors
    ///
    /// `storage` when it cannot be opened or belongs to another program, `unsupported_version` when it is of a newer format, `corrupt` when
    /// it is damaged.
    pub fn open(path: &Path, options: &SqliteOptions) -> Result<SqliteStore> {
        let file = File::open(path, options)?;
        Ok(SqliteStore { file: Arc::new(Mutex::new(Some(file))), path: path.to_owned(), options: options.clone() })
    }

    /// Whether no replica was ever written to it.
    ///
    /// # Errors
    ///
    /// `storage`, `corrupt`.
    pub fn is_empty(&mut self) -> Result<bool> {
        self.with(|file| file.is_empty())
    }

    pub(super) fn with<T>(&mut self, call: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
        let mut file = lock(&self.file);
        let file = file.as_mut().ok_or_else(closed)?;
        let called = call(file);
        file.check_frozen()?;
        called
    }
}

impl File {
    fn open(path: &Path, options: &SqliteOptions) -> Result<File> {
        let (connection, frozen) = connect(path, options)?;
        let mut file = File {
            path: Arc::from(path),
            connection,
            frozen,
            relaxed: options.relaxed,
            loose: options.loose,
            tables: Vec::new(),
            data_version: 0,
        };
        if !options.loose {
            let mut look = || {
                file.check_format(options)?;
                file.data_version = file.read_data_version()?;
                file.read_good_names()
            };
            let looked = look();
            // What is of two moments may look damaged.
            file.check_frozen()?;
            looked?;
        }
        Ok(file)
    }

    /// Whether what was read is of one moment.
    fn check_frozen(&self) -> Result<()> {
        self.frozen.as_ref().map_or(Ok(()), Frozen::check)
    }

    pub(super) fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> Error + use<> {
        let path = self.path.clone();
        move |error| translate(&path, doing, &error)
    }

    pub(super) fn damaged(&self, what: &str) -> Error {
        Error::new(ErrorKind::Corrupt, what).with_path(self.path.display().to_string())
    }

    fn read_data_version(&self) -> Result<i64> {
        let mut statement = self.connection.prepare_cached("PRAGMA data_version").map_err(self.failed("reading"))?;
        statement.query_row([], |row| row.get(0)).map_err(self.failed("reading"))
    }

    /// Whether the file is ours and of a format that is known. A new one gets its tables.
    fn check_format(&self, options: &SqliteOptions) -> Result<()> {
        let failed = self.failed("opening");
        let connection = &self.connection;
        let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(&failed)?;
        let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(&failed)?;
        if id == 0 && objects == 0 {
            if options.read_only {
                return Err(Error::new(ErrorKind::Storage, "the file is empty").with_path(self.path.display().to_string()));
            }
            let create = format!("BEGIN IMMEDIATE; PRAGMA application_id={APPLICATION_ID};{CREATE}COMMIT;");
            return connection.execute_batch(&create).map_err(|error| {
                let _ = connection.execute_batch("ROLLBACK");
                failed(error)
            });
        }
        let found: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='converge_head'", [], |row| row.get(0))
            .map_err(&failed)?;
        if id != APPLICATION_ID && found == 0 {
            return Err(Error::new(ErrorKind::Storage, "it is a database of another program").with_path(self.path.display().to_string()));
        }
        let newer = connection
            .query_row("SELECT format, min_reader FROM converge_head", [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        match newer {
            Ok((format, min_reader)) if min_reader > FORMAT => {
                let message = format!("the file has format {format}, and this library reads up to format {FORMAT}");
                return Err(Error::new(ErrorKind::UnsupportedVersion, message).with_path(self.path.display().to_string()));
            }
            Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(error) => return Err(self.damaged(&format!("its head cannot be read: {error}"))),
        }
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type='table'").map_err(&failed)?;
        let names: Vec<String> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(&failed)?;
        if let Some(missing) = TABLES.iter().find(|table| !names.iter().any(|name| name == *table)) {
            return Err(self.damaged(&format!("it lacks the table {missing}")));
        }
        let triggers: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type='trigger' AND tbl_name LIKE 'converge_%'", [], |row| row.get(0))
            .map_err(&failed)?;
        if triggers > 0 {
            return Err(self.damaged("a trigger of another program changes what is written"));
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<()> {
        self.execute("BEGIN IMMEDIATE")?;
        match self.read_data_version() {
            Ok(version) if version == self.data_version => Ok(()),
            Ok(_) => {
                self.rollback();
                Err(Error::new(ErrorKind::Storage, "another program wrote to the file: open it again")
                    .with_path(self.path.display().to_string()))
            }
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    pub(super) fn execute(&self, sql: &str) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("writing"))?;
        statement.raw_execute().map(drop).map_err(self.failed("writing"))
    }

    fn commit(&mut self) -> Result<(), CommitError> {
        self.make_views().map_err(CommitError::RolledBack)?;
        let committed = self.connection.prepare_cached("COMMIT").and_then(|mut statement| statement.raw_execute());
        let Err(error) = committed else { return Ok(()) };
        // What was not written for want of room is not there; after anything else only the file knows.
        let rolled_back = is_certain(&error) && !self.connection.is_autocommit() && self.connection.execute_batch("ROLLBACK").is_ok();
        let error = translate(&self.path, "committing", &error);
        Err(if rolled_back { CommitError::RolledBack(error) } else { CommitError::Unknown(error) })
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        // What was made known in it is read again.
        self.tables.clear();
    }

    fn sync(&mut self) -> Result<(), CommitError> {
        if !self.relaxed {
            return Ok(());
        }
        // One more commit that waits for the disk takes all earlier ones along. SQLite leaves out what changes nothing, so it goes there and back.
        let flush = "PRAGMA synchronous=FULL; BEGIN IMMEDIATE; UPDATE converge_head SET epoch=epoch+1; UPDATE converge_head SET epoch=epoch-1; COMMIT;";
        let flushed = self.connection.execute_batch(flush);
        if flushed.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        let _ = self.connection.execute_batch("PRAGMA synchronous=NORMAL");
        flushed.map_err(|error| CommitError::Unknown(translate(&self.path, "flushing", &error)))
    }
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<Stored> {
        self.with(File::load)
    }

    fn rows(&mut self, table: u32, columns: u32, each: &mut dyn FnMut(&StoredRow<'_>) -> Result<()>) -> Result<()> {
        self.with(|file| file.rows(table, columns, each))
    }

    fn segment(&mut self, first: u32) -> Result<SegmentBytes> {
        self.with(|file| file.segment(first))
    }

    fn blocks(&self) -> Arc<dyn BlockSource> {
        Arc::new(Blocks(self.file.clone()))
    }

    fn begin_reading(&mut self) -> Result<()> {
        self.with(|file| {
            file.connection.execute_batch("BEGIN").map_err(file.failed("reading"))?;
            if file.loose {
                file.read_names_loosely();
                return Ok(());
            }
            file.read_good_names()
        })
    }

    fn end_reading(&mut self) {
        let _ = self.with(|file| file.connection.execute_batch("COMMIT").map_err(file.failed("reading")));
    }

    fn begin(&mut self) -> Result<()> {
        self.with(File::begin)
    }

    fn clear(&mut self) -> Result<()> {
        self.with(File::clear)
    }

    fn clear_rows(&mut self) -> Result<()> {
        self.with(File::clear_rows)
    }

    fn put_head(&mut self, head: &Head) -> Result<()> {
        self.with(|file| file.put_head(head))
    }

    fn put_table(&mut self, table: u32, name: &str) -> Result<()> {
        self.with(|file| file.put_table(table, name))
    }

    fn put_column(&mut self, table: u32, column: u32, name: &str) -> Result<()> {
        self.with(|file| file.put_column(table, column, name))
    }

    fn put_record(&mut self, first: u32, bytes: &[u8], rows_sum: u64) -> Result<()> {
        self.with(|file| file.put_record(first, bytes, rows_sum))
    }

    fn put_rows_sum(&mut self, rows_sum: u64) -> Result<()> {
        self.with(|file| file.put_rows_sum(rows_sum))
    }

    fn put_segment(&mut self, first: u32, events: u32, head: &[u8], bytes: &SegmentBytes) -> Result<()> {
        self.with(|file| file.put_segment(first, events, head, bytes))
    }

    fn drop_records(&mut self) -> Result<()> {
        self.with(|file| file.drop_records())
    }

    fn put_row(&mut self, row: &StoredRow<'_>, before: Option<RowPlace>) -> Result<()> {
        self.with(|file| file.put_row(row, before))
    }

    fn put_waiting(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        self.with(|file| file.put_waiting(number, bytes))
    }

    fn drop_waiting(&mut self, number: u64) -> Result<()> {
        self.with(|file| file.drop_waiting(number))
    }

    fn put_chain(&mut self, peer: u32, bytes: &[u8]) -> Result<()> {
        self.with(|file| file.put_chain(peer, bytes))
    }

    fn commit(&mut self) -> Result<(), CommitError> {
        lock(&self.file).as_mut().ok_or_else(|| CommitError::RolledBack(closed()))?.commit()
    }

    fn rollback(&mut self) {
        let _ = self.with(|file| {
            file.rollback();
            file.read_names()
        });
    }

    fn sync(&mut self) -> Result<(), CommitError> {
        lock(&self.file).as_mut().ok_or_else(|| CommitError::RolledBack(closed()))?.sync()
    }

    fn backup(&mut self, to: &Path) -> Result<()> {
        self.with(|file| file.backup(to))
    }

    fn compact(&mut self) -> Result<(), CommitError> {
        lock(&self.file).as_mut().ok_or_else(|| CommitError::RolledBack(closed()))?.compact()
    }

    fn check_sql(&mut self) -> Result<()> {
        self.with(|file| file.check_views())
    }

    fn verify(&mut self) -> Result<Vec<String>> {
        self.with(File::verify)
    }

    fn stats(&mut self) -> Result<StoreStats> {
        self.with(|file| file.stats())
    }

    fn create_index(&mut self, tbl: &str, columns: &[&str]) -> Result<()> {
        self.with(|file| file.create_index(tbl, columns))
    }

    fn rows_loosely(&mut self, table: u32, _columns: u32, each: &mut dyn FnMut(&StoredRow<'_>)) -> Vec<String> {
        let read = self.with(|file| Ok(file.rows_loosely(table, each)));
        read.unwrap_or_else(|error| vec![error.message().to_owned()])
    }

    fn every_row_loosely(&mut self, each: &mut dyn FnMut(&StoredRow<'_>)) {
        let _ = self.with(|file| {
            file.every_row_loosely(each);
            Ok(())
        });
    }

    fn segment_loosely(&mut self, first: u32) -> SegmentBytes {
        self.with(|file| Ok(file.segment_loosely(first))).unwrap_or_default()
    }

    fn load_loosely(&mut self) -> Result<Stored> {
        self.with(|file| Ok(file.load_loosely()))
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.with(|file| file.checkpoint())
    }

    fn suspend(&mut self) -> Result<()> {
        self.close()
    }

    fn resume(&mut self) -> Result<()> {
        let mut file = lock(&self.file);
        if file.is_none() {
            *file = Some(File::open(&self.path, &SqliteOptions { must_exist: true, ..self.options.clone() })?);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Some(file) = lock(&self.file).take() else { return Ok(()) };
        file.close()
    }
}
