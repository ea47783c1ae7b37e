use crate::table::{self, LIST, Object};
use convergedb::Result;
use std::any::Any;

/// Everything that a list points to: arrays that were made for it, and what these point to in turn. None of it moves.
pub(crate) struct Owner {
    arrays: Vec<Box<dyn Any>>,
    /// Made by a box, and a pointer since then: a box that is moved says that nobody else points into it.
    source: *mut (dyn Any + Send + Sync),
}

// SAFETY: what its pointers point to lies in itself, is never written, and is dropped with it.
unsafe impl Send for Owner {}
// SAFETY: nobody reads it but through the list, which is plain data that is never written.
unsafe impl Sync for Owner {}

impl Owner {
    /// An owner of `source`, and a pointer to it that lives as long.
    pub(crate) fn of<S: Any + Send + Sync>(source: S) -> (Owner, &'static S) {
        let source = Box::into_raw(Box::new(source));
        // SAFETY: it is not written before the owner drops, and nobody uses the borrow after that: it ends in raw pointers inside the
        // arrays.
        let borrowed: &'static S = unsafe { &*source };
        (Owner { arrays: Vec::new(), source }, borrowed)
    }

    /// Keeps an array, and says where it lies.
    pub(crate) fn keep<T: 'static>(&mut self, elements: Vec<T>) -> (*const T, usize) {
        if elements.is_empty() {
            return (std::ptr::null(), 0);
        }
        let place = (elements.as_ptr(), elements.len());
        self.arrays.push(Box::new(elements));
        place
    }

    /// Enters the owner into the table: its number frees it, once.
    pub(crate) fn enter(self) -> Result<u64> {
        table::insert(Object::List(Box::new(self)), LIST)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.arrays.clear();
        // SAFETY: `of` made it from a box, and it is freed here alone.
        drop(unsafe { Box::from_raw(self.source) });
    }
}

/// A C list: where its elements lie, how many they are, and what owns them.
pub(crate) trait List: Sized {
    type Element: 'static;
    fn new(data: *const Self::Element, len: usize, owner: u64) -> Self;
    fn take_owner(&mut self) -> u64;

    /// A list of what `convert` makes of the parts of `source`, with pointers into it.
    fn of<S: Any + Send + Sync>(source: S, convert: impl FnOnce(&mut Owner, &'static S) -> Vec<Self::Element>) -> Result<Self> {
        let (mut owner, borrowed) = Owner::of(source);
        let elements = convert(&mut owner, borrowed);
        if elements.is_empty() {
            return Ok(Self::new(std::ptr::null(), 0, 0));
        }
        let (data, len) = owner.keep(elements);
        Ok(Self::new(data, len, owner.enter()?))
    }

    /// Frees a list and empties it.
    ///
    /// # Safety
    ///
    /// `list` is NULL or readable and writable.
    unsafe fn free(list: *mut Self) {
        // SAFETY: as promised.
        let Some(list) = (unsafe { list.as_mut() }) else { return };
        let owner = list.take_owner();
        if owner != 0 {
            // A copy of a list that was freed already: there is nothing to do, and nobody to tell.
            let _ = std::panic::catch_unwind(|| table::remove(owner, LIST));
        }
    }
}

macro_rules! list {
    ($list:ty, $element:ty) => {
        impl $crate::list::List for $list {
            type Element = $element;
            fn new(data: *const $element, len: usize, owner: u64) -> Self {
                Self { data, len, owner }
            }
            fn take_owner(&mut self) -> u64 {
                let owner = self.owner;
                *self = Self::new(std::ptr::null(), 0, 0);
                owner
            }
        }
    };
}
pub(crate) use list;
