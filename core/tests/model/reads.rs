use super::draw::Draw;
use super::side::cells;
use super::state::{Cells, Rows};
use super::world::World;
use super::{Check, done, holds, same};
use convergedb::{EventId, PageLimit, RowOp, RowRange, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

impl World {
    /// What a replica showed, or would have shown, at an earlier version.
    pub fn read_as_of(&mut self, at: usize, draw: &mut Draw) -> Check {
        let version = self.draw_version(draw);
        self.note(|world| format!("{:?} is read as of {version:?}", world.sides[at].model.peer));
        let side = &self.sides[at];
        let expected = side.model.as_of(&version);
        for tbl in &self.setting.tables {
            let table: Vec<(String, Cells)> = keyed(done(side.doc.table_as_of(tbl, &version))?);
            let rows: Vec<(String, Cells)> = expected.0.get(tbl).cloned().unwrap_or_default().into_iter().collect();
            same("a table as of a version", table, rows)?;
        }
        let (tbl, row_id) = self.draw_row(draw);
        let row = done(side.doc.row_as_of(&tbl, &row_id, &version))?;
        let row = row.map(sorted).transpose()?;
        same("a row as of a version", row.as_ref(), expected.row(&tbl, &row_id))
    }

    /// The events of a row and of a cell, and the log.
    pub fn read_history(&mut self, at: usize, draw: &mut Draw) -> Check {
        let (tbl, row_id) = self.draw_row(draw);
        let column = self.draw_column(draw);
        let known = self.draw_version(draw);
        self.note(|_| format!("the history of {tbl:?}/{row_id:?}.{column:?} is read, and the log since {known:?}"));
        let side = &self.sides[at];
        let of_row = |op: &RowOp| op.tbl() == tbl && op.row_id() == row_id;
        same("the history of a row", done(side.doc.row_history(&tbl, &row_id))?, side.model.history(of_row))?;
        let of_cell = |op: &RowOp| of_row(op) && touches(op, &column);
        same("the history of a cell", done(side.doc.cell_history(&tbl, &row_id, &column))?, side.model.history(of_cell))?;
        let log: Vec<_> = done(side.doc.log(&known).collect())?;
        let mut seen = BTreeSet::new();
        for event in &log {
            let tx = side.model.applied.get(&event.id).ok_or_else(|| format!("the log holds {event:?}"))?;
            same("an event of the log", event, &tx.event(event.id.counter))?;
            holds("the log holds an event twice", seen.insert(event.id.clone()))?;
            let earlier = |id: &EventId| known.contains(id) || seen.contains(id);
            holds("the log holds an event before what it depends on", event.deps.iter().all(earlier))?;
        }
        let expected: BTreeSet<EventId> = side.model.applied.keys().filter(|id| !known.contains(id)).cloned().collect();
        same("the events of the log", seen, expected)
    }

    /// What a replica would send to one that knows something.
    pub fn read_pending(&mut self, at: usize, draw: &mut Draw) -> Check {
        let known = self.draw_version(draw);
        let limit = PageLimit { events: draw.within(0, 30), bytes: draw.within(0, 600) };
        self.page(at, &known, limit)?;
        let (page, has_more) = self.page(at, &known, PageLimit { events: usize::MAX, bytes: usize::MAX })?;
        holds("a page without bounds says that there is more", !has_more)?;
        if self.sides[at].model.applied.len() < 1_000 {
            let whole = done(self.sides[at].doc.get_pending(&known))?;
            same("pending without a limit", whole.runs, page)?;
        }
        Ok(())
    }

    /// Cells, rows, counts, and scans by range and prefix.
    pub fn read(&mut self, at: usize, draw: &mut Draw) -> Check {
        let (tbl, row_id) = self.draw_row(draw);
        let (_, other) = self.draw_row(draw);
        let column = self.draw_column(draw);
        let side = &self.sides[at];
        let rows = side.model.state.0.get(&tbl).cloned().unwrap_or_default();
        let row = rows.get(&row_id);
        same("a cell", side.doc.get(&tbl, &row_id, &column).map(|value| value.to_value()), row.and_then(|row| row.get(&column)).cloned())?;
        same("a row", side.doc.row(&tbl, &row_id).map(|row| cells(row.cells())), row.cloned())?;
        let of_row = side.doc.row(&tbl, &row_id).and_then(|row| row.get(&column).map(|value| value.to_value()));
        same("a cell of a row", of_row, row.and_then(|row| row.get(&column)).cloned())?;
        same("whether a row shows", side.doc.contains(&tbl, &row_id), row.is_some())?;
        same("the number of rows", side.doc.count(&tbl), rows.len())?;
        same("the tables", side.doc.tables(), side.model.state.0.keys().collect::<Vec<_>>())?;
        let columns = side.doc.columns(&tbl);
        let shown: BTreeSet<&String> = rows.values().flat_map(|cells| cells.keys()).collect();
        holds("the columns are not sorted", columns.windows(2).all(|pair| pair[0] < pair[1]))?;
        holds("a column is missing", shown.iter().all(|col| columns.contains(&col.as_str())))?;
        self.scan(at, &tbl, &rows, (&row_id, &other), draw)
    }

    fn scan(&self, at: usize, tbl: &str, rows: &Rows, (low, high): (&str, &str), draw: &mut Draw) -> Check {
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        let prefix: String = low.chars().take(draw.below(3)).collect();
        let doc = &self.sides[at].doc;
        let scanned = |range: RowRange<'_>| doc.scan(tbl, range).map(|row| (row.id().to_string(), cells(row.cells()))).collect::<Vec<_>>();
        let expected = |holds: &dyn Fn(&str) -> bool| {
            let rows = rows.iter().filter(|(row_id, _)| holds(row_id));
            rows.map(|(row_id, cells)| (row_id.clone(), cells.clone())).collect::<Vec<_>>()
        };
        same("a scan", scanned(RowRange::all()), expected(&|_| true))?;
        same("a scan by prefix", scanned(RowRange::prefix(&prefix)), expected(&|row_id| row_id.starts_with(&prefix)))?;
        same("a scan after a row", scanned(RowRange::after(low)), expected(&|row_id| row_id > low))?;
        let page = |row_id: &str| row_id.starts_with(&prefix) && row_id > low;
        same("a page of a prefix", scanned(RowRange::prefix(&prefix).and_after(low)), expected(&page))?;
        let (from, to) = (Bound::Included(low), if draw.percent(50) { Bound::Excluded(high) } else { Bound::Included(high) });
        let inside = |row_id: &str| row_id >= low && (row_id < high || (to == Bound::Included(high) && row_id == high));
        same("a scan of a range", scanned(RowRange::new(from, to)), expected(&inside))?;
        let stored: BTreeMap<String, Cells> = doc.rows(tbl).map(|row| (row.id().to_string(), cells(row.cells()))).collect();
        same("the rows in storage order", &stored, rows)
    }
}

/// Whether an operation writes a cell of this column, or deletes its row.
fn touches(op: &RowOp, column: &str) -> bool {
    match op {
        RowOp::Insert { values, .. } => values.iter().any(|(col, _)| col == column),
        RowOp::Update { col, .. } => col == column,
        RowOp::Delete { .. } => true,
    }
}

fn keyed(rows: Vec<(String, Vec<(String, Value)>)>) -> Vec<(String, Cells)> {
    rows.into_iter().map(|(row_id, values)| (row_id, values.into_iter().collect())).collect()
}

fn sorted(values: Vec<(String, Value)>) -> Result<Cells, String> {
    holds("the cells of a row as of a version are not sorted", values.windows(2).all(|pair| pair[0].0 < pair[1].0))?;
    Ok(values.into_iter().collect())
}
