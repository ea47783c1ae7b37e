use super::LocalNumber;
use crate::names::spread;
use hashbrown::HashTable;

/// Up to this many, looking at all of them is quicker than hashing.
const FEW: usize = 32;

/// The frontier as a set of local numbers: entering and leaving cost O(1) expected, however wide it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    few: Vec<LocalNumber>,
    /// In use, and then alone, once there are more than [`FEW`].
    many: HashTable<LocalNumber>,
}

impl Heads {
    /// Makes `only` the one member.
    #[inline]
    pub(crate) fn set_only(&mut self, only: LocalNumber) {
        if !self.many.is_empty() {
            self.many.clear();
        }
        self.few.clear();
        self.few.push(only);
    }

    /// Enters a number that is not a member.
    #[inline]
    pub(crate) fn insert(&mut self, number: LocalNumber) {
        if self.many.is_empty() && self.few.len() < FEW {
            self.few.push(number);
        } else {
            self.insert_many(number);
        }
    }

    #[cold]
    fn insert_many(&mut self, number: LocalNumber) {
        for number in self.few.drain(..).chain([number]) {
            self.many.insert_unique(spread(number), number, |&number| spread(number));
        }
    }

    /// Takes a number out, if it is a member.
    #[inline]
    pub(crate) fn remove(&mut self, number: LocalNumber) {
        if self.many.is_empty() {
            if let Some(at) = self.few.iter().position(|&head| head == number) {
                self.few.swap_remove(at);
            }
        } else if let Ok(entry) = self.many.find_entry(spread(number), |&head| head == number) {
            entry.remove();
            if self.many.len() <= FEW / 2 {
                self.few.extend(self.many.drain());
            }
        }
    }

    /// The one member, if there is just one.
    #[inline]
    pub(crate) fn only(&self) -> Option<LocalNumber> {
        match self.few[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The members, in no order.
    pub(crate) fn iter(&self) -> HeadsIter<'_> {
        HeadsIter { few: self.few.iter(), many: self.many.iter(), left: self.few.len() + self.many.len() }
    }
}

/// The members of a [`Heads`].
pub(crate) struct HeadsIter<'a> {
    few: core::slice::Iter<'a, LocalNumber>,
    many: hashbrown::hash_table::Iter<'a, LocalNumber>,
    left: usize,
}

impl Iterator for HeadsIter<'_> {
    type Item = LocalNumber;

    fn next(&mut self) -> Option<LocalNumber> {
        let next = self.few.next().or_else(|| self.many.next()).copied();
        self.left -= usize::from(next.is_some());
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for HeadsIter<'_> {}
