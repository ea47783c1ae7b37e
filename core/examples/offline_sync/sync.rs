//! How two replicas meet: each asks for what it lacks, page by page, and they tell each other who is there.

use crate::wire::Wire;
use convergedb::json::{entries_to_json, parse_known, runs_to_json};
use convergedb::{CrdtDoc, EphemeralMark, EphemeralStore, PageLimit};
use std::error::Error;

/// What went wrong, on its way from one thread to another.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Kinds of frames. "This is my state, send me what I lack": answered by one page.
const ASK: u8 = b'?';
/// A page of events; there are more.
const PAGE: u8 = b'+';
/// A page of events, the last one.
const LAST_PAGE: u8 = b'.';
/// Who is there: ephemeral entries.
const PRESENCE: u8 = b'~';

/// Small, so that several pages can be seen. A real network takes a megabyte or more at a time.
const LIMIT: PageLimit = PageLimit { events: 1_000, bytes: 256 << 10 };

/// One device: its tables, and what it knows of who is there right now.
pub(crate) struct Replica {
    pub(crate) doc: CrdtDoc,
    pub(crate) presence: EphemeralStore,
}

/// What a replica took in, and the bytes that it sent.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) pages: u64,
    pub(crate) events: u64,
    pub(crate) patches: u64,
    pub(crate) bytes_sent: u64,
}

impl Replica {
    /// One conversation. The side that calls asks first and answers then, the other the other way round.
    pub(crate) fn talk(&mut self, mut wire: Wire, calls: bool) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        // One side speaks at a time, so neither waits for the other to make room.
        for asks in [calls, !calls] {
            if asks {
                self.pull(&mut wire, &mut outcome)?;
                let (here, _) = self.presence.changed_since(EphemeralMark::default());
                wire.send(PRESENCE, &entries_to_json(&here))?;
            } else {
                self.serve(&mut wire)?;
                let (PRESENCE, here) = wire.receive()? else { return Err("expected presence".into()) };
                self.presence.merge_json(&here)?;
            }
        }
        outcome.bytes_sent = wire.bytes_sent;
        Ok(outcome)
    }

    /// Asks for pages until there are no more. What was merged is kept: a sync that breaks off goes on from there.
    fn pull(&mut self, wire: &mut Wire, outcome: &mut Outcome) -> Result<(), Failure> {
        loop {
            wire.send(ASK, &self.doc.sync_state_json())?;
            let (kind @ (PAGE | LAST_PAGE), runs) = wire.receive()? else { return Err("expected a page".into()) };
            let merged = self.doc.merge_remote_json(&runs)?;
            outcome.pages += 1;
            outcome.events += merged.applied;
            outcome.patches += merged.patches.len() as u64;
            if kind == LAST_PAGE {
                return Ok(());
            }
        }
    }

    /// Answers until the last page is out.
    fn serve(&self, wire: &mut Wire) -> Result<(), Failure> {
        loop {
            let (ASK, state) = wire.receive()? else { return Err("expected a request".into()) };
            let state: serde_json::Value = serde_json::from_str(&state)?;
            let known = parse_known(&state["versions"].to_string())?;
            let page = self.doc.get_pending_page(&known, LIMIT)?;
            wire.send(if page.has_more { PAGE } else { LAST_PAGE }, &runs_to_json(&page.runs))?;
            if !page.has_more {
                return Ok(());
            }
        }
    }
}
