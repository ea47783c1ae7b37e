use super::merge::{Outcome, Refusal};
use super::replica::Model;
use super::transaction::Tx;
use convergedb::Patch;
use std::fmt;

/// Half of all histories have at least so many events, and all of them so many peers; else they are too small to test much.
const MEDIAN_EVENTS_MIN: u64 = 30;
const PEERS_MIN: u64 = 3;

/// What histories were made of, so that it can be seen what was tested.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    pub peers: Vec<u32>,
    pub events: Vec<u32>,
    pub transactions: usize,
    pub of_several: usize,
    pub failed_writes: usize,
    pub abandoned: usize,
    pub messages: usize,
    pub forged: usize,
    pub malformed: usize,
    pub conflicting: usize,
    pub applied: u64,
    pub duplicates: u64,
    /// Messages that left something waiting.
    pub left_waiting: usize,
    pub rejected: u64,
    /// Events that waited and were applied by a later message.
    pub waited: u64,
    /// Events that waited and gave way to others under the same ids.
    pub replaced: u64,
    pub set_cell: usize,
    pub insert_row: usize,
    pub delete_row: usize,
    pub reopened: usize,
    pub restored: usize,
    pub fresh_peers: usize,
    pub drained: usize,
    pub lagged: usize,
}

impl Statistics {
    pub fn made(&mut self, tx: &Tx) {
        self.transactions += 1;
        self.of_several += usize::from(tx.len() > 1);
    }

    pub fn refused(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::Malformed => self.malformed += 1,
            Refusal::Conflicting(_) => self.conflicting += 1,
        }
    }

    pub fn merged(&mut self, outcome: &Outcome, before: &Model, after: &Model) {
        for tx in before.waiting.iter().filter(|tx| !after.waiting.contains(tx)) {
            match after.applied.get(&tx.id(tx.counter)) {
                Some(applied) if applied == tx => self.waited += tx.len(),
                Some(_) => self.replaced += tx.len(),
                None => self.replaced += if after.waiting.iter().any(|other| other.overlaps(tx)) { tx.len() } else { 0 },
            }
        }
        self.applied += outcome.applied;
        self.duplicates += outcome.duplicates;
        self.left_waiting += usize::from(outcome.pending > 0);
        self.rejected += outcome.rejected;
        for patch in &outcome.patches {
            match patch {
                Patch::SetCell { .. } => self.set_cell += 1,
                Patch::InsertRow { .. } => self.insert_row += 1,
                Patch::DeleteRow { .. } => self.delete_row += 1,
            }
        }
    }

    /// What the histories lacked to test what they are for: a line for each, none where they were good.
    pub fn shortfalls(&self) -> Vec<String> {
        let at_least = |what: &str, found: u64, wanted: u64| (found < wanted).then(|| format!("{what}: {found}, and not {wanted} or more"));
        [
            at_least("median of events per history", u64::from(percentile(&self.events, 50)), MEDIAN_EVENTS_MIN),
            at_least("fewest peers of a history", u64::from(percentile(&self.peers, 0)), PEERS_MIN),
            at_least("transactions of several operations", self.of_several as u64, 1),
            at_least("messages that left events waiting", self.left_waiting as u64, 1),
            at_least("events that waited and were applied later", self.waited, 1),
            at_least("events that came again", self.duplicates, 1),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub fn add(&mut self, other: &Statistics) {
        self.peers.extend(&other.peers);
        self.events.extend(&other.events);
        self.applied += other.applied;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.waited += other.waited;
        self.replaced += other.replaced;
        let sums = [
            (&mut self.transactions, other.transactions),
            (&mut self.of_several, other.of_several),
            (&mut self.failed_writes, other.failed_writes),
            (&mut self.abandoned, other.abandoned),
            (&mut self.messages, other.messages),
            (&mut self.forged, other.forged),
            (&mut self.malformed, other.malformed),
            (&mut self.conflicting, other.conflicting),
            (&mut self.left_waiting, other.left_waiting),
            (&mut self.set_cell, other.set_cell),
            (&mut self.insert_row, other.insert_row),
            (&mut self.delete_row, other.delete_row),
            (&mut self.reopened, other.reopened),
            (&mut self.restored, other.restored),
            (&mut self.fresh_peers, other.fresh_peers),
            (&mut self.drained, other.drained),
            (&mut self.lagged, other.lagged),
        ];
        sums.into_iter().for_each(|(sum, more)| *sum += more);
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        writeln!(f, "peers per history      {}", distribution(&self.peers))?;
        writeln!(f, "events per history     {}", distribution(&self.events))?;
        let several = percent(self.of_several, self.transactions);
        writeln!(f, "transactions           {} ({several:.0} % of several operations)", self.transactions)?;
        writeln!(f, "failed local writes    {} and {} abandoned transactions", self.failed_writes, self.abandoned)?;
        let waiting = percent(self.left_waiting, self.messages);
        writeln!(f, "messages               {} ({waiting:.0} % left events waiting)", self.messages)?;
        writeln!(f, "  refused              {} malformed, {} conflicting; {} were forged", self.malformed, self.conflicting, self.forged)?;
        writeln!(f, "  events               {} applied, {} duplicates, {} rejected", self.applied, self.duplicates, self.rejected)?;
        writeln!(f, "  events that waited   {} were applied later, {} replaced by others", self.waited, self.replaced)?;
        writeln!(f, "  patches              {} set_cell, {} insert_row, {} delete_row", self.set_cell, self.insert_row, self.delete_row)?;
        writeln!(f, "reopened               {} and {} set back to a backup", self.reopened, self.restored)?;
        writeln!(f, "fresh peer ids         {}", self.fresh_peers)?;
        write!(f, "drained subscriptions  {} ({} had lagged)", self.drained, self.lagged)
    }
}

/// The value that this share of the values is not above; 0 where there is none.
fn percentile(values: &[u32], percent: usize) -> u32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

fn distribution(values: &[u32]) -> String {
    let at = |percent: usize| percentile(values, percent);
    format!("min {}, median {}, p90 {}, max {}", at(0), at(50), at(90), at(100))
}
