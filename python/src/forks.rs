use convergedb::{Error, ErrorKind, Result};
use pyo3::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between this process and the one that imported the module.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Told in a child that was forked. A handle of the parent is of no use there: it shares the parent's file and its peer id, and another
/// thread may have held its lock.
#[pyfunction]
pub(crate) fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// In which process a handle was made.
#[derive(Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn this() -> Process {
        Process(FORKS.load(Ordering::Relaxed))
    }

    #[inline]
    fn is_this(self) -> bool {
        self.0 == FORKS.load(Ordering::Relaxed)
    }
}

#[cold]
fn forked_away() -> Error {
    Error::new(ErrorKind::Closed, "it was opened before this process was forked: open or make another one here")
}

/// Something of a parent process is never dropped in its child: the file, its locks and its log are the parent's, and a thread that is not
/// there in the child may have held the lock.
pub(crate) struct Kept<T> {
    inner: Option<T>,
    process: Process,
}

impl<T> Kept<T> {
    pub(crate) fn new(inner: T) -> Kept<T> {
        Kept { inner: Some(inner), process: Process::this() }
    }

    /// What it holds, in the process that made it.
    #[inline]
    pub(crate) fn get(&self) -> Result<&T> {
        match &self.inner {
            Some(inner) if self.process.is_this() => Ok(inner),
            _ => Err(forked_away()),
        }
    }

    /// Takes it out, to be dropped elsewhere; nothing in a child process.
    pub(crate) fn take(&mut self) -> Option<T> {
        if self.process.is_this() { self.inner.take() } else { None }
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if !self.process.is_this() {
            core::mem::forget(self.inner.take());
        }
    }
}
