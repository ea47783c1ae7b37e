use super::changes::{EphemeralChange, EphemeralChangeKind, EphemeralDrained, EphemeralSubscription, Watchers};
use super::entry::{EphemeralBatch, EphemeralMark, EphemeralRef, value_bytes, value_cmp};
use super::index::NONE;
use super::merge_bytes::Scratch;
use super::options::EphemeralOptions;
use super::table::{Content, Table};
use crate::clock::{MonotonicClock, WallClock};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{FUTURE_MS_MAX, TIMESTAMP_MAX, check_name};
use crate::types::{PeerId, ValueRef};
use core::cmp::Ordering;
use core::fmt;

/// Presence: registers `namespace → key → entry` that age, end by themselves and are never on disk.
///
/// ```
/// use convergedb::{EphemeralOptions, EphemeralStore, PeerId, ValueRef};
/// use convergedb::clock::{MonotonicClock, SplitMix};
///
/// struct Stopped;
/// impl MonotonicClock for Stopped {
///     fn now_ms(&self) -> u64 {
///         0
///     }
/// }
///
/// # fn main() -> convergedb::Result<()> {
/// let mut entropy = SplitMix::new(1); // an application takes its operating system's entropy and clocks
/// let mut alice = EphemeralStore::new(EphemeralOptions::new(PeerId::new("alice")?, &mut entropy, Stopped));
/// let mut bob = EphemeralStore::new(EphemeralOptions::new(PeerId::new("bob")?, &mut entropy, Stopped));
///
/// alice.set("cursor", "alice", 17, None)?;
/// bob.merge_bytes(&alice.encode_all())?;
/// assert_eq!(bob.get("cursor", "alice").map(|entry| entry.value), Some(ValueRef::Int(17)));
/// # Ok(())
/// # }
/// ```
pub struct EphemeralStore {
    pub(super) table: Table,
    pub(super) watchers: Watchers,
    peer: PeerId,
    /// The own peer's number. The store counts as one user of it, so it is never let go.
    pub(super) own: u32,
    /// The newest stamp that this store itself wrote. What others say in its name does not count, so nobody can push it.
    own_newest: f64,
    monotonic: Box<dyn MonotonicClock>,
    wall: Option<Box<dyn WallClock>>,
    ttl_ms: Option<u64>,
    pub(super) entries_max: usize,
    pub(super) bytes_max: usize,
    pub(super) scratch: Scratch,
}

impl EphemeralStore {
    /// An empty store.
    pub fn new(options: EphemeralOptions) -> EphemeralStore {
        let mut table = Table::new(options.hash);
        let own = table.peers.intern(&options.peer, || options.peer.clone());
        table.peers.take(own);
        EphemeralStore {
            table,
            watchers: Watchers::new(options.bytes_max),
            peer: options.peer,
            own,
            own_newest: -1.0,
            monotonic: options.monotonic,
            wall: options.wall,
            ttl_ms: options.ttl_ms,
            entries_max: options.entries_max,
            bytes_max: options.bytes_max,
            scratch: Scratch::default(),
        }
    }

    /// The peer under which it writes.
    pub fn peer(&self) -> &PeerId {
        &self.peer
    }

    /// The time to live in milliseconds, if entries end.
    pub fn ttl_ms(&self) -> Option<u64> {
        self.ttl_ms
    }

    /// The number of entries, removed ones and those that wait for [`expire`](EphemeralStore::expire) included.
    pub fn entries(&self) -> usize {
        self.table.len()
    }

    /// The bytes of those entries, as [`EphemeralOptions::limits`] counts them.
    pub fn bytes(&self) -> usize {
        self.table.bytes
    }

    /// Writes a value under the own peer, and says whether it was stored: it is not where a greater or equal entry is.
    ///
    /// Without a timestamp the store takes the time of day, but always more than its own newest timestamp and the key's present one
    /// (by 1 ms), so the value is stored. Such a timestamp may run ahead of the time of day where there are more than a thousand
    /// writes a second, and is not held against the store itself.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for an empty name or a timestamp that is no number or beyond 2^53 ms; `invalid_value` for a float that is
    /// not finite; `from_the_future` for a timestamp more than 10 minutes ahead of the wall clock; `limit_exceeded` for a name or
    /// value that is too long, a full store, or when there is no greater timestamp.
    #[inline]
    pub fn set<'v>(&mut self, ns: &str, key: &str, value: impl Into<ValueRef<'v>>, timestamp: Option<f64>) -> Result<bool> {
        let value = value.into();
        self.write(ns, key, Some(value), timestamp)
    }

    /// Removes a key, by the rules of [`set`](EphemeralStore::set), and says whether the removal was stored. It is an entry like any other:
    /// it is sent, ages, and ends at the time to live. Until then no older entry comes back. A key that is not there can be removed too.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for an empty name or a timestamp that is no number or beyond 2^53 ms; `from_the_future` for a timestamp more than
    /// 10 minutes ahead of the wall clock; `limit_exceeded` for a name that is too long, a full store, or when there is no greater timestamp.
    pub fn remove(&mut self, ns: &str, key: &str, timestamp: Option<f64>) -> Result<bool> {
        self.write(ns, key, None, timestamp)
    }

    #[inline]
    fn write(&mut self, ns: &str, key: &str, value: Option<ValueRef<'_>>, timestamp: Option<f64>) -> Result<bool> {
        check_name(ns, "namespace")?;
        check_name(key, "key")?;
        if let Some(value) = value {
            value.check()?;
        }
        let now = self.now();
        let place = match self.table.namespaces.recall(ns.as_bytes()) {
            NONE => NONE,
            ns => self.table.find(ns, key.as_bytes()),
        };
        let held = place != NONE && self.table.entry(place).born > self.deadline(now);
        let (timestamp, is_given) = match timestamp {
            Some(timestamp) => (self.check_timestamp(timestamp)?, true),
            None => (self.next_timestamp(if held { self.table.entry(place).timestamp } else { self.own_newest })?, false),
        };
        let content = Content { value, timestamp, born: now, peer: self.own };
        if is_given && held && self.compare(place, &content, || &self.peer) != Ordering::Less {
            return Ok(false);
        }
        let is_own = held && self.table.entry(place).peer == self.own;
        if !(is_own && self.watchers.is_empty() && self.table.overwrite_number(place, &content)) {
            self.write_any(ns, key, place, held, &content, now)?;
        }
        self.own_newest = if timestamp > self.own_newest { timestamp } else { self.own_newest };
        Ok(true)
    }

    /// Stores what wins: over an entry that is held, over one that is over, or for a new key.
    #[inline(never)]
    fn write_any(&mut self, ns: &str, key: &str, place: u32, held: bool, content: &Content<'_>, now: i64) -> Result<()> {
        let mut place = place;
        if !self.has_room(place, ns, key, content.value) {
            // What is over takes up room until it is swept, and the key's own entry may be among it.
            let swept = self.sweep(now);
            place = if held { place } else { NONE };
            if !swept || !self.has_room(place, ns, key, content.value) {
                return Err(self.full(place));
            }
        }
        if place != NONE {
            self.store(place, content, now, true);
        } else {
            self.add(ns, key, content, now, true);
            self.table.tidy();
        }
        Ok(())
    }

    /// The entry that shows at a key.
    pub fn get(&self, ns: &str, key: &str) -> Option<EphemeralRef<'_>> {
        match self.table.find_named(ns, key) {
            NONE => None,
            place => self.shown(place, self.now()),
        }
    }

    /// The entries that show in a namespace, sorted by key.
    pub fn get_all(&self, ns: &str) -> Vec<(&str, EphemeralRef<'_>)> {
        let now = self.now();
        let members = self.table.members(self.table.namespaces.find(ns.as_bytes()));
        let shown = |&place: &u32| self.shown(place, now).map(|entry| (self.table.key_str(place), entry));
        let mut entries: Vec<_> = members.iter().filter_map(shown).collect();
        entries.sort_unstable_by_key(|&(key, _)| key);
        entries
    }

    /// The namespaces that show an entry, sorted.
    pub fn namespaces(&self) -> Vec<&str> {
        let now = self.now();
        let shows = |&ns: &u32| self.table.members(ns).iter().any(|&place| self.shown(place, now).is_some());
        let mut names: Vec<&str> = (0..self.table.namespaces.end()).filter(shows).map(|ns| &**self.table.namespaces.name(ns)).collect();
        names.sort_unstable();
        names
    }

    /// This moment, for [`changed_since`](EphemeralStore::changed_since).
    pub fn mark(&self) -> EphemeralMark {
        EphemeralMark(self.table.sequence)
    }

    /// The entries that changed after a mark, removed ones included, and the mark to ask with next time. It costs what changed.
    pub fn changed_since(&self, mark: EphemeralMark) -> (EphemeralBatch, EphemeralMark) {
        (self.changed_after(mark, self.now()), self.mark())
    }

    pub(super) fn changed_after(&self, mark: EphemeralMark, now: i64) -> EphemeralBatch {
        let mut batch = EphemeralBatch::new();
        for place in self.table.newest_first(mark.0).filter(|&place| !self.is_over(self.table.entry(place).born, now)) {
            self.report(place, now, &mut batch);
        }
        batch
    }

    /// Keeps changes from now on for a reader, at most `limit` of them and not more bytes than the store may hold.
    pub fn subscribe(&mut self, limit: usize) -> EphemeralSubscription {
        self.watchers.subscribe(limit)
    }

    /// Keeps no changes for this reader any more.
    pub fn unsubscribe(&mut self, id: EphemeralSubscription) {
        self.watchers.unsubscribe(id);
    }

    /// The changes since they were last drained. `None` for a reader that is not subscribed.
    pub fn drain_changes(&mut self, id: EphemeralSubscription) -> Option<EphemeralDrained> {
        self.watchers.drain(id)
    }

    /// Whether anybody reads changes.
    #[cfg(feature = "system")]
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Whether a subscription has something to tell.
    #[cfg(feature = "system")]
    pub(crate) fn has_changes(&self, id: EphemeralSubscription) -> bool {
        self.watchers.has_changes(id)
    }

    /// A timestamp as it is stored.
    fn check_timestamp(&self, timestamp: f64) -> Result<f64> {
        if timestamp.is_nan() || timestamp.abs() > TIMESTAMP_MAX {
            return Err(Error::invalid_argument(format!("the timestamp {timestamp} is not within 2^53 ms of 0")));
        }
        if timestamp > self.latest_timestamp() {
            let message = format!("the timestamp {timestamp} is more than 10 minutes ahead of the wall clock");
            return Err(Error::new(ErrorKind::FromTheFuture, message));
        }
        Ok(timestamp + 0.0)
    }

    /// A timestamp that is more than `present` and the own newest one.
    #[inline]
    fn next_timestamp(&self, present: f64) -> Result<f64> {
        let newest = if present > self.own_newest { present } else { self.own_newest };
        let wall = self.wall.as_ref().map_or(f64::MIN, |wall| wall.now_ms() as f64);
        // At 2^53 and beyond, adding 1 changes nothing.
        if newest >= TIMESTAMP_MAX || wall > TIMESTAMP_MAX {
            return Err(Error::limit_exceeded("no timestamp is left that is greater than the present one", TIMESTAMP_MAX as u64));
        }
        let next = newest + 1.0;
        Ok(if wall > next { wall } else { next + 0.0 })
    }

    /// The greatest timestamp that gets in from outside.
    #[inline]
    pub(super) fn latest_timestamp(&self) -> f64 {
        self.wall.as_ref().map_or(f64::INFINITY, |wall| wall.now_ms() as f64 + FUTURE_MS_MAX)
    }

    /// The monotonic clock, as births are kept: signed, since an age may reach back before the clock's start.
    #[inline]
    pub(super) fn now(&self) -> i64 {
        i64::try_from(self.monotonic.now_ms()).unwrap_or(i64::MAX)
    }

    /// What was born then or before has reached the time to live. Where entries do not end, nothing was.
    #[inline]
    pub(super) fn deadline(&self, now: i64) -> i64 {
        self.ttl_ms.map_or(i64::MIN, |ttl_ms| now.saturating_sub_unsigned(ttl_ms))
    }

    /// Whether an entry born then has reached the time to live.
    #[inline]
    pub(super) fn is_over(&self, born: i64, now: i64) -> bool {
        born <= self.deadline(now)
    }

    fn shown(&self, place: u32, now: i64) -> Option<EphemeralRef<'_>> {
        if self.is_over(self.table.entry(place).born, now) { None } else { self.table.shown(place) }
    }

    /// The order of the entry that is held against one that comes, whose peer's name is `peer`.
    #[inline]
    pub(super) fn compare<'p>(&self, place: u32, content: &Content<'_>, peer: impl FnOnce() -> &'p str) -> Ordering {
        let held = self.table.entry(place);
        if held.timestamp < content.timestamp {
            return Ordering::Less;
        }
        if held.timestamp > content.timestamp {
            return Ordering::Greater;
        }
        let peers = if held.peer == content.peer { Ordering::Equal } else { self.table.peers.name(held.peer).as_str().cmp(peer()) };
        peers.then_with(|| value_cmp(held.value(), content.value))
    }

    /// Whether a local write of `value` keeps the bounds.
    #[inline]
    fn has_room(&self, place: u32, ns: &str, key: &str, value: Option<ValueRef<'_>>) -> bool {
        if place != NONE {
            let entry = self.table.entry(place);
            let old = value_bytes(entry.value()) + self.table.peers.name(entry.peer).len();
            let new = value_bytes(value) + self.peer.len();
            // What makes the store no larger is welcome even when it is full.
            new <= old || self.table.bytes - old + new <= self.bytes_max
        } else {
            let cost = ns.len() + key.len() + self.peer.len() + value_bytes(value);
            self.table.len() < self.entries_max && self.table.bytes + cost <= self.bytes_max
        }
    }

    #[cold]
    fn full(&self, place: u32) -> Error {
        if place == NONE && self.table.len() >= self.entries_max {
            Error::limit_exceeded(format!("the store holds {} entries already", self.table.len()), self.entries_max as u64)
        } else {
            Error::limit_exceeded(format!("the store would hold more than {} bytes", self.bytes_max), self.bytes_max as u64)
        }
    }

    /// Writes over an entry that loses or is over, and tells the watchers.
    #[inline]
    pub(super) fn store(&mut self, place: u32, content: &Content<'_>, now: i64, local: bool) {
        if !self.watchers.is_empty() {
            self.store_watched(place, content, now, local);
        } else if !self.table.overwrite_number(place, content) {
            self.table.overwrite(place, content);
        }
    }

    fn store_watched(&mut self, place: u32, content: &Content<'_>, now: i64, local: bool) {
        let was_over = self.is_over(self.table.entry(place).born, now);
        let showed = !self.table.entry(place).is_removed();
        if was_over && showed {
            self.tell(EphemeralChangeKind::Expired, place, now, true);
        }
        let shows = content.value.is_some();
        self.table.overwrite(place, content);
        match (showed && !was_over, shows) {
            (false, true) => self.tell(EphemeralChangeKind::Added, place, now, local),
            (true, true) => self.tell(EphemeralChangeKind::Updated, place, now, local),
            (true, false) => self.tell(EphemeralChangeKind::Removed, place, now, local),
            (false, false) => {}
        }
    }

    /// Adds an entry for a key that is not there, and tells the watchers.
    pub(super) fn add(&mut self, ns: &str, key: &str, content: &Content<'_>, now: i64, local: bool) {
        let ns = self.table.namespaces.intern(ns, || ns.into());
        let place = self.table.insert(ns, key, content);
        if !self.watchers.is_empty() && content.value.is_some() {
            self.tell(EphemeralChangeKind::Added, place, now, local);
        }
    }

    #[cold]
    pub(super) fn tell(&mut self, kind: EphemeralChangeKind, place: u32, now: i64, local: bool) {
        let (ns, key, entry) = self.table.owned(place, now);
        self.watchers.push(&EphemeralChange { kind, ns, key, entry, local });
    }

    /// Copies an entry into a report.
    pub(super) fn report(&self, place: u32, now: i64, batch: &mut EphemeralBatch) {
        let (ns, key, entry) = self.table.owned(place, now);
        batch.entry(ns).or_default().insert(key, entry);
    }
}

impl fmt::Debug for EphemeralStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EphemeralStore")
            .field("peer", &self.peer)
            .field("entries", &self.table.len())
            .field("bytes", &self.table.bytes)
            .finish_non_exhaustive()
    }
}
