use super::connection::File;
use crate::codec::{Reader, put_bytes};
use crate::error::{Error, Result};
use crate::limits::NAME_BYTES_MAX;

/// An index as it is recorded: names, which stay the same when the rows are made again.
fn encode(tbl: &str, columns: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_bytes(&mut bytes, tbl.as_bytes());
    columns.iter().for_each(|column| put_bytes(&mut bytes, column.as_bytes()));
    bytes
}

fn decode(bytes: &[u8]) -> Result<(&str, Vec<&str>)> {
    let mut reader = Reader::new(bytes);
    let tbl = reader.text(NAME_BYTES_MAX)?;
    let mut columns = Vec::new();
    while reader.left() > 0 {
        columns.push(reader.text(NAME_BYTES_MAX)?);
    }
    Ok((tbl, columns))
}

impl File {
    pub(super) fn create_index(&mut self, tbl: &str, columns: &[&str]) -> Result<()> {
        let sql = self.index_sql(tbl, columns)?;
        let made = self.connection.execute_batch(&sql).and_then(|()| {
            let mut note = self.connection.prepare_cached("INSERT OR IGNORE INTO converge_index(d) VALUES(?1)")?;
            note.execute([encode(tbl, columns)])
        });
        made.map(drop).map_err(self.failed("indexing"))
    }

    fn index_sql(&self, tbl: &str, columns: &[&str]) -> Result<String> {
        let place = self.tables.iter().position(|table| table.name == tbl && table.in_sql);
        let Some(number) = place else { return Err(Error::invalid_argument(format!("there is no table {tbl:?} for an index"))) };
        let table = &self.tables[number];
        let column = |name: &&str| match *name {
            "row_id" if !table.columns.iter().any(|known| known == "row_id") => Ok("id".to_owned()),
            name => {
                let at = table.columns.iter().take(table.sql_columns as usize).position(|known| known == name);
                at.map(|at| format!("c{}", at + 1)).ok_or_else(|| Error::invalid_argument(format!("table {tbl:?} has no column {name:?}")))
            }
        };
        let columns: Vec<String> = columns.iter().map(column).collect::<Result<_>>()?;
        if columns.is_empty() {
            return Err(Error::invalid_argument("an index is over one column or more"));
        }
        let t = number + 1;
        Ok(format!("CREATE INDEX IF NOT EXISTS converge_i{t}_{} ON converge_t{t}({})", columns.join("_"), columns.join(",")))
    }

    /// Makes the recorded indexes whose tables were made again.
    pub(super) fn make_indexes(&self) -> Result<()> {
        let failed = self.failed("indexing");
        let mut statement = self.connection.prepare_cached("SELECT d FROM converge_index ORDER BY i").map_err(&failed)?;
        let recorded: Vec<Vec<u8>> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(&failed)?;
        for bytes in recorded {
            // One whose table or columns are not there yet comes with them.
            let Ok((tbl, columns)) = decode(&bytes) else { continue };
            if let Ok(sql) = self.index_sql(tbl, &columns) {
                self.connection.execute_batch(&sql).map_err(&failed)?;
            }
        }
        Ok(())
    }
}
