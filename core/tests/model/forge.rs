use super::Check;
use super::draw::Draw;
use super::setting::peer;
use super::transaction::{Tx, runs};
use super::world::World;
use convergedb::limits::{COUNTER_MAX, DEPS_MAX, NAME_BYTES_MAX};
use convergedb::{EventId, EventRun, RowOp, Value};
use std::rc::Rc;

/// A Lamport time that no history here comes near, so an event that has it proves wrong as soon as its deps are there.
const NEVER: u64 = 1_000_000;

impl World {
    /// Hands a replica a message that no honest peer sends.
    ///
    /// It is left out where the model says that the replica would have to believe it: then replicas may rightly end apart.
    pub fn forge(&mut self, at: usize, draw: &mut Draw) -> Check {
        let all: Vec<Rc<Tx>> = self.truth.transactions().cloned().collect();
        if all.is_empty() {
            return Ok(());
        }
        let base = draw.pick(&all).clone();
        let mut honest: Vec<Rc<Tx>> = (0..draw.below(3)).map(|_| draw.pick(&all).clone()).collect();
        let malformed = draw.percent(35);
        if !malformed {
            let forged = self.forged(at, &base, draw);
            honest.extend(forged.into_iter().map(Rc::new));
        }
        draw.shuffle(&mut honest);
        let mut message = runs(&honest, || draw.percent(50));
        if malformed {
            let mut run = runs(&[base], || false).remove(0);
            disfigure(&mut run, draw);
            message.insert(draw.below(message.len() + 1), run);
        }
        if !self.would_be_believed(at, &message) {
            self.statistics.forged += 1;
            self.deliver(at, &message)?;
        }
        Ok(())
    }

    /// Whether a replica would apply an event that is not true, or keep one that may prove right.
    fn would_be_believed(&self, at: usize, message: &[EventRun]) -> bool {
        let Ok((next, _)) = self.sides[at].model.merged(message) else { return false };
        let is_true = |tx: &Tx| self.truth.applied.get(&tx.id(tx.counter)).is_some_and(|known| **known == *tx);
        let falls = |tx: &Tx| tx.previous().is_some_and(|id| self.truth.lamport(&id) >= Some(tx.lamport));
        let never = |tx: &Tx| tx.lamport >= NEVER || tx.deps.iter().any(|dep| *dep.peer == *"nobody") || falls(tx);
        next.transactions().any(|tx| !is_true(tx)) || next.waiting.iter().any(|tx| !is_true(tx) && !never(tx))
    }

    /// A next event of somebody, of which the Lamport time is right by its deps but does not rise along the author's counters.
    fn falling(&self, base: &Tx, draw: &mut Draw) -> Tx {
        let versions = self.truth.versions();
        let authors: Vec<_> = versions.iter().collect();
        let (author, last) = *draw.pick(&authors);
        let below = self.truth.lamport(&EventId::new(author.clone(), last)).unwrap_or(1);
        let older = |id: &&EventId| self.truth.lamport(id) < Some(below) && (id.peer != *author || id.counter <= last);
        let older: Vec<&EventId> = self.truth.applied.keys().filter(older).collect();
        let deps: Vec<EventId> = if older.is_empty() || draw.percent(30) { Vec::new() } else { vec![(*draw.pick(&older)).clone()] };
        let lamport = 1 + deps.iter().filter_map(|dep| self.truth.lamport(dep)).max().unwrap_or(0);
        Tx { peer: author.clone(), counter: last + 1, lamport, deps, ..base.clone() }
    }

    /// Well-formed transactions that are not true, or contradict each other.
    fn forged(&self, at: usize, base: &Tx, draw: &mut Draw) -> Vec<Tx> {
        let mut forged = base.clone();
        match draw.below(13) {
            12 => return vec![self.falling(base, draw)],
            0 => forged.ops[draw.below(base.ops.len())] = self.draw_op(draw),
            1 => forged.at = if base.at.is_some() && draw.percent(50) { None } else { Some(draw.below(9) as i64) },
            2 => forged.lamport += 1,
            3 => {
                forged.lamport = if base.deps.is_empty() { base.lamport } else { NEVER + draw.below(3) as u64 };
                if draw.percent(40) {
                    forged.ops.insert(draw.below(2), self.draw_op(draw));
                }
            }
            4 => other_deps(&mut forged, draw),
            5 => reorder_values(&mut forged),
            6 => return other_bounds(base, draw),
            7 => {
                forged.ops[draw.below(base.ops.len())] = self.draw_op(draw);
                return vec![base.clone(), forged];
            }
            8 => {
                forged.deps = vec![EventId::new(peer("nobody"), draw.below(2) as u64)];
                forged.lamport = 2 + draw.below(9) as u64;
                forged.ops = vec![self.draw_op(draw); draw.within(1, 3)];
            }
            9 if draw.percent(20) => {
                // The replica's own name, as if the device had been set back.
                let own = &self.sides[at].model;
                let counter = own.made + draw.below(3) as u64;
                forged = Tx { peer: own.peer.clone(), counter, lamport: NEVER, ..base.clone() };
                forged.deps = vec![EventId::new(peer("nobody"), 0)];
            }
            10 if draw.percent(20) => {
                let own = &self.sides[at].model;
                forged = Tx { peer: peer("mallory"), counter: draw.below(3) as u64, lamport: NEVER, ..base.clone() };
                forged.deps = vec![EventId::new(own.peer.clone(), own.made + draw.below(3) as u64)];
            }
            _ => {
                forged.lamport = NEVER + draw.below(3) as u64;
                forged.deps = vec![EventId::new(base.peer.clone(), base.end() + draw.below(3) as u64)];
                forged.peer = peer(if draw.percent(50) { "mallory" } else { "nobody" });
                forged.counter = draw.below(4) as u64;
            }
        }
        vec![forged]
    }
}

fn other_deps(forged: &mut Tx, draw: &mut Draw) {
    if forged.deps.len() > 1 && draw.percent(50) {
        forged.deps.remove(draw.below(forged.deps.len()));
    } else {
        forged.deps.push(EventId::new(peer("nobody"), 0));
        forged.deps.sort();
        forged.deps.dedup();
        forged.lamport = forged.lamport.max(2);
    }
}

fn reorder_values(forged: &mut Tx) {
    for op in &mut forged.ops {
        if let RowOp::Insert { values, .. } = op {
            values.reverse();
        }
    }
}

/// The same events in other transactions: cut, or with one more at the end.
fn other_bounds(base: &Tx, draw: &mut Draw) -> Vec<Tx> {
    let mut first = base.clone();
    if base.ops.len() == 1 || draw.percent(30) {
        first.ops.push(base.ops[0].clone());
        return vec![first];
    }
    let at = draw.within(1, base.ops.len() - 1);
    let rest = Tx {
        counter: base.counter + at as u64,
        lamport: base.lamport + at as u64,
        deps: vec![base.id(base.counter + at as u64 - 1)],
        ops: first.ops.split_off(at),
        ..base.clone()
    };
    if draw.percent(50) { vec![first, rest] } else { vec![rest] }
}

/// Breaks the form of a run, in one of the ways that the plain types let through.
fn disfigure(run: &mut EventRun, draw: &mut Draw) {
    let own = |counter: u64| EventId::new(run.peer.clone(), counter);
    match draw.below(16) {
        0 => run.ops.clear(),
        1 => run.tx = vec![run.ops.len() as u32 + 1],
        2 => run.tx = vec![0, run.ops.len() as u32],
        3 => run.tx = vec![u32::MAX, run.ops.len() as u32 + 1],
        4 => run.at = vec![Some(1); run.transactions() + 1],
        5 => run.lamport_start = 0,
        6 => run.lamport_start = if run.deps.is_empty() { 2 } else { 1 },
        7 => run.deps.extend([own(run.counter_start)]),
        8 => run.deps.extend([own(run.counter_start + 7)]),
        9 => run.deps = vec![EventId::new(peer("nobody"), 0); 2],
        10 => run.deps = (0..=DEPS_MAX as u64).map(|counter| EventId::new(peer("nobody"), counter)).collect(),
        11 => run.counter_start = COUNTER_MAX + 2 - run.ops.len() as u64,
        12 => run.lamport_start = *draw.pick(&[COUNTER_MAX + 1, u64::MAX]),
        13 => run.deps = vec![EventId::new(peer("nobody"), COUNTER_MAX + 1)],
        14 => spoil_name(&mut run.ops[0], draw),
        _ => {
            let (tbl, row_id) = (run.ops[0].tbl().to_owned(), run.ops[0].row_id().to_owned());
            run.ops[0] = RowOp::Update { tbl, row_id, col: "x".into(), value: Value::Float(f64::NAN) };
        }
    }
}

fn spoil_name(op: &mut RowOp, draw: &mut Draw) {
    let bad = if draw.percent(50) { String::new() } else { "n".repeat(NAME_BYTES_MAX + 1) };
    match op {
        RowOp::Update { col, .. } if draw.percent(50) => *col = bad,
        RowOp::Insert { values, .. } if draw.percent(50) => values.push((bad, Value::Null)),
        RowOp::Insert { tbl, .. } | RowOp::Update { tbl, .. } | RowOp::Delete { tbl, .. } if draw.percent(50) => *tbl = bad,
        RowOp::Insert { row_id, .. } | RowOp::Update { row_id, .. } | RowOp::Delete { row_id, .. } => *row_id = bad,
    }
}
