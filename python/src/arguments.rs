//! Options that several calls take.

use crate::take;
use crate::utf8::name;
use convergedb::api::ScanRange;
use convergedb::{DocumentId, PageLimit};
use core::ops::Bound as Edge;
use core::time::Duration;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString};

/// The rows of a scan: `start` belongs to them, `stop` does not.
pub(crate) fn scan_range(
    prefix: Option<&Bound<'_, PyString>>,
    start: Option<&Bound<'_, PyString>>,
    stop: Option<&Bound<'_, PyString>>,
    after: Option<&Bound<'_, PyString>>,
) -> PyResult<ScanRange> {
    let text = |text: Option<&Bound<'_, PyString>>| text.map(|text| name(text, "row id").map(str::to_owned)).transpose();
    Ok(ScanRange {
        from: text(start)?.map_or(Edge::Unbounded, Edge::Included),
        to: text(stop)?.map_or(Edge::Unbounded, Edge::Excluded),
        prefix: text(prefix)?,
        after: text(after)?,
    })
}

/// How many of something: not negative, and what is beyond any number of things is all of them.
#[derive(Clone, Copy)]
pub(crate) struct Count(pub(crate) usize);

impl FromPyObject<'_, '_> for Count {
    type Error = PyErr;

    fn extract(count: Borrowed<'_, '_, PyAny>) -> PyResult<Count> {
        match count.extract::<usize>() {
            Ok(count) => Ok(Count(count)),
            Err(error) if error.is_instance_of::<PyOverflowError>(count.py()) => {
                if count.lt(0)? {
                    return Err(crate::error::invalid_argument(count.py(), "a limit is not negative"));
                }
                Ok(Count(usize::MAX))
            }
            Err(error) => Err(error),
        }
    }
}

pub(crate) fn page_limit(events_max: Option<Count>, bytes_max: Option<Count>) -> PageLimit {
    let limit = PageLimit::default();
    PageLimit { events: events_max.map_or(limit.events, |most| most.0), bytes: bytes_max.map_or(limit.bytes, |most| most.0) }
}

/// A document id: 32 hexadecimal digits, or 16 bytes.
pub(crate) fn document_id(id: &Bound<'_, PyAny>) -> PyResult<DocumentId> {
    if let Ok(bytes) = id.cast::<PyBytes>() {
        let bytes = bytes.as_bytes().try_into().map_err(|_| crate::error::invalid_argument(id.py(), "a document id has 16 bytes"))?;
        return Ok(DocumentId(bytes));
    }
    let text = id.cast::<PyString>().map_err(|_| PyTypeError::new_err("a document id is a str of 32 hexadecimal digits, or 16 bytes"))?;
    DocumentId::parse(name(text, "document id")?).map_err(|error| crate::error::raise(id.py(), &error))
}

/// A number of seconds; `None` is for ever. A time that no clock can show is for ever too.
pub(crate) fn timeout(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    match seconds {
        None => Ok(None),
        Some(seconds) if seconds.is_nan() => Err(crate::error::invalid_argument(py, "a timeout is a number of seconds")),
        Some(seconds) => Ok(Duration::try_from_secs_f64(seconds.max(0.0)).ok()),
    }
}

/// What a call asks with: versions or the bytes of a request.
pub(crate) enum Asked<'py> {
    Versions(convergedb::VersionVector),
    Request(Bound<'py, PyBytes>),
}

pub(crate) fn asked<'py>(known: Bound<'py, PyAny>) -> PyResult<Asked<'py>> {
    if known.is_instance_of::<PyMapping>() { take::versions(&known).map(Asked::Versions) } else { take::bytes(known).map(Asked::Request) }
}
