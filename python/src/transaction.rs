use crate::arguments::{Count, scan_range};
use crate::cells::Cells;
use crate::commit::Commit;
use crate::doc::Doc;
use crate::error::raise;
use crate::forks::Kept;
use crate::gate::{Busy, Gate};
use crate::give::{self, Rows};
use crate::many;
use crate::take;
use crate::utf8::name;
use crate::value::{object, settle};
use convergedb::api;
use convergedb::{Error, ErrorKind, Result};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyList, PyString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The native half of `convergedb.Transaction`.
#[pyclass(frozen, subclass, weakref, module = "convergedb._convergedb")]
pub(crate) struct Transaction {
    doc: Py<Doc>,
    gate: Arc<Gate>,
    at: Option<i64>,
    state: Arc<Turn>,
}

/// What a transaction has to end: its document ends it too, when it is closed under it.
pub(crate) struct Turn(Mutex<State>);

enum State {
    New,
    /// While it is open the document counts as busy, so that whoever waits for it lets go of the GIL.
    Open {
        transaction: Arc<Kept<api::Transaction>>,
        busy: Busy,
    },
    /// It is being committed or rolled back, without the GIL: whoever has the GIL must not wait for that.
    Ending,
    Ended(Option<Commit>),
}

type Text<'a, 'py> = &'a Bound<'py, PyString>;

impl Turn {
    /// Held for moments only, and never while anything waits.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<Arc<Kept<api::Transaction>>> {
        match &*self.state() {
            State::Open { transaction, .. } => Ok(Arc::clone(transaction)),
            State::New => Err(Error::new(ErrorKind::InvalidArgument, "the transaction has not begun: use it in a with statement")),
            State::Ending | State::Ended(_) => Err(Error::new(ErrorKind::Closed, "the transaction has ended")),
        }
    }

    /// Commits it, or rolls it back.
    fn end<T: Send>(&self, py: Python<'_>, gate: &Gate, end: impl FnOnce(&api::Transaction) -> Result<T> + Send) -> PyResult<T> {
        let transaction = self.open().map_err(|error| raise(py, &error))?;
        // From here to the call nothing lets go of the GIL, so the document need not count as busy for this transaction.
        let before = core::mem::replace(&mut *self.state(), State::Ending);
        drop(before);
        let ended = gate.write(py, move || {
            let ended = end(transaction.get()?);
            // It takes the document's lock once more, which somebody else may have by now.
            drop(transaction);
            ended
        });
        *self.state() = State::Ended(None);
        ended
    }

    /// Rolls it back if it is open.
    pub(crate) fn roll_back(&self, py: Python<'_>, gate: &Gate) -> PyResult<()> {
        if self.open().is_ok() { self.end(py, gate, api::Transaction::rollback) } else { Ok(()) }
    }
}

impl Transaction {
    /// An operation, which works in memory: it waits for nobody, since the transaction has the document's turn.
    fn call<T>(&self, py: Python<'_>, call: impl FnOnce(&api::Transaction) -> Result<T>) -> PyResult<T> {
        let called = self.state.open().and_then(|transaction| call(transaction.get()?));
        called.map_err(|error| raise(py, &error))
    }

    fn start(&self, py: Python<'_>) -> PyResult<()> {
        if !matches!(*self.state.state(), State::New) {
            return Err(raise(py, &Error::new(ErrorKind::Closed, "the transaction began before")));
        }
        let at = self.at;
        let doc = self.doc.get();
        let begun = doc.write(py, |doc| doc.begin(at))?;
        let mut state = self.state.state();
        if !matches!(*state, State::New) {
            // Another thread began it meanwhile. What was begun here is rolled back, outside of the lock.
            drop(state);
            drop(begun);
            return Err(raise(py, &Error::new(ErrorKind::Closed, "the transaction began before")));
        }
        *state = State::Open { transaction: Arc::new(Kept::new(begun)), busy: self.gate.busy() };
        drop(state);
        doc.has_turn(&self.state);
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let before = core::mem::replace(&mut *self.state.state(), State::Ended(None));
        if let State::Open { transaction, busy } = before {
            // Rolling back takes moments, but then somebody who waited for the turn may have the lock for long.
            let _ = Python::try_attach(|py| py.detach(|| drop(transaction)));
            drop(busy);
        }
    }
}

#[pymethods]
impl Transaction {
    #[new]
    #[pyo3(signature = (doc, at=None))]
    fn new(doc: Py<Doc>, at: Option<i64>) -> Transaction {
        let gate = Arc::clone(&doc.get().gate);
        Transaction { doc, gate, at, state: Arc::new(Turn(Mutex::new(State::New))) }
    }

    /// Begin it. A `with` statement does so by itself.
    fn begin(slf: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        slf.start(slf.py())?;
        Ok(slf)
    }

    /// Make the operations one transaction, and end it. Without operations it makes no event.
    fn commit(&self, py: Python<'_>) -> PyResult<Commit> {
        let commit: Commit = self.state.end(py, &self.gate, api::Transaction::commit)?.into();
        *self.state.state() = State::Ended(Some(commit));
        Ok(commit)
    }

    /// Undo the operations, and end the transaction.
    fn rollback(&self, py: Python<'_>) -> PyResult<()> {
        self.state.end(py, &self.gate, api::Transaction::rollback)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> core::result::Result<(), PyTraverseError> {
        visit.call(&self.doc)
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        if matches!(*slf.state.state(), State::New) {
            slf.start(slf.py())?;
        }
        Ok(slf)
    }

    #[pyo3(signature = (kind, value, traceback, /))]
    fn __exit__(&self, py: Python<'_>, kind: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, traceback: &Bound<'_, PyAny>) -> PyResult<bool> {
        let _ = (value, traceback);
        if matches!(*self.state.state(), State::Ended(_)) {
            return Ok(false);
        }
        if kind.is_none() {
            self.commit(py)?;
        } else if let Err(error) = self.rollback(py) {
            // The exception of the block goes on; that the document was closed meanwhile is no news then.
            drop(error);
        }
        Ok(false)
    }

    /// What it came to once it was committed; `None` before, and after a rollback.
    #[getter]
    fn result(&self) -> Option<Commit> {
        match &*self.state.state() {
            State::Ended(commit) => *commit,
            _ => None,
        }
    }

    /// Whether it has begun and not ended.
    #[getter]
    fn is_open(&self) -> bool {
        matches!(*self.state.state(), State::Open { .. })
    }

    /// As `Doc.insert`.
    #[pyo3(signature = (tbl, row_id, values))]
    fn insert(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let cells = Cells::of(values)?;
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, cells.borrow()?);
        self.call(py, |transaction| transaction.insert(tbl, row_id, &values))
    }

    /// As `Doc.upsert`.
    #[pyo3(signature = (tbl, row_id, values))]
    fn upsert(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let cells = Cells::of(values)?;
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, cells.borrow()?);
        self.call(py, |transaction| transaction.upsert(tbl, row_id, &values))
    }

    /// As `Doc.update`.
    #[pyo3(signature = (tbl, row_id, col, value))]
    fn update(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, col: Text<'_, '_>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let value = settle(value)?;
        let value = value.borrow()?;
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        self.call(py, |transaction| transaction.update(tbl, row_id, col, value))
    }

    /// As `Doc.update_columns`.
    #[pyo3(signature = (tbl, row_id, values))]
    fn update_columns(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let cells = Cells::of(values)?;
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, cells.borrow()?);
        self.call(py, |transaction| transaction.update_columns(tbl, row_id, &values))
    }

    /// As `Doc.delete`.
    #[pyo3(signature = (tbl, row_id))]
    fn delete(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>) -> PyResult<()> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.call(py, |transaction| transaction.delete(tbl, row_id))
    }

    /// As `Doc.insert_many`, as operations of this transaction. Where a row fails, those before it stay.
    #[pyo3(signature = (tbl, rows, *, key=None))]
    fn insert_many(&self, py: Python<'_>, tbl: Text<'_, '_>, rows: &Bound<'_, PyAny>, key: Option<Text<'_, '_>>) -> PyResult<()> {
        let rows = many::Rows::of(rows, key, || self.call(py, api::Transaction::new_row_id))?;
        let tbl = name(tbl, "table")?;
        let cells = rows.cells.borrow()?;
        let rows = rows.borrow(&cells)?;
        self.call(py, |transaction| rows.iter().try_for_each(|(row_id, values)| transaction.insert(tbl, row_id, values)))
    }

    /// As `Doc.update_many`, as operations of this transaction. Where a cell fails, those before it stay.
    #[pyo3(signature = (tbl, cells))]
    fn update_many(&self, py: Python<'_>, tbl: Text<'_, '_>, cells: &Bound<'_, PyAny>) -> PyResult<()> {
        let updates = many::Updates::of(cells)?;
        let tbl = name(tbl, "table")?;
        let cells = updates.borrow()?;
        self.call(py, |transaction| cells.iter().try_for_each(|(row_id, col, value)| transaction.update(tbl, row_id, col, *value)))
    }

    /// Remove every row of a table, also those that the transaction inserted.
    #[pyo3(signature = (tbl))]
    fn delete_all(&self, py: Python<'_>, tbl: Text<'_, '_>) -> PyResult<()> {
        let tbl = name(tbl, "table")?;
        self.call(py, |transaction| {
            loop {
                let rows = transaction.scan(tbl, &api::ScanRange::default(), 1000)?;
                rows.iter().try_for_each(|(row_id, _)| transaction.delete(tbl, row_id))?;
                if rows.is_empty() {
                    return Ok(());
                }
            }
        })
    }

    /// Make one operation of plain data after the other: `Insert`, `Update` and `Delete`.
    #[pyo3(signature = (ops))]
    fn apply(&self, py: Python<'_>, ops: &Bound<'_, PyAny>) -> PyResult<()> {
        let ops = take::ops(ops)?;
        self.call(py, |transaction| ops.iter().try_for_each(|op| transaction.apply(op)))
    }

    /// The value of a cell, with what the transaction wrote so far; `default` if it does not show.
    #[pyo3(signature = (tbl, row_id, col, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        tbl: Text<'_, '_>,
        row_id: Text<'_, '_>,
        col: Text<'_, '_>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        match self.call(py, |transaction| transaction.get(tbl, row_id, col))? {
            Some(value) => object(py, &value).map(Some),
            None => Ok(default),
        }
    }

    /// Whether a cell shows, whatever its value.
    #[pyo3(signature = (tbl, row_id, col))]
    fn has(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, col: Text<'_, '_>) -> PyResult<bool> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        self.call(py, |transaction| Ok(transaction.get(tbl, row_id, col)?.is_some()))
    }

    /// A row's cells by column, with what the transaction wrote so far; `None` if it does not show.
    #[pyo3(signature = (tbl, row_id))]
    fn row<'py>(&self, py: Python<'py>, tbl: Text<'_, '_>, row_id: Text<'_, '_>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.call(py, |transaction| transaction.row(tbl, row_id))?.map(|values| give::row(py, &values)).transpose()
    }

    /// Whether a row shows, with what the transaction wrote so far.
    #[pyo3(signature = (tbl, row_id))]
    fn contains(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>) -> PyResult<bool> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.call(py, |transaction| transaction.contains(tbl, row_id))
    }

    /// The number of a table's rows that show, with what the transaction wrote so far.
    #[pyo3(signature = (tbl))]
    fn count(&self, py: Python<'_>, tbl: Text<'_, '_>) -> PyResult<usize> {
        let tbl = name(tbl, "table")?;
        self.call(py, |transaction| transaction.count(tbl))
    }

    /// As `Doc.page`, with what the transaction wrote so far.
    #[pyo3(signature = (tbl, limit, *, prefix=None, start=None, stop=None, after=None))]
    #[allow(clippy::too_many_arguments)]
    fn page<'py>(
        &self,
        py: Python<'py>,
        tbl: Text<'_, '_>,
        limit: Count,
        prefix: Option<Text<'_, '_>>,
        start: Option<Text<'_, '_>>,
        stop: Option<Text<'_, '_>>,
        after: Option<Text<'_, '_>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let range = scan_range(prefix, start, stop, after)?;
        let tbl = name(tbl, "table")?;
        let rows = self.call(py, |transaction| transaction.scan(tbl, &range, limit.0))?;
        Rows::default().pairs(py, &rows)
    }

    /// A time-ordered id for a new row, as `Doc.new_row_id`.
    fn new_row_id(&self, py: Python<'_>) -> PyResult<String> {
        self.call(py, api::Transaction::new_row_id)
    }

    /// The number of operations so far.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.call(py, api::Transaction::len)
    }

    /// A transaction is true even without operations.
    fn __bool__(&self) -> bool {
        true
    }
}
