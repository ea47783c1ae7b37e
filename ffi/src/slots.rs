use std::cell::UnsafeCell;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Numbered places for objects. A number names one object for good: once that is removed, nothing is found under it, ever.
///
/// Looking up takes no lock and two atomic operations. A place is used again under another number; its memory stays.
pub(crate) struct Slots<T: 'static> {
    /// Each twice as long as the one before.
    blocks: [OnceLock<Box<[Slot<T>]>>; BLOCKS],
    vacant: Mutex<Vacant>,
}

struct Vacant {
    /// Used before and free now.
    again: Vec<u32>,
    /// From here on, none was ever used.
    fresh: u32,
}

/// A line of the cache for each, so that threads with objects of their own do not meet.
#[repr(align(64))]
struct Slot<T: 'static> {
    /// Bits 0 to 31: how many look at it. Bit 32: it may be found. From bit 33 on its generation.
    state: AtomicU64,
    /// Written when the bit is off and nobody looks, by who made that so.
    item: UnsafeCell<Option<T>>,
    /// Which place it is, and of which slots.
    index: u32,
    slots: &'static Slots<T>,
}

// SAFETY: `item` is read by many threads or taken by one, as `state` says.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

const BLOCKS: usize = 27;
const FIRST_BLOCK: u64 = 32;
/// Places that there can be, in all blocks.
const PLACES: u64 = FIRST_BLOCK * ((1 << BLOCKS) - 1);
/// How many bits a number has: 32 for the place, the others for its generation.
pub(crate) const BITS: u32 = 60;
/// A place of the last generation is not used again.
const GENERATIONS: u64 = 1 << (BITS - 32);

const OPEN: u64 = 1 << 32;
const ONE_GENERATION: u64 = 1 << 33;

impl<T> Slots<T> {
    pub(crate) const fn new() -> Slots<T> {
        Slots { blocks: [const { OnceLock::new() }; BLOCKS], vacant: Mutex::new(Vacant { again: Vec::new(), fresh: 0 }) }
    }

    /// Enters an object, and gives its number, of [`BITS`] bits. `None` when there are 4 billion.
    pub(crate) fn insert(&'static self, item: T) -> Option<u64> {
        let index = {
            let mut vacant = self.vacant.lock().unwrap_or_else(PoisonError::into_inner);
            match vacant.again.pop() {
                Some(index) => index,
                None if u64::from(vacant.fresh) < PLACES => {
                    let index = vacant.fresh;
                    let (block, _) = place(index);
                    self.blocks[block]
                        .get_or_init(|| (index..).take((FIRST_BLOCK << block) as usize).map(|index| Slot::vacant(index, self)).collect());
                    vacant.fresh += 1;
                    index
                }
                None => return None,
            }
        };
        let slot = self.slot(index)?;
        let state = slot.state.load(Ordering::Relaxed);
        // SAFETY: it was vacant, so nobody looks, and the number was given to this call alone.
        unsafe { *slot.item.get() = Some(item) };
        slot.state.store(state | OPEN, Ordering::Release);
        Some(((state / ONE_GENERATION) << 32) | u64::from(index))
    }

    /// The object of that number, kept for as long as somebody looks at it.
    #[inline(always)]
    pub(crate) fn get(&'static self, number: u64) -> Option<Look<T>> {
        let slot = self.slot(number as u32)?;
        let wanted = open_state(number);
        let mut state = slot.state.load(Ordering::Relaxed);
        loop {
            // The count cannot overflow: each is a call on a stack.
            if state & !u64::from(u32::MAX) != wanted {
                return None;
            }
            match slot.state.compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Look(slot)),
                Err(now) => state = now,
            }
        }
    }

    /// Lets nobody find it any more, and drops it once nobody looks. False if it was removed before, or never there.
    pub(crate) fn remove(&'static self, number: u64) -> bool {
        let Some(slot) = self.slot(number as u32) else { return false };
        let wanted = open_state(number);
        let closing = slot
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |state| (state & !u64::from(u32::MAX) == wanted).then_some(state & !OPEN));
        let Ok(before) = closing else { return false };
        if before == wanted {
            slot.clear();
        }
        true
    }

    #[inline(always)]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        let (block, offset) = place(index);
        self.blocks.get(block)?.get()?.get(offset)
    }
}

impl<T> Slot<T> {
    fn vacant(index: u32, slots: &'static Slots<T>) -> Slot<T> {
        Slot { state: AtomicU64::new(0), item: UnsafeCell::new(None), index, slots }
    }

    /// Drops what nobody can look at any more. The place is free before that: the object's end may take long, make handles, or panic.
    #[cold]
    fn clear(&self) {
        // What the others did with it comes before its end.
        let state = self.state.load(Ordering::Acquire);
        // SAFETY: it is not open, and the last who looked, or who closed it with nobody looking, is this call.
        let item = unsafe { (*self.item.get()).take() };
        let next = state + ONE_GENERATION;
        if next / ONE_GENERATION < GENERATIONS {
            self.state.store(next, Ordering::Release);
            self.slots.vacant.lock().unwrap_or_else(PoisonError::into_inner).again.push(self.index);
        }
        drop(item);
    }
}

/// The block that a place is in, and which it is there.
#[inline]
fn place(index: u32) -> (usize, usize) {
    let number = u64::from(index) + FIRST_BLOCK;
    let block = number.ilog2() - FIRST_BLOCK.ilog2();
    (block as usize, (number - (FIRST_BLOCK << block)) as usize)
}

/// What the state of the object of that number is while it can be found and nobody looks.
#[inline]
fn open_state(number: u64) -> u64 {
    ((number >> 32) * ONE_GENERATION) | OPEN
}

/// An object in use.
pub(crate) struct Look<T: 'static>(&'static Slot<T>);

impl<T> Deref for Look<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: it was open when this look was counted, so nobody writes it until the look ends.
        match unsafe { &*self.0.item.get() } {
            Some(item) => item,
            None => unreachable!("what is looked at is there"),
        }
    }
}

impl<T> Drop for Look<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let before = self.0.state.fetch_sub(1, Ordering::Release);
        if before & (OPEN | u64::from(u32::MAX)) == 1 {
            self.0.clear();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    fn slots<T>() -> &'static Slots<T> {
        Box::leak(Box::new(Slots::new()))
    }

    /// Counts its own end.
    struct Counted(Arc<AtomicUsize>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_place_is_used_again_under_another_number() {
        let slots = slots();
        let first = slots.insert("first").unwrap();
        assert!(slots.remove(first));
        let second = slots.insert("second").unwrap();
        assert_eq!((first as u32, *slots.get(second).unwrap()), (second as u32, "second"));
        assert!(slots.get(first).is_none() && !slots.remove(first));
    }

    #[test]
    fn a_place_of_the_last_generation_is_not_used_again() {
        let slots = slots();
        let first = slots.insert(1).unwrap();
        assert!(slots.remove(first));
        slots.slot(first as u32).unwrap().state.store((GENERATIONS - 1) * ONE_GENERATION, Ordering::Relaxed);
        let last = slots.insert(2).unwrap();
        assert_eq!((last as u32, last >> 32), (first as u32, GENERATIONS - 1));
        assert_eq!(last >> BITS, 0);
        assert!(slots.remove(last));
        assert_ne!(slots.insert(3).unwrap() as u32, first as u32);
        assert!(slots.get(first).is_none() && slots.get(last).is_none());
    }

    #[test]
    fn every_place_has_its_own_slot() {
        assert_eq!((place(0), place(31), place(32)), ((0, 0), (0, 31), (1, 0)));
        assert_eq!(place((PLACES - 1) as u32), (BLOCKS - 1, (FIRST_BLOCK << (BLOCKS - 1)) as usize - 1));
        assert!(place(u32::MAX).0 >= BLOCKS);
        let slots = slots();
        let numbers: Vec<u64> = (0..1000).map(|item| slots.insert(item).unwrap()).collect();
        assert!(numbers.iter().zip(0..).all(|(number, item)| *slots.get(*number).unwrap() == item));
        for number in [1000, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            assert!(slots.get(number).is_none() && !slots.remove(number));
        }
    }

    #[test]
    fn what_is_removed_lives_until_nobody_looks() {
        let (slots, ended) = (slots(), Arc::new(AtomicUsize::new(0)));
        let number = slots.insert(Counted(ended.clone())).unwrap();
        let looks = (slots.get(number), slots.get(number));
        assert!(slots.remove(number) && !slots.remove(number) && slots.get(number).is_none());
        drop(looks.0);
        assert_eq!(ended.load(Ordering::Relaxed), 0);
        drop(looks.1);
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn of_many_who_remove_one_does() {
        const THREADS: usize = 4;
        const ROUNDS: usize = 2000;
        let (slots, ended, removed) = (slots(), Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
        let current = AtomicU64::new(slots.insert(Counted(ended.clone())).unwrap());
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    while removed.load(Ordering::Relaxed) < ROUNDS {
                        let number = current.load(Ordering::Relaxed);
                        let _look = slots.get(number);
                        if slots.remove(number) {
                            removed.fetch_add(1, Ordering::Relaxed);
                            current.store(slots.insert(Counted(ended.clone())).unwrap(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(ended.load(Ordering::Relaxed), removed.load(Ordering::Relaxed));
    }
}
