use super::{Graph, LocalNumber};
use core::ops::Range;
use std::collections::BinaryHeap;

/// How one version stands to another. A version is a set of events, and stands for them and everything they depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both stand for the same events.
    Equal,
    /// The other one has all of this one's events and more.
    Before,
    /// It has all of the other one's events and more.
    After,
    /// Each has events that the other one lacks.
    Concurrent,
}

/// Which of two versions an event was reached from.
type Reached = u8;
const LEFT: Reached = 1;
const RIGHT: Reached = 2;
const BOTH: Reached = LEFT | RIGHT;
/// It lies below a common event, so it is common too but not a lowest one.
const BELOW: Reached = 4;

impl Graph {
    /// Walks down from two versions at once, latest events first, until all that is left is common; to the roots if `whole`.
    ///
    /// `visit` gets ranges of local numbers, descending and disjoint, and what each was reached from. The walk is over spans, not
    /// events: a heap of local numbers, as in diamond-types' `diff`.
    fn walk(&self, left: &[LocalNumber], right: &[LocalNumber], whole: bool, mut visit: impl FnMut(Range<LocalNumber>, Reached)) {
        let sides = left.iter().map(|&event| (event, LEFT)).chain(right.iter().map(|&event| (event, RIGHT)));
        let mut heap: BinaryHeap<(LocalNumber, Reached)> = sides.collect();
        let mut apart = heap.len();
        while let Some((event, mut reached)) = heap.pop() {
            apart -= usize::from(reached & BOTH != BOTH);
            while let Some(&(same, other)) = heap.peek().filter(|next| next.0 == event) {
                debug_assert_eq!(same, event);
                heap.pop();
                apart -= usize::from(other & BOTH != BOTH);
                reached |= other;
            }
            if reached & BOTH == BOTH && apart == 0 && !whole {
                return;
            }
            let passed_on = if reached & BOTH == BOTH { reached | BELOW } else { reached };
            let span = self.span_at(event);
            let start = self.spans()[span].start;
            match heap.peek() {
                Some(&(next, _)) if next >= start => {
                    visit(next + 1..event + 1, reached);
                    apart += usize::from(passed_on & BOTH != BOTH);
                    heap.push((next, passed_on));
                }
                _ => {
                    visit(start..event + 1, reached);
                    for &parent in self.span_parents(span) {
                        apart += usize::from(passed_on & BOTH != BOTH);
                        heap.push((parent, passed_on));
                    }
                }
            }
        }
    }

    /// How version `left` stands to version `right`.
    pub(crate) fn relation(&self, left: &[LocalNumber], right: &[LocalNumber]) -> Relation {
        let (mut only_left, mut only_right) = (false, false);
        self.walk(left, right, false, |_, reached| match reached & BOTH {
            LEFT => only_left = true,
            RIGHT => only_right = true,
            _ => {}
        });
        match (only_left, only_right) {
            (false, false) => Relation::Equal,
            (false, true) => Relation::Before,
            (true, false) => Relation::After,
            (true, true) => Relation::Concurrent,
        }
    }

    /// The lowest common ancestors: the common events that no other common event depends on, ascending.
    pub(crate) fn common_ancestors(&self, left: &[LocalNumber], right: &[LocalNumber]) -> Vec<LocalNumber> {
        let mut lowest = Vec::new();
        self.walk(left, right, true, |range, reached| {
            if reached & BOTH == BOTH && reached & BELOW == 0 {
                lowest.push(range.end - 1);
            }
        });
        lowest.sort_unstable();
        lowest
    }

    /// The events that version `to` has and version `from` lacks, as ascending ranges of local numbers.
    pub(crate) fn between(&self, from: &[LocalNumber], to: &[LocalNumber]) -> Vec<Range<LocalNumber>> {
        let mut ranges = Vec::new();
        self.walk(from, to, false, |range, reached| {
            if reached & BOTH == RIGHT {
                ranges.push(range);
            }
        });
        ranges.reverse();
        ranges
    }
}
