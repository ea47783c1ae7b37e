//! `convergedb._convergedb`: the native half of the Python package, over [`convergedb::api`] and nothing else.
//!
//! It converts values, names errors, and decides where the GIL is let go of. What a call means is decided below it.

#![deny(unsafe_code)]

mod arguments;
mod cells;
mod changes;
mod commit;
mod doc;
mod doc_file;
mod doc_history;
mod doc_json;
mod doc_read;
mod doc_sync;
mod doc_write;
mod ephemeral;
mod ephemeral_changes;
mod ephemeral_json;
mod error;
mod forks;
mod gate;
mod give;
mod many;
mod scan;
mod take;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod transaction;
mod utf8;
mod value;
mod waker;

use pyo3::prelude::*;

/// The native half of convergedb. Import `convergedb` instead.
///
/// It declares that it uses the GIL: the wheel for the stable ABI does not load on a free-threaded Python, and a build for one turns the
/// GIL on when it is imported.
#[pymodule(gil_used = true)]
mod _convergedb {
    #[pymodule_export]
    use crate::changes::Changes;
    #[pymodule_export]
    use crate::commit::Commit;
    #[pymodule_export]
    use crate::doc::Doc;
    #[pymodule_export]
    use crate::doc_file::salvage;
    #[pymodule_export]
    use crate::ephemeral::EphemeralStore;
    #[pymodule_export]
    use crate::ephemeral_changes::EphemeralChanges;
    #[pymodule_export]
    use crate::forks::forked;
    #[pymodule_export]
    use crate::scan::Scan;
    #[pymodule_export]
    use crate::transaction::Transaction;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
