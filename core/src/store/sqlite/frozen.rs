use crate::error::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file that this user may not write, nor make SQLite's side files beside it, and that nobody else has open: it is read without any
/// lock, as it lies there. That is right only while nobody writes, which is looked at after each time that something was read.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    path: PathBuf,
    seen: Option<Seen>,
}

/// What changes when somebody has written.
type Seen = (u64, Option<SystemTime>, [u64; 2]);

fn see(path: &Path) -> Option<Seen> {
    let found = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let place = [std::os::unix::fs::MetadataExt::dev(&found), std::os::unix::fs::MetadataExt::ino(&found)];
    #[cfg(not(unix))]
    let place = [0; 2];
    Some((found.len(), found.modified().ok(), place))
}

/// The path of a file beside another one.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

impl Frozen {
    /// Looks at a file; `None` when somebody has it open, or has left something that belongs to it.
    pub(super) fn look(path: &Path) -> Option<Frozen> {
        let frozen = Frozen { path: path.to_owned(), seen: see(path) };
        frozen.check().ok().map(|()| frozen)
    }

    /// Whether it is as it was. Whoever writes has SQLite's side files there before the first byte, and has changed the file when they are
    /// gone again.
    ///
    /// # Errors
    ///
    /// `storage`: what was read since the last time may be of two moments.
    pub(super) fn check(&self) -> Result<()> {
        let open = std::fs::symlink_metadata(beside(&self.path, "-shm")).is_ok();
        // An empty one may have been copied along.
        let left = std::fs::metadata(beside(&self.path, "-wal")).is_ok_and(|wal| wal.len() > 0);
        // What a program in SQLite's old mode left half written.
        let half = std::fs::metadata(beside(&self.path, "-journal")).is_ok_and(|journal| journal.len() > 0);
        if !open && !left && !half && self.seen.is_some() && see(&self.path) == self.seen {
            return Ok(());
        }
        let message = "another user opened the file for writing, which cannot be followed from here: open it again";
        Err(Error::new(ErrorKind::Storage, message).with_path(self.path.display().to_string()))
    }
}
