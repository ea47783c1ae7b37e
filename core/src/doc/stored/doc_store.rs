use super::chains::differing_chains;
use super::rebuild::{check_reach, differing_rows, write_rows};
use super::save::{head_of, save_chains};
use super::{BadRows, Load, Loaded, RecordReader, Saved, corrupt, fold_log, load, save};
use crate::doc::{CrdtDoc, DocOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{CommitError, HEAD_LOST, Head, MemoryDisk, MemoryStore, Store, Stored};
use crate::types::PeerId;

/// What opening a store came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// There was nothing: it is a new replica.
    pub created: bool,
    /// It goes on under a fresh peer id.
    pub fresh_peer: bool,
    /// The rows were not the fold of the log and were made again, and why.
    pub rebuilt: Option<String>,
}

/// How far a log goes: what a mark outside it says, so that a log which was set back is noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogEnd {
    /// The number of events.
    pub events: u32,
    /// A hash of the newest record, which covers those before it.
    pub hash: u64,
}

impl LogEnd {
    fn of(stored: &Stored) -> Result<LogEnd> {
        let Some(last) = stored.records.last() else { return Ok(LogEnd::default()) };
        let record = RecordReader::open(last.first, &last.bytes).map_err(corrupt)?;
        Ok(LogEnd { events: record.events.end, hash: record.hash })
    }
}

/// Keeps a [`CrdtDoc`] in a [`Store`]: writes after each call what that call changed, and reads it again.
///
/// Call [`DocStore::commit`] after every call that may have changed the document. When it fails the document is as the store has it, so
/// that nothing shows which was not kept.
pub struct DocStore {
    store: Box<dyn Store>,
    saved: Saved,
    options: Box<dyn FnMut() -> DocOptions + Send>,
    read_only: bool,
    /// Why nothing more is written: the outcome of a commit is unknown.
    failed: Option<String>,
}

impl core::fmt::Debug for DocStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DocStore").field("events", &self.saved.events).field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl DocStore {
    /// Opens a store, for reading only or for both. `options` makes the options of a new document each time it is read.
    ///
    /// `goes_on` says, by what the store has, whether the replica goes on under its peer id: only if it is the latest there is of it.
    /// Otherwise it takes a fresh one. A peer id in the options that is another one has the same effect.
    ///
    /// # Errors
    ///
    /// Those of the store; `corrupt` for a damaged log, `other_document` when the options name another document. `invalid_argument` when
    /// there is nothing to read and nothing may be written.
    pub fn open(
        store: impl Store + 'static,
        read_only: bool,
        mut options: impl FnMut() -> DocOptions + Send + 'static,
        goes_on: impl FnOnce(&Head, LogEnd) -> bool,
    ) -> Result<(CrdtDoc, DocStore, Opened)> {
        let mut store: Box<dyn Store> = Box::new(store);
        if read_only {
            // Somebody may write beside it, and what is read has to be of one moment.
            store.begin_reading()?;
        }
        let mut stored = store.load()?;
        if stored.lost_its_head() {
            return Err(Error::new(ErrorKind::Corrupt, HEAD_LOST));
        }
        let Some(head) = stored.head.take() else {
            if read_only {
                return Err(Error::invalid_argument("there is no replica yet to be read"));
            }
            return DocStore::create(store, Box::new(options));
        };
        let wanted = options().peer;
        let resumes = goes_on(&head, LogEnd::of(&stored)?) && wanted.as_ref().is_none_or(|peer| peer.as_str() == head.peer);
        // Who asks for the stored peer id does not get it where its counters might be used twice.
        let peer = if resumes { Some(stored_peer(&head)?) } else { wanted.filter(|peer| peer.as_str() != head.peer) };
        let mut opened = Opened { created: false, fresh_peer: !resumes, rebuilt: None };
        let mut loaded = match load(&mut *store, &head, &stored, with_peer(options(), peer.clone()))? {
            Load::Done(loaded) => loaded,
            Load::BadRows(BadRows(why)) => {
                let doc = fold_log(&mut *store, &head, &stored, with_peer(options(), peer.clone()))?;
                check_reach(&mut *store, &stored, doc.graph.len())?;
                opened.rebuilt = Some(why);
                if read_only {
                    return Err(Error::new(
                        ErrorKind::Corrupt,
                        "the rows are damaged: opening the file for writing makes them again from the log",
                    ));
                }
                write_rows(&mut *store, &head, &doc).map_err(CommitError::into_error)?;
                let mut stored = store.load()?;
                let head = stored.head.take().unwrap_or(head.clone());
                match load(&mut *store, &head, &stored, with_peer(options(), peer))? {
                    Load::Done(loaded) => loaded,
                    Load::BadRows(BadRows(why)) => {
                        return Err(Error::new(ErrorKind::Corrupt, format!("the rows cannot be made again: {why}")));
                    }
                }
            }
        };
        if read_only {
            store.end_reading();
        }
        let mut kept = DocStore { store, saved: Saved::default(), options: Box::new(options), read_only, failed: None };
        if !read_only {
            loaded.saved.head.epoch = loaded.saved.head.epoch.saturating_add(1);
            if !resumes {
                loaded.saved.head.file_id = random_id(&mut loaded.doc);
            }
            // What differs from the stored head is written with the next commit, which this is.
            let head = loaded.saved.head.clone();
            kept.saved = loaded.saved;
            kept.saved.head = Head::default();
            kept.write_head(&mut loaded.doc, head)?;
        } else {
            kept.saved = loaded.saved;
        }
        Ok((loaded.doc, kept, opened))
    }

    fn create(store: Box<dyn Store>, mut options: Box<dyn FnMut() -> DocOptions + Send>) -> Result<(CrdtDoc, DocStore, Opened)> {
        let mut doc = CrdtDoc::new(options());
        doc.track();
        let mut kept = DocStore { store, saved: Saved::default(), options, read_only: false, failed: None };
        let head = Head { file_id: random_id(&mut doc), epoch: 1, ..Head::default() };
        kept.write_head(&mut doc, head)?;
        Ok((doc, kept, Opened { created: true, fresh_peer: false, rebuilt: None }))
    }

    fn write_head(&mut self, doc: &mut CrdtDoc, head: Head) -> Result<()> {
        self.store.begin()?;
        let head = Head { events: self.saved.events, ..head_of(doc, &head) };
        let put = self.store.put_head(&head);
        if let Err(error) = put {
            self.store.rollback();
            return Err(error);
        }
        self.store.commit().map_err(CommitError::into_error)?;
        self.saved.head = head;
        Ok(())
    }

    /// Notes in the store that it was opened once more, and gives it another id of its own where the replica needs a fresh peer id.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn renew(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        let mut head = self.saved.head.clone();
        head.epoch = head.epoch.saturating_add(1);
        if doc.needs_fresh_peer {
            head.file_id = random_id(doc);
        }
        self.write_head(doc, head)
    }

    /// What the store says of itself.
    pub fn head(&self) -> &Head {
        &self.saved.head
    }

    /// How far the log in the store goes.
    pub fn log_end(&self) -> LogEnd {
        LogEnd { events: self.saved.events, hash: if self.saved.events == 0 { 0 } else { self.saved.hash } }
    }

    /// What the store itself says of itself now, and how far its log goes.
    ///
    /// # Errors
    ///
    /// Those of the store; `corrupt`.
    pub fn stored_end(&mut self) -> Result<(Head, LogEnd)> {
        let mut stored = self.store.load()?;
        let head = stored.head.take().ok_or_else(|| Error::new(ErrorKind::Corrupt, "the store lost its head"))?;
        Ok((head, LogEnd::of(&stored)?))
    }

    /// Lets go of the store without ending it: in a forked child, whose parent has it.
    pub fn forget(&mut self) {
        let none = MemoryStore::open(&MemoryDisk::new());
        core::mem::forget(core::mem::replace(&mut self.store, Box::new(none)));
    }

    /// The store itself.
    pub fn store(&mut self) -> &mut dyn Store {
        &mut *self.store
    }

    /// Whether it may be written.
    ///
    /// # Errors
    ///
    /// `read_only`; `storage` after a commit whose outcome is unknown.
    pub fn check_writable(&self) -> Result<()> {
        if self.read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "the replica was opened for reading only"));
        }
        self.check_sound()
    }

    /// Whether what the document shows is what the store has.
    ///
    /// # Errors
    ///
    /// `storage` after a commit whose outcome is unknown.
    pub fn check_sound(&self) -> Result<()> {
        match &self.failed {
            Some(why) => Err(Error::new(ErrorKind::Storage, format!("an earlier write failed, open the file again: {why}"))),
            None => Ok(()),
        }
    }

    /// Writes nothing more: something that what is written needs has failed.
    pub fn fail(&mut self, error: &Error) {
        self.failed.get_or_insert(error.message().to_owned());
    }

    /// Writes what changed in the document since the last commit. Says whether there was anything.
    ///
    /// # Errors
    ///
    /// Those of the store, and of [`DocStore::check_writable`]. The document is then as the store has it; subscriptions are told that they
    /// lagged.
    pub fn commit(&mut self, doc: &mut CrdtDoc) -> Result<bool> {
        if self.read_only {
            return Ok(false);
        }
        let written = match save(doc, &mut self.saved, &mut *self.store) {
            Ok(false) => return Ok(false),
            Ok(true) => self.store.commit(),
            Err(error) => Err(CommitError::RolledBack(error)),
        };
        match written {
            Ok(()) => Ok(true),
            Err(failure) => Err(self.recover(doc, failure)),
        }
    }

    /// Makes the document again what the store has.
    #[cold]
    fn recover(&mut self, doc: &mut CrdtDoc, failure: CommitError) -> Error {
        self.store.rollback();
        let error = match failure {
            CommitError::RolledBack(error) => error,
            CommitError::Unknown(error) => {
                self.failed = Some(error.message().to_owned());
                error
            }
        };
        if let Err(reading) = self.reload(doc) {
            self.failed.get_or_insert(reading.message().to_owned());
        }
        error
    }

    /// Reads the document again, in place of what is there.
    ///
    /// # Errors
    ///
    /// Those of opening.
    pub fn reload(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        let mut stored = self.store.load()?;
        let head = stored.head.take().ok_or_else(|| Error::new(ErrorKind::Corrupt, "the store lost its head"))?;
        let options = with_peer((self.options)(), Some(stored_peer(&head)?));
        match load(&mut *self.store, &head, &stored, options)? {
            Load::BadRows(BadRows(why)) => Err(Error::new(ErrorKind::Corrupt, format!("the rows are damaged: {why}"))),
            Load::Done(loaded) => {
                let Loaded { doc: read, saved } = *loaded;
                doc.replace_by(read);
                self.saved = saved;
                Ok(())
            }
        }
    }

    /// Makes the rows again from the log and reads the document again.
    ///
    /// # Errors
    ///
    /// `corrupt` for a damaged log; those of the store.
    pub fn rebuild(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        self.check_writable()?;
        let mut stored = self.store.load()?;
        let head = stored.head.take().ok_or_else(|| Error::new(ErrorKind::Corrupt, "the store lost its head"))?;
        if LogEnd::of(&stored)? != self.log_end() {
            return Err(Error::new(ErrorKind::Corrupt, "the log is not the one that was written: salvage reads what is left"));
        }
        let folded = fold_log(&mut *self.store, &head, &stored, with_peer((self.options)(), Some(stored_peer(&head)?)))?;
        check_reach(&mut *self.store, &stored, folded.graph.len())?;
        if let Err(failure) = write_rows(&mut *self.store, &head, &folded) {
            return Err(self.recover(doc, failure));
        }
        self.reload(doc)
    }

    /// Makes an index over columns of a table, for who reads the rows by SQL.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for names that there are not; those of [`DocStore::commit`].
    pub fn create_index(&mut self, doc: &mut CrdtDoc, tbl: &str, columns: &[&str]) -> Result<()> {
        self.check_writable()?;
        self.store.begin()?;
        let made = match self.store.create_index(tbl, columns) {
            Ok(()) => self.store.commit(),
            Err(error) => Err(CommitError::RolledBack(error)),
        };
        made.map_err(|failure| match failure {
            CommitError::RolledBack(error) => {
                self.store.rollback();
                error
            }
            failure => self.recover(doc, failure),
        })
    }

    /// Gives free space back.
    ///
    /// # Errors
    ///
    /// Those of [`DocStore::commit`].
    pub fn compact(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        self.check_writable()?;
        self.store.compact().map_err(|failure| match failure {
            CommitError::RolledBack(error) => error,
            failure => self.recover(doc, failure),
        })
    }

    /// Reads everything and says what is wrong and where, in words; nothing when all is well.
    ///
    /// # Errors
    ///
    /// `storage` when the store cannot be read at all.
    pub fn verify(&mut self) -> Result<Vec<String>> {
        if self.read_only {
            self.store.begin_reading()?;
        }
        let problems = self.verify_all();
        if self.read_only {
            self.store.end_reading();
        }
        problems
    }

    fn verify_all(&mut self) -> Result<Vec<String>> {
        let mut problems = self.store.verify()?;
        let mut verify = || -> Result<()> {
            let mut stored = self.store.load()?;
            let head = stored.head.take().ok_or_else(|| Error::new(ErrorKind::Corrupt, "the store lost its head"))?;
            let peer = stored_peer(&head)?;
            if !self.read_only && LogEnd::of(&stored)? != self.log_end() {
                problems.push("log: its end is not the one that was written".to_owned());
            }
            match load(&mut *self.store, &head, &stored, with_peer((self.options)(), Some(peer.clone())))? {
                Load::BadRows(BadRows(why)) => problems.push(format!("rows: {why}")),
                Load::Done(loaded) => {
                    let mut folded = fold_log(&mut *self.store, &head, &stored, with_peer((self.options)(), Some(peer)))?;
                    problems.extend(differing_rows(&folded, &loaded.saved));
                    problems.extend(differing_chains(&mut folded, &loaded.doc)?);
                }
            }
            Ok(())
        };
        if let Err(error) = verify() {
            problems.push(format!("log: {}", error.message()));
        }
        Ok(problems)
    }

    /// Returns once everything that was committed is on the disk.
    ///
    /// # Errors
    ///
    /// `storage`; then nothing more is written.
    pub fn sync(&mut self) -> Result<()> {
        self.check_sound()?;
        self.store.sync().map_err(|failure| {
            let error = failure.into_error();
            self.failed = Some(error.message().to_owned());
            error
        })
    }

    /// Keeps what is not kept with each commit: the chain hashes that were computed, and in the head how long the log is. Nothing is wrong
    /// with a store that lacks it.
    fn settle(&mut self, doc: &CrdtDoc) {
        if self.read_only || self.failed.is_some() || self.store.begin().is_err() {
            return;
        }
        let head = Head { events: self.saved.events, ..self.saved.head.clone() };
        let put = if head == self.saved.head { Ok(()) } else { self.store.put_head(&head) };
        match put.and_then(|()| save_chains(doc, &mut self.saved, &mut *self.store)) {
            Ok(()) if self.store.commit().is_ok() => self.saved.head = head,
            Ok(()) => {}
            Err(_) => self.store.rollback(),
        }
    }

    /// Lets go of the store until [`Store::resume`].
    ///
    /// # Errors
    ///
    /// `storage`. It is suspended all the same.
    pub fn suspend(&mut self, doc: &CrdtDoc) -> Result<()> {
        self.settle(doc);
        self.store.suspend()
    }

    /// Keeps the chain hashes that were computed, and ends.
    ///
    /// # Errors
    ///
    /// `storage`. It is closed all the same.
    pub fn close(&mut self, doc: &CrdtDoc) -> Result<()> {
        self.settle(doc);
        self.failed.get_or_insert_with(|| "it was closed".to_owned());
        self.store.close()
    }
}

fn stored_peer(head: &Head) -> Result<PeerId> {
    PeerId::new(&head.peer).map_err(|_| Error::new(ErrorKind::Corrupt, "the stored peer id is none"))
}

fn with_peer(mut options: DocOptions, peer: Option<PeerId>) -> DocOptions {
    options.peer = peer;
    options
}

fn random_id(doc: &mut CrdtDoc) -> [u8; 16] {
    let mut id = [0; 16];
    doc.entropy.fill(&mut id);
    id
}
