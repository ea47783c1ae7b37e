//! Merging straight from the bytes of a message: all of it is checked, then it is merged.

use super::codec::{Body, Group, WireEntry, counted_bytes, text, value_of};
use super::entry::EphemeralCounts;
use super::index::NONE;
use super::merge::{Fate, Gate, Incoming, Weight};
use super::store::EphemeralStore;
use super::table::Content;
use super::wire::{self, Broken};
use crate::error::{Error, Result};
use crate::limits::EPHEMERAL_MESSAGE_BYTES_MAX;

/// What is remembered of a message when it is checked. The store keeps the memory for the next one.
#[derive(Default)]
pub(super) struct Scratch {
    peers: Vec<WirePeer>,
    /// The entries that may get in, unless the message is so dense that this would take too much memory.
    found: Vec<Found>,
}

/// A peer of the message's dictionary: where its name stands in the body, and its number in the store or `NONE`.
struct WirePeer {
    start: u32,
    length: u32,
    number: u32,
}

/// An entry that was read, and the place of its key.
struct Found {
    timestamp: f64,
    born: i64,
    payload: u64,
    place: u32,
    /// The kind of the value in the lower 3 bits, then the peer's number in the dictionary.
    kind_and_peer: u32,
}

/// What the check of a body tells.
struct Scan<'a> {
    /// Where its groups begin.
    groups: Body<'a>,
    weight: Weight,
    counts: EphemeralCounts,
    /// Whether all entries that may get in are remembered.
    remembers_all: bool,
    /// Whether all of their keys are known.
    knows_all: bool,
}

impl WirePeer {
    /// Its name, which was found to be UTF-8 when the dictionary was read.
    fn name<'a>(&self, body: &'a [u8]) -> &'a str {
        let bytes = body.get(self.start as usize..(self.start + self.length) as usize).unwrap_or_default();
        text(bytes).unwrap_or_default()
    }
}

impl Scratch {
    /// So many peers and entries keep their memory.
    const KEPT: usize = 4_096;
    /// Entries that take fewer bytes than this on average are not all remembered.
    const BYTES_PER_ENTRY: usize = 8;

    fn clear(&mut self) {
        self.peers.clear();
        self.found.clear();
        if self.peers.capacity() > Scratch::KEPT || self.found.capacity() > Scratch::KEPT {
            *self = Scratch::default();
        }
    }

    /// Whether no entry of the store is named twice.
    fn names_each_once(&self) -> bool {
        let mut places: Vec<u32> = self.found.iter().map(|found| found.place).filter(|&place| place != NONE).collect();
        places.sort_unstable();
        places.windows(2).all(|pair| pair.first() != pair.last())
    }
}

impl EphemeralStore {
    /// Takes in a binary message: like [`merge`](EphemeralStore::merge), but it returns only counts.
    /// [`changed_since`](EphemeralStore::changed_since) `counts.before` tells what changed, if anybody wants to know.
    ///
    /// # Errors
    ///
    /// `malformed` for bytes that are no whole message, with the offset where that is known; `unsupported_version` for one of a newer
    /// format; `limit_exceeded` when what would be held in the end is more than the store's bounds. Nothing has changed then.
    pub fn merge_bytes(&mut self, message: &[u8]) -> Result<EphemeralCounts> {
        if message.len() > EPHEMERAL_MESSAGE_BYTES_MAX {
            return Err(Error::malformed(format!("a message of {} bytes", message.len())));
        }
        let (body, start) = wire::open(message)?;
        if let Some(counts) = self.merge_one(body)? {
            return Ok(counts);
        }
        let mut scratch = core::mem::take(&mut self.scratch);
        let result = self.merge_many(body, start, &mut scratch);
        scratch.clear();
        self.scratch = scratch;
        result
    }

    /// Merges a message of one entry whose names are known and whose value fits for certain: the one that is sent most. Any other,
    /// broken ones too, is left to the general way.
    #[inline(always)]
    fn merge_one(&mut self, bytes: &[u8]) -> Result<Option<EphemeralCounts>> {
        let mut body = Body::new(bytes);
        let Ok((peer, true)) = body.peer() else { return Ok(None) };
        let Ok(Group { ns, entries: 1 }) = body.group() else { return Ok(None) };
        let Ok(entry) = body.entry() else { return Ok(None) };
        let (peer_number, ns_number) = (self.table.peers.recall(peer), self.table.namespaces.recall(ns));
        if !body.is_done() || peer_number == NONE || ns_number == NONE {
            return Ok(None);
        }
        let place = self.table.find(ns_number, entry.key);
        let weight = Weight::of(0, peer.len() + counted_bytes(entry.kind, entry.payload));
        if place == NONE || !self.fits(weight) {
            return Ok(None);
        }
        let gate = self.gate();
        let mut counts = EphemeralCounts { before: self.mark(), ..EphemeralCounts::default() };
        let born = match gate.birth(entry.timestamp, entry.age_ms) {
            Ok(born) => born,
            Err(fate) => {
                counts.count(fate);
                return Ok(Some(counts));
            }
        };
        let value = value_of(entry.kind, entry.payload, bytes);
        let content = Content { value, timestamp: entry.timestamp, born, peer: peer_number };
        let fate = self.contest(place, &content, || text(peer).unwrap_or_default(), gate);
        if fate == Fate::Changed {
            self.store(place, &content, gate.now, false);
        }
        counts.count(fate);
        Ok(Some(counts))
    }

    /// Merges any message.
    #[inline(never)]
    fn merge_many(&mut self, bytes: &[u8], start: usize, scratch: &mut Scratch) -> Result<EphemeralCounts> {
        let gate = self.gate();
        let mut body = Body::new(bytes);
        let scan = match self.scan(&mut body, bytes, gate, scratch) {
            Ok(scan) => scan,
            Err(why) => return Err(Error::malformed(why).with_offset((start + body.at()) as u64)),
        };
        scan.weight.check()?;
        let before = self.mark();
        if !scan.remembers_all || !scan.knows_all || !self.fits(scan.weight) {
            return self.merge_named(bytes, &scan, scratch, gate);
        }
        let mut counts = EphemeralCounts { before, ..scan.counts };
        let generation = self.table.peers.generation;
        let Scratch { peers, found } = scratch;
        for found in found.iter() {
            let Some(peer) = peers.get_mut((found.kind_and_peer >> 3) as usize) else { continue };
            if self.table.peers.generation != generation {
                peer.number = self.table.peers.recall(peer.name(bytes).as_bytes());
            }
            counts.count(self.merge_found(bytes, found, peer, gate)?);
        }
        self.table.tidy();
        Ok(counts)
    }

    /// Reads the dictionary, and what is behind it.
    #[inline]
    fn scan<'a>(&mut self, body: &mut Body<'a>, bytes: &'a [u8], gate: Gate, scratch: &mut Scratch) -> Result<Scan<'a>, Broken> {
        let mut is_last = body.is_done();
        while !is_last {
            let (name, last) = body.peer()?;
            is_last = last;
            let number = self.table.peers.recall(name);
            if number == NONE {
                text(name)?;
            }
            scratch.peers.push(WirePeer { start: (body.at() - name.len()) as u32, length: name.len() as u32, number });
        }
        let mut scan =
            Scan { groups: *body, weight: Weight::default(), counts: EphemeralCounts::default(), remembers_all: true, knows_all: true };
        scratch.found.reserve_exact(bytes.len() / Scratch::BYTES_PER_ENTRY);
        while !body.is_done() {
            let group = body.group()?;
            self.scan_group(&group, body, gate, scratch, &mut scan)?;
        }
        Ok(scan)
    }

    #[inline]
    fn scan_group<'a>(
        &mut self,
        group: &Group<'a>,
        body: &mut Body<'a>,
        gate: Gate,
        scratch: &mut Scratch,
        scan: &mut Scan<'a>,
    ) -> Result<(), Broken> {
        let ns = self.table.namespaces.recall(group.ns);
        if ns == NONE {
            text(group.ns)?;
        }
        let mut reading = *body;
        for _ in 0..group.entries {
            let entry = reading.entry().inspect_err(|_| *body = reading)?;
            let place = if ns == NONE { NONE } else { self.table.find(ns, entry.key) };
            if place == NONE {
                text(entry.key)?;
            }
            let peer_bytes = scratch.peers.get(entry.peer as usize).map_or(0, |peer| peer.length as usize);
            scan.weight.bytes += group.ns.len() + peer_bytes + entry.key.len() + counted_bytes(entry.kind, entry.payload);
            let born = match gate.birth(entry.timestamp, entry.age_ms) {
                Ok(born) => born,
                Err(fate) => {
                    scan.counts.count(fate);
                    continue;
                }
            };
            scan.knows_all &= place != NONE;
            scan.remembers_all &= scratch.found.len() < scratch.found.capacity();
            if scan.remembers_all {
                let kind_and_peer = u32::from(entry.kind) | entry.peer << 3;
                scratch.found.push(Found { timestamp: entry.timestamp, born, payload: entry.payload, place, kind_and_peer });
            }
        }
        scan.weight.entries += group.entries;
        *body = reading;
        Ok(())
    }

    /// Merges an entry into the place that was found for it.
    #[inline]
    fn merge_found(&mut self, body: &[u8], found: &Found, peer: &mut WirePeer, gate: Gate) -> Result<Fate> {
        let value = value_of(found.kind_and_peer as u8 & 7, found.payload, body);
        let mut content = Content { value, timestamp: found.timestamp, born: found.born, peer: peer.number };
        if self.contest(found.place, &content, || peer.name(body), gate) != Fate::Changed {
            return Ok(Fate::Unchanged);
        }
        if peer.number == NONE {
            peer.number = self.intern_peer(peer.name(body))?;
            content.peer = peer.number;
        }
        self.store(found.place, &content, gate.now, false);
        Ok(Fate::Changed)
    }

    /// Merges a message that adds keys, or may not fit: entry by entry, by name.
    #[inline(never)]
    fn merge_named(&mut self, bytes: &[u8], scan: &Scan<'_>, scratch: &Scratch, gate: Gate) -> Result<EphemeralCounts> {
        let entries = || WireEntries { bytes, groups: scan.groups, peers: &scratch.peers, group: None };
        self.admit(scan.weight, gate, || scan.remembers_all && scratch.names_each_once(), entries)?;
        let mut counts = EphemeralCounts { before: self.mark(), ..EphemeralCounts::default() };
        for entry in entries() {
            counts.count(self.take_in(&entry, gate)?);
        }
        self.table.tidy();
        Ok(counts)
    }
}

/// The entries of a body that was checked, with their names.
struct WireEntries<'a, 's> {
    bytes: &'a [u8],
    groups: Body<'a>,
    peers: &'s [WirePeer],
    group: Option<Group<'a>>,
}

impl<'a> Iterator for WireEntries<'a, '_> {
    type Item = Incoming<'a>;

    fn next(&mut self) -> Option<Incoming<'a>> {
        if self.group.as_ref().is_none_or(|group| group.entries == 0) {
            self.group = if self.groups.is_done() { None } else { self.groups.group().ok() };
        }
        let group = self.group.as_mut()?;
        group.entries -= 1;
        let WireEntry { key, peer, timestamp, age_ms, kind, payload } = self.groups.entry().ok()?;
        let peer = self.peers.get(peer as usize)?.name(self.bytes);
        let value = value_of(kind, payload, self.bytes);
        Some(Incoming { ns: text(group.ns).ok()?, key: text(key).ok()?, peer, value, timestamp, age_ms })
    }
}
