//! The place of a stretch of events in the graph, and where transactions begin and end.

use crate::codec::{Reader, put_number, put_signed};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::graph::{LocalNumber, PeerIndex};
use crate::limits::{COUNTER_MAX, DEPS_MAX, EVENTS_MAX, TRANSACTION_OPS_MAX};
use core::ops::Range;

/// Appends who made a stretch of events and after what: pieces of one author each, with the deps of the first event as distances.
pub(crate) fn put_graph(out: &mut Vec<u8>, doc: &CrdtDoc, events: Range<LocalNumber>) {
    let graph = &doc.graph;
    let mut pieces = 0;
    let mut body = Vec::new();
    let mut at = events.start;
    while at < events.end {
        let number = graph.span_at(at);
        let span = graph.span_range(number);
        let end = span.end.min(events.end);
        let before = [at.wrapping_sub(1)];
        let parents = if at == span.start { graph.span_parents(number) } else { &before[..] };
        put_number(&mut body, u64::from(graph.spans()[number].peer));
        put_number(&mut body, u64::from(end - at));
        put_number(&mut body, parents.len() as u64);
        parents.iter().for_each(|parent| put_number(&mut body, u64::from(at - parent)));
        pieces += 1;
        at = end;
    }
    put_number(out, pieces);
    out.extend_from_slice(&body);
    put_transactions(out, doc, events);
}

fn put_transactions(out: &mut Vec<u8>, doc: &CrdtDoc, events: Range<LocalNumber>) {
    let long = doc.transactions.long_in(events.clone());
    put_number(out, long.len() as u64);
    let mut last = events.start;
    for &(start, length) in long {
        put_number(out, u64::from(start - last));
        put_number(out, u64::from(length));
        last = start;
    }
    let times: Vec<(LocalNumber, i64)> = doc.transactions.times_in(events.clone()).collect();
    put_number(out, times.len() as u64);
    let (mut last, mut before) = (events.start, 0i64);
    for (start, time) in times {
        put_number(out, u64::from(start - last));
        put_signed(out, time.wrapping_sub(before));
        (last, before) = (start, time);
    }
}

/// Reads the place of the next `count` events.
pub(crate) fn read_graph(reader: &mut Reader<'_>, doc: &mut CrdtDoc, count: u32) -> Result<()> {
    let first = doc.graph.len();
    let pieces = reader.count(EVENTS_MAX, "there are fewer pieces than the count says")?;
    let end = u64::from(first) + u64::from(count);
    let mut parents = Vec::with_capacity(4);
    for _ in 0..pieces {
        let at = u64::from(doc.graph.len());
        let (peer, length) = (reader.number()?, reader.number()?);
        if peer >= doc.graph.peers().len() as u64 || length == 0 || length > end - at {
            return Err(reader.malformed("a piece is out of range"));
        }
        parents.clear();
        for _ in 0..reader.at_most(DEPS_MAX, "there are too many deps")? {
            let distance = reader.number()?;
            let parent = at.checked_sub(distance).filter(|_| distance > 0).ok_or_else(|| reader.malformed("a dep is out of range"))?;
            parents.push(parent as LocalNumber);
        }
        push(reader, doc, peer as PeerIndex, length as u32, &parents)?;
    }
    if u64::from(doc.graph.len()) != end {
        return Err(reader.malformed("the pieces do not hold the events"));
    }
    read_transactions(reader, doc, first, count)
}

fn push(reader: &Reader<'_>, doc: &mut CrdtDoc, peer: PeerIndex, length: u32, parents: &[LocalNumber]) -> Result<()> {
    let lamport = parents.iter().map(|&parent| doc.graph.place(parent).2).max().unwrap_or(0) + 1;
    let before = doc.graph.next_counter(peer).checked_sub(1).and_then(|counter| doc.graph.find(peer, counter));
    let rises = before.is_none_or(|before| doc.graph.place(before).2 < lamport);
    if !rises || !parents.is_sorted_by(|a, b| a < b) || lamport + u64::from(length) > COUNTER_MAX {
        return Err(reader.malformed("a piece's deps are out of order"));
    }
    doc.graph.push(peer, lamport, length, parents);
    Ok(())
}

fn read_transactions(reader: &mut Reader<'_>, doc: &mut CrdtDoc, first: LocalNumber, count: u32) -> Result<()> {
    let end = u64::from(first) + u64::from(count);
    let mut longs: Vec<(LocalNumber, u32)> = Vec::new();
    let mut at = u64::from(first);
    for _ in 0..reader.count(count as usize, "there are too many transactions")? {
        let (gap, length) = (reader.number()?, reader.number()?);
        at = at.saturating_add(gap);
        let after_last = longs.last().is_none_or(|&(start, length)| at >= u64::from(start) + u64::from(length));
        if !(2..=TRANSACTION_OPS_MAX as u64).contains(&length) || at >= end || !after_last {
            return Err(reader.malformed("a transaction is out of range"));
        }
        longs.push((at as LocalNumber, length as u32));
    }
    let mut times: Vec<(LocalNumber, i64)> = Vec::new();
    let (mut at, mut time) = (u64::from(first), 0i64);
    for _ in 0..reader.count(count as usize, "there are too many times")? {
        at = at.saturating_add(reader.number()?);
        time = time.wrapping_add(reader.signed()?);
        if at >= end || times.last().is_some_and(|&(last, _)| at <= u64::from(last)) {
            return Err(reader.malformed("a time is out of range"));
        }
        times.push((at as LocalNumber, time));
    }
    let (mut longs, mut times) = (longs.into_iter().peekable(), times.into_iter().peekable());
    loop {
        let start = match (longs.peek(), times.peek()) {
            (None, None) => return Ok(()),
            (Some(long), Some(time)) => long.0.min(time.0),
            (Some(long), None) => long.0,
            (None, Some(time)) => time.0,
        };
        let length = longs.next_if(|long| long.0 == start).map_or(1, |long| long.1);
        let time = times.next_if(|time| time.0 == start).map(|time| time.1);
        doc.transactions.push(start, length, time);
    }
}
