//! Tables and columns under names that SQL bears. The tables have made-up names; views show them under the user's.

use super::connection::File;
use super::schema::{SQL_COLUMNS_MAX, SQL_TABLES_MAX};
use crate::error::{ErrorKind, Result};
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// A table, and the statements that write its rows.
#[derive(Clone, Debug, Default)]
pub(super) struct TableSql {
    pub(super) name: String,
    /// Its columns by number, and how many of them SQL sees.
    pub(super) columns: Vec<String>,
    pub(super) sql_columns: u32,
    /// It has rows that SQL sees.
    pub(super) in_sql: bool,
    view: Option<String>,
    stale: bool,
    pub(super) insert: String,
    pub(super) update: String,
    pub(super) delete: String,
    pub(super) select: String,
    pub(super) one: String,
}

/// A name between double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name that SQL has for a user's: the same, or with a suffix where SQL or a reader would not bear it.
fn sql_name(name: &str, taken: &HashSet<String>) -> String {
    let lower = name.to_lowercase();
    let reserved = lower.starts_with("sqlite_") || lower.starts_with("converge_") || name.contains('\0') || lower == "row_id";
    if !reserved && !taken.contains(&lower) {
        return name.to_owned();
    }
    let hash = xxh3_64(name.as_bytes());
    let plain = name.replace('\0', "_");
    let plain = if lower.starts_with("sqlite_") { format!("_{plain}") } else { plain };
    // Two names with one suffix are as likely as two equal hashes; then a number tells them apart.
    (0u32..)
        .map(|number| format!("{plain}_{:08x}", (hash as u32).wrapping_add(number)))
        .find(|name| !taken.contains(&name.to_lowercase()))
        .unwrap_or(plain)
}

impl TableSql {
    fn new(number: u32, name: &str) -> TableSql {
        let mut table = TableSql { name: name.to_owned(), in_sql: number < SQL_TABLES_MAX, ..TableSql::default() };
        table.write_sql(number);
        table
    }

    /// The statements for as many columns as there are.
    fn write_sql(&mut self, number: u32) {
        let t = number + 1;
        let columns = || 1..=self.sql_columns;
        let list = |each: &dyn Fn(u32) -> String| columns().map(each).collect::<String>();
        let names = list(&|column| format!(",c{column}"));
        let insert = format!("INSERT INTO converge_t{t}(rid,id,s{names}) VALUES(?1,?2,?3{})", list(&|column| format!(",?{}", column + 3)));
        let update = format!("UPDATE converge_t{t} SET s=?2{} WHERE rid=?1", list(&|column| format!(",c{column}=?{}", column + 2)));
        let select = format!("SELECT rid,id,s{names} FROM converge_t{t} ORDER BY rid");
        self.one = format!("SELECT rid,id,s{names} FROM converge_t{t} WHERE rid=?1");
        (self.insert, self.update, self.select) = (insert, update, select);
        self.delete = format!("DELETE FROM converge_t{t} WHERE rid=?1");
    }

    /// What makes the view of table number `t`, from 1.
    fn view_sql(&self, t: usize, view: &str) -> String {
        let column = |(column, name): (u32, String)| format!(", c{column} AS {}", quoted(&name));
        let columns: String = (1..).zip(self.column_names()).map(column).collect();
        format!("CREATE VIEW {} AS SELECT id AS row_id{columns} FROM converge_t{t}", quoted(view))
    }

    fn column_names(&self) -> Vec<String> {
        let mut taken: HashSet<String> = HashSet::from(["row_id".to_owned()]);
        let mut names = Vec::new();
        for name in self.columns.iter().take(self.sql_columns as usize) {
            let name = sql_name(name, &taken);
            taken.insert(name.to_lowercase());
            names.push(name);
        }
        names
    }
}

impl File {
    /// Reads the names of tables and columns, so far as they are good. That they are not those of the log is found out by who has the log.
    pub(super) fn read_good_names(&mut self) -> Result<()> {
        match self.read_names() {
            Err(error) if error.kind() == ErrorKind::Corrupt => Ok(()),
            read => read,
        }
    }

    /// Reads the names of tables and columns. What was read before an error is there.
    pub(super) fn read_names(&mut self) -> Result<()> {
        let mut tables: Vec<TableSql> = Vec::new();
        let read = self.read_names_into(&mut tables);
        for (number, table) in (0..).zip(&mut tables) {
            table.sql_columns = if table.in_sql { (table.columns.len() as u32).min(SQL_COLUMNS_MAX) } else { 0 };
            table.write_sql(number);
        }
        self.tables = tables;
        read
    }

    fn read_names_into(&self, tables: &mut Vec<TableSql>) -> Result<()> {
        let failed = self.failed("reading");
        {
            let mut statement = self.connection.prepare_cached("SELECT t, name, view FROM converge_table ORDER BY t").map_err(&failed)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(&failed)? {
                let (number, name, view): (u32, Vec<u8>, Option<String>) =
                    (row.get(0).map_err(&failed)?, row.get(1).map_err(&failed)?, row.get(2).map_err(&failed)?);
                let name = String::from_utf8(name).map_err(|_| self.damaged("the name of a table is not UTF-8"))?;
                if number as usize != tables.len() + 1 {
                    return Err(self.damaged("the names of tables are not in order"));
                }
                tables.push(TableSql { view, ..TableSql::new(number - 1, &name) });
            }
        }
        {
            let mut statement = self.connection.prepare_cached("SELECT t, c, name FROM converge_column ORDER BY t, c").map_err(&failed)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(&failed)? {
                let (table, column, name): (u32, u32, Vec<u8>) =
                    (row.get(0).map_err(&failed)?, row.get(1).map_err(&failed)?, row.get(2).map_err(&failed)?);
                let name = String::from_utf8(name).map_err(|_| self.damaged("the name of a column is not UTF-8"))?;
                let known = table.checked_sub(1).and_then(|table| tables.get_mut(table as usize));
                match known.filter(|table| table.columns.len() + 1 == column as usize) {
                    Some(table) => table.columns.push(name),
                    None => return Err(self.damaged("the names of columns are not in order")),
                }
            }
        }
        Ok(())
    }

    /// Reads the names of tables and columns so far as they can be read, and makes names up for those of which SQL has rows.
    pub(super) fn read_names_loosely(&mut self) {
        let _ = self.read_names();
        let list = |sql: &str| -> rusqlite::Result<Vec<u32>> {
            self.connection.prepare(sql)?.query_map([], |row| row.get(0)).and_then(Iterator::collect)
        };
        let numbers = "SELECT CAST(substr(name, 11) AS INTEGER) FROM sqlite_schema WHERE type='table' AND name GLOB 'converge_t[0-9]*'";
        let last = list(numbers).unwrap_or_default().into_iter().filter(|&t| t <= SQL_TABLES_MAX).max().unwrap_or(0);
        let mut columns = Vec::new();
        for t in 1..=last {
            let count = format!("SELECT count(*) FROM pragma_table_info('converge_t{t}') WHERE name GLOB 'c[0-9]*'");
            columns.push(list(&count).ok().and_then(|count| count.first().copied()).unwrap_or(0));
        }
        for (number, columns) in (0..).zip(columns) {
            if number as usize == self.tables.len() {
                self.tables.push(TableSql::new(number, &format!("converge_t{}", number + 1)));
            }
            let table = &mut self.tables[number as usize];
            (table.columns.len() as u32..columns).for_each(|column| table.columns.push(format!("c{}", column + 1)));
            table.sql_columns = columns;
            table.write_sql(number);
        }
    }

    pub(super) fn put_table(&mut self, table: u32, name: &str) -> Result<()> {
        let failed = self.failed("writing");
        let sql = "INSERT INTO converge_table(t,name,view) VALUES(?1,?2,NULL)";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut put| put.execute(rusqlite::params![table + 1, name.as_bytes()]))
            .map_err(&failed)?;
        let mut made = TableSql::new(table, name);
        if made.in_sql {
            let t = table + 1;
            let create = format!(
                "CREATE TABLE converge_t{t}(rid INTEGER PRIMARY KEY, id TEXT NOT NULL, s BLOB NOT NULL);
                 CREATE UNIQUE INDEX converge_t{t}_id ON converge_t{t}(id);"
            );
            self.connection.execute_batch(&create).map_err(&failed)?;
            made.stale = true;
        }
        self.tables.truncate(table as usize);
        self.tables.push(made);
        Ok(())
    }

    pub(super) fn put_column(&mut self, table: u32, column: u32, name: &str) -> Result<()> {
        let failed = self.failed("writing");
        let Some(known) = self.tables.get_mut(table as usize) else { return Err(self.damaged("a column of no table")) };
        known.columns.truncate(column as usize);
        known.columns.push(name.to_owned());
        let in_sql = known.in_sql && column < SQL_COLUMNS_MAX;
        let c = column + 1;
        if in_sql {
            known.sql_columns = c;
            known.stale = true;
            known.write_sql(table);
            self.connection.execute_batch(&format!("ALTER TABLE converge_t{} ADD COLUMN c{c}", table + 1)).map_err(&failed)?;
        }
        let sql = "INSERT INTO converge_column(t,c,name,col) VALUES(?1,?2,?3,?4)";
        let col = in_sql.then(|| format!("c{c}"));
        let values = rusqlite::params![table + 1, c, name.as_bytes(), col];
        self.connection.prepare_cached(sql).and_then(|mut put| put.execute(values)).map(drop).map_err(&failed)
    }

    /// Makes the views again whose columns are no longer those of their tables.
    pub(super) fn make_views(&mut self) -> Result<()> {
        if !self.tables.iter().any(|table| table.stale) {
            return Ok(());
        }
        let failed = self.failed("writing");
        let mut taken: HashSet<String> = {
            let mut statement = self.connection.prepare_cached("SELECT name FROM sqlite_schema").map_err(&failed)?;
            let names = statement.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
            names.map_err(&failed)?.into_iter().map(|name| name.to_lowercase()).collect()
        };
        for number in 0..self.tables.len() {
            let table = &self.tables[number];
            if !table.stale {
                continue;
            }
            if let Some(view) = &table.view {
                self.connection.execute_batch(&format!("DROP VIEW IF EXISTS {}", quoted(view))).map_err(&failed)?;
                taken.remove(&view.to_lowercase());
            }
            let view = sql_name(&table.name, &taken);
            taken.insert(view.to_lowercase());
            let t = number + 1;
            self.connection.execute_batch(&table.view_sql(t, &view)).map_err(&failed)?;
            let note = self.connection.prepare_cached("UPDATE converge_table SET view=?2 WHERE t=?1");
            note.and_then(|mut note| note.execute(rusqlite::params![t as i64, view])).map_err(&failed)?;
            let table = &mut self.tables[number];
            table.view = Some(view);
            table.stale = false;
        }
        self.make_indexes()
    }

    /// Whether each table has its view, as it was made.
    pub(super) fn check_views(&self) -> Result<()> {
        let failed = self.failed("reading");
        let mut statement = self.connection.prepare_cached("SELECT sql FROM sqlite_schema WHERE type='view'").map_err(&failed)?;
        let views = statement.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<rusqlite::Result<HashSet<_>>>);
        let views = views.map_err(&failed)?;
        let has_view = |(t, table): (usize, &TableSql)| {
            !table.in_sql || table.view.as_ref().is_some_and(|view| views.contains(&table.view_sql(t, view)))
        };
        if (1..).zip(&self.tables).all(has_view) { Ok(()) } else { Err(self.damaged("the view of a table is not as it was made")) }
    }

    /// Takes all tables of rows away, with their views.
    pub(super) fn drop_tables(&mut self) -> Result<()> {
        let failed = self.failed("writing");
        let mut statement = self
            .connection
            .prepare("SELECT name FROM sqlite_schema WHERE type='table' AND name GLOB 'converge_t[0-9]*'")
            .map_err(&failed)?;
        let tables: Vec<String> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(&failed)?;
        // By what they are made of, since the names that are noted may be what is damaged.
        let ours = "SELECT name FROM sqlite_schema WHERE type='view' AND sql GLOB '*AS SELECT id AS row_id*FROM converge_t[0-9]*'";
        let mut statement = self.connection.prepare(ours).map_err(&failed)?;
        let views: Vec<String> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(&failed)?;
        for view in views {
            self.connection.execute_batch(&format!("DROP VIEW IF EXISTS {}", quoted(&view))).map_err(&failed)?;
        }
        for table in tables {
            self.connection.execute_batch(&format!("DROP TABLE {}", quoted(&table))).map_err(&failed)?;
        }
        self.connection
            .execute_batch("DELETE FROM converge_table; DELETE FROM converge_column; DELETE FROM converge_rest")
            .map_err(&failed)?;
        self.tables.clear();
        Ok(())
    }
}
