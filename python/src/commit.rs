use convergedb::Commit as Made;
use pyo3::prelude::*;

/// What a local write made: `events` consecutive events of this replica's own peer.
#[pyclass(frozen, eq, hash, module = "convergedb._convergedb")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Commit {
    /// The first event's counter.
    #[pyo3(get)]
    counter: u64,
    /// The first event's Lamport time.
    #[pyo3(get)]
    lamport: u64,
    /// How many events; 0 when a transaction held no operation, and then nothing was made.
    #[pyo3(get)]
    events: u32,
}

impl From<Made> for Commit {
    #[inline]
    fn from(made: Made) -> Commit {
        Commit { counter: made.counter, lamport: made.lamport, events: made.events }
    }
}

#[pymethods]
impl Commit {
    #[new]
    fn new(counter: u64, lamport: u64, events: u32) -> Commit {
        Commit { counter, lamport, events }
    }

    fn __repr__(&self) -> String {
        format!("Commit(counter={}, lamport={}, events={})", self.counter, self.lamport, self.events)
    }

    /// For every protocol of pickle: the older ones know no arguments of `__new__`.
    fn __reduce__(slf: &Bound<'_, Self>) -> (Py<PyAny>, (u64, u64, u32)) {
        let Commit { counter, lamport, events } = *slf.get();
        (slf.get_type().into_any().unbind(), (counter, lamport, events))
    }
}
