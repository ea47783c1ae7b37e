use super::draw::Draw;
use super::local::borrowed;
use super::replica::{Model, Write};
use super::side::{cells, unchanged};
use super::state::Rows;
use super::tell;
use super::world::World;
use super::{Check, holds, same};
use convergedb::{Commit, Error, ErrorKind, Result, RowOp, RowRange, Transaction};

/// Why the body of a transaction stopped.
enum Stop {
    Engine(Error),
    /// The caller changed its mind.
    Abandoned,
    /// What the transaction saw of itself is not what the model sees.
    Differs(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Engine(error)
    }
}

impl World {
    /// Several writes that are made together or not at all.
    pub fn transact(&mut self, at: usize, draw: &mut Draw) -> Check {
        let mut ops = Vec::new();
        let mut writes = Vec::new();
        for _ in 0..draw.within(0, 5) {
            let write = self.draw_write(at, &ops, 6, draw);
            ops.push(write.op.clone());
            writes.push(write);
            if self.sides[at].model.attempt(&writes).is_err() {
                break;
            }
        }
        let time = draw.percent(50).then(|| 1_700_000_000_000 + draw.below(3) as i64);
        if draw.percent(40) && writes.iter().all(|write| !write.upsert) {
            return self.local(at, &writes, time, |doc| doc.apply(&ops, time));
        }
        if draw.percent(15) && self.sides[at].model.attempt(&writes).is_ok() {
            return self.abandon(at, &writes, time);
        }
        if draw.percent(15) {
            return self.shrug_off(at, &writes, time, draw);
        }
        let model = self.sides[at].model.clone();
        let mut differs = Ok(());
        let made = self.local(at, &writes, time, |doc| {
            let made = doc.transaction(time, |transaction| perform(transaction, &model, &writes).map(|()| 7));
            match made {
                Ok((returned, commit)) => {
                    differs = same("what a transaction returned", returned, 7);
                    Ok(commit)
                }
                Err(Stop::Engine(error)) => Err(error),
                Err(Stop::Differs(difference)) => {
                    differs = Err(difference.clone());
                    Err(Error::new(ErrorKind::Internal, difference))
                }
                Err(Stop::Abandoned) => Err(Error::new(ErrorKind::Internal, "nobody abandoned it")),
            }
        });
        differs.and(made)
    }

    /// A transaction that is undone at its end.
    fn abandon(&mut self, at: usize, writes: &[Write], time: Option<i64>) -> Check {
        self.note(|world| format!("{:?} abandons {}", world.sides[at].model.peer, tell::writes(writes)));
        let side = &mut self.sides[at];
        let before = side.snapshot();
        let model = side.model.clone();
        let made: Result<((), Commit), Stop> =
            side.doc.transaction(time, |transaction| perform(transaction, &model, writes).and(Err(Stop::Abandoned)));
        self.statistics.abandoned += 1;
        match made {
            Err(Stop::Abandoned) => unchanged(side, &before),
            Err(Stop::Differs(difference)) => Err(difference),
            Err(Stop::Engine(error)) => Err(format!("an operation failed: {error}")),
            Ok(_) => Err("a transaction was made though its body failed".into()),
        }
    }

    /// A transaction whose body goes on after operations that fail: the others are made.
    fn shrug_off(&mut self, at: usize, writes: &[Write], time: Option<i64>, draw: &mut Draw) -> Check {
        let mut all: Vec<Write> = writes.to_vec();
        all.push(self.draw_write(at, &[], 60, draw));
        all.push(self.draw_write(at, &[], 60, draw));
        draw.shuffle(&mut all);
        let mut good: Vec<Write> = Vec::new();
        let mut fits: Vec<bool> = Vec::new();
        for write in &all {
            good.push(write.clone());
            fits.push(self.sides[at].model.attempt(&good).is_ok());
            good.truncate(good.len() - usize::from(!fits[fits.len() - 1]));
        }
        let mut went = Vec::new();
        let made = self.local(at, &good, time, |doc| {
            let body = |transaction: &mut Transaction<'_>| -> Result<()> {
                went = all.iter().map(|write| call(transaction, write).is_ok()).collect();
                Ok(())
            };
            doc.transaction(time, body).map(|((), commit)| commit)
        });
        holds("which operations of a transaction fail", went == fits)?;
        made
    }
}

/// The call of a transaction that is meant for one write.
fn call(transaction: &mut Transaction<'_>, write: &Write) -> Result<()> {
    match &write.op {
        RowOp::Insert { tbl, row_id, values } if write.upsert => transaction.upsert(tbl, row_id, &borrowed(values)),
        RowOp::Insert { tbl, row_id, values } => transaction.insert(tbl, row_id, &borrowed(values)),
        RowOp::Update { tbl, row_id, col, value } => transaction.update(tbl, row_id, col, value),
        RowOp::Delete { tbl, row_id } => transaction.delete(tbl, row_id),
    }
}

/// Performs writes in a transaction, and after each compares the row that it wrote with the model's.
fn perform(transaction: &mut Transaction<'_>, model: &Model, writes: &[Write]) -> Result<(), Stop> {
    for (number, write) in writes.iter().enumerate() {
        call(transaction, write)?;
        let ops: Vec<RowOp> = writes[..=number].iter().map(|write| write.op.clone()).collect();
        let (tbl, row_id) = (write.op.tbl(), write.op.row_id());
        let expected = model.row_after(&ops, tbl, row_id);
        let seen = transaction.row(tbl, row_id).map(|row| cells(row.cells()));
        same("a row inside a transaction", seen, expected).map_err(Stop::Differs)?;
    }
    let Some(last) = writes.last() else { return Ok(()) };
    let ops: Vec<RowOp> = writes.iter().map(|write| write.op.clone()).collect();
    let rows = transaction.scan(last.op.tbl(), RowRange::all());
    let seen: Rows = rows.map(|row| (row.id().to_string(), cells(row.cells()))).collect();
    same("a scan inside a transaction", seen, model.table_after(&ops, last.op.tbl())).map_err(Stop::Differs)
}
