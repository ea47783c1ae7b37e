//! Reading a file of which some pages cannot be read: what lies on the others.
//!
//! A query ends at the first page that is damaged. So the keys are listed first, from one key to the next and past those that fail, and
//! then each row is read by itself.

use super::connection::File;
use super::log::{record_of, segment_of};
use crate::oplog::BLOCK_OPS;
use crate::store::{SegmentBytes, Stored, StoredRow};
use rusqlite::{OptionalExtension, Params, Row};
use std::collections::HashSet;

/// The greatest key there may be: rows and events are numbered with 32 bits, the former from 1.
const KEY_MAX: i64 = 1 << 32;
/// So many keys are tried one by one where a page is damaged; then the steps grow, so that no damage takes for ever.
const TRIES: u32 = 20_000;

impl File {
    /// What can be read of a file that is damaged.
    pub(super) fn load_loosely(&mut self) -> Stored {
        let segments = self.keys("SELECT n FROM converge_seg WHERE n>=?1 AND ?2=0 ORDER BY n", 0, BLOCK_OPS as i64);
        let records = self.keys("SELECT n FROM converge_log WHERE n>=?1 AND ?2=0 ORDER BY n", 0, 1);
        let waiting = self.keys("SELECT w FROM converge_wait WHERE w>=?1 AND ?2=0 ORDER BY w", 0, 1);
        Stored {
            head: self.load_head().unwrap_or_default(),
            segments: self.each("SELECT n, cnt, head FROM converge_seg WHERE n=?1", &segments, segment_of),
            records: self.each("SELECT n, d, rows_sum FROM converge_log WHERE n=?1", &records, record_of),
            waiting: self
                .each("SELECT w, d FROM converge_wait WHERE w=?1", &waiting, |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))),
            tables: self.table_names(),
            columns: self.column_names(),
            ..Stored::default()
        }
    }

    /// The keys that a query lists from `?1` on, for the table `?2` where there are several, past those that cannot be read. `step` is how
    /// far apart keys lie at least.
    fn keys(&self, sql: &str, table: u32, step: i64) -> Vec<i64> {
        let (mut keys, mut from, mut tries, mut stride) = (Vec::new(), 0, 0, step);
        while from <= KEY_MAX {
            let known = keys.len();
            if self.keys_from(sql, table, from, &mut keys).is_ok() {
                break;
            }
            if keys.len() > known {
                // The damage lies right behind the last one.
                (tries, stride) = (0, step);
                from = keys.last().map_or(from, |last| last + step);
                continue;
            }
            tries += 1;
            stride = if tries > TRIES { stride.saturating_mul(2) } else { stride };
            from = from.saturating_add(stride);
        }
        keys
    }

    /// Lists keys until one cannot be read.
    fn keys_from(&self, sql: &str, table: u32, from: i64, keys: &mut Vec<i64>) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([from, i64::from(table)])?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            // What is damaged may be out of order, and would be listed for ever.
            if key < from || keys.last().is_some_and(|&last| last >= key) {
                continue;
            }
            keys.push(key);
        }
        Ok(())
    }

    /// The rows that have these keys, as far as they can be read.
    fn each<T>(&self, sql: &str, keys: &[i64], read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let Ok(mut statement) = self.connection.prepare_cached(sql) else { return Vec::new() };
        keys.iter().filter_map(|key| statement.query_row([key], &read).ok()).collect()
    }

    /// Names and operations of a segment, each empty where it cannot be read.
    pub(super) fn segment_loosely(&self, first: u32) -> SegmentBytes {
        let read = |sql: &str| {
            let mut statement = self.connection.prepare_cached(sql).ok()?;
            statement.query_row([first], |row| row.get::<_, Vec<u8>>(0)).ok()
        };
        SegmentBytes {
            rows: read("SELECT names FROM converge_seg WHERE n=?1").unwrap_or_default(),
            ops: read("SELECT d FROM converge_seg WHERE n=?1").unwrap_or_default(),
        }
    }

    /// The rows of a table that can be read, in the order of their numbers but for hidden ones, which come last. Returns what cannot be
    /// read, in words.
    pub(super) fn rows_loosely(&self, table: u32, each: &mut dyn FnMut(&StoredRow<'_>)) -> Vec<String> {
        let mut problems = Vec::new();
        let t = table + 1;
        if let Some(known) = self.tables.get(table as usize).filter(|known| known.in_sql) {
            let keys = self.keys(&format!("SELECT rid FROM converge_t{t} NOT INDEXED WHERE rid>=?1 AND ?2=?2 ORDER BY rid"), table, 1);
            let mut read = HashSet::new();
            for &rid in &keys {
                match self.one_row(table, &known.one, [rid], known.sql_columns, each) {
                    Ok(()) => drop(read.insert(rid)),
                    Err(error) => problems.push(format!("row number {rid}: {error}")),
                }
            }
            problems.extend(self.lost_rows(t, &read));
        }
        let keys = self.keys("SELECT rid FROM converge_rest WHERE t=?2 AND rid>=?1 ORDER BY rid", t, 1);
        for &rid in &keys {
            let sql = "SELECT rid,id,s FROM converge_rest WHERE t=?2 AND rid=?1";
            if let Err(error) = self.one_row(table, sql, [rid, i64::from(t)], 0, each) {
                problems.push(format!("row number {rid}: {error}"));
            }
        }
        if let Some(error) = self.first_error(table) {
            problems.push(error);
        }
        problems
    }

    /// Every row that can be read, of all tables that there are.
    pub(super) fn every_row_loosely(&mut self, each: &mut dyn FnMut(&StoredRow<'_>)) {
        self.read_names_loosely();
        let list = |sql: &str| -> rusqlite::Result<Vec<u32>> {
            self.connection.prepare(sql)?.query_map([], |row| row.get(0)).and_then(Iterator::collect)
        };
        let hidden = list("SELECT DISTINCT t FROM converge_rest").unwrap_or_default().into_iter().filter_map(|t| t.checked_sub(1));
        let known = self.tables.len() as u32;
        let mut tables: Vec<u32> = (0..known).chain(hidden.filter(|&table| table >= known)).collect();
        tables.dedup();
        for table in tables {
            self.rows_loosely(table, each);
        }
        let _ = self.read_names();
    }

    fn one_row(
        &self,
        table: u32,
        sql: &str,
        key: impl Params,
        columns: u32,
        each: &mut dyn FnMut(&StoredRow<'_>),
    ) -> crate::error::Result<()> {
        let failed = self.failed("reading");
        let mut statement = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = statement.query(key).map_err(&failed)?;
        match rows.next().map_err(&failed)? {
            Some(row) => self.hand_over(table, row, columns, &mut |row| {
                each(row);
                Ok(())
            }),
            None => Err(self.damaged("it is not where it was listed")),
        }
    }

    /// Which rows cannot be read themselves, by the names that the index has of them, as far as that can be read.
    fn lost_rows(&self, t: u32, read: &HashSet<i64>) -> Option<String> {
        let list = || -> rusqlite::Result<Vec<String>> {
            let mut statement =
                self.connection.prepare(&format!("SELECT rid, id FROM converge_t{t} INDEXED BY converge_t{t}_id ORDER BY id"))?;
            let mut rows = statement.query([])?;
            let mut lost = Vec::new();
            while let Ok(Some(row)) = rows.next() {
                if !read.contains(&row.get(0)?) {
                    lost.push(row.get(1)?);
                }
            }
            Ok(lost)
        };
        let lost = list().unwrap_or_default();
        match &lost[..] {
            [] => None,
            [first] => Some(format!("row {first:?} cannot be read")),
            [first, .., last] => Some(format!("{} rows between {first:?} and {last:?} cannot be read", lost.len())),
        }
    }

    /// Why a table cannot be read as a whole, if it cannot.
    fn first_error(&self, table: u32) -> Option<String> {
        let t = table + 1;
        let sum = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0)).optional();
        let shown = self
            .tables
            .get(table as usize)
            .filter(|known| known.in_sql)
            .map(|_| sum(&format!("SELECT sum(rid) FROM converge_t{t} NOT INDEXED")));
        let hidden = sum(&format!("SELECT sum(rid) FROM converge_rest WHERE t={t}"));
        let error = shown.and_then(Result::err).or(hidden.err())?;
        Some(self.failed("reading")(error).message().to_owned())
    }
}
