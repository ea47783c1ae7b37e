use super::draw::Draw;
use super::replica::Write;
use super::side::unchanged;
use super::tell;
use super::world::World;
use super::{Check, done, same};
use convergedb::{Commit, CrdtDoc, Result, RowOp, Value, ValueRef};
use std::collections::BTreeSet;
use std::rc::Rc;

impl World {
    /// One write by the call that is meant for it.
    pub fn write(&mut self, at: usize, draw: &mut Draw) -> Check {
        let write = self.draw_write(at, &[], 25, draw);
        match draw.below(14) {
            0 => self.write_columns(at, draw),
            1 => self.write_delete_all(at, draw),
            2 => self.write_many(at, draw),
            3 => self.local(at, std::slice::from_ref(&write), None, |doc| by_handles(doc, &write)),
            4 => {
                let time = draw.percent(50).then(|| draw.below(3) as i64 - 1);
                self.local(at, &[Write { upsert: false, ..write.clone() }], time, |doc| doc.apply(&[write.op], time))
            }
            _ => self.local(at, std::slice::from_ref(&write), None, |doc| single(doc, &write)),
        }
    }

    fn write_columns(&mut self, at: usize, draw: &mut Draw) -> Check {
        let (tbl, row_id) = self.draw_row(draw);
        let values: Vec<(String, Value)> = (0..draw.within(1, 3)).map(|_| (self.draw_column(draw), draw.value())).collect();
        let update = |(col, value): &(String, Value)| RowOp::Update {
            tbl: tbl.clone(),
            row_id: row_id.clone(),
            col: col.clone(),
            value: value.clone(),
        };
        let writes: Vec<Write> = values.iter().map(|cell| Write { op: update(cell), upsert: false }).collect();
        self.local(at, &writes, None, |doc| doc.update_columns(&tbl, &row_id, &borrowed(&values)))
    }

    fn write_many(&mut self, at: usize, draw: &mut Draw) -> Check {
        let (tbl, _) = self.draw_row(draw);
        let cell = |draw: &mut Draw| (self.draw_row(draw).1, self.draw_column(draw), draw.value());
        let cells: Vec<(String, String, Value)> = (0..draw.within(1, 4)).map(|_| cell(draw)).collect();
        let update = |(row_id, col, value): &(String, String, Value)| RowOp::Update {
            tbl: tbl.clone(),
            row_id: row_id.clone(),
            col: col.clone(),
            value: value.clone(),
        };
        let writes: Vec<Write> = cells.iter().map(|cell| Write { op: update(cell), upsert: false }).collect();
        let cells: Vec<(&str, &str, ValueRef<'_>)> = cells.iter().map(|(row_id, col, value)| (&**row_id, &**col, value.as_ref())).collect();
        self.local(at, &writes, None, |doc| doc.update_many(&tbl, &cells))
    }

    fn write_delete_all(&mut self, at: usize, draw: &mut Draw) -> Check {
        let (tbl, _) = self.draw_row(draw);
        let side = &self.sides[at];
        // In which order it deletes them is the engine's affair; which ones is not.
        let rows: Vec<String> = side.doc.rows(&tbl).map(|row| row.id().to_string()).collect();
        let shows = side.model.state.0.get(&tbl).into_iter().flat_map(|rows| rows.keys().cloned());
        same("the rows of a table", rows.iter().cloned().collect::<BTreeSet<String>>(), shows.collect::<BTreeSet<String>>())?;
        let delete = |row_id: String| Write { op: RowOp::Delete { tbl: tbl.clone(), row_id }, upsert: false };
        let writes: Vec<Write> = rows.into_iter().map(delete).collect();
        self.local(at, &writes, None, |doc| doc.delete_all(&tbl))
    }

    /// A call with a name or value that cannot be stored, among others that can.
    pub fn write_badly(&mut self, at: usize, draw: &mut Draw) -> Check {
        let mut writes: Vec<Write> = Vec::new();
        for _ in 0..draw.within(0, 2) {
            let ops: Vec<RowOp> = writes.iter().map(|write| write.op.clone()).collect();
            writes.push(self.draw_write(at, &ops, 0, draw));
        }
        let mut bad = self.draw_write(at, &[], 30, draw);
        spoil(&mut bad.op, draw);
        if writes.is_empty() {
            return self.local(at, std::slice::from_ref(&bad), None, |doc| single(doc, &bad));
        }
        writes.push(bad);
        writes.iter_mut().for_each(|write| write.upsert = false);
        let ops: Vec<RowOp> = writes.iter().map(|write| write.op.clone()).collect();
        self.local(at, &writes, None, |doc| doc.apply(&ops, None))
    }

    /// Makes a local call on a replica, which must do what the model does.
    pub fn local(&mut self, at: usize, writes: &[Write], time: Option<i64>, call: impl FnOnce(&mut CrdtDoc) -> Result<Commit>) -> Check {
        let expected = self.sides[at].model.attempt(writes);
        let told = expected.as_ref().err().map_or(String::new(), |kind| format!(", but {kind}"));
        self.note(|world| format!("{:?} writes {} at {time:?}{told}", world.sides[at].model.peer, tell::writes(writes)));
        let side = &mut self.sides[at];
        let ops = match expected {
            Ok(ops) if ops.is_empty() => {
                let before = side.snapshot();
                same(
                    "events of an empty transaction",
                    call(&mut side.doc).map(|commit| commit.events).map_err(|error| error.kind()),
                    Ok(0),
                )?;
                return unchanged(side, &before);
            }
            Ok(ops) => ops,
            Err(kind) => {
                self.statistics.failed_writes += 1;
                let before = side.snapshot();
                same("a local write", call(&mut side.doc).map_err(|error| error.kind()), Err::<Commit, _>(kind))?;
                return unchanged(side, &before);
            }
        };
        let commit = done(call(&mut side.doc))?;
        if side.model.needs_fresh_peer {
            let fresh = side.doc.peer().clone();
            super::holds("a fresh peer id is one that was there before", self.truth.applied.keys().all(|id| id.peer != fresh))?;
            side.model.go_on_as(fresh);
            self.statistics.fresh_peers += 1;
        }
        let before = side.model.state.clone();
        let tx = side.model.write(ops, time);
        side.tell_of_a_write(&before);
        let (counter, lamport) = (tx.counter, tx.lamport);
        same("a commit", commit, Commit { counter, lamport, events: tx.len() as u32 })?;
        for id in tx.ids() {
            same("an event made", done(side.doc.event(&id))?, Some(tx.event(id.counter)))?;
        }
        same("whether a fresh peer id is needed", side.doc.needs_fresh_peer(), false)?;
        self.statistics.made(&tx);
        self.truth.apply(&Rc::clone(&tx));
        side.compare_quickly()
    }

    /// A write that fits what shows, or, by `slip` percent, one that may not.
    pub fn draw_write(&self, at: usize, ops: &[RowOp], slip: usize, draw: &mut Draw) -> Write {
        let (tbl, row_id) = self.draw_row(draw);
        let shows = self.sides[at].model.row_after(ops, &tbl, &row_id).is_some();
        let fits = draw.percent(100 - slip) == shows;
        match draw.below(10) {
            0..2 => Write { op: RowOp::Insert { tbl, row_id, values: self.draw_cells(draw) }, upsert: true },
            2..4 if fits => Write { op: RowOp::Delete { tbl, row_id }, upsert: false },
            _ if fits => Write { op: RowOp::Update { tbl, row_id, col: self.draw_column(draw), value: draw.value() }, upsert: false },
            _ => Write { op: RowOp::Insert { tbl, row_id, values: self.draw_cells(draw) }, upsert: false },
        }
    }

    pub fn draw_row(&self, draw: &mut Draw) -> (String, String) {
        (draw.pick(&self.setting.tables).to_string(), draw.pick(&self.setting.rows).to_string())
    }

    /// The cells of an insert, which may name a column twice.
    pub fn draw_cells(&self, draw: &mut Draw) -> Vec<(String, Value)> {
        (0..draw.within(0, self.setting.cells_max)).map(|_| (self.draw_column(draw), draw.value())).collect()
    }

    pub fn draw_column(&self, draw: &mut Draw) -> String {
        draw.pick(&self.setting.columns).to_string()
    }
}

/// An update of a row and column that are known, by their handles; any other write by its call.
fn by_handles(doc: &mut CrdtDoc, write: &Write) -> Result<Commit> {
    if let RowOp::Update { tbl, row_id, col, value } = &write.op {
        if let (Some(row), Some(column)) = (doc.row_handle(tbl, row_id), doc.column_handle(tbl, col)) {
            return doc.update_at(row, column, value);
        }
    }
    single(doc, write)
}

/// The call that is meant for one write.
fn single(doc: &mut CrdtDoc, write: &Write) -> Result<Commit> {
    match &write.op {
        RowOp::Insert { tbl, row_id, values } if write.upsert => doc.upsert(tbl, row_id, &borrowed(values)),
        RowOp::Insert { tbl, row_id, values } => doc.insert(tbl, row_id, &borrowed(values)),
        RowOp::Update { tbl, row_id, col, value } => doc.update(tbl, row_id, col, value),
        RowOp::Delete { tbl, row_id } => doc.delete(tbl, row_id),
    }
}

pub fn borrowed(values: &[(String, Value)]) -> Vec<(&str, ValueRef<'_>)> {
    values.iter().map(|(col, value)| (col.as_str(), value.as_ref())).collect()
}

/// Gives an operation a name or value that breaks the rules.
fn spoil(op: &mut RowOp, draw: &mut Draw) {
    let name = if draw.percent(50) { String::new() } else { "n".repeat(convergedb::limits::NAME_BYTES_MAX + 1) };
    let float = Value::Float(*draw.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]));
    let which = draw.below(4);
    match op {
        RowOp::Insert { values, .. } if which == 0 => values.push(("x".into(), float)),
        RowOp::Insert { values, .. } if which == 1 => values.push((name, Value::Null)),
        RowOp::Update { value, .. } if which == 0 => *value = float,
        RowOp::Update { col, .. } if which == 1 => *col = name,
        RowOp::Insert { tbl, .. } | RowOp::Update { tbl, .. } | RowOp::Delete { tbl, .. } if which == 2 => *tbl = name,
        RowOp::Insert { row_id, .. } | RowOp::Update { row_id, .. } | RowOp::Delete { row_id, .. } => *row_id = name,
    }
}
