use crate::arguments::timeout;
use crate::error::raise;
use crate::forks::Kept;
use crate::give;
use crate::waker::Waker;
use convergedb::api::{self, Next};
use convergedb::{Change, Result};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyList};

/// A reader of a document's changes: the native half of `convergedb.Changes`.
#[pyclass(frozen, weakref, module = "convergedb._convergedb")]
pub(crate) struct Changes {
    inner: Kept<api::Changes>,
    waker: Waker,
}

impl Changes {
    pub(crate) fn new(inner: api::Changes) -> Changes {
        Changes { inner: Kept::new(inner), waker: Waker::default() }
    }

    /// Every call lets go of the GIL: it may wait for the document's lock.
    fn call<T: Send>(&self, py: Python<'_>, call: impl FnOnce(&api::Changes) -> Result<T> + Send) -> PyResult<T> {
        let called = self.inner.get().and_then(|inner| py.detach(|| call(inner)));
        called.map_err(|error| raise(py, &error))
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        // It takes the document's lock, which another thread may hold.
        let inner = self.inner.take();
        let _ = Python::try_attach(|py| py.detach(|| drop(inner)));
    }
}

fn told<'py>(py: Python<'py>, next: Next<Change>) -> PyResult<(&'static str, Option<Bound<'py, PyAny>>)> {
    Ok(match next {
        Next::Change(change) => ("change", Some(give::change(py, &change)?)),
        Next::Lagged => ("change", Some(give::lagged(py)?)),
        Next::Timeout => ("timeout", None),
        Next::Closed => ("closed", None),
    })
}

#[pymethods]
impl Changes {
    /// What there is to tell now: `("change", change)`, `("timeout", None)` when there is nothing, `("closed", None)` at the end.
    fn try_next<'py>(&self, py: Python<'py>) -> PyResult<(&'static str, Option<Bound<'py, PyAny>>)> {
        let next = self.call(py, api::Changes::try_next)?;
        told(py, next)
    }

    /// The next thing to tell. It waits for `timeout` seconds, or for ever without one.
    #[pyo3(signature = (timeout=None))]
    fn next<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<(&'static str, Option<Bound<'py, PyAny>>)> {
        let timeout = self::timeout(py, timeout)?;
        let next = self.call(py, |changes| changes.next(timeout))?;
        told(py, next)
    }

    /// All changes that are queued, oldest first, and whether the reader lagged: then there are none.
    fn drain<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyList>, bool)> {
        let drained = self.call(py, api::Changes::drain)?;
        Ok((give::list(py, &drained.changes, give::change)?, drained.lagged))
    }

    /// Set what is called, without arguments and on any thread, when there is something to read; `None` for nothing. It is called again only
    /// for what comes after the reader was read until it had nothing more.
    #[pyo3(signature = (waker))]
    fn set_waker(&self, py: Python<'_>, waker: Option<Py<PyAny>>) -> PyResult<()> {
        let ring = waker.is_some().then(|| self.waker.ring());
        self.waker.set(waker);
        self.call(py, |changes| {
            changes.set_waker(ring);
            Ok(())
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> core::result::Result<(), PyTraverseError> {
        self.waker.traverse(&visit)
    }

    fn __clear__(&self) {
        self.waker.set(None);
    }

    /// End the subscription. What was taken over before can still be read.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |changes| {
            changes.close();
            Ok(())
        })
    }
}
