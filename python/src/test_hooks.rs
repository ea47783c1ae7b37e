//! What panics on purpose, for tests: a second build has it, what is shipped does not, and neither do the stubs.

#![allow(clippy::panic)]

use crate::doc::Doc;
use crate::error::caught;
use pyo3::prelude::*;

#[pymethods]
impl Doc {
    /// Panics while the document's lock is held.
    fn _panic(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, |doc| doc.with(|_| panic!("a test asked for a panic in the document")))
    }

    /// Panics where a caller's arguments are read.
    fn _panic_in_arguments(&self, py: Python<'_>) -> PyResult<()> {
        caught(py, || panic!("a test asked for a panic beside the document"))
    }
}
