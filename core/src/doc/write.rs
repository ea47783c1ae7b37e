use super::{Commit, CrdtDoc};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::LocalNumber;
use crate::limits::{DEPS_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_CELLS_MAX, TRANSACTION_OPS_MAX, check_name};
use crate::merge::AlwaysNewest;
use crate::oplog::{RowIndex, TableIndex};
use crate::types::{PeerId, RowOp, ValueRef};

/// What a commit needs from outside: the time of day, and a fresh peer id if one is due.
pub(crate) struct Due {
    pub(crate) at: Option<i64>,
    pub(crate) fresh_peer: Option<PeerId>,
}

impl CrdtDoc {
    /// Makes a row show, with these cells. Of two values for one column the last counts.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for a name, `invalid_value` or `limit_exceeded` for a value, `row_exists` if the row shows.
    pub fn insert(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<Commit> {
        self.single(|doc, at| doc.local_insert(tbl, row_id, values, at, false))
    }

    /// Writes these cells into a row and makes it show if it does not: one insert event either way.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::insert`], without `row_exists`.
    pub fn upsert(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<Commit> {
        self.single(|doc, at| doc.local_insert(tbl, row_id, values, at, true))
    }

    /// Writes one cell of a row that shows.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for a name, `invalid_value` or `limit_exceeded` for a value, `row_not_found`.
    #[inline]
    pub fn update<'v>(&mut self, tbl: &str, row_id: &str, col: &str, value: impl Into<ValueRef<'v>>) -> Result<Commit> {
        let value = value.into();
        self.single(|doc, at| doc.local_update(tbl, row_id, col, value, at))
    }

    /// Writes several cells of a row that shows, as one transaction.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::update`], for the first cell that fails; then nothing is written.
    pub fn update_columns(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<Commit> {
        let body = |tx: &mut super::Transaction<'_>| values.iter().try_for_each(|&(col, value)| tx.update(tbl, row_id, col, value));
        self.transaction(None, body).map(|((), commit)| commit)
    }

    /// Removes a row. Other replicas remove it too, whatever they wrote into it meanwhile.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for a name, `row_not_found`.
    pub fn delete(&mut self, tbl: &str, row_id: &str) -> Result<Commit> {
        self.single(|doc, at| doc.local_delete(tbl, row_id, at))
    }

    /// Removes every row of a table that shows: one transaction, or several when there are more rows than one may hold.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for the name.
    pub fn delete_all(&mut self, tbl: &str) -> Result<Commit> {
        check_name(tbl, "table")?;
        let rows: Vec<String> = self.rows(tbl).map(|row| row.id().to_string()).collect();
        // With room for the largest transaction, so that none of several fails.
        self.check_events_room(rows.len() + TRANSACTION_OPS_MAX)?;
        let mut whole = Commit { counter: self.own_next, lamport: self.graph.lamport_max() + 1, events: 0 };
        let mut rest = &rows[..];
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |row: &&String| {
                bytes += tbl.len() + row.len();
                bytes <= TRANSACTION_BYTES_MAX
            };
            let (now, later) = rest.split_at(rest.iter().take(TRANSACTION_OPS_MAX).take_while(fits).count());
            rest = later;
            let body = |tx: &mut super::Transaction<'_>| now.iter().try_for_each(|row| tx.delete(tbl, row));
            let (_, commit) = self.transaction(None, body)?;
            // The first transaction may have gone on under a fresh peer id.
            whole = if whole.events == 0 { commit } else { Commit { events: whole.events + commit.events, ..whole } };
        }
        Ok(whole)
    }

    /// Applies operations of plain data as one transaction. `at` is its wall-clock time in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// The first operation's that fails; then nothing is written.
    pub fn apply(&mut self, ops: &[RowOp], at: Option<i64>) -> Result<Commit> {
        let body = |tx: &mut super::Transaction<'_>| ops.iter().try_for_each(|op| tx.apply(op));
        self.transaction(at, body).map(|((), commit)| commit)
    }

    /// One operation as a transaction of its own. What can be refused is refused before anything is written.
    #[inline]
    pub(crate) fn single(&mut self, write: impl FnOnce(&mut CrdtDoc, LocalNumber) -> Result<()>) -> Result<Commit> {
        self.check_events_room(1)?;
        // What may panic, a caller's clock or randomness, comes before anything is written.
        let due = self.due();
        let watched = self.subscriptions.any() || self.tracking.is_some();
        if watched {
            self.journal.begin(self.graph.len());
        }
        let written = write(self, self.graph.len());
        self.journal.end();
        written?;
        let commit = self.commit_local(1, due);
        if self.subscriptions.any() {
            self.publish_local();
        }
        Ok(commit)
    }

    /// What the next commit needs from outside.
    #[inline]
    pub(crate) fn due(&mut self) -> Due {
        let fresh_peer = if self.needs_fresh_peer { Some(self.fresh_peer_id()) } else { None };
        Due { at: self.wall.as_ref().map(|wall| wall.now_ms()), fresh_peer }
    }

    /// Enters `events` local events, which are written, into the graph.
    #[inline]
    pub(crate) fn commit_local(&mut self, events: u32, due: Due) -> Commit {
        let Due { at, fresh_peer } = due;
        if let Some(fresh) = fresh_peer {
            self.go_on_as(&fresh);
        }
        let start = self.graph.len();
        // The event with the highest Lamport time is always among the deps: nothing can depend on it but a higher one.
        let lamport = self.graph.lamport_max() + 1;
        match self.graph.heads().only() {
            Some(only) => self.graph.push(self.me, lamport, events, &[only]),
            None => {
                let parents = self.local_parents();
                self.graph.push(self.me, lamport, events, &parents);
            }
        }
        if events > 1 || at.is_some() {
            self.transactions.push(start, events, at);
        }
        let commit = Commit { counter: self.own_next, lamport, events };
        self.own_next += u64::from(events);
        if self.tracking.is_some() {
            self.note_touched();
        }
        if self.log.is_due() {
            self.log.seal();
        }
        commit
    }

    /// What a new event depends on: the frontier, or the greatest of it in the total order when it is wider than an event may name.
    #[cold]
    fn local_parents(&self) -> Vec<LocalNumber> {
        let mut parents: Vec<LocalNumber> = self.graph.heads().iter().collect();
        if parents.len() > DEPS_MAX {
            parents.sort_unstable_by(|&a, &b| self.graph.cmp(b, a));
            parents.truncate(DEPS_MAX);
        }
        parents.sort_unstable();
        parents
    }

    /// Checks and writes an insert as event number `event`.
    #[inline]
    pub(crate) fn local_insert(
        &mut self,
        tbl: &str,
        row_id: &str,
        values: &[(&str, ValueRef<'_>)],
        event: LocalNumber,
        upsert: bool,
    ) -> Result<()> {
        check_name(tbl, "table")?;
        check_name(row_id, "row id")?;
        values.iter().try_for_each(|(col, _)| check_name(col, "column"))?;
        values.iter().try_for_each(|(_, value)| value.check())?;
        let found = self.state.look_up(tbl, row_id);
        if !upsert && found.row().is_some_and(|(table, row)| self.state.table(table).head(row).is_visible()) {
            return Err(row_error(ErrorKind::RowExists, tbl, row_id));
        }
        self.check_room(values.len(), values.iter().map(|(col, value)| col.len() + value.counted_bytes()).sum())?;
        let target = &mut self.target();
        let (table, row) = target.state.intern_found(found, tbl, row_id, target.journal);
        target.insert_into(table, row, values, event + 1, &AlwaysNewest);
        Ok(())
    }

    /// Checks and writes an update as event number `event`.
    #[inline]
    pub(crate) fn local_update(&mut self, tbl: &str, row_id: &str, col: &str, value: ValueRef<'_>, event: LocalNumber) -> Result<()> {
        check_name(tbl, "table")?;
        check_name(row_id, "row id")?;
        let found = self.state.find_visible(tbl, row_id);
        self.local_update_found(tbl, row_id, col, value, event, found)
    }

    /// Checks what is left of an update, whose row was looked up, and writes it as event number `event`.
    #[inline]
    pub(crate) fn local_update_found(
        &mut self,
        tbl: &str,
        row_id: &str,
        col: &str,
        value: ValueRef<'_>,
        event: LocalNumber,
        found: Option<(TableIndex, RowIndex)>,
    ) -> Result<()> {
        check_name(col, "column")?;
        value.check()?;
        let Some((table, row)) = found else { return Err(row_not_found(tbl, row_id)) };
        self.check_room(1, 0)?;
        let column = self.state.schema.intern_column(table, col);
        self.write_update(table, row, column, value, event);
        Ok(())
    }

    /// Checks and writes a delete as event number `event`.
    #[inline]
    pub(crate) fn local_delete(&mut self, tbl: &str, row_id: &str, event: LocalNumber) -> Result<()> {
        check_name(tbl, "table")?;
        check_name(row_id, "row id")?;
        if self.state.find_visible(tbl, row_id).is_none() {
            return Err(row_not_found(tbl, row_id));
        }
        self.target().delete(tbl, row_id, event + 1, &AlwaysNewest);
        Ok(())
    }

    /// Whether an insert of this many cells and bytes is within the bounds of a transaction, and its names can be numbered.
    #[inline]
    fn check_room(&self, cells: usize, bytes: usize) -> Result<()> {
        if bytes > TRANSACTION_BYTES_MAX {
            return Err(Error::limit_exceeded(
                format!("a transaction has more than {TRANSACTION_BYTES_MAX} bytes"),
                TRANSACTION_BYTES_MAX as u64,
            ));
        }
        if cells > TRANSACTION_CELLS_MAX {
            return Err(too_many_cells());
        }
        self.check_names_room(cells + 1)
    }
}

#[cold]
pub(crate) fn too_many_cells() -> Error {
    let message = format!("a transaction inserts more than {TRANSACTION_CELLS_MAX} cells");
    Error::limit_exceeded(message, TRANSACTION_CELLS_MAX as u64)
}

#[cold]
pub(crate) fn row_not_found(tbl: &str, row_id: &str) -> Error {
    row_error(ErrorKind::RowNotFound, tbl, row_id)
}

#[cold]
fn row_error(kind: ErrorKind, tbl: &str, row_id: &str) -> Error {
    let what = if kind == ErrorKind::RowExists { "shows already" } else { "does not show" };
    Error::new(kind, format!("row {row_id:?} of table {tbl:?} {what}"))
}
