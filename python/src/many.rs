use crate::cells::{Cells, fields, items};
use crate::error::{caught, invalid_argument};
use crate::utf8::name;
use crate::value::{Held, settle};
use convergedb::ValueRef;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFrozenSet, PyList, PyMapping, PyMemoryView, PySet, PyString, PyTuple};

/// A row as the engine takes it: its id and its cells.
pub(crate) type RowRef<'a> = (&'a str, &'a [(&'a str, ValueRef<'a>)]);

/// Rows that a caller gave, kept alive while the engine reads them.
pub(crate) struct Rows<'py> {
    /// The ids, and where each row's cells end.
    ids: Vec<(Bound<'py, PyString>, usize)>,
    /// The cells of all rows.
    pub(crate) cells: Cells<'py>,
}

impl<'py> Rows<'py> {
    /// The rows of an iterable of pairs or mappings, or of a mapping of columns. `new_row_id` names rows that have no id.
    pub(crate) fn of(
        rows: &Bound<'py, PyAny>,
        key: Option<&Bound<'py, PyString>>,
        new_row_id: impl Fn() -> PyResult<String>,
    ) -> PyResult<Rows<'py>> {
        caught(rows.py(), || Rows::read(rows, key, new_row_id))
    }

    fn read(
        rows: &Bound<'py, PyAny>,
        key: Option<&Bound<'py, PyString>>,
        new_row_id: impl Fn() -> PyResult<String>,
    ) -> PyResult<Rows<'py>> {
        let mut made = Rows { ids: Vec::new(), cells: Cells::default() };
        if let Ok(columns) = rows.cast::<PyMapping>() {
            made.add_columns(columns, key, new_row_id)?;
            return Ok(made);
        }
        for row in rows.try_iter()? {
            made.add_row(&row?, key, &new_row_id)?;
        }
        Ok(made)
    }

    fn add_row(
        &mut self,
        row: &Bound<'py, PyAny>,
        key: Option<&Bound<'py, PyString>>,
        new_row_id: impl Fn() -> PyResult<String>,
    ) -> PyResult<()> {
        if row.is_instance_of::<PyTuple>() || row.is_instance_of::<PyList>() {
            if key.is_some() {
                return Err(PyTypeError::new_err("a row is a mapping where key names the column of its id; this one is a tuple or list"));
            }
            let [id, values] = fields(row)?;
            self.cells.add(&values, None)?;
            return self.end_row(id);
        }
        let added = if row.is_instance_of::<PyDict>() {
            self.cells.add(row, key)?
        } else if let Some(pairs) = items(row)? {
            self.cells.add(&pairs, key)?
        } else {
            let kind = row.get_type().name()?;
            return Err(PyTypeError::new_err(format!("a row is a pair of its id and its values, or a mapping; this is {kind}")));
        };
        let id = match (key, added) {
            (Some(_), Some(id)) => id,
            (Some(key), None) => return Err(PyKeyError::new_err(key.clone().unbind())),
            (None, _) => PyString::new(row.py(), &new_row_id()?).into_any(),
        };
        self.end_row(id)
    }

    fn end_row(&mut self, id: Bound<'py, PyAny>) -> PyResult<()> {
        let id = id.cast_into::<PyString>()?;
        self.ids.push((id, self.cells.len()));
        Ok(())
    }

    fn add_columns(
        &mut self,
        columns: &Bound<'py, PyMapping>,
        key: Option<&Bound<'py, PyString>>,
        new_row_id: impl Fn() -> PyResult<String>,
    ) -> PyResult<()> {
        let py = columns.py();
        let mut ids: Option<Vec<Bound<'py, PyAny>>> = None;
        let mut cells: Vec<(Bound<'py, PyString>, Vec<Bound<'py, PyAny>>)> = Vec::new();
        for pair in columns.items()? {
            let (col, values): (Bound<'py, PyString>, Bound<'py, PyAny>) = pair.extract()?;
            check_column(&col, &values)?;
            let values: Vec<Bound<'py, PyAny>> = values.try_iter()?.collect::<PyResult<_>>()?;
            match key {
                Some(key) if col.as_any().eq(key)? => ids = Some(values),
                _ => cells.push((col, values)),
            }
        }
        let ids = match (key, ids) {
            (Some(key), None) => return Err(PyKeyError::new_err(key.clone().unbind())),
            (_, Some(ids)) => ids,
            (None, None) => {
                let length = cells.first().map_or(0, |(_, values)| values.len());
                (0..length).map(|_| Ok(PyString::new(py, &new_row_id()?).into_any())).collect::<PyResult<_>>()?
            }
        };
        if let Some((col, values)) = cells.iter().find(|(_, values)| values.len() != ids.len()) {
            return Err(invalid_argument(py, &format!("column {col:?} has {} values, and there are {} rows", values.len(), ids.len())));
        }
        let mut cells: Vec<_> = cells.into_iter().map(|(col, values)| (col, values.into_iter())).collect();
        for id in ids {
            for (col, values) in &mut cells {
                if let Some(value) = values.next() {
                    self.cells.push(col.clone().into_any(), value)?;
                }
            }
            self.end_row(id)?;
        }
        Ok(())
    }

    /// The same, as the engine takes them. `cells` are the borrowed ones of all rows.
    pub(crate) fn borrow<'a>(&'a self, cells: &'a [(&'a str, ValueRef<'a>)]) -> PyResult<Vec<RowRef<'a>>> {
        let mut start = 0;
        let mut rows = Vec::with_capacity(self.ids.len());
        for (id, end) in &self.ids {
            rows.push((name(id, "row id")?, cells.get(start..*end).unwrap_or_default()));
            start = *end;
        }
        Ok(rows)
    }
}

/// What has values in an order, and no keys beside them: all else that can be iterated is meant as something else.
fn check_column(col: &Bound<'_, PyString>, values: &Bound<'_, PyAny>) -> PyResult<()> {
    let kind = values.get_type().name()?;
    if values.is_instance_of::<PyMapping>() {
        let advice = "for a mapping of row ids and rows give its .items()";
        return Err(PyTypeError::new_err(format!("column {col:?} is a mapping ({kind}): columns are sequences of values; {advice}")));
    }
    let is_other = values.is_instance_of::<PyString>()
        || values.is_instance_of::<PyBytes>()
        || values.is_instance_of::<PyByteArray>()
        || values.is_instance_of::<PyMemoryView>()
        || values.is_instance_of::<PySet>()
        || values.is_instance_of::<PyFrozenSet>();
    if is_other { Err(PyTypeError::new_err(format!("column {col:?} is a {kind}: columns are sequences of values"))) } else { Ok(()) }
}

/// Updates of cells that a caller gave, kept alive while the engine reads them.
pub(crate) struct Updates<'py>(Vec<(Bound<'py, PyString>, Bound<'py, PyString>, Held<'py>)>);

impl<'py> Updates<'py> {
    pub(crate) fn of(cells: &Bound<'py, PyAny>) -> PyResult<Updates<'py>> {
        caught(cells.py(), || {
            let cells = cells.try_iter()?.map(|cell| {
                let [row_id, col, value] = fields(&cell?)?;
                Ok((row_id.cast_into::<PyString>()?, col.cast_into::<PyString>()?, settle(value)?))
            });
            cells.collect::<PyResult<_>>().map(Updates)
        })
    }

    pub(crate) fn borrow(&self) -> PyResult<Vec<(&str, &str, ValueRef<'_>)>> {
        self.0.iter().map(|(row_id, col, value)| Ok((name(row_id, "row id")?, name(col, "column")?, value.borrow()?))).collect()
    }
}
