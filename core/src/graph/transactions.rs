use super::LocalNumber;
use core::ops::Range;

/// Where transactions begin and end, and their wall-clock times. An event that stands in neither list is a transaction of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transactions {
    /// First local number and length of each transaction of more than one event, ascending.
    long: Vec<(LocalNumber, u32)>,
    /// First local numbers of the transactions that carry a time, ascending, and the times.
    timed: Vec<LocalNumber>,
    times: Vec<i64>,
}

impl Transactions {
    /// The transactions of more than one event, and those that carry a time with the times, ascending.
    pub(crate) fn of(long: Vec<(LocalNumber, u32)>, (timed, times): (Vec<LocalNumber>, Vec<i64>)) -> Transactions {
        Transactions { long, timed, times }
    }

    /// Notes the transaction that begins at `start`, which is later than all before it.
    #[inline]
    pub(crate) fn push(&mut self, start: LocalNumber, length: u32, at: Option<i64>) {
        if length > 1 {
            self.long.push((start, length));
        }
        if let Some(at) = at {
            self.timed.push(start);
            self.times.push(at);
        }
    }

    /// Whether every transaction ends by `end`, and none begins inside the one before.
    pub(crate) fn fit(&self, end: LocalNumber) -> bool {
        let ends = |&(start, length): &(LocalNumber, u32)| start.checked_add(length);
        self.long.last().is_none_or(|last| ends(last).is_some_and(|last| last <= end))
            && self.long.windows(2).all(|pair| ends(&pair[0]).is_some_and(|first| first <= pair[1].0))
    }

    /// The local numbers of the transaction that an event belongs to.
    #[inline]
    pub(crate) fn range(&self, event: LocalNumber) -> Range<LocalNumber> {
        // Most events come after all long transactions, or there are none.
        if self.long.last().is_none_or(|&(start, length)| event >= start + length) {
            return event..event + 1;
        }
        self.long_range(event)
    }

    fn long_range(&self, event: LocalNumber) -> Range<LocalNumber> {
        match self.long.partition_point(|&(start, _)| start <= event).checked_sub(1).and_then(|at| self.long.get(at)) {
            Some(&(start, length)) if event - start < length => start..start + length,
            _ => event..event + 1,
        }
    }

    /// Whether a transaction begins with an event.
    #[inline]
    pub(crate) fn is_first(&self, event: LocalNumber) -> bool {
        self.range(event).start == event
    }

    /// The time of the transaction that begins at `start`.
    #[inline]
    pub(crate) fn time(&self, start: LocalNumber) -> Option<i64> {
        self.timed.binary_search(&start).ok().and_then(|at| self.times.get(at).copied())
    }

    /// The transactions of more than one event that begin in a range, as first local number and length.
    pub(crate) fn long_in(&self, range: Range<LocalNumber>) -> &[(LocalNumber, u32)] {
        let at = |event| self.long.partition_point(|&(start, _)| start < event);
        &self.long[at(range.start)..at(range.end)]
    }

    /// The transactions that begin in a range and carry a time, as first local number and time.
    pub(crate) fn times_in(&self, range: Range<LocalNumber>) -> impl Iterator<Item = (LocalNumber, i64)> + '_ {
        let at = |event| self.timed.partition_point(|&start| start < event);
        let range = at(range.start)..at(range.end);
        self.timed[range.clone()].iter().copied().zip(self.times[range].iter().copied())
    }

    /// Whether any transaction that begins in a range carries a time.
    pub(crate) fn timed_in(&self, range: Range<LocalNumber>) -> bool {
        self.timed.get(self.timed.partition_point(|&start| start < range.start)).is_some_and(|&start| start < range.end)
    }
}
