use crate::error::{Error, ErrorKind, Result};
use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What names a file whatever path leads to it: device and inode, or its full path where there are none.
type FileKey = (u64, u64, PathBuf);

/// The files that this process has open for writing: a hard link has a lock file of another name.
static OPEN: Mutex<Option<HashSet<FileKey>>> = Mutex::new(None);

/// The right to write a file, held by one handle of one process. It ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Never deleted: another process may have opened it and wait to lock it.
    file: File,
    key: Option<FileKey>,
    /// A forked child has the lock too, and must not write.
    process: u32,
}

fn key_of(path: &Path) -> Option<FileKey> {
    let found = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((found.dev(), found.ino(), PathBuf::new()))
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        Some((0, 0, std::fs::canonicalize(path).ok()?))
    }
}

fn taken(path: &Path) -> Error {
    Error::new(ErrorKind::AlreadyOpen, "the file is open for writing already").with_path(path.display().to_string())
}

impl Lock {
    /// Takes the right to write the file at `path`, which may not be there yet.
    ///
    /// # Errors
    ///
    /// `already_open` when another handle or process has it; `storage` when the lock file beside it cannot be made.
    // `File::try_lock` is newer than the rust-version of the crate without its feature `sqlite`.
    #[allow(clippy::incompatible_msrv)]
    pub(crate) fn take(path: &Path, lock_path: &Path) -> Result<Lock> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(lock_path).map_err(|error| {
            let message = format!("the lock file cannot be opened: {error}");
            Error::new(ErrorKind::Storage, message).with_path(lock_path.display().to_string())
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(path)),
            Err(TryLockError::Error(error)) => {
                let message = format!("the lock file cannot be locked: {error}");
                return Err(Error::new(ErrorKind::Storage, message).with_path(lock_path.display().to_string()));
            }
        }
        let mut lock = Lock { file, key: None, process: std::process::id() };
        lock.register(path)?;
        Ok(lock)
    }

    /// Enters the file, once it is there.
    ///
    /// # Errors
    ///
    /// `already_open` when this process has it open for writing under another name.
    pub(crate) fn register(&mut self, path: &Path) -> Result<()> {
        if self.key.is_none() {
            if let Some(key) = key_of(path) {
                let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
                if !open.get_or_insert_default().insert(key.clone()) {
                    return Err(taken(path));
                }
                self.key = Some(key);
            }
        }
        Ok(())
    }

    /// Whether this is the process that took it.
    pub(crate) fn is_mine(&self) -> bool {
        std::process::id() == self.process
    }
}

impl Drop for Lock {
    #[allow(clippy::incompatible_msrv)] // As in `take`.
    fn drop(&mut self) {
        if !self.is_mine() {
            return;
        }
        if let Some(key) = &self.key {
            if let Some(open) = OPEN.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                open.remove(key);
            }
        }
        // A forked child has the file too, and would keep it locked.
        let _ = self.file.unlock();
    }
}
