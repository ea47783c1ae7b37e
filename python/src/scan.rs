use crate::forks::Kept;
use crate::gate::Gate;
use crate::give::Rows;
use convergedb::api;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of a table as an iterator of `(row_id, values)`, fetched page by page. Threads may share it: each row goes to one of them.
#[pyclass(frozen, module = "convergedb._convergedb")]
pub(crate) struct Scan {
    /// `None` once it is over. The lock is held for a moment only, never while a page is fetched.
    rows: Mutex<Option<Arc<Kept<api::Scan>>>>,
    made: Mutex<Rows>,
    gate: Arc<Gate>,
}

impl Scan {
    pub(crate) fn new(rows: api::Scan, gate: Arc<Gate>) -> Scan {
        Scan { rows: Mutex::new(Some(Arc::new(Kept::new(rows)))), made: Mutex::default(), gate }
    }

    fn end(&self) {
        let ended = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(ended);
    }
}

#[pymethods]
impl Scan {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Some(rows) = self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return Ok(None) };
        let Some((id, values)) = self.gate.read(py, || rows.get()?.next_row())? else {
            self.end();
            return Ok(None);
        };
        // Making objects may run anybody's code, on other threads too: who finds the names in use makes them anew.
        match self.made.try_lock() {
            Ok(mut made) => made.pair(py, &id, &values),
            Err(_) => Rows::default().pair(py, &id, &values),
        }
        .map(Some)
    }
}
