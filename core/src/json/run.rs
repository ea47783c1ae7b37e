use super::node::{Fault, Node};
use super::{Reading, op};
use crate::error::Result;
use crate::types::{EventId, EventRun, PeerId};

/// The shortest text of a run, `{"peer":"a","counter_start":0,"lamport_start":1,"deps":[],"ops":[]}` and a comma, is longer.
const RUN_TEXT_MIN: usize = 64;
/// The text of the shortest event id with a comma, `["a",0],`.
const ID_TEXT_MIN: usize = 8;

/// Reads a message.
pub(super) fn read_all(node: Node<'_>) -> Result<Vec<EventRun>> {
    node.elements("a message")?.collect(RUN_TEXT_MIN, read)
}

fn read(node: Node<'_>) -> Result<EventRun> {
    let names = ["peer", "counter_start", "lamport_start", "deps", "ops", "tx", "at"];
    let [peer, counter_start, lamport_start, deps, ops, tx, at] = node.fields("a run", names)?;
    let peer = read_peer(node.need(peer, "peer")?)?;
    let counter_start = node.need(counter_start, "counter_start")?.integer("`counter_start`")?;
    let lamport_start = node.need(lamport_start, "lamport_start")?.integer("`lamport_start`")?;
    let deps = node.need(deps, "deps")?.elements("`deps`")?.collect(ID_TEXT_MIN, |dep| read_id(dep, &peer))?;
    let ops = node.need(ops, "ops")?.elements("`ops`")?.collect(op::TEXT_MIN, op::read)?;
    let lengths = tx.map(|tx| read_lengths(tx, ops.len())).transpose()?;
    let transactions = lengths.as_ref().map_or(ops.len(), Vec::len);
    let tx = lengths.filter(|lengths| lengths.len() != ops.len()).unwrap_or_default();
    let at = at.map(|at| read_times(at, transactions)).transpose()?.unwrap_or_default();
    Ok(EventRun { peer, counter_start, lamport_start, deps, ops, tx, at })
}

/// The lengths of a run's transactions: at least 1 each, and they add up to the number of operations.
fn read_lengths(node: Node<'_>, ops: usize) -> Result<Vec<u32>> {
    let no_sum = || node.refuse(Fault::Shape, format!("the lengths in `tx` do not add up to the {ops} operations"));
    let lengths = node.elements("`tx`")?;
    if lengths.len() > ops {
        return Err(no_sum());
    }
    let lengths = lengths.collect(1, |length| match length.integer::<u32>("a length in `tx`")? {
        0 => Err(length.refuse(Fault::Shape, "a length in `tx` is at least 1")),
        length => Ok(length),
    })?;
    let sum: u64 = lengths.iter().map(|&length| u64::from(length)).sum();
    if sum == ops as u64 { Ok(lengths) } else { Err(no_sum()) }
}

/// The times of a run's transactions, one each; an empty list when all are null.
fn read_times(node: Node<'_>, transactions: usize) -> Result<Vec<Option<i64>>> {
    let times = node.elements("`at`")?;
    // Counted first: a time takes eight times the memory of its shortest text.
    if times.len() != transactions {
        return Err(node.refuse(Fault::Shape, format!("`at` has one time for each of the {transactions} transactions")));
    }
    let times = times.collect(1, |time| if time.first() == b'n' { Ok(None) } else { time.integer("a time in `at`").map(Some) })?;
    Ok(if times.iter().any(Option::is_some) { times } else { Vec::new() })
}

/// Reads a list of event ids that a local caller gave.
pub(super) fn read_ids(node: Node<'_>) -> Result<Vec<EventId>> {
    node.elements("a list of event ids")?.collect(ID_TEXT_MIN, |id| {
        let [peer, counter] = id.tuple("an event id")?;
        Ok(EventId::new(read_peer(peer)?, counter.integer("a counter")?))
    })
}

fn read_id(node: Node<'_>, author: &PeerId) -> Result<EventId> {
    let [peer, counter] = node.tuple("an event id")?;
    let counter = counter.integer("a counter")?;
    let name = peer.string(Fault::Shape)?;
    if *name == **author { Ok(EventId::new(author.clone(), counter)) } else { Ok(EventId::new(read_peer(peer)?, counter)) }
}

pub(super) fn read_peer(node: Node<'_>) -> Result<PeerId> {
    PeerId::new(&node.string(Fault::Shape)?).map_err(|error| match node.reading() {
        Reading::Message => node.refuse(Fault::Shape, error.message()),
        Reading::Local => node.place(error),
    })
}
