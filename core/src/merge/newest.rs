use super::Stamp;
use crate::graph::{Graph, LocalNumber};
use core::cmp::Ordering;

/// Says whether the event at hand is newer than an earlier write.
pub(crate) trait Newest {
    /// Whether the event with stamp `event` is newer than what wrote `other`, which may be 0 (never) or `event` itself.
    fn is_newer(&self, event: Stamp, other: Stamp) -> bool;
}

/// For local writes: they come after everything that the replica has.
pub(crate) struct AlwaysNewest;

impl Newest for AlwaysNewest {
    #[inline]
    fn is_newer(&self, _event: Stamp, _other: Stamp) -> bool {
        true
    }
}

/// For the events of one remote run that have just entered the graph.
///
/// Most stamps are settled by two comparisons of numbers: below `all_below` every event has a lower Lamport time than the run, and
/// within the run later is newer. Only others look up their place, and only equal Lamport times compare names.
pub(crate) struct ByTotalOrder<'a> {
    graph: &'a Graph,
    /// Stamps up to this one are older than the whole run.
    older_up_to: Stamp,
    /// Stamps from this one on are the run's own.
    own_from: Stamp,
}

impl<'a> ByTotalOrder<'a> {
    /// `older_below`: [`Graph::all_below`] of the run's first Lamport time, asked before it entered; `start`: its first local number.
    #[inline]
    pub(crate) fn new(graph: &'a Graph, older_below: LocalNumber, start: LocalNumber) -> ByTotalOrder<'a> {
        ByTotalOrder { graph, older_up_to: older_below, own_from: start + 1 }
    }
}

impl Newest for ByTotalOrder<'_> {
    #[inline]
    fn is_newer(&self, event: Stamp, other: Stamp) -> bool {
        other <= self.older_up_to || other >= self.own_from || self.graph.cmp(event - 1, other - 1) == Ordering::Greater
    }
}
