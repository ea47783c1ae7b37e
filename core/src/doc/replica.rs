use super::{CrdtDoc, DocOptions, check_waiting};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{DocumentId, EventId, EventRun, PeerId};

/// A whole replica as plain data: what a store or a test keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// The document that it is a replica of.
    pub document: DocumentId,
    /// It is empty and was given no document: it takes that of what it merges first.
    pub adopts_document: bool,
    /// The peer id that it writes under.
    pub peer: PeerId,
    /// The counter of its next event.
    pub next_counter: u64,
    /// It learned of events under its peer id that it did not make: its next write goes on under a fresh one.
    pub needs_fresh_peer: bool,
    /// Every applied event, in causal order.
    pub runs: Vec<EventRun>,
    /// The transactions that wait, in the order in which they arrived. A Lamport time of 0 was not said by who sent it.
    pub waiting: Vec<EventRun>,
}

impl CrdtDoc {
    /// The whole replica as plain data.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn to_replica(&self) -> Result<Replica> {
        Ok(Replica {
            document: self.document,
            adopts_document: self.adopts_document(),
            peer: self.peer().clone(),
            next_counter: self.own_next,
            needs_fresh_peer: self.needs_fresh_peer,
            waiting: self.waiting_runs(),
            runs: self.all_runs()?,
        })
    }

    /// A replica again. With `options.peer` given as the replica's own peer id it resumes as that peer: safe only where the data is the
    /// latest of it, and nobody else resumes too. Without, it is a new replica of the same document under a fresh peer id.
    ///
    /// # Errors
    ///
    /// `corrupt` when the data is not what [`CrdtDoc::to_replica`] makes; `other_document` when `options` names another document.
    pub fn from_replica(replica: &Replica, mut options: DocOptions) -> Result<CrdtDoc> {
        if options.document.is_some_and(|document| document != replica.document) {
            return Err(Error::new(ErrorKind::OtherDocument, format!("this is a replica of document {}", replica.document)));
        }
        let wanted = options.document.replace(replica.document);
        let mut doc = CrdtDoc::new(options);
        doc.document_given = wanted.is_some() || !replica.adopts_document;
        // What is read back is no news, whoever wrote it.
        doc.own_next = u64::MAX;
        let corrupt = |error: Error| Error::new(ErrorKind::Corrupt, format!("the replica cannot be read: {}", error.message()));
        for run in &replica.runs {
            // Run by run: the bounds of a message are none of a replica.
            let merged = check_waiting(run).and_then(|()| doc.merge_checked(core::slice::from_ref(run))).map_err(corrupt)?;
            if merged.applied != run.ops.len() as u64 || merged.duplicates > 0 || run.lamport_start == 0 {
                return Err(Error::new(ErrorKind::Corrupt, "the replica's events are not in causal order"));
            }
        }
        for run in &replica.waiting {
            check_waiting(run).and_then(|()| doc.merge_checked(core::slice::from_ref(run))).map_err(corrupt)?;
        }
        doc.resume_as(&replica.peer, replica.next_counter, replica.needs_fresh_peer)?;
        Ok(doc)
    }

    /// Goes on as the stored replica of `peer` with its next counter, if this one writes under that id; else from 0.
    pub(crate) fn resume_as(&mut self, peer: &PeerId, next_counter: u64, needs_fresh_peer: bool) -> Result<()> {
        let resumes = self.peer() == peer;
        self.own_next = if resumes { next_counter } else { 0 };
        let (me, next) = (self.peer(), self.own_next);
        if self.graph.next_counter(self.me) < next {
            return Err(Error::new(ErrorKind::Corrupt, "the replica lacks events of its own"));
        }
        let named = |id: &EventId| id.peer == *me && id.counter >= next;
        let waits = self.waiting.iter().any(|transaction| transaction.deps.iter().chain([&transaction.id]).any(named));
        self.needs_fresh_peer = (resumes && needs_fresh_peer) || waits || self.graph.next_counter(self.me) > next;
        Ok(())
    }
}
