use crate::utf8::name;
use crate::value::{Held, settle};
use convergedb::ValueRef;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

/// Columns and values that a caller gave, kept alive while the engine reads them.
#[derive(Default)]
pub(crate) struct Cells<'py>(Vec<(Bound<'py, PyString>, Held<'py>)>);

impl<'py> Cells<'py> {
    /// The cells of a mapping, or of an iterable of pairs.
    pub(crate) fn of(values: &Bound<'py, PyAny>) -> PyResult<Cells<'py>> {
        let mut cells = Cells::default();
        cells.add(values, None)?;
        Ok(cells)
    }

    /// Adds the cells of a mapping, or of an iterable of pairs, but that of the column `key`, which is given back.
    pub(crate) fn add(&mut self, values: &Bound<'py, PyAny>, key: Option<&Bound<'py, PyString>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut found = None;
        let mut push = |cells: &mut Self, col: Bound<'py, PyAny>, value: Bound<'py, PyAny>| -> PyResult<()> {
            if let Some(key) = key {
                if col.is(key) || col.eq(key)? {
                    found = Some(value);
                    return Ok(());
                }
            }
            cells.push(col, value)
        };
        if let Ok(values) = values.cast::<PyDict>() {
            for (col, value) in values {
                push(self, col, value)?;
            }
        } else if let Ok(values) = values.cast::<PyMapping>() {
            for pair in values.items()? {
                let (col, value) = pair.extract()?;
                push(self, col, value)?;
            }
        } else if values.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("a row's values are a mapping of columns and values, or pairs of them; this is a str"));
        } else {
            for pair in values.try_iter()? {
                let (col, value) = pair?.extract()?;
                push(self, col, value)?;
            }
        }
        Ok(found)
    }

    pub(crate) fn push(&mut self, col: Bound<'py, PyAny>, value: Bound<'py, PyAny>) -> PyResult<()> {
        self.0.push((col.cast_into::<PyString>()?, settle(value)?));
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The same, as the engine takes them.
    pub(crate) fn borrow(&self) -> PyResult<Vec<(&str, ValueRef<'_>)>> {
        self.0.iter().map(|(col, value)| Ok((name(col, "column")?, value.borrow()?))).collect()
    }
}
