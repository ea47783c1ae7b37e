/// No name, no entry.
pub(super) const NONE: u32 = u32::MAX;

/// A table from hashes to small numbers: open addressing, linear probing. What the numbers stand for is for the caller to compare.
///
/// A slot holds the hash beside the number, so that a probe reads nothing else for what differs, and growing reads nothing else at all.
#[derive(Default)]
pub(super) struct Index {
    /// The hash in the upper half, the number plus 1 in the lower; 0 is empty. A power of two of them, or none.
    slots: Vec<u64>,
    len: usize,
}

fn hash_of(slot: u64) -> u32 {
    (slot >> 32) as u32
}

fn number_of(slot: u64) -> u32 {
    (slot as u32).wrapping_sub(1)
}

impl Index {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number under `hash` for which `is` holds, or `NONE`.
    #[inline(always)]
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> u32 {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        // Some slot is empty, so this ends.
        while let Some(&slot) = self.slots.get(at) {
            if slot == 0 {
                break;
            }
            if hash_of(slot) == hash && is(number_of(slot)) {
                return number_of(slot);
            }
            at = (at + 1) & mask;
        }
        NONE
    }

    /// Adds a number that is not there.
    pub(super) fn insert(&mut self, hash: u32, number: u32) {
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            let larger = vec![0; (self.slots.len() * 2).max(4)];
            let old = core::mem::replace(&mut self.slots, larger);
            old.into_iter().filter(|&slot| slot != 0).for_each(|slot| self.put(slot));
        }
        self.put(u64::from(hash) << 32 | u64::from(number + 1));
        self.len += 1;
    }

    fn put(&mut self, slot: u64) {
        let mask = self.slots.len() - 1;
        let mut at = hash_of(slot) as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// Takes out a number that is there, and closes the gap: what follows it moves up unless it is at home.
    pub(super) fn remove(&mut self, hash: u32, number: u32) {
        let mask = self.slots.len() - 1;
        let slot = u64::from(hash) << 32 | u64::from(number + 1);
        let mut gap = hash as usize & mask;
        while self.slots[gap] != slot {
            assert!(self.slots[gap] != 0, "what is taken out of an index is in it");
            gap = (gap + 1) & mask;
        }
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let slot = self.slots[at];
            if slot == 0 {
                break;
            }
            let from_home = at.wrapping_sub(hash_of(slot) as usize) & mask;
            if from_home >= at.wrapping_sub(gap) & mask {
                self.slots[gap] = slot;
                gap = at;
            }
        }
        self.slots[gap] = 0;
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: what is in it is found, and nothing else. Method: random inserts and removals under few hashes, beside a plain list.
    #[test]
    fn an_index_is_a_multimap() {
        for seed in 0..200 {
            let random = &mut SplitMix::new(seed);
            let hashes = 1 + random.below(40);
            let (mut index, mut list) = (Index::default(), Vec::new());
            for number in 0..300 {
                let hash = random.below(hashes) as u32 | 0xffff_fff0;
                if random.below(5) < 3 {
                    index.insert(hash, number);
                    list.push((hash, number));
                } else if !list.is_empty() {
                    let (hash, number) = list.swap_remove(random.below(list.len() as u64) as usize);
                    index.remove(hash, number);
                }
                assert_eq!(index.len(), list.len());
                for &(hash, number) in &list {
                    assert_eq!(index.find(hash, |other| other == number), number);
                }
                assert_eq!(index.find(hash, |other| other == number + 1), NONE);
            }
        }
    }
}
