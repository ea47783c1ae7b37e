//! How two replicas meet: each asks for what it lacks, page by page, and they tell each other who is there.

use crate::wire::Wire;
use convergedb::api::{Doc, EphemeralStore};
use convergedb::json::entries_to_json;
use convergedb::{EphemeralMark, PageLimit};
use std::error::Error;

/// What went wrong, on its way from one thread to another.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Kinds of frames. A request, "this is what I know, send me the rest": answered by one page.
const ASK: u8 = b'?';
/// An update, a page of what was asked for; there is more.
const PAGE: u8 = b'+';
/// An update, the last page.
const LAST_PAGE: u8 = b'.';
/// Who is there: ephemeral entries.
const PRESENCE: u8 = b'~';

/// Small, so that several pages can be seen. The default takes 65,536 events at a time.
const LIMIT: PageLimit = PageLimit { events: 1_000, bytes: 256 << 10 };

/// One device: its tables, and what it knows of who is there right now.
pub(crate) struct Replica {
    pub(crate) doc: Doc,
    pub(crate) presence: EphemeralStore,
}

/// What a replica took in, and what it said for that. The sizes are bytes, without the frames around them.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) pages: u64,
    pub(crate) events: u64,
    pub(crate) patches: u64,
    pub(crate) updates: usize,
    pub(crate) requests: usize,
    pub(crate) presence: usize,
    /// What the same entries take as JSON.
    pub(crate) presence_json: usize,
}

impl Replica {
    /// One conversation. The side that calls asks first and answers then, the other the other way round.
    pub(crate) fn talk(&mut self, mut wire: Wire, calls: bool) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        // One side speaks at a time, so neither waits for the other to make room.
        for asks in [calls, !calls] {
            if asks {
                self.pull(&mut wire, &mut outcome)?;
                let here = self.presence.encode_all()?;
                wire.send(PRESENCE, &here)?;
                outcome.presence = here.len();
                outcome.presence_json = entries_to_json(&self.presence.changed_since(EphemeralMark::default())?.0).len();
            } else {
                self.serve(&mut wire)?;
                let (PRESENCE, here) = wire.receive()? else { return Err("expected presence".into()) };
                self.presence.merge_bytes(&here)?;
            }
        }
        Ok(outcome)
    }

    /// Asks for pages until there are no more. What was merged is kept: a sync that breaks off goes on from there.
    fn pull(&mut self, wire: &mut Wire, outcome: &mut Outcome) -> Result<(), Failure> {
        loop {
            let request = self.doc.encode_request()?;
            wire.send(ASK, &request)?;
            let (kind @ (PAGE | LAST_PAGE), update) = wire.receive()? else { return Err("expected a page".into()) };
            let merged = self.doc.merge_update(&update)?;
            outcome.pages += 1;
            outcome.events += merged.applied;
            outcome.patches += merged.patches.len() as u64;
            outcome.updates += update.len();
            outcome.requests += request.len();
            if kind == LAST_PAGE {
                return Ok(());
            }
        }
    }

    /// Answers until the last page is out.
    fn serve(&mut self, wire: &mut Wire) -> Result<(), Failure> {
        loop {
            let (ASK, request) = wire.receive()? else { return Err("expected a request".into()) };
            let page = self.doc.encode_pending(&request, LIMIT)?;
            wire.send(if page.has_more { PAGE } else { LAST_PAGE }, &page.bytes)?;
            if !page.has_more {
                return Ok(());
            }
        }
    }
}
