use super::entry::{EphemeralEntry, EphemeralRef, value_bytes};
use super::held::Held;
use super::index::{Index, NONE};
use super::key::{Key, LongKeys, Probe};
use super::names::Names;
use crate::names::KeyedHash;
use crate::types::{PeerId, ValueRef};

/// The entries of a store, in places that do not move; an index by key, a list by namespace, a list by time of change.
pub(super) struct Table {
    entries: Vec<Entry>,
    /// Beside the entries and not in them: a change touches four of these, and five fit a cache line.
    links: Vec<Link>,
    free: Vec<u32>,
    index: Index,
    pub(super) long_keys: LongKeys,
    hash: KeyedHash,
    pub(super) peers: Names<PeerId>,
    pub(super) namespaces: Names<Box<str>>,
    /// The places of each namespace's entries, by its number.
    members: Vec<Vec<u32>>,
    /// The place that changed last.
    newest: u32,
    /// Counts changes, from 1.
    pub(super) sequence: u64,
    pub(super) bytes: usize,
    /// No entry was born earlier.
    pub(super) earliest_born: i64,
}

/// One register: a cache line.
#[repr(align(64))]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) held: Held,
    pub(super) timestamp: f64,
    /// When it was written, on the local monotonic clock: now minus its age.
    pub(super) born: i64,
    sequence: u64,
    pub(super) ns: u32,
    pub(super) peer: u32,
}

#[derive(Clone, Copy)]
struct Link {
    newer: u32,
    older: u32,
    /// Where the entry stands among its namespace's members.
    member: u32,
}

/// What is written into an entry.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) value: Option<ValueRef<'a>>,
    pub(super) timestamp: f64,
    pub(super) born: i64,
    pub(super) peer: u32,
}

impl Entry {
    #[inline]
    pub(super) fn value(&self) -> Option<ValueRef<'_>> {
        self.held.get()
    }

    #[inline]
    pub(super) fn is_removed(&self) -> bool {
        self.held.is_removed()
    }
}

impl Table {
    pub(super) fn new(hash: KeyedHash) -> Table {
        Table {
            entries: Vec::new(),
            links: Vec::new(),
            free: Vec::new(),
            index: Index::default(),
            long_keys: LongKeys::default(),
            hash,
            peers: Names::new(hash),
            namespaces: Names::new(hash),
            members: Vec::new(),
            newest: NONE,
            sequence: 0,
            bytes: 0,
            earliest_born: i64::MAX,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    pub(super) fn entry(&self, place: u32) -> &Entry {
        &self.entries[place as usize]
    }

    #[inline(always)]
    fn probe<'k>(&self, ns: u32, key: &'k [u8]) -> Probe<'k> {
        Probe::new(key, &self.hash, self.namespaces.salt(ns))
    }

    /// The place of a key of a namespace that is known, or `NONE`. One function with all that belongs to it, so that it stays in
    /// registers.
    #[inline(never)]
    pub(super) fn find(&self, ns: u32, key: &[u8]) -> u32 {
        let probe = self.probe(ns, key);
        self.index.find(probe.hash, |place| {
            let entry = &self.entries[place as usize];
            probe.finds(&entry.key, &self.long_keys) && entry.ns == ns
        })
    }

    /// The place of a key, or `NONE`, where the namespace may be unknown.
    pub(super) fn find_named(&self, ns: &str, key: &str) -> u32 {
        match self.namespaces.find(ns.as_bytes()) {
            NONE => NONE,
            ns => self.find(ns, key.as_bytes()),
        }
    }

    /// Adds a key that is not there.
    pub(super) fn insert(&mut self, ns: u32, key: &str, content: &Content<'_>) -> u32 {
        let probe = self.probe(ns, key.as_bytes());
        let place = self.free.pop().unwrap_or(self.entries.len() as u32);
        if self.members.len() <= ns as usize {
            self.members.resize_with(ns as usize + 1, Vec::new);
        }
        let members = &mut self.members[ns as usize];
        self.sequence += 1;
        let entry = Entry {
            key: self.long_keys.keep(&probe, key),
            held: Held::new(content.value),
            timestamp: content.timestamp,
            born: content.born,
            sequence: self.sequence,
            ns,
            peer: content.peer,
        };
        let link = Link { newer: NONE, older: NONE, member: members.len() as u32 };
        members.push(place);
        match self.entries.get_mut(place as usize) {
            Some(vacant) => {
                *vacant = entry;
                self.links[place as usize] = link;
            }
            None => {
                self.entries.push(entry);
                self.links.push(link);
            }
        }
        self.index.insert(probe.hash, place);
        self.peers.take(content.peer);
        self.namespaces.take(ns);
        self.bytes += self.cost(place);
        self.earliest_born = self.earliest_born.min(content.born);
        self.link_newest(place);
        place
    }

    /// Writes a number over one, which is no more than to change it in place. Says whether the two are that.
    #[inline]
    pub(super) fn overwrite_number(&mut self, place: u32, content: &Content<'_>) -> bool {
        let entry = &mut self.entries[place as usize];
        match (&mut entry.held, content.value) {
            (Held::Int(held), Some(ValueRef::Int(int))) => *held = int,
            (Held::Float(held), Some(ValueRef::Float(float))) => *held = float,
            _ => return false,
        }
        if entry.peer != content.peer {
            self.change_peer(place, content.peer);
        }
        self.stamp(place, content);
        true
    }

    /// Writes over an entry.
    pub(super) fn overwrite(&mut self, place: u32, content: &Content<'_>) {
        if self.entries[place as usize].peer != content.peer {
            self.change_peer(place, content.peer);
        }
        let entry = &mut self.entries[place as usize];
        self.bytes = self.bytes + value_bytes(content.value) - value_bytes(entry.held.get());
        entry.held.put(content.value);
        self.stamp(place, content);
    }

    #[inline]
    fn change_peer(&mut self, place: u32, peer: u32) {
        let entry = &mut self.entries[place as usize];
        self.bytes = self.bytes + self.peers.take(peer) - self.peers.release(entry.peer);
        entry.peer = peer;
    }

    #[inline]
    fn stamp(&mut self, place: u32, content: &Content<'_>) {
        self.earliest_born = self.earliest_born.min(content.born);
        self.sequence += 1;
        let entry = &mut self.entries[place as usize];
        entry.timestamp = content.timestamp;
        entry.born = content.born;
        entry.sequence = self.sequence;
        if self.newest != place {
            self.unlink(place);
            self.link_newest(place);
        }
    }

    /// Makes an entry older; that is no change.
    pub(super) fn make_older(&mut self, place: u32, born: i64) {
        let entry = &mut self.entries[place as usize];
        entry.born = entry.born.min(born);
        self.earliest_born = self.earliest_born.min(born);
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, place: u32) {
        self.bytes -= self.cost(place);
        self.unlink(place);
        let vacant = Entry { key: Key::NONE, held: Held::Removed, timestamp: 0.0, born: 0, sequence: 0, ns: NONE, peer: NONE };
        let entry = core::mem::replace(&mut self.entries[place as usize], vacant);
        let hash = self.long_keys.hash(&entry.key, &self.hash, self.namespaces.salt(entry.ns));
        self.long_keys.let_go(&entry.key);
        self.index.remove(hash, place);
        let members = &mut self.members[entry.ns as usize];
        let member = self.links[place as usize].member;
        members.swap_remove(member as usize);
        if let Some(&moved) = members.get(member as usize) {
            self.links[moved as usize].member = member;
        }
        self.peers.release(entry.peer);
        self.namespaces.release(entry.ns);
        self.free.push(place);
        if self.index.is_empty() {
            self.let_memory_go();
        }
    }

    /// Without entries no memory is kept but that of a few names.
    fn let_memory_go(&mut self) {
        self.entries = Vec::new();
        self.links = Vec::new();
        self.free = Vec::new();
        self.index = Index::default();
        self.long_keys = LongKeys::default();
        self.members = Vec::new();
        self.newest = NONE;
        self.earliest_born = i64::MAX;
    }

    #[inline]
    fn unlink(&mut self, place: u32) {
        let Link { newer, older, .. } = self.links[place as usize];
        match self.links.get_mut(newer as usize) {
            Some(link) => link.older = older,
            None => self.newest = older,
        }
        if let Some(link) = self.links.get_mut(older as usize) {
            link.newer = newer;
        }
    }

    #[inline]
    fn link_newest(&mut self, place: u32) {
        if let Some(link) = self.links.get_mut(self.newest as usize) {
            link.newer = place;
        }
        let link = &mut self.links[place as usize];
        link.newer = NONE;
        link.older = self.newest;
        self.newest = place;
    }

    /// What an entry counts towards the store's bytes.
    pub(super) fn cost(&self, place: u32) -> usize {
        let entry = self.entry(place);
        let names = self.namespaces.name(entry.ns).len() + self.peers.name(entry.peer).len() + self.key_bytes(place).len();
        names + value_bytes(entry.value())
    }

    #[inline]
    pub(super) fn key_bytes(&self, place: u32) -> &[u8] {
        self.long_keys.bytes(&self.entry(place).key)
    }

    pub(super) fn key_str(&self, place: u32) -> &str {
        self.long_keys.str(&self.entry(place).key)
    }

    /// The places that changed after `sequence`, the last change first. A mark from elsewhere, ahead of all changes, gives all.
    pub(super) fn newest_first(&self, after: u64) -> impl Iterator<Item = u32> {
        let after = if after > self.sequence { 0 } else { after };
        let first = Some(self.newest).filter(|&place| place != NONE);
        let next = |&place: &u32| Some(self.links[place as usize].older).filter(|&place| place != NONE);
        core::iter::successors(first, next).take_while(move |&place| self.entry(place).sequence > after)
    }

    /// The places of a namespace's entries, in no order.
    pub(super) fn members(&self, ns: u32) -> &[u32] {
        self.members.get(ns as usize).map_or(&[], Vec::as_slice)
    }

    /// All places that hold an entry.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        (0..self.entries.len() as u32).filter(|&place| !self.entry(place).key.is_none())
    }

    /// An entry as its reader sees it, unless it was removed.
    pub(super) fn shown(&self, place: u32) -> Option<EphemeralRef<'_>> {
        let entry = self.entry(place);
        Some(EphemeralRef { value: entry.value()?, timestamp: entry.timestamp, peer: self.peers.name(entry.peer) })
    }

    /// An entry with its names, owned.
    pub(super) fn owned(&self, place: u32, now: i64) -> (String, String, EphemeralEntry) {
        let entry = self.entry(place);
        let age_ms = u64::try_from(now.saturating_sub(entry.born)).unwrap_or(0);
        let owned = EphemeralEntry {
            value: entry.value().map(ValueRef::to_value),
            timestamp: entry.timestamp,
            peer: self.peers.name(entry.peer).clone(),
            age_ms,
        };
        (self.namespaces.name(entry.ns).to_string(), self.key_str(place).to_owned(), owned)
    }

    /// Lets unused names go if they are many.
    #[inline]
    pub(super) fn tidy(&mut self) {
        self.peers.tidy();
        self.namespaces.tidy();
    }

    /// Recomputes the invariants the slow way. The store itself counts as one user of `own_peer`.
    pub(super) fn check(&self, own_peer: u32) -> Result<(), String> {
        self.peers.check()?;
        self.namespaces.check()?;
        let places: Vec<u32> = self.places().collect();
        if places.len() != self.index.len() || places.len() + self.free.len() != self.entries.len() {
            return Err(format!("{} entries, {} in the index, {} places free", places.len(), self.index.len(), self.free.len()));
        }
        let mut bytes = 0;
        for &place in &places {
            let entry = self.entry(place);
            let is_member = self.members(entry.ns).get(self.links[place as usize].member as usize) == Some(&place);
            if self.find(entry.ns, self.key_bytes(place)) != place || !is_member || entry.born < self.earliest_born {
                return Err(format!("the entry at {place} is not where it should be"));
            }
            if entry.timestamp.to_bits() == (-0.0f64).to_bits() || core::str::from_utf8(self.key_bytes(place)).is_err() {
                return Err(format!("the entry at {place} has a timestamp or a key that none has"));
            }
            bytes += self.cost(place);
        }
        let by_change: Vec<u32> = self.newest_first(0).collect();
        let falls = by_change.windows(2).all(|pair| self.entry(pair[0]).sequence > self.entry(pair[1]).sequence);
        let members: usize = self.members.iter().map(Vec::len).sum();
        if by_change.len() != places.len() || !falls || members != places.len() || bytes != self.bytes {
            return Err(format!("{} entries by change, {members} members, {bytes} bytes, not {}", by_change.len(), self.bytes));
        }
        self.check_users(&places, own_peer)
    }

    fn check_users(&self, places: &[u32], own_peer: u32) -> Result<(), String> {
        let mut peers = vec![0; self.peers.end() as usize];
        let mut namespaces = vec![0; self.namespaces.end() as usize];
        peers[own_peer as usize] = 1;
        for &place in places {
            peers[self.entry(place).peer as usize] += 1;
            namespaces[self.entry(place).ns as usize] += 1;
        }
        let peers_agree = (0..).zip(&peers).all(|(number, &users)| self.peers.users(number) == users);
        let namespaces_agree = (0..).zip(&namespaces).all(|(number, &users)| self.namespaces.users(number) == users);
        if peers_agree && namespaces_agree { Ok(()) } else { Err("a peer or namespace has other users than it counts".to_owned()) }
    }
}
