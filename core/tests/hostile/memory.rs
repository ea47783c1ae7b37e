//! An allocator that counts, for each thread, what is live and how much it was at most.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// No test needs so much. Past it the process ends, so that a claim of many gigabytes is found and does not drown the machine.
const LIVE_MAX: isize = 3 << 30;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

pub struct Counting;

fn count(bytes: isize) {
    // A thread that ends frees memory when its own variables are gone already.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
        if live.get() > LIVE_MAX {
            std::process::abort();
        }
    });
}

// SAFETY: everything is done by the system's allocator; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While it is moved both are there.
        count(size as isize);
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// What a call did to this thread's memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// What is live after it and was not before it, its result included.
    pub grown: usize,
    /// How much more than before was live at once.
    pub peak: usize,
}

pub fn measure<T>(call: impl FnOnce() -> T) -> (T, Usage) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = call();
    let above = |now: isize| (now - before).max(0) as usize;
    (result, Usage { grown: above(LIVE.get()), peak: above(PEAK.get()) })
}
