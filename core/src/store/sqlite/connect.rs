//! Connections to a file.

use super::connection::SqliteOptions;
use super::errors::translate;
use super::frozen::Frozen;
use super::schema::FORMAT;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a write waits for another program that holds the file's lock.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that are kept prepared.
const STATEMENTS: usize = 256;

/// A connection to a file, with everything set that has to be, and what is to be looked at when it was read.
pub(super) fn connect(path: &Path, options: &SqliteOptions) -> Result<(Connection, Option<Frozen>)> {
    let failed = |error: rusqlite::Error| translate(path, "opening", &error);
    if path.is_dir() {
        return Err(Error::new(ErrorKind::Storage, "it is a directory").with_path(path.display().to_string()));
    }
    // What another VFS has, only that VFS knows.
    if (options.read_only || options.must_exist) && options.vfs.is_none() && !path.exists() {
        return Err(Error::new(ErrorKind::Storage, "there is no such file").with_path(path.display().to_string()));
    }
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    flags |= match (options.read_only, options.must_exist) {
        (true, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
        (false, true) => OpenFlags::SQLITE_OPEN_READ_WRITE,
        (false, false) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let open = |path: &Path, flags| match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
        None => Connection::open_with_flags(path, flags),
    };
    let connection = open(path, flags).map_err(failed)?;
    match prepare(&connection, options) {
        Ok(()) => Ok((connection, None)),
        Err(error) if options.read_only && is_unopenable(&error) => {
            let Some(frozen) = Frozen::look(path) else { return Err(failed(error)) };
            let uri = format!("file:{}?immutable=1", escaped(path));
            let connection = open(Path::new(&uri), flags | OpenFlags::SQLITE_OPEN_URI).map_err(failed)?;
            prepare(&connection, options).map_err(failed)?;
            Ok((connection, Some(frozen)))
        }
        Err(error) => Err(failed(error)),
    }
}

fn is_unopenable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// A path as it stands in a URI.
fn escaped(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    path.as_os_str().as_encoded_bytes().iter().fold(String::new(), |mut uri, &byte| {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
        uri
    })
}

/// Whether a database is empty, or ours and of a format that is known: only then anything about it is set.
fn is_for_us(connection: &Connection) -> rusqlite::Result<bool> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    if count("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(true);
    }
    if count("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='converge_head'")? == 0 {
        return Ok(false);
    }
    Ok(count("SELECT coalesce(max(min_reader), 0) FROM converge_head").is_ok_and(|oldest| oldest <= FORMAT))
}

fn prepare(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if !options.read_only && is_for_us(connection)? {
        let empty = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))? == 0;
        if empty {
            connection.pragma_update(None, "page_size", 4_096)?;
        }
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", if options.relaxed { "NORMAL" } else { "FULL" })?;
        // On Apple's systems a plain fsync does not reach the disk.
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 1_000, |_| Ok(()))?;
    }
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // It answers where the disk can be mapped, and nothing elsewhere.
    connection.execute_batch("PRAGMA mmap_size=0")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}
