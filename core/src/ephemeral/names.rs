use super::index::{Index, NONE};
use crate::names::{Key, KeyedHash, equal};
use core::ops::Deref;

/// How many names may lie about that nobody uses, before they are let go.
const UNUSED_MAX: usize = 64;

/// Peers or namespaces as small numbers. Each knows how many entries use it; unused ones go when they have become many.
pub(super) struct Names<N> {
    slots: Vec<Slot<N>>,
    free: Vec<u32>,
    index: Index,
    hash: KeyedHash,
    /// The one that was asked for last: mostly it is the next one too.
    last: u32,
    unused: usize,
    /// How many times names were let go: numbers from before may mean others now.
    pub(super) generation: u32,
}

struct Slot<N> {
    name: Option<N>,
    length: u32,
    users: u32,
    salt: u64,
}

impl<N: Deref<Target = str>> Names<N> {
    pub(super) fn new(hash: KeyedHash) -> Names<N> {
        Names { slots: Vec::new(), free: Vec::new(), index: Index::default(), hash, last: NONE, unused: 0, generation: 0 }
    }

    /// The number of a name, or `NONE`.
    #[inline]
    pub(super) fn find(&self, name: &[u8]) -> u32 {
        if self.is(self.last, name) { self.last } else { self.look_up(name) }
    }

    /// The number of a name, or `NONE`; remembered for the next time.
    #[inline]
    pub(super) fn recall(&mut self, name: &[u8]) -> u32 {
        if !self.is(self.last, name) {
            self.last = self.look_up(name);
        }
        self.last
    }

    fn look_up(&self, name: &[u8]) -> u32 {
        self.index.find(self.hash_of(name), |number| self.is(number, name))
    }

    fn hash_of(&self, name: &[u8]) -> u32 {
        self.hash.key(Key::of_bytes(name, &self.hash))
    }

    #[inline]
    fn is(&self, number: u32, name: &[u8]) -> bool {
        self.slots.get(number as usize).and_then(|slot| slot.name.as_ref()).is_some_and(|known| equal(known.as_bytes(), name))
    }

    /// The number of a name, which is made if it has none yet. Nobody uses it at first.
    pub(super) fn intern(&mut self, name: &str, make: impl FnOnce() -> N) -> u32 {
        let known = self.recall(name.as_bytes());
        if known != NONE {
            return known;
        }
        let number = self.free.pop().unwrap_or(self.slots.len() as u32);
        let slot = Slot { name: Some(make()), length: name.len() as u32, users: 0, salt: self.hash.salt(number) };
        match self.slots.get_mut(number as usize) {
            Some(place) => *place = slot,
            None => self.slots.push(slot),
        }
        self.index.insert(self.hash_of(name.as_bytes()), number);
        self.unused += 1;
        self.last = number;
        number
    }

    /// One more entry uses it. Returns the name's length.
    #[inline]
    pub(super) fn take(&mut self, number: u32) -> usize {
        let slot = &mut self.slots[number as usize];
        self.unused -= usize::from(slot.users == 0);
        slot.users += 1;
        slot.length as usize
    }

    /// One entry uses it no more. Returns the name's length.
    #[inline]
    pub(super) fn release(&mut self, number: u32) -> usize {
        let slot = &mut self.slots[number as usize];
        slot.users -= 1;
        self.unused += usize::from(slot.users == 0);
        slot.length as usize
    }

    /// Lets unused names go if they are many: at most once per so many that became unused.
    #[inline]
    pub(super) fn tidy(&mut self) {
        if self.unused > UNUSED_MAX + self.index.len() / 2 {
            self.forget_unused();
        }
    }

    #[cold]
    fn forget_unused(&mut self) {
        for number in 0..self.slots.len() as u32 {
            let slot = &mut self.slots[number as usize];
            if let Some(name) = slot.name.take_if(|_| slot.users == 0) {
                self.index.remove(self.hash_of(name.as_bytes()), number);
                self.free.push(number);
            }
        }
        self.unused = 0;
        self.last = NONE;
        self.generation += 1;
    }

    /// The name with this number, which must have been given and not let go.
    #[inline]
    pub(super) fn name(&self, number: u32) -> &N {
        match &self.slots[number as usize].name {
            Some(name) => name,
            None => unreachable!("a name that is in use was let go"),
        }
    }

    #[inline]
    pub(super) fn salt(&self, number: u32) -> u64 {
        self.slots[number as usize].salt
    }

    /// How many names are in use.
    pub(super) fn used(&self) -> usize {
        self.index.len() - self.unused
    }

    /// One more than the highest number.
    pub(super) fn end(&self) -> u32 {
        self.slots.len() as u32
    }

    /// How many entries use it: 0 for one that was let go.
    pub(super) fn users(&self, number: u32) -> u32 {
        self.slots.get(number as usize).map_or(0, |slot| slot.users)
    }

    /// Recomputes the invariants the slow way.
    pub(super) fn check(&self) -> Result<(), String> {
        let named = self.slots.iter().filter(|slot| slot.name.is_some()).count();
        let unused = self.slots.iter().filter(|slot| slot.name.is_some() && slot.users == 0).count();
        if named != self.index.len() || named + self.free.len() != self.slots.len() || unused != self.unused {
            return Err(format!("{named} names, {} in the index, {unused} unused, not {}", self.index.len(), self.unused));
        }
        for (number, slot) in self.slots.iter().enumerate() {
            match &slot.name {
                Some(name) if self.look_up(name.as_bytes()) != number as u32 => return Err(format!("{:?} is not found", &**name)),
                None if slot.users > 0 => return Err(format!("name {number} was let go while in use")),
                _ => {}
            }
        }
        Ok(())
    }
}
