use super::connection::{File, is_certain};
use super::errors::translate;
use super::frozen::beside;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{CommitError, StoreStats};
use std::path::Path;

/// Waits until the folder of a file has it. Only Unix knows of that.
fn sync_entry(path: &Path) -> std::io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::File::open(folder) {
        // One that may be written into and not be read cannot be opened for it.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
        opened => opened?.sync_all(),
    }
}

impl File {
    /// Moves everything from the write-ahead log into the file and empties it. A reader in an old state may prevent the last of it.
    pub(super) fn checkpoint(&self) -> Result<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(self.failed("checkpointing"))
    }

    pub(super) fn backup(&mut self, to: &Path) -> Result<()> {
        let storage = |what: String| Error::new(ErrorKind::Storage, what).with_path(to.display().to_string());
        let Some(name) = to.to_str() else { return Err(storage("the path is not UTF-8".to_owned())) };
        // Whoever makes the file has the path; SQLite writes into an empty one.
        if let Err(error) = std::fs::OpenOptions::new().write(true).create_new(true).open(to) {
            return Err(storage(match error.kind() {
                std::io::ErrorKind::AlreadyExists => "something is there already".to_owned(),
                _ => format!("it cannot be made: {error}"),
            }));
        }
        let copied = self.connection.execute("VACUUM INTO ?1", [name]).map_err(|error| translate(to, "copying", &error));
        // SQLite does not wait for the disk here.
        let synced = copied.and_then(|_| {
            let synced = std::fs::File::open(to).and_then(|file| file.sync_all()).and_then(|()| sync_entry(to));
            synced.map_err(|error| storage(format!("it cannot be synced: {error}")))
        });
        if synced.is_err() {
            let _ = std::fs::remove_file(to);
        }
        synced
    }

    pub(super) fn compact(&mut self) -> Result<(), CommitError> {
        let checkpoint = || self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.connection.execute_batch("VACUUM").and_then(|()| checkpoint()).map_err(|error| {
            let translated = translate(&self.path, "compacting", &error);
            if is_certain(&error) { CommitError::RolledBack(translated) } else { CommitError::Unknown(translated) }
        })
    }

    pub(super) fn verify(&mut self) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check").map_err(self.failed("verifying"))?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
        Ok(match lines {
            Ok(lines) if lines == ["ok"] => Vec::new(),
            Ok(lines) => lines.into_iter().map(|line| format!("file: {line}")).collect(),
            Err(error) => vec![format!("file: {error}")],
        })
    }

    pub(super) fn stats(&self) -> Result<StoreStats> {
        let pragma = |name: &str| {
            self.connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .map(|value| value as u64)
                .map_err(self.failed("reading"))
        };
        let page = pragma("page_size")?;
        let wal_bytes = std::fs::metadata(beside(&self.path, "-wal")).map_or(0, |wal| wal.len());
        Ok(StoreStats { file_bytes: page * pragma("page_count")?, wal_bytes, free_bytes: page * pragma("freelist_count")? })
    }

    pub(super) fn close(self) -> Result<()> {
        let checkpointed = if self.connection.is_readonly("main").unwrap_or(true) { Ok(()) } else { self.checkpoint() };
        let File { connection, path, .. } = self;
        connection.flush_prepared_statement_cache();
        let closed = connection.close().map_err(|(_, error)| translate(&path, "closing", &error));
        closed.and(checkpointed)
    }
}
