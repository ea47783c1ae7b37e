use super::doc_file::{FreshPeer, OpenReport};
use super::{Durability, OpenOptions};
use crate::doc::{CrdtDoc, DocStore, LogEnd};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Head, Lock, Mark, MarkFound, MarkValue, SqlReader, SqliteOptions, SqliteStore, identity};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The file that a document lies in: the store, the right to write it, and the mark beside it.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) report: OpenReport,
    pub(crate) kept: DocStore,
    options: OpenOptions,
    /// Neither is there when the file was opened for reading only, or is suspended.
    writer: Option<Writer>,
    pub(crate) suspended: bool,
    /// What a handle for reading only has read is on the disk: its writer may be relaxed.
    synced: bool,
    /// A connection for queries, made when the first one comes.
    pub(crate) reader: Option<SqlReader>,
}

struct Writer {
    lock: Lock,
    mark: Mark,
    /// What tells the file from another one that somebody may put in its place.
    identity: [u64; 2],
}

/// The full path of a file that may not be there yet, so that a lock beside it is found whatever way leads to it.
fn full_path(path: &Path) -> PathBuf {
    if let Ok(full) = std::fs::canonicalize(path) {
        return full;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (std::fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// SQLite takes the empty path for a database of its own that vanishes at the end.
pub(crate) fn check_path(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() { Err(Error::invalid_argument("the path is empty")) } else { Ok(()) }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn mark_path(path: &Path, options: &OpenOptions) -> PathBuf {
    match (&options.mark_folder, path.file_name()) {
        (Some(folder), Some(name)) => beside(&folder.join(name), "-peer"),
        _ => beside(path, "-peer"),
    }
}

/// Why a replica cannot go on under its peer id, by what the mark says of the file; `None` if it can.
fn why_fresh(found: &MarkFound, path: &Path, head: &Head, end: LogEnd) -> Option<FreshPeer> {
    let mark = match found {
        MarkFound::Nothing => return Some(FreshPeer::NoMark),
        MarkFound::Damaged => return Some(FreshPeer::Damaged),
        MarkFound::Value(mark) => mark,
    };
    let events = u64::from(end.events);
    if mark.file_id != head.file_id {
        Some(FreshPeer::OtherFile)
    } else if mark.identity != identity(path) {
        Some(FreshPeer::Moved)
    } else if mark.events > events
        || (mark.events == events && mark.hash != end.hash)
        || mark.epoch > head.epoch
        || mark.peer != xxh3_64(head.peer.as_bytes())
    {
        Some(FreshPeer::RolledBack)
    } else {
        None
    }
}

impl File {
    /// Opens a document's file.
    pub(crate) fn open(path: &Path, options: OpenOptions) -> Result<(CrdtDoc, File)> {
        check_path(path)?;
        let path = full_path(path);
        if path.is_dir() {
            return Err(Error::new(ErrorKind::Storage, "it is a directory").with_path(path.display().to_string()));
        }
        if (options.read_only || options.must_exist) && !path.exists() {
            return Err(Error::new(ErrorKind::Storage, "there is no such file").with_path(path.display().to_string()));
        }
        let mut lock = if options.read_only { None } else { Some(Lock::take(&path, &beside(&path, "-lock"))?) };
        let mut store = SqliteStore::open(&path, &sqlite_options(&options))?;
        if let Some(lock) = &mut lock {
            lock.register(&path)?;
        }
        let marked = if options.read_only { None } else { Some(Mark::open(&mark_path(&path, &options))?) };
        if let Some((_, MarkFound::Value(mark))) = &marked {
            if mark.events > 0 && mark.identity == identity(&path) && store.is_empty()? {
                let message = "everything that was in the file is lost; to begin anew, delete it and its mark";
                return Err(Error::new(ErrorKind::Corrupt, message).with_path(path.display().to_string()));
            }
        }
        let mut options = options;
        let mut used_before = false;
        if let (Some((_, MarkFound::Value(mark))), Some(peer)) = (&marked, &options.peer) {
            // A replica that is gone wrote under this peer id: a new one would make its counters again.
            used_before = mark.events > 0 && mark.peer == xxh3_64(peer.as_bytes()) && store.is_empty()?;
        }
        if used_before {
            options.peer = None;
        }
        let mut fresh = None;
        let goes_on = |head: &Head, end: LogEnd| {
            fresh = marked.as_ref().and_then(|(_, found)| why_fresh(found, &path, head, end));
            fresh.is_none()
        };
        let (read_only, wanted) = (options.read_only, options.peer.clone());
        let making = options.clone();
        let (doc, kept, opened) = DocStore::open(store, read_only, move || making.doc_options(), goes_on)?;
        let fresh_peer = match opened.fresh_peer {
            true if fresh.is_none() && wanted.is_some() => Some(FreshPeer::Asked),
            true => fresh,
            false => used_before.then_some(FreshPeer::RolledBack),
        };
        let report = OpenReport { created: opened.created, fresh_peer, rebuilt: opened.rebuilt };
        let writer = lock.zip(marked).map(|(lock, (mark, _))| Writer { lock, mark, identity: identity(&path) });
        let mut file = File { path, report, kept, options, writer, suspended: false, synced: false, reader: None };
        if file.report.created {
            // From here on a damaged write-ahead log costs what it holds, and never all.
            file.kept.store().checkpoint()?;
        }
        file.write_mark()?;
        if file.report.created || file.report.fresh_peer.is_some() {
            file.sync_mark()?;
        }
        Ok((doc, file))
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.options.read_only
    }

    fn write_mark(&mut self) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let (head, end) = (self.kept.head(), self.kept.log_end());
        writer.mark.write(MarkValue {
            file_id: head.file_id,
            identity: writer.identity,
            peer: xxh3_64(head.peer.as_bytes()),
            epoch: head.epoch,
            events: u64::from(end.events),
            hash: end.hash,
        })
    }

    fn sync_mark(&mut self) -> Result<()> {
        let synced = self.writer.as_mut().map_or(Ok(()), |writer| writer.mark.sync());
        synced.inspect_err(|error| self.kept.fail(error))
    }

    #[inline]
    pub(crate) fn check_writable(&self) -> Result<()> {
        self.kept.check_writable()?;
        match &self.writer {
            Some(writer) if writer.lock.is_mine() => Ok(()),
            Some(_) => {
                Err(Error::new(ErrorKind::AlreadyOpen, "the process was forked: open the file again in the parent, not in the child"))
            }
            None => Err(Error::invalid_argument("the document is suspended: resume it first")),
        }
    }

    /// Writes what a call changed. On an error the document is as the file has it.
    pub(crate) fn commit(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        if self.writer.is_none() {
            return Ok(());
        }
        if self.kept.commit(doc)? {
            // The mark is only ever behind what is committed, so that failing to write it here is no failure of the call.
            let _ = self.write_mark();
        }
        Ok(())
    }

    /// Sees to it that a peer is never told what the disk does not have, nor what a copy of the file could make again.
    pub(crate) fn before_hand_out(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        self.kept.check_sound()?;
        if self.options.read_only && !self.synced {
            sync_log(&self.path).inspect_err(|error| self.kept.fail(error))?;
            self.synced = true;
        }
        if self.writer.is_none() {
            return Ok(());
        }
        self.check_writable()?;
        self.commit(doc)?;
        self.flush()
    }

    /// Returns once everything is on the disk.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if self.writer.is_none() {
            return Ok(());
        }
        self.kept.check_sound()?;
        if self.options.durability == Durability::Relaxed {
            self.kept.sync()?;
        }
        self.write_mark()?;
        self.sync_mark()
    }

    pub(crate) fn close(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        self.reader = None;
        if self.writer.as_ref().is_some_and(|writer| !writer.lock.is_mine()) {
            return Ok(());
        }
        let written =
            if self.writer.is_some() && self.kept.check_sound().is_ok() { self.commit(doc).and_then(|()| self.flush()) } else { Ok(()) };
        let closed = if self.suspended { Ok(()) } else { self.kept.close(doc) };
        self.writer = None;
        written.and(closed)
    }

    /// Lets go of the file and of the right to write it; what is in memory can still be read.
    pub(crate) fn suspend(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        if self.suspended || self.options.read_only {
            return Ok(());
        }
        if self.writer.as_ref().is_some_and(|writer| !writer.lock.is_mine()) {
            return self.check_writable();
        }
        // Whatever fails, the locks are given back: the system may end an application that keeps them.
        let written = self.check_writable().and_then(|()| self.commit(doc)).and_then(|()| self.flush());
        self.reader = None;
        let suspended = self.kept.suspend(doc);
        (self.writer, self.suspended) = (None, true);
        written.and(suspended)
    }

    /// Takes the file up again, where it was left or where another process left it since.
    pub(crate) fn resume(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        if !self.suspended {
            return Ok(());
        }
        self.kept.check_sound()?;
        let mut lock = Lock::take(&self.path, &beside(&self.path, "-lock"))?;
        self.kept.store().resume()?;
        let resumed =
            lock.register(&self.path).and_then(|()| Mark::open(&mark_path(&self.path, &self.options))).and_then(|(mark, found)| {
                let (head, end) = self.kept.stored_end()?;
                let (known, events) = (self.kept.head(), self.kept.log_end().events);
                // An empty one may have met its document meanwhile.
                if head.document != known.document && (known.document_given || events > 0) {
                    let message = "the file that lies there now is a replica of another document";
                    return Err(Error::new(ErrorKind::OtherDocument, message).with_path(self.path.display().to_string()));
                }
                let fresh = why_fresh(&found, &self.path, &head, end);
                let needed = doc.needs_fresh_peer;
                if (&head, end) != (self.kept.head(), self.kept.log_end()) {
                    self.kept.reload(doc)?;
                }
                doc.needs_fresh_peer |= needed || fresh.is_some();
                // In the file before the mark says that all is well with it.
                self.kept.renew(doc)?;
                if fresh.is_some() {
                    self.report.fresh_peer = fresh;
                }
                Ok(mark)
            });
        let resumed = match resumed {
            Ok(mark) => {
                self.writer = Some(Writer { lock, mark, identity: identity(&self.path) });
                self.write_mark()
            }
            Err(error) => Err(error),
        };
        self.suspended = resumed.is_err();
        if self.suspended {
            self.writer = None;
            let _ = self.kept.store().suspend();
        }
        resumed
    }
}

/// Waits until the write-ahead log of a file is on the disk, whoever wrote it. What it no longer has, SQLite synced when it moved it into the
/// file. No lock hangs on the log, so that it can be opened and closed here; that of the file itself would be lost.
fn sync_log(path: &Path) -> Result<()> {
    let log = beside(path, "-wal");
    let opened = std::fs::OpenOptions::new().read(true).write(cfg!(windows)).open(&log);
    match opened.and_then(|log| log.sync_data()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let message = format!("the write-ahead log cannot be synced: {error}");
            Err(Error::new(ErrorKind::Storage, message).with_path(log.display().to_string()))
        }
        _ => Ok(()),
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.writer.as_ref().is_some_and(|writer| !writer.lock.is_mine()) {
            // A forked child: closing the connection would be the parent's business.
            self.kept.forget();
        }
    }
}

fn sqlite_options(options: &OpenOptions) -> SqliteOptions {
    SqliteOptions {
        read_only: options.read_only,
        relaxed: options.durability == Durability::Relaxed,
        must_exist: options.must_exist,
        loose: false,
        vfs: options.vfs.clone(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::types::ValueRef;

    /// Goal: once the mark could not be synced nothing is written or handed out, and the locks can still be given back. Method: a mark on a
    /// device that cannot be synced.
    #[test]
    fn a_mark_that_cannot_be_synced_ends_writing() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("notes.db");
        let (mut doc, mut file) = File::open(&path, OpenOptions::new()).unwrap();
        doc.insert("t", "r", &[("n", ValueRef::Int(1))]).unwrap();
        file.commit(&mut doc).unwrap();
        if let Some(writer) = &mut file.writer {
            writer.mark = Mark::open(Path::new("/dev/null")).unwrap().0;
        }
        assert_eq!(file.before_hand_out(&mut doc).unwrap_err().kind(), ErrorKind::Storage);
        for outcome in [file.before_hand_out(&mut doc), file.flush(), file.check_writable()] {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Storage);
        }
        assert_eq!(file.suspend(&mut doc).unwrap_err().kind(), ErrorKind::Storage);
        assert!(file.suspended);
        let (again, _file) = File::open(&path, OpenOptions::new()).unwrap();
        assert_eq!(again.graph.len(), 1);
        assert_eq!(file.resume(&mut doc).unwrap_err().kind(), ErrorKind::Storage);
    }
}
