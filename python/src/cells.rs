use crate::error::caught;
use crate::utf8::name;
use crate::value::{Held, is_plain, settle};
use convergedb::ValueRef;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString, PyTuple};

/// Columns and values that a caller gave, kept alive while the engine reads them.
#[derive(Default)]
pub(crate) struct Cells<'py>(Vec<(Bound<'py, PyString>, Held<'py>)>);

/// A row's own id, as its column `key` holds it.
type Id<'py> = Option<Bound<'py, PyAny>>;

impl<'py> Cells<'py> {
    /// The cells of a mapping, or of an iterable of pairs.
    pub(crate) fn of(values: &Bound<'py, PyAny>) -> PyResult<Cells<'py>> {
        caught(values.py(), || {
            let mut cells = Cells::default();
            cells.add(values, None)?;
            Ok(cells)
        })
    }

    /// Adds the cells of a mapping, or of an iterable of pairs, but that of the column `key`, which is given back.
    pub(crate) fn add(&mut self, values: &Bound<'py, PyAny>, key: Option<&Bound<'py, PyString>>) -> PyResult<Id<'py>> {
        let mut found = None;
        if let Ok(values) = values.cast::<PyDict>() {
            if self.add_plain(values, key, &mut found)? {
                return Ok(found);
            }
            for (col, value) in values.iter().collect::<Vec<_>>() {
                self.add_cell(col, value, key, &mut found)?;
            }
        } else if let Some(pairs) = items(values)? {
            for pair in pairs {
                let [col, value] = fields(&pair)?;
                self.add_cell(col, value, key, &mut found)?;
            }
        } else if values.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("a row's values are a mapping of columns and values, or pairs of them; this is a str"));
        } else {
            for pair in values.try_iter()? {
                let [col, value] = fields(&pair?)?;
                self.add_cell(col, value, key, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Adds the cells of a dict right from it, which is safe while no code of Python's runs that could change it. Where some would have to
    /// run it adds nothing, and says so.
    fn add_plain(&mut self, values: &Bound<'py, PyDict>, key: Option<&Bound<'py, PyString>>, found: &mut Id<'py>) -> PyResult<bool> {
        let start = self.0.len();
        let mut is_plain_so_far = key.is_none_or(|key| key.is_exact_instance_of::<PyString>());
        if is_plain_so_far {
            for (col, value) in values {
                is_plain_so_far = col.is_exact_instance_of::<PyString>() && is_plain(&value);
                if !is_plain_so_far {
                    break;
                }
                self.add_cell(col, value, key, found)?;
            }
        }
        if !is_plain_so_far {
            self.0.truncate(start);
            *found = None;
        }
        Ok(is_plain_so_far)
    }

    #[inline]
    fn add_cell(
        &mut self,
        col: Bound<'py, PyAny>,
        value: Bound<'py, PyAny>,
        key: Option<&Bound<'py, PyString>>,
        found: &mut Id<'py>,
    ) -> PyResult<()> {
        if let Some(key) = key {
            if col.is(key) || col.eq(key)? {
                *found = Some(value);
                return Ok(());
            }
        }
        self.push(col, value)
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

/// The pairs of a mapping, or of what has keys and items like one, as rows of databases have; `None` for anything else.
pub(crate) fn items<'py>(values: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
    if let Ok(values) = values.cast::<PyMapping>() {
        return values.items().map(Some);
    }
    if !values.is_instance_of::<PyString>() && values.hasattr("keys")? && values.hasattr("__getitem__")? {
        let values = values.py().get_type::<PyDict>().call1((values,))?.cast_into::<PyDict>()?;
        return Ok(Some(values.items()));
    }
    Ok(None)
}

/// The fields of a tuple or list that has just so many.
pub(crate) fn fields<'py, const N: usize>(object: &Bound<'py, PyAny>) -> PyResult<[Bound<'py, PyAny>; N]> {
    let fields: Vec<Bound<'py, PyAny>> = if let Ok(tuple) = object.cast::<PyTuple>() {
        tuple.iter().collect()
    } else if let Ok(list) = object.cast::<PyList>() {
        list.iter().collect()
    } else {
        return Err(PyTypeError::new_err(format!("a tuple of {N} is needed; this is {}", object.get_type().name()?)));
    };
    let length = fields.len();
    fields.try_into().map_err(|_| PyValueError::new_err(format!("a tuple of {N} is needed; this one has {length}")))
}
