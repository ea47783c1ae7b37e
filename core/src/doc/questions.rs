use super::CrdtDoc;
use crate::Relation;
use crate::error::{Error, Result};
use crate::graph::LocalNumber;
use crate::types::{EventId, PeerId};

/// Events of one peer with consecutive counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRange {
    /// The author.
    pub peer: PeerId,
    /// The first counter.
    pub start: u64,
    /// The counter after the last one.
    pub end: u64,
}

impl CrdtDoc {
    fn version(&self, ids: &[EventId]) -> Result<Vec<LocalNumber>> {
        let find = |id: &EventId| {
            self.graph
                .find_id(id)
                .ok_or_else(|| Error::invalid_argument(format!("event {id} is not applied here")).with_event_id(id.clone()))
        };
        ids.iter().map(find).collect()
    }

    /// How version `a` stands to version `b`: a version is a set of events, and stands for them and everything they depend on.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when an event is not applied here; its id stands in the error.
    pub fn compare(&self, a: &[EventId], b: &[EventId]) -> Result<Relation> {
        Ok(self.graph.relation(&self.version(a)?, &self.version(b)?))
    }

    /// The lowest common ancestors of two versions: the common events that no other common event depends on, sorted by peer and counter.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when an event is not applied here; its id stands in the error.
    pub fn common_ancestors(&self, a: &[EventId], b: &[EventId]) -> Result<Vec<EventId>> {
        Ok(self.graph.ids(self.graph.common_ancestors(&self.version(a)?, &self.version(b)?)))
    }

    /// The events that version `to` stands for and version `from` does not, in causal order.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when an event is not applied here; its id stands in the error.
    pub fn events_between(&self, from: &[EventId], to: &[EventId]) -> Result<Vec<EventRange>> {
        let mut found: Vec<EventRange> = Vec::new();
        for range in self.graph.between(&self.version(from)?, &self.version(to)?) {
            // A range lies within one span, so its counters are consecutive.
            let (peer, start, _) = self.graph.place(range.start);
            let (peer, end) = (self.graph.peers().name(peer), start + u64::from(range.end - range.start));
            match found.last_mut() {
                Some(last) if last.peer == *peer && last.end == start => last.end = end,
                _ => found.push(EventRange { peer: peer.clone(), start, end }),
            }
        }
        Ok(found)
    }
}
