use super::{apply_all, base, table_rows};
use crate::engine::Engine;
use crate::measure::*;
use crate::model::updates;

/// Updates of one int column each, uniform over the table.
pub fn run<E: Engine>(name: &str, w: &str, n: usize, batch: usize) {
    let rows = table_rows();
    let ops = updates(n, rows as u64, 2);
    let mut replica: E = base(rows, 1);
    reset_peak();
    let before = rss_mb();
    let (_, secs) = time(|| apply_all(&mut replica, &ops, batch));
    out::<E>(name, w, n, secs, before).print();
}

fn out<E: Engine>(name: &str, w: &str, n: usize, secs: f64, before: f64) -> Out {
    let out = Out::new(name, w, n).rate(n, secs).mem(before);
    out.num("history", E::HISTORY as u8 as f64).num("table_rows", table_rows() as f64)
}

#[cfg(feature = "converge")]
mod handles {
    use super::*;
    use crate::engines::converge_engine::{Converge, TBL};
    use crate::model::{COLS, Op};
    use crate::workloads::BATCH;
    use convergedb::ValueRef;

    /// The same updates, one commit each, by row and column handles that were looked up before.
    pub fn by_handle(n: usize) {
        let rows = table_rows();
        let mut replica: Converge = base(rows, 1);
        let columns = COLS.map(|column| replica.doc.column_handle(TBL, column).unwrap());
        let ops: Vec<_> = updates(n, rows as u64, 2)
            .iter()
            .map(|op| {
                let Op::Set { key, col, v, .. } = op else { unreachable!("updates makes only Set") };
                (replica.doc.row_handle(TBL, key.as_str()).unwrap(), columns[*col as usize], *v)
            })
            .collect();
        reset_peak();
        let before = rss_mb();
        let (_, secs) = time(|| {
            for &(row, column, value) in &ops {
                replica.doc.update_at(row, column, value).unwrap();
            }
        });
        let out = out::<Converge>("converge", "w2h", n, secs, before);
        check(&mut replica, n);
        out.print();
    }

    /// The same updates, 1,000 in a call and a commit, names given as text.
    pub fn batch_call(n: usize) {
        let rows = table_rows();
        let mut replica: Converge = base(rows, 1);
        let ops = updates(n, rows as u64, 2);
        let cells: Vec<(&str, &str, ValueRef<'_>)> = ops
            .iter()
            .map(|op| {
                let Op::Set { key, col, v, .. } = op else { unreachable!("updates makes only Set") };
                (key.as_str(), COLS[*col as usize], (*v).into())
            })
            .collect();
        reset_peak();
        let before = rss_mb();
        let (_, secs) = time(|| {
            for call in cells.chunks(BATCH) {
                replica.doc.update_many(TBL, call).unwrap();
            }
        });
        let out = out::<Converge>("converge", "w2m", n, secs, before);
        check(&mut replica, n);
        out.print();
    }

    /// What was written in another way must read as what w2 writes.
    fn check(replica: &mut Converge, n: usize) {
        let rows = table_rows();
        let mut plain: Converge = base(rows, 1);
        apply_all(&mut plain, &updates(n, rows as u64, 2), 1);
        assert_eq!(replica.scan(), plain.scan());
    }
}
#[cfg(feature = "converge")]
pub use handles::{batch_call, by_handle};
