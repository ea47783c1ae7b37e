use super::codec::{ENTRY_BYTES_TYPICAL, Entries};
use super::entry::EphemeralMark;
use super::index::NONE;
use super::store::EphemeralStore;

impl EphemeralStore {
    /// The entries of these namespaces, removed ones included, as a binary message. What is over is left out.
    pub fn encode(&self, namespaces: &[&str]) -> Vec<u8> {
        let mut numbers: Vec<u32> = namespaces.iter().map(|ns| self.table.namespaces.find(ns.as_bytes())).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.encode_namespaces(numbers.into_iter())
    }

    /// All entries, removed ones included, as a binary message. What is over is left out.
    pub fn encode_all(&self) -> Vec<u8> {
        self.encode_namespaces(0..self.table.namespaces.end())
    }

    /// The entries that changed after a mark, removed ones included, as a binary message, and the mark to ask with next time. It
    /// costs what changed.
    pub fn encode_since(&self, mark: EphemeralMark) -> (Vec<u8>, EphemeralMark) {
        let now = self.now();
        let mut places: Vec<u32> =
            self.table.newest_first(mark.0).filter(|&place| !self.is_over(self.table.entry(place).born, now)).collect();
        places.reverse();
        let ns = |place: u32| self.table.entry(place).ns;
        if places.windows(2).any(|pair| ns(pair[0]) != ns(pair[1])) {
            places.sort_by_key(|&place| ns(place));
        }
        let groups: Vec<&[u32]> = places.chunk_by(|&a, &b| ns(a) == ns(b)).collect();
        (self.encode_groups(&groups, now), self.mark())
    }

    fn encode_namespaces(&self, numbers: impl Iterator<Item = u32>) -> Vec<u8> {
        let now = self.now();
        let groups: Vec<&[u32]> = numbers.map(|ns| self.table.members(ns)).filter(|members| !members.is_empty()).collect();
        if !self.is_over(self.table.earliest_born, now) {
            // The earliest birth tells mostly that nothing is over, without a look at each.
            return self.encode_groups(&groups, now);
        }
        let live = |members: &&[u32]| members.iter().copied().filter(|&place| !self.is_over(self.table.entry(place).born, now)).collect();
        let groups: Vec<Vec<u32>> = groups.iter().map(live).filter(|group: &Vec<u32>| !group.is_empty()).collect();
        self.encode_groups(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>(), now)
    }

    /// Encodes entries that stand together by namespace.
    fn encode_groups(&self, groups: &[&[u32]], now: i64) -> Vec<u8> {
        let count: usize = groups.iter().map(|group| group.len()).sum();
        // As if they were as long as the store's entries are on average: it is only a first guess.
        let estimate = count * (self.table.bytes / self.table.len().max(1) + ENTRY_BYTES_TYPICAL);
        let mut entries = Entries::new(estimate);
        let numbers = self.encode_peers(groups, &mut entries);
        for &group in groups {
            let Some(&first) = group.first() else { continue };
            entries.group(self.table.namespaces.name(self.table.entry(first).ns), group.len());
            for &place in group {
                let entry = self.table.entry(place);
                // Never negative: a clock that ran backwards makes nothing younger than new.
                let age_ms = now.max(entry.born).abs_diff(entry.born);
                entries.entry(&self.table.long_keys, entry, numbers.get(entry.peer as usize).copied(), age_ms);
            }
        }
        entries.writer.finish()
    }

    /// Writes the dictionary of peers in the order in which the entries name them, and returns each one's number in it; nothing if it
    /// has only one, which entries do not name.
    fn encode_peers(&self, groups: &[&[u32]], entries: &mut Entries) -> Vec<u32> {
        let mut peers = groups.iter().copied().flatten().map(|&place| self.table.entry(place).peer);
        let Some(first) = peers.next() else { return Vec::new() };
        if self.table.peers.used() == 1 || peers.all(|peer| peer == first) {
            entries.peer(self.table.peers.name(first), true);
            return Vec::new();
        }
        let mut numbers = vec![NONE; self.table.peers.end() as usize];
        let mut named = Vec::new();
        for &place in groups.iter().copied().flatten() {
            let peer = self.table.entry(place).peer;
            let number = &mut numbers[peer as usize];
            if *number == NONE {
                *number = named.len() as u32;
                named.push(peer);
            }
        }
        let last = named.len().saturating_sub(1);
        for (number, &peer) in named.iter().enumerate() {
            entries.peer(self.table.peers.name(peer), number == last);
        }
        numbers
    }
}
