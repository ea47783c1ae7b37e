use crate::merge::State;
use crate::types::{Patch, Value};
use std::collections::BTreeMap;

type Rows = BTreeMap<(String, String), Vec<(String, Value)>>;

fn visible(state: &State) -> Rows {
    let mut rows = Rows::new();
    for table in 0..state.schema.tables() as u32 {
        let of_table = state.table(table);
        for row in (0..of_table.rows()).filter(|&row| of_table.head(row).is_visible()) {
            rows.insert((state.schema.table_name(table).to_owned(), state.row_id(of_table, row)), state.row_values(table, row));
        }
    }
    rows
}

/// The patches that turn one visible state into another, by comparing all of both: for the rare call that makes a state anew.
pub(crate) fn difference(before: &State, after: &State) -> Vec<Patch> {
    let (before, after) = (visible(before), visible(after));
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut patches = Vec::new();
    for key in keys {
        let (tbl, row_id) = key.clone();
        let delete = Patch::DeleteRow { tbl: tbl.clone(), row_id: row_id.clone() };
        match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => {
                let lost = old.iter().any(|(col, _)| new.binary_search_by(|(other, _)| other.cmp(col)).is_err());
                if lost {
                    patches.extend([delete, Patch::InsertRow { tbl, row_id, values: new.clone() }]);
                    continue;
                }
                for (col, value) in new.iter().filter(|cell| !old.contains(cell)) {
                    let (tbl, row_id) = key.clone();
                    patches.push(Patch::SetCell { tbl, row_id, col: col.clone(), value: value.clone() });
                }
            }
            (Some(_), None) => patches.push(delete),
            (None, Some(new)) => patches.push(Patch::InsertRow { tbl, row_id, values: new.clone() }),
            (None, None) => {}
        }
    }
    patches
}
