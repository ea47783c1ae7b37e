use crate::arguments::{Count, document_id};
use crate::changes::Changes;
use crate::error::{invalid_argument, raise};
use crate::forks::Kept;
use crate::gate::Gate;
use crate::take;
use crate::transaction::Turn;
use crate::utf8::name;
use convergedb::ChangeFilter;
use convergedb::api::{self, Durability, OpenOptions};
use convergedb::limits::CHANGES_MAX;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, ThreadId};

/// The native half of `convergedb.Doc`.
#[pyclass(frozen, subclass, weakref, module = "convergedb._convergedb")]
pub(crate) struct Doc {
    inner: Kept<api::Doc>,
    pub(crate) gate: Arc<Gate>,
    /// The transaction that was begun last, and by which thread.
    turn: Mutex<Option<(Weak<Turn>, ThreadId)>>,
}

impl Doc {
    /// A short read.
    #[inline]
    pub(crate) fn read<T: Send>(&self, py: Python<'_>, read: impl FnOnce(&api::Doc) -> convergedb::Result<T> + Send) -> PyResult<T> {
        self.gate.read(py, || read(self.inner.get()?))
    }

    /// A short write, which waits for the disk where the document lies in a file.
    #[inline]
    pub(crate) fn write<T: Send>(&self, py: Python<'_>, write: impl FnOnce(&api::Doc) -> convergedb::Result<T> + Send) -> PyResult<T> {
        self.gate.write(py, || write(self.inner.get()?))
    }

    /// A call that may take long.
    pub(crate) fn wait<T: Send>(&self, py: Python<'_>, call: impl FnOnce(&api::Doc) -> convergedb::Result<T> + Send) -> PyResult<T> {
        self.gate.wait(py, || call(self.inner.get()?))
    }

    /// Tells which transaction has the turn, begun by this thread.
    pub(crate) fn has_turn(&self, turn: &Arc<Turn>) {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::downgrade(turn), thread::current().id()));
    }
}

impl Drop for Doc {
    fn drop(&mut self) {
        if self.gate.in_file() {
            // Closing waits for the disk.
            let inner = self.inner.take();
            let _ = Python::try_attach(|py| py.detach(|| drop(inner)));
        }
    }
}

#[pymethods]
impl Doc {
    #[new]
    #[pyo3(signature = (path=None, *, peer=None, document=None, wall_clock=false, waiting_events=None, waiting_bytes=None, durability=String::from("full"),
        read_only=false, must_exist=false, mark_folder=None, replica=None),
        text_signature = "(path=None, *, peer=None, document=None, wall_clock=False, waiting_events=None, waiting_bytes=None, durability='full', \
            read_only=False, must_exist=False, mark_folder=None, replica=None)")]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        path: Option<PathBuf>,
        peer: Option<&Bound<'_, PyString>>,
        document: Option<&Bound<'_, PyAny>>,
        wall_clock: bool,
        waiting_events: Option<Count>,
        waiting_bytes: Option<Count>,
        durability: String,
        read_only: bool,
        must_exist: bool,
        mark_folder: Option<PathBuf>,
        replica: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Doc> {
        let mut options = OpenOptions::new().wall_clock(wall_clock).read_only(read_only).must_exist(must_exist);
        options = match durability.as_str() {
            "full" => options.durability(Durability::Full),
            "relaxed" => options.durability(Durability::Relaxed),
            _ => return Err(invalid_argument(py, "durability is \"full\" or \"relaxed\"")),
        };
        if let Some(peer) = peer {
            options = options.peer(take::peer(peer)?);
        }
        if let Some(document) = document {
            options = options.document(document_id(document)?);
        }
        if let Some(events) = waiting_events {
            options = options.waiting_events(events.0);
        }
        if let Some(bytes) = waiting_bytes {
            options = options.waiting_bytes(bytes.0);
        }
        if let Some(folder) = mark_folder {
            options = options.mark_folder(folder);
        }
        let gate = Arc::new(Gate::new(path.is_some()));
        let opened = match (path, replica) {
            (Some(_), Some(_)) => {
                return Err(PyTypeError::new_err("a document comes from a path or from the bytes of a replica, not from both"));
            }
            (Some(path), None) => py.detach(|| api::Doc::open(path, options)),
            (None, Some(replica)) => {
                let bytes = take::bytes(replica)?.as_bytes().to_vec();
                py.detach(|| api::Doc::decode(bytes, options))
            }
            (None, None) => api::Doc::new(options),
        };
        Ok(Doc { inner: Kept::new(opened.map_err(|error| raise(py, &error))?), gate, turn: Mutex::new(None) })
    }

    /// Roll back the transaction that this thread left open, if it did: closing would wait for its end for ever.
    fn _roll_back(&self, py: Python<'_>) -> PyResult<()> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner).take_if(|(_, thread)| *thread == thread::current().id());
        turn.and_then(|(turn, _)| turn.upgrade()).map_or(Ok(()), |turn| turn.roll_back(py, &self.gate))
    }

    /// Close the document: what was written is kept, the file is let go of, readers of changes are told. Closing again does nothing.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::close)
    }

    /// The peer id that this replica writes under. A write may change it: see `needs_fresh_peer`.
    #[getter]
    fn peer(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.read(py, api::Doc::peer)?.as_str().to_owned())
    }

    /// The document that this is a replica of: 32 hexadecimal digits.
    #[getter]
    fn document_id(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.read(py, api::Doc::document_id)?.to_string())
    }

    /// Whether the next write goes on under a fresh peer id, because a message showed events under this one that this replica did not make:
    /// the application was reinstalled, or a backup restored.
    #[getter]
    fn needs_fresh_peer(&self, py: Python<'_>) -> PyResult<bool> {
        self.read(py, api::Doc::needs_fresh_peer)
    }

    /// The number of applied events.
    #[getter]
    fn events(&self, py: Python<'_>) -> PyResult<u64> {
        self.read(py, api::Doc::events)
    }

    /// The number of events that wait for others.
    #[getter]
    fn waiting_events(&self, py: Python<'_>) -> PyResult<u64> {
        self.read(py, api::Doc::waiting_events)
    }

    /// A time-ordered id for a new row, unique among all devices: 15 characters that sort by the time of day.
    fn new_row_id(&self, py: Python<'_>) -> PyResult<String> {
        self.read(py, api::Doc::new_row_id)
    }

    /// Recompute every invariant the slow way. For tests.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::check)
    }

    /// Keep changes from now on for a reader: of everything, of some tables, of some rows `(table, row_id)`.
    #[pyo3(signature = (tables=None, rows=None, *, patches_max=Count(CHANGES_MAX)), text_signature = "($self, tables=None, rows=None, *, patches_max=65536)")]
    fn subscribe(
        &self,
        py: Python<'_>,
        tables: Option<Vec<Bound<'_, PyString>>>,
        rows: Option<Vec<(Bound<'_, PyString>, Bound<'_, PyString>)>>,
        patches_max: Count,
    ) -> PyResult<Changes> {
        let mut filter = if tables.is_none() && rows.is_none() { ChangeFilter::all() } else { ChangeFilter::default() };
        for tbl in tables.iter().flatten() {
            filter = filter.and_table(name(tbl, "table")?);
        }
        for (tbl, row_id) in rows.iter().flatten() {
            filter = filter.and_row(name(tbl, "table")?, name(row_id, "row id")?);
        }
        let changes = self.read(py, |doc| doc.subscribe(filter, patches_max.0))?;
        Ok(Changes::new(changes))
    }
}
