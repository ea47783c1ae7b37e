use crate::forks::Kept;
use crate::gate::Gate;
use crate::give::Rows;
use convergedb::api;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Arc, Mutex};

/// The rows of a table as an iterator of `(row_id, values)`, fetched page by page.
#[pyclass(frozen, module = "convergedb._convergedb")]
pub(crate) struct Scan {
    state: Mutex<State>,
    gate: Arc<Gate>,
}

struct State {
    rows: Option<Kept<api::Scan>>,
    made: Rows,
}

impl Scan {
    pub(crate) fn new(rows: api::Scan, gate: Arc<Gate>) -> Scan {
        Scan { state: Mutex::new(State { rows: Some(Kept::new(rows)), made: Rows::default() }), gate }
    }
}

#[pymethods]
impl Scan {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        // Two threads that ask one iterator at once: one of them is told, as a generator would.
        let mut state = self.state.try_lock().map_err(|_| PyRuntimeError::new_err("the scan is being read by another thread"))?;
        let State { rows, made } = &mut *state;
        let next = self.gate.read(py, || rows.as_mut().map_or(Ok(None), |rows| rows.get_mut()?.next().transpose()))?;
        match next {
            Some((id, values)) => made.pair(py, &id, &values).map(Some),
            None => {
                *rows = None;
                Ok(None)
            }
        }
    }
}
