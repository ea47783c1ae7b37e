use convergedb::{Event, EventId, EventRun, PeerId, RowOp};
use std::rc::Rc;

/// One transaction, as every replica must see it: the unit that is applied whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tx {
    pub peer: PeerId,
    /// The first event's counter.
    pub counter: u64,
    /// The first event's Lamport time.
    pub lamport: u64,
    /// The first event's deps, sorted.
    pub deps: Vec<EventId>,
    pub at: Option<i64>,
    pub ops: Vec<RowOp>,
}

impl Tx {
    pub fn len(&self) -> u64 {
        self.ops.len() as u64
    }

    /// The counter after its last.
    pub fn end(&self) -> u64 {
        self.counter + self.len()
    }

    pub fn id(&self, counter: u64) -> EventId {
        EventId::new(self.peer.clone(), counter)
    }

    pub fn ids(&self) -> impl Iterator<Item = EventId> {
        (self.counter..self.end()).map(|counter| self.id(counter))
    }

    /// The peer's event before it, which it waits for.
    pub fn previous(&self) -> Option<EventId> {
        self.counter.checked_sub(1).map(|counter| self.id(counter))
    }

    pub fn overlaps(&self, other: &Tx) -> bool {
        self.peer == other.peer && self.counter < other.end() && other.counter < self.end()
    }

    /// The event with this counter: each but the first depends on just the one before it.
    pub fn event(&self, counter: u64) -> Event {
        let index = counter - self.counter;
        Event {
            id: self.id(counter),
            deps: if index == 0 { self.deps.clone() } else { vec![self.id(counter - 1)] },
            lamport: self.lamport + index,
            at: self.at,
            op: self.ops[index as usize].clone(),
        }
    }

    pub fn op(&self, counter: u64) -> &RowOp {
        &self.ops[(counter - self.counter) as usize]
    }

    /// Whether `next` can stand in one run behind this one.
    pub fn runs_on_into(&self, next: &Tx) -> bool {
        self.peer == next.peer
            && self.end() == next.counter
            && self.lamport + self.len() == next.lamport
            && next.deps == [self.id(self.end() - 1)]
    }

    /// What it counts for in the bound of a page.
    pub fn bytes(&self) -> usize {
        self.ops.iter().map(RowOp::counted_bytes).sum()
    }

    /// What it counts for in the bound of what waits: the events that it names take room there too.
    pub fn waiting_bytes(&self) -> usize {
        let cells = |op: &RowOp| match op {
            RowOp::Insert { values, .. } => values.len(),
            RowOp::Update { .. } => 1,
            RowOp::Delete { .. } => 0,
        };
        let held: usize = self.ops.iter().map(|op| 64 * (1 + cells(op))).sum();
        self.bytes() + held + self.deps.iter().map(|dep| dep.peer.len() + 8).sum::<usize>()
    }
}

/// The transactions of a well-formed message, in its order.
pub fn transactions(runs: &[EventRun]) -> Vec<Rc<Tx>> {
    runs.iter().flat_map(transactions_of_run).collect()
}

fn transactions_of_run(run: &EventRun) -> Vec<Rc<Tx>> {
    let lengths = if run.tx.is_empty() { vec![1; run.ops.len()] } else { run.tx.clone() };
    let mut first = 0;
    let transaction = |(number, length): (usize, u32)| {
        let counter = run.counter_start + first as u64;
        let previous = || vec![EventId::new(run.peer.clone(), counter - 1)];
        let tx = Tx {
            peer: run.peer.clone(),
            counter,
            lamport: run.lamport_start + first as u64,
            deps: if first == 0 { sorted(&run.deps) } else { previous() },
            at: run.at.get(number).copied().flatten(),
            ops: run.ops[first..first + length as usize].to_vec(),
        };
        first += length as usize;
        Rc::new(tx)
    };
    lengths.into_iter().enumerate().map(transaction).collect()
}

/// Deps are a set, in whatever order a message lists them.
fn sorted(deps: &[EventId]) -> Vec<EventId> {
    let mut deps = deps.to_vec();
    deps.sort();
    deps
}

/// Transactions as runs; `join` says for each pair that could share a run whether it does.
pub fn runs(transactions: &[Rc<Tx>], mut join: impl FnMut() -> bool) -> Vec<EventRun> {
    let mut runs: Vec<Vec<&Tx>> = Vec::new();
    for tx in transactions {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last.runs_on_into(tx)) && join() => run.push(tx),
            _ => runs.push(vec![tx]),
        }
    }
    runs.iter().map(|run| run_of(run)).collect()
}

fn run_of(transactions: &[&Tx]) -> EventRun {
    let first = transactions[0];
    let singles = transactions.iter().all(|tx| tx.len() == 1);
    let timeless = transactions.iter().all(|tx| tx.at.is_none());
    EventRun {
        peer: first.peer.clone(),
        counter_start: first.counter,
        lamport_start: first.lamport,
        deps: first.deps.clone(),
        ops: transactions.iter().flat_map(|tx| tx.ops.iter().cloned()).collect(),
        tx: if singles { Vec::new() } else { transactions.iter().map(|tx| tx.len() as u32).collect() },
        at: if timeless { Vec::new() } else { transactions.iter().map(|tx| tx.at).collect() },
    }
}
