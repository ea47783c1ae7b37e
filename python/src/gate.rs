use crate::error::{panicked, raise};
use convergedb::Result;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Decides for the calls on one object whether they let go of the GIL.
///
/// A call that may wait or take long lets go of it, and counts as busy meanwhile; so does an open transaction. While nothing is busy nobody
/// can hold the object's lock but for moments, since whoever takes it holds the GIL: then a short call runs as it is, which saves letting
/// go of the GIL and taking it again. So nobody ever waits for the lock while holding the GIL.
pub(crate) struct Gate {
    /// The document lies in a file: its writes wait for the disk.
    in_file: bool,
    busy: Arc<AtomicUsize>,
}

/// Counts as busy until it is dropped.
pub(crate) struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

impl Gate {
    pub(crate) fn new(in_file: bool) -> Gate {
        Gate { in_file, busy: Arc::new(AtomicUsize::new(0)) }
    }

    pub(crate) fn in_file(&self) -> bool {
        self.in_file
    }

    pub(crate) fn busy(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::Acquire);
        Busy(Arc::clone(&self.busy))
    }

    /// A call that takes moments, once it has the lock.
    #[inline]
    pub(crate) fn read<T: Send>(&self, py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
        if self.busy.load(Ordering::Acquire) != 0 {
            return self.wait(py, call);
        }
        caught(call).map_err(|error| raise(py, &error))
    }

    /// A write that takes moments, unless it has to reach a disk.
    #[inline]
    pub(crate) fn write<T: Send>(&self, py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
        if self.in_file { self.wait(py, call) } else { self.read(py, call) }
    }

    /// A call that may take long.
    pub(crate) fn wait<T: Send>(&self, py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
        let busy = self.busy();
        let done = py.detach(|| caught(call));
        drop(busy);
        done.map_err(|error| raise(py, &error))
    }
}

/// A panic that the engine let through would reach Python as a `BaseException`.
#[inline]
fn caught<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}
