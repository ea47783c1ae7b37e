use super::entry::{EphemeralBatch, EphemeralCounts, EphemeralEntry, EphemeralMerge, value_bytes};
use super::index::NONE;
use super::store::EphemeralStore;
use super::table::Content;
use crate::error::{Error, Result};
use crate::limits::{MESSAGE_BYTES_MAX, MESSAGE_EVENTS_MAX, TIMESTAMP_MAX, name_fits};
use crate::types::{PeerId, ValueRef};
use core::cmp::Ordering;

/// An entry that comes from outside, with its names.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) ns: &'a str,
    pub(super) key: &'a str,
    pub(super) peer: &'a str,
    pub(super) value: Option<ValueRef<'a>>,
    pub(super) timestamp: f64,
    pub(super) age_ms: u64,
}

/// What became of one entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Changed,
    Unchanged,
    AgedOut,
    FromTheFuture,
}

impl EphemeralCounts {
    #[inline]
    pub(super) fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Changed => self.changed += 1,
            Fate::Unchanged => self.unchanged += 1,
            Fate::AgedOut => self.aged_out += 1,
            Fate::FromTheFuture => self.from_the_future += 1,
        }
    }
}

/// The clocks, read once for a whole message.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    pub(super) now: i64,
    /// What was born then or before is over.
    deadline: i64,
    /// The greatest timestamp that gets in.
    latest: f64,
}

/// What a message's entries count for towards the bounds.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    /// The bytes of what gives way.
    relief: usize,
}

impl Gate {
    /// When an entry of that age was born, or why it is left out.
    #[inline]
    pub(super) fn birth(&self, timestamp: f64, age_ms: u64) -> Result<i64, Fate> {
        // More than the least number: where entries do not end, that is the deadline.
        let born = self.now.saturating_sub_unsigned(age_ms).max(i64::MIN + 1);
        if timestamp > self.latest {
            Err(Fate::FromTheFuture)
        } else if born <= self.deadline {
            Err(Fate::AgedOut)
        } else {
            Ok(born)
        }
    }
}

impl EphemeralStore {
    /// Takes in entries from outside: for each key the greater entry stays. All or nothing; the form of all is checked first.
    ///
    /// An entry that has reached the time to live, or is more than 10 minutes ahead of the local wall clock, is left out and counted. One
    /// that is equal to what is held keeps the greater age.
    ///
    /// # Errors
    ///
    /// `malformed` for an empty or too long name, a timestamp that is no number or beyond 2^53 ms, or a value that cannot be stored.
    /// `limit_exceeded` when what would be held in the end is more than the store's bounds. Either way nothing has changed.
    pub fn merge(&mut self, entries: &EphemeralBatch) -> Result<EphemeralMerge> {
        let weight = check_batch(entries)?;
        let gate = self.gate();
        self.admit(weight, gate, || true, || incoming(entries))?;
        let before = self.mark();
        let mut counts = EphemeralCounts { before, ..EphemeralCounts::default() };
        for entry in incoming(entries) {
            counts.count(self.take_in(&entry, gate)?);
        }
        self.table.tidy();
        Ok(EphemeralMerge { changed: self.changed_after(before, gate.now), counts })
    }

    #[inline(always)]
    pub(super) fn gate(&self) -> Gate {
        let now = self.now();
        Gate { now, deadline: self.deadline(now), latest: self.latest_timestamp() }
    }

    /// The number of a peer whose entry is stored.
    pub(super) fn intern_peer(&mut self, peer: &str) -> Result<u32> {
        let known = self.table.peers.recall(peer.as_bytes());
        if known != NONE {
            return Ok(known);
        }
        // A hostile message may name ever new peers, each of which drives out the one before.
        self.table.peers.tidy();
        let id = PeerId::new(peer)?;
        Ok(self.table.peers.intern(peer, || id))
    }

    pub(super) fn take_in(&mut self, entry: &Incoming<'_>, gate: Gate) -> Result<Fate> {
        let born = match gate.birth(entry.timestamp, entry.age_ms) {
            Ok(born) => born,
            Err(fate) => return Ok(fate),
        };
        let peer = self.table.peers.recall(entry.peer.as_bytes());
        let mut content = Content { value: entry.value, timestamp: entry.timestamp + 0.0, born, peer };
        let place = self.table.find_named(entry.ns, entry.key);
        if place != NONE && self.contest(place, &content, || entry.peer, gate) != Fate::Changed {
            return Ok(Fate::Unchanged);
        }
        content.peer = self.intern_peer(entry.peer)?;
        if place == NONE {
            self.add(entry.ns, entry.key, &content, gate.now, false);
        } else {
            self.store(place, &content, gate.now, false);
        }
        Ok(Fate::Changed)
    }

    /// Whether `content` by `peer` wins over what is held. If it is equal, what is held takes the greater age.
    #[inline(always)]
    pub(super) fn contest<'p>(&mut self, place: u32, content: &Content<'_>, peer: impl FnOnce() -> &'p str, gate: Gate) -> Fate {
        if self.table.entry(place).born <= gate.deadline {
            return Fate::Changed;
        }
        match self.compare(place, content, peer) {
            Ordering::Less => Fate::Changed,
            Ordering::Equal => {
                self.table.make_older(place, content.born);
                Fate::Unchanged
            }
            Ordering::Greater => Fate::Unchanged,
        }
    }

    /// Makes sure that a message fits. `weight` is what its entries weigh if all are stored and nothing gives way; only when that is
    /// too much are they weighed one by one, against what they would replace if `relieve` says that no key comes twice.
    pub(super) fn admit<'a, I: Iterator<Item = Incoming<'a>>>(
        &mut self,
        weight: Weight,
        gate: Gate,
        relieve: impl FnOnce() -> bool,
        entries: impl Fn() -> I,
    ) -> Result<()> {
        if self.fits(weight) {
            return Ok(());
        }
        self.sweep(gate.now);
        if self.fits(weight) {
            return Ok(());
        }
        let mut weight = Weight::default();
        for entry in entries() {
            self.weigh(&entry, gate, &mut weight);
        }
        weight.relief *= usize::from(relieve());
        if self.fits(weight) { Ok(()) } else { Err(self.too_much(weight)) }
    }

    pub(super) fn fits(&self, weight: Weight) -> bool {
        let entries = self.table.len().saturating_add(weight.entries);
        let bytes = self.table.bytes.saturating_add(weight.bytes).saturating_sub(weight.relief);
        entries <= self.entries_max && bytes <= self.bytes_max
    }

    #[cold]
    fn too_much(&self, weight: Weight) -> Error {
        if self.table.len().saturating_add(weight.entries) > self.entries_max {
            let message = format!("the message would leave more than {} entries in the store", self.entries_max);
            Error::limit_exceeded(message, self.entries_max as u64)
        } else {
            let message = format!("the message would leave more than {} bytes in the store", self.bytes_max);
            Error::limit_exceeded(message, self.bytes_max as u64)
        }
    }

    /// Adds what an entry would add to the store. Nothing that is held is over.
    fn weigh(&self, entry: &Incoming<'_>, gate: Gate, weight: &mut Weight) {
        let Ok(born) = gate.birth(entry.timestamp, entry.age_ms) else { return };
        let place = self.table.find_named(entry.ns, entry.key);
        if place == NONE {
            weight.entries += 1;
            weight.bytes += entry.cost();
            return;
        }
        let peer = self.table.peers.find(entry.peer.as_bytes());
        let content = Content { value: entry.value, timestamp: entry.timestamp + 0.0, born, peer };
        if self.compare(place, &content, || entry.peer) == Ordering::Less {
            // Counted as the difference, so that without relief what grows is not credited with what it replaces twice.
            let cost = self.table.cost(place);
            weight.bytes += entry.cost().saturating_sub(cost);
            weight.relief += cost.saturating_sub(entry.cost());
        }
    }
}

impl Weight {
    pub(super) fn of(entries: usize, bytes: usize) -> Weight {
        Weight { entries, bytes, relief: 0 }
    }

    /// Whether one message may hold so much. What a store can hold always fits.
    #[inline]
    pub(super) fn check(&self) -> Result<()> {
        if self.entries > MESSAGE_EVENTS_MAX || self.bytes > MESSAGE_BYTES_MAX { Err(self.refusal()) } else { Ok(()) }
    }

    #[cold]
    fn refusal(&self) -> Error {
        Error::malformed(format!("the message holds {} entries and {} bytes, more than one may", self.entries, self.bytes))
    }
}

impl Incoming<'_> {
    fn cost(&self) -> usize {
        self.ns.len() + self.key.len() + self.peer.len() + value_bytes(self.value)
    }
}

fn incoming(batch: &EphemeralBatch) -> impl Iterator<Item = Incoming<'_>> {
    let all = batch.iter().flat_map(|(ns, entries)| entries.iter().map(move |(key, entry)| (ns, key, entry)));
    all.map(|(ns, key, EphemeralEntry { value, timestamp, peer, age_ms })| Incoming {
        ns,
        key,
        peer,
        value: value.as_ref().map(|value| value.as_ref()),
        timestamp: *timestamp,
        age_ms: *age_ms,
    })
}

/// Checks the form of every entry, and weighs all of them.
fn check_batch(batch: &EphemeralBatch) -> Result<Weight> {
    let mut weight = Weight::default();
    if let Some(ns) = batch.keys().find(|ns| !name_fits(ns)) {
        return Err(Error::malformed(format!("a namespace has {} bytes", ns.len())));
    }
    for entry in incoming(batch) {
        check_incoming(&entry).map_err(|error| error.with_path(format!("{}.{}", entry.ns, entry.key)))?;
        weight.entries += 1;
        weight.bytes = weight.bytes.saturating_add(entry.cost());
    }
    weight.check()?;
    Ok(weight)
}

fn check_incoming(entry: &Incoming<'_>) -> Result<()> {
    if !name_fits(entry.key) {
        return Err(Error::malformed(format!("a key has {} bytes", entry.key.len())));
    }
    if entry.timestamp.is_nan() || entry.timestamp.abs() > TIMESTAMP_MAX {
        return Err(Error::malformed(format!("the timestamp {} is not within 2^53 ms of 0", entry.timestamp)));
    }
    match entry.value {
        Some(value) => value.check().map_err(|error| Error::malformed(error.message())),
        None => Ok(()),
    }
}
