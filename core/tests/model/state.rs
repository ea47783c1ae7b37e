use super::transaction::Tx;
use convergedb::{EventId, Patch, RowOp, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub type Cells = BTreeMap<String, Value>;
pub type Rows = BTreeMap<String, Cells>;

/// What shows: tables that have a visible row, their rows, their cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(pub BTreeMap<String, Rows>);

/// A row while events are folded. Moments are places in the total order.
#[derive(Default)]
struct Registers<'a> {
    insert: Option<usize>,
    delete: Option<usize>,
    cells: BTreeMap<&'a str, (usize, &'a Value)>,
}

impl State {
    /// Folds a set of events in their total order: the definition of what shows.
    pub fn fold<'a>(events: impl Iterator<Item = (&'a EventId, &'a Tx)>) -> State {
        let mut rows: BTreeMap<(&str, &str), Registers<'_>> = BTreeMap::new();
        for (moment, (_, op)) in in_total_order(events).into_iter().enumerate() {
            let row = rows.entry((op.tbl(), op.row_id())).or_default();
            match op {
                RowOp::Insert { values, .. } => {
                    row.insert = Some(moment);
                    row.cells.extend(values.iter().map(|(col, value)| (col.as_str(), (moment, value))));
                }
                RowOp::Update { col, value, .. } => {
                    row.cells.insert(col, (moment, value));
                }
                RowOp::Delete { .. } => row.delete = Some(moment),
            }
        }
        let mut state = State::default();
        for ((tbl, row_id), row) in rows {
            if row.insert > row.delete {
                let cells = row.cells.into_iter().filter(|(_, (moment, _))| Some(*moment) > row.delete);
                let cells = cells.map(|(col, (_, value))| (col.to_owned(), value.clone())).collect();
                state.0.entry(tbl.to_owned()).or_default().insert(row_id.to_owned(), cells);
            }
        }
        state
    }

    pub fn row(&self, tbl: &str, row_id: &str) -> Option<&Cells> {
        self.0.get(tbl)?.get(row_id)
    }

    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, &Cells)> {
        self.0.iter().flat_map(|(tbl, rows)| rows.iter().map(|(row_id, cells)| (tbl.as_str(), row_id.as_str(), cells)))
    }

    /// The part of it that `keeps(tbl, row_id)` keeps.
    pub fn filtered(&self, keeps: impl Fn(&str, &str) -> bool) -> State {
        let mut part = State::default();
        for (tbl, row_id, cells) in self.rows().filter(|(tbl, row_id, _)| keeps(tbl, row_id)) {
            part.0.entry(tbl.to_owned()).or_default().insert(row_id.to_owned(), cells.clone());
        }
        part
    }

    /// The patches from this state to `after`, sorted by table, row and column.
    pub fn patches_to(&self, after: &State) -> Vec<Patch> {
        let rows: BTreeMap<(&str, &str), ()> = self.rows().chain(after.rows()).map(|(tbl, row_id, _)| ((tbl, row_id), ())).collect();
        rows.keys().flat_map(|&(tbl, row_id)| row_patches(tbl, row_id, self.row(tbl, row_id), after.row(tbl, row_id))).collect()
    }

    /// Takes one patch in, as an application's plain copy would. Says what does not fit.
    pub fn patch(&mut self, patch: &Patch) -> Result<(), String> {
        let misfit = || format!("{patch:?} does not fit the copy");
        match patch {
            Patch::SetCell { tbl, row_id, col, value } => {
                let row = self.0.get_mut(tbl).and_then(|rows| rows.get_mut(row_id)).ok_or_else(misfit)?;
                match row.insert(col.clone(), value.clone()) {
                    Some(old) if old == *value => Err(misfit()),
                    _ => Ok(()),
                }
            }
            Patch::InsertRow { tbl, row_id, values } => {
                let cells: Cells = values.iter().cloned().collect();
                let sorted = values.windows(2).all(|pair| pair[0].0 < pair[1].0);
                let rows = self.0.entry(tbl.clone()).or_default();
                if !sorted || rows.insert(row_id.clone(), cells).is_some() { Err(misfit()) } else { Ok(()) }
            }
            Patch::DeleteRow { tbl, row_id } => {
                let rows = self.0.get_mut(tbl).ok_or_else(misfit)?;
                rows.remove(row_id).ok_or_else(misfit)?;
                if rows.is_empty() {
                    self.0.remove(tbl);
                }
                Ok(())
            }
        }
    }

    /// SHA-256 of the visible state, encoded as the specification says.
    pub fn digest(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        put_count(&mut bytes, self.0.len());
        for (tbl, rows) in &self.0 {
            put_text(&mut bytes, tbl.as_bytes());
            put_count(&mut bytes, rows.len());
            for (row_id, cells) in rows {
                put_text(&mut bytes, row_id.as_bytes());
                put_count(&mut bytes, cells.len());
                for (col, value) in cells {
                    put_text(&mut bytes, col.as_bytes());
                    put_value(&mut bytes, value);
                }
            }
        }
        Sha256::digest(&bytes).into()
    }
}

/// Events with their operations, sorted by Lamport time, peer and counter.
pub fn in_total_order<'a>(events: impl Iterator<Item = (&'a EventId, &'a Tx)>) -> Vec<(&'a EventId, &'a RowOp)> {
    let mut events: Vec<_> = events.map(|(id, tx)| (tx.lamport + (id.counter - tx.counter), id, tx.op(id.counter))).collect();
    events.sort_by(|(a_lamport, a, _), (b_lamport, b, _)| a_lamport.cmp(b_lamport).then_with(|| a.cmp(b)));
    events.into_iter().map(|(_, id, op)| (id, op)).collect()
}

fn row_patches(tbl: &str, row_id: &str, before: Option<&Cells>, after: Option<&Cells>) -> Vec<Patch> {
    let (tbl, row_id) = (tbl.to_owned(), row_id.to_owned());
    let delete = Patch::DeleteRow { tbl: tbl.clone(), row_id: row_id.clone() };
    let insert = |cells: &Cells| {
        let values = cells.iter().map(|(col, value)| (col.clone(), value.clone())).collect();
        Patch::InsertRow { tbl: tbl.clone(), row_id: row_id.clone(), values }
    };
    match (before, after) {
        (None, None) => Vec::new(),
        (None, Some(after)) => vec![insert(after)],
        (Some(_), None) => vec![delete],
        (Some(before), Some(after)) if before.keys().any(|col| !after.contains_key(col)) => vec![delete, insert(after)],
        (Some(before), Some(after)) => {
            let changed = after.iter().filter(|(col, value)| before.get(*col) != Some(value));
            let set = |(col, value): (&String, &Value)| Patch::SetCell {
                tbl: tbl.clone(),
                row_id: row_id.clone(),
                col: col.clone(),
                value: value.clone(),
            };
            changed.map(set).collect()
        }
    }
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend((count as u32).to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put_count(bytes, text.len());
    bytes.extend(text);
}

fn put_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(0),
        Value::Bool(false) => bytes.push(1),
        Value::Bool(true) => bytes.push(2),
        Value::Int(int) => {
            bytes.push(3);
            bytes.extend(int.to_le_bytes());
        }
        Value::Float(float) => {
            bytes.push(4);
            bytes.extend(float.to_bits().to_le_bytes());
        }
        Value::Str(text) => {
            bytes.push(5);
            put_text(bytes, text.as_bytes());
        }
        Value::Bytes(blob) => {
            bytes.push(6);
            put_text(bytes, blob);
        }
    }
}
