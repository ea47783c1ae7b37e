use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A Python function that whatever thread writes calls. It lies where the garbage collector finds it, since it mostly knows the reader that it
/// wakes.
#[derive(Default)]
pub(crate) struct Waker(Arc<Mutex<Option<Py<PyAny>>>>);

impl Waker {
    /// Held for moments only, and never while Python code runs.
    fn slot(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, waker: Option<Py<PyAny>>) {
        let before = core::mem::replace(&mut *self.slot(), waker);
        drop(before);
    }

    /// What the engine calls. What the function raises has no caller to go to, and is reported as such.
    pub(crate) fn ring(&self) -> Box<dyn Fn() + Send + Sync> {
        let own = Waker(Arc::clone(&self.0));
        Box::new(move || {
            let _ = Python::try_attach(|py| {
                let waker = own.slot().as_ref().map(|waker| waker.clone_ref(py));
                if let Some(waker) = waker {
                    if let Err(error) = waker.call0(py) {
                        error.write_unraisable(py, Some(waker.bind(py)));
                    }
                }
            });
        })
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(slot) => slot.as_ref().map_or(Ok(()), |waker| visit.call(waker)),
            // It is being set, so it is alive.
            Err(_) => Ok(()),
        }
    }
}
