use super::connection::File;
use crate::codec::{Reader, put_bytes, put_number, put_signed};
use crate::error::{Error, Result};
use crate::limits::VALUE_BYTES_MAX;
use crate::store::{RowPlace, StoredRow};
use crate::types::ValueRef;
use rusqlite::types::{ToSqlOutput, ValueRef as SqlRef};
use rusqlite::{Row, Statement};

/// A value as SQLite takes it.
struct Bound<'a>(ValueRef<'a>);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            ValueRef::Null => SqlRef::Null,
            ValueRef::Bool(value) => SqlRef::Integer(i64::from(value)),
            ValueRef::Int(value) => SqlRef::Integer(value),
            ValueRef::Float(value) => SqlRef::Real(value),
            ValueRef::Str(value) => SqlRef::Text(value.as_bytes()),
            ValueRef::Bytes(value) => SqlRef::Blob(value),
        }))
    }
}

/// Appends cells that have no column in SQL: column, kind, value.
fn put_cells(out: &mut Vec<u8>, cells: &[(u32, ValueRef<'_>)]) {
    for &(column, value) in cells {
        put_number(out, u64::from(column));
        match value {
            ValueRef::Null => out.push(0),
            ValueRef::Bool(value) => out.push(1 + u8::from(value)),
            ValueRef::Int(value) => {
                out.push(3);
                put_signed(out, value);
            }
            ValueRef::Float(value) => {
                out.push(4);
                out.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            ValueRef::Str(value) => {
                out.push(5);
                put_bytes(out, value.as_bytes());
            }
            ValueRef::Bytes(value) => {
                out.push(6);
                put_bytes(out, value);
            }
        }
    }
}

fn read_cells<'a>(reader: &mut Reader<'a>, cells: &mut Vec<(u32, ValueRef<'a>)>) -> Result<()> {
    while reader.left() > 0 {
        let column = reader.at_most(u32::MAX as usize - 1, "a column is out of range")? as u32;
        let value = match reader.byte()? {
            0 => ValueRef::Null,
            1 => ValueRef::Bool(false),
            2 => ValueRef::Bool(true),
            3 => ValueRef::Int(reader.signed()?),
            4 => ValueRef::Float(f64::from_bits(reader.word()?)),
            5 => ValueRef::Str(reader.text(VALUE_BYTES_MAX)?),
            6 => ValueRef::Bytes(reader.bytes(VALUE_BYTES_MAX)?),
            _ => return Err(reader.malformed("a value is of no known kind")),
        };
        cells.push((column, value));
    }
    Ok(())
}

/// Whether the row shows, the stamps, and the cells after them.
fn read_blob<'a>(blob: &'a [u8], cells: &mut Vec<(u32, ValueRef<'a>)>) -> Result<(RowPlace, &'a [u8])> {
    let mut reader = Reader::new(blob);
    let head = reader.number()?;
    let stamps = reader.take(usize::try_from(head >> 1).unwrap_or(usize::MAX))?;
    read_cells(&mut reader, cells)?;
    Ok((if head & 1 == 1 { RowPlace::Shown } else { RowPlace::Hidden }, stamps))
}

fn value_of(value: SqlRef<'_>) -> Result<ValueRef<'_>> {
    Ok(match value {
        SqlRef::Null => ValueRef::Null,
        SqlRef::Integer(value) => ValueRef::Int(value),
        SqlRef::Real(value) => ValueRef::Float(value),
        SqlRef::Text(text) => ValueRef::Str(core::str::from_utf8(text).map_err(|_| Error::malformed("text is not UTF-8"))?),
        SqlRef::Blob(bytes) => ValueRef::Bytes(bytes),
    })
}

impl File {
    pub(super) fn put_row(&mut self, row: &StoredRow<'_>, before: Option<RowPlace>) -> Result<()> {
        let failed = self.failed("writing");
        let Some(table) = self.tables.get(row.table as usize) else { return Err(self.damaged("a row of no table")) };
        let in_table = |place: RowPlace| place == RowPlace::Shown && table.in_sql;
        let (before, now) = (before.map(in_table), in_table(row.place));
        let (t, rid) = (row.table + 1, i64::from(row.row) + 1);
        let mut blob = Vec::with_capacity(row.stamps.len() + 2);
        put_number(&mut blob, (row.stamps.len() as u64) << 1 | u64::from(row.place == RowPlace::Shown));
        blob.extend_from_slice(row.stamps);
        let in_sql = if now { row.cells.partition_point(|cell| cell.0 < table.sql_columns) } else { 0 };
        let (cells, rest) = row.cells.split_at(in_sql);
        put_cells(&mut blob, rest);
        if before == Some(!now) {
            let delete = if now { "DELETE FROM converge_rest WHERE t=?2 AND rid=?1" } else { table.delete.as_str() };
            let mut delete_row = self.connection.prepare_cached(delete).map_err(&failed)?;
            delete_row.raw_bind_parameter(1, rid).map_err(&failed)?;
            if now {
                delete_row.raw_bind_parameter(2, t).map_err(&failed)?;
            }
            delete_row.raw_execute().map_err(&failed)?;
        }
        let bind = |statement: &mut Statement<'_>| -> rusqlite::Result<usize> {
            statement.raw_bind_parameter(1, rid)?;
            let mut next = 2;
            if before != Some(now) {
                statement.raw_bind_parameter(2, row.id)?;
                next = 3;
            }
            statement.raw_bind_parameter(next, &blob[..])?;
            if !now {
                statement.raw_bind_parameter(next + 1, t)?;
                return statement.raw_execute();
            }
            let mut cells = cells.iter().peekable();
            for column in 0..table.sql_columns {
                let value = cells.next_if(|cell| cell.0 == column).map_or(ValueRef::Null, |cell| cell.1);
                statement.raw_bind_parameter(next + 1 + column as usize, Bound(value))?;
            }
            statement.raw_execute()
        };
        let sql = match (before == Some(now), now) {
            (true, true) => table.update.as_str(),
            (false, true) => table.insert.as_str(),
            (true, false) => "UPDATE converge_rest SET s=?2 WHERE t=?3 AND rid=?1",
            (false, false) => "INSERT INTO converge_rest(rid,id,s,t) VALUES(?1,?2,?3,?4)",
        };
        let mut statement = self.connection.prepare_cached(sql).map_err(&failed)?;
        match bind(&mut statement).map_err(&failed)? {
            1 => Ok(()),
            _ => Err(self.damaged("a row is not where it was")),
        }
    }

    pub(super) fn rows(&mut self, table: u32, _columns: u32, each: &mut dyn FnMut(&StoredRow<'_>) -> Result<()>) -> Result<()> {
        let failed = self.failed("reading");
        let Some(known) = self.tables.get(table as usize) else { return Ok(()) };
        let mut hidden = self.connection.prepare_cached("SELECT rid,id,s FROM converge_rest WHERE t=?1 ORDER BY rid").map_err(&failed)?;
        let mut hidden = hidden.query([table + 1]).map_err(&failed)?;
        let mut below = hidden.next().map_err(&failed)?;
        if known.in_sql {
            let sql_columns = known.sql_columns;
            let mut shown = self.connection.prepare_cached(&known.select).map_err(&failed)?;
            let mut shown = shown.query([]).map_err(&failed)?;
            while let Some(row) = shown.next().map_err(&failed)? {
                let rid: i64 = row.get(0).map_err(&failed)?;
                while let Some(hidden_row) = below {
                    if hidden_row.get::<_, i64>(0).map_err(&failed)? >= rid {
                        break;
                    }
                    self.hand_over(table, hidden_row, 0, each)?;
                    below = hidden.next().map_err(&failed)?;
                }
                self.hand_over(table, row, sql_columns, each)?;
            }
        }
        while let Some(hidden_row) = below {
            self.hand_over(table, hidden_row, 0, each)?;
            below = hidden.next().map_err(&failed)?;
        }
        Ok(())
    }

    pub(super) fn hand_over(
        &self,
        table: u32,
        row: &Row<'_>,
        columns: u32,
        each: &mut dyn FnMut(&StoredRow<'_>) -> Result<()>,
    ) -> Result<()> {
        let failed = self.failed("reading");
        let get = |at: usize| row.get_ref(at).map_err(&failed);
        let number = get(0)?.as_i64().ok().and_then(|rid| u32::try_from(rid - 1).ok());
        let Some(number) = number else { return Err(self.damaged("a row has an impossible number")) };
        let id = get(1)?.as_str().map_err(|_| self.damaged("a row's id is not text"))?;
        let blob = get(2)?.as_blob().map_err(|_| self.damaged("a row's stamps are not bytes"))?;
        let mut cells = Vec::with_capacity(columns as usize);
        for column in 0..columns {
            cells.push((column, value_of(get(3 + column as usize)?)?));
        }
        let (place, stamps) = read_blob(blob, &mut cells)?;
        each(&StoredRow { table, row: number, id, place, stamps, cells: &cells })
    }

    pub(super) fn clear_rows(&mut self) -> Result<()> {
        self.drop_tables()
    }

    pub(super) fn clear(&mut self) -> Result<()> {
        self.drop_tables()?;
        self.connection
            .execute_batch("DELETE FROM converge_log; DELETE FROM converge_seg; DELETE FROM converge_wait; DELETE FROM converge_chain;")
            .map_err(self.failed("writing"))
    }
}
