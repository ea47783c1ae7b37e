//! How entries end: by age, and with the peer that wrote them.

use super::changes::EphemeralChangeKind;
use super::entry::EphemeralBatch;
use super::index::NONE;
use super::store::EphemeralStore;
use super::table::Content;

impl EphemeralStore {
    /// Takes out what has reached the time to live, removed entries included, and reports it. Call it now and then, such as once a
    /// second: reads do not show what is over, but only this tells the readers of changes, and frees the memory early.
    ///
    /// An entry that was over when a write or merge came for its key, or needed its room, went then and is not reported here.
    pub fn expire(&mut self) -> EphemeralBatch {
        let now = self.now();
        let mut report = EphemeralBatch::new();
        for place in self.over(now) {
            self.report(place, now, &mut report);
            self.end(place, now);
        }
        self.table.tidy();
        report
    }

    /// Takes out what is over; says whether there was any.
    #[cold]
    pub(super) fn sweep(&mut self, now: i64) -> bool {
        let over = self.over(now);
        for &place in &over {
            self.end(place, now);
        }
        !over.is_empty()
    }

    /// The places of what is over. When the earliest birth says that there is none, that costs nothing; else it looks at all entries.
    fn over(&mut self, now: i64) -> Vec<u32> {
        if !self.is_over(self.table.earliest_born, now) {
            return Vec::new();
        }
        let (over, held): (Vec<u32>, Vec<u32>) = self.table.places().partition(|&place| self.is_over(self.table.entry(place).born, now));
        self.table.earliest_born = held.iter().map(|&place| self.table.entry(place).born).min().unwrap_or(i64::MAX);
        over
    }

    fn end(&mut self, place: u32, now: i64) {
        if !self.watchers.is_empty() && !self.table.entry(place).is_removed() {
            self.tell(EphemeralChangeKind::Expired, place, now, true);
        }
        self.table.remove(place);
    }

    /// Hides what a departed peer wrote, key by key, up to the stamp it has now, and returns the removals.
    ///
    /// For each key whose entry is the peer's, this writes the removal that has the same timestamp and the same peer: the least entry
    /// that is greater than everything the peer wrote there up to now. It is an entry like any other. So it merges in any order, is
    /// sent with the next delta and hides the key elsewhere too; older messages do not bring the key back while it lives (it starts
    /// at age 0, so for a whole time to live); and when the peer was not gone after all, its next `set` shows. A key that this store
    /// has not heard of yet shows when a message brings it.
    pub fn remove_peer(&mut self, peer: &str) -> EphemeralBatch {
        let now = self.now();
        let mut report = EphemeralBatch::new();
        let number = self.table.peers.find(peer.as_bytes());
        if number == NONE {
            return report;
        }
        let shows = |&place: &u32| {
            let entry = self.table.entry(place);
            entry.peer == number && !entry.is_removed() && !self.is_over(entry.born, now)
        };
        let places: Vec<u32> = self.table.places().filter(shows).collect();
        for place in places {
            let timestamp = self.table.entry(place).timestamp;
            self.store(place, &Content { value: None, timestamp, born: now, peer: number }, now, true);
            self.report(place, now, &mut report);
        }
        report
    }
}
