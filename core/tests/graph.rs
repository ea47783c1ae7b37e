//! Questions about the causal graph, against a closure that is computed the slow way from the events' own deps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

mod model;

use convergedb::{CrdtDoc, DocOptions, ErrorKind, EventId, EventRange, Relation};
use model::dag::Dag;
use model::draw::Draw;
use model::setting::peer;
use model::transaction::{Tx, runs};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A replica that took the graph in by messages of random size, in an order that need not be causal.
fn replica_of(dag: &Dag, draw: &mut Draw) -> CrdtDoc {
    let mut doc = CrdtDoc::new(DocOptions::seeded(draw.seed()).peer(peer("reader")));
    let mut rest: Vec<Rc<Tx>> = dag.transactions.clone();
    while !rest.is_empty() {
        let mut now: Vec<Rc<Tx>> = rest.drain(..draw.within(1, rest.len())).collect();
        if draw.percent(50) {
            draw.shuffle(&mut now);
        }
        doc.merge_remote(&runs(&now, || draw.percent(50))).unwrap();
    }
    assert_eq!(doc.waiting_events(), 0);
    doc
}

fn relation(left: &BTreeSet<EventId>, right: &BTreeSet<EventId>) -> Relation {
    match (left.is_subset(right), right.is_subset(left)) {
        (true, true) => Relation::Equal,
        (true, false) => Relation::Before,
        (false, true) => Relation::After,
        (false, false) => Relation::Concurrent,
    }
}

fn events_of(ranges: &[EventRange]) -> Vec<EventId> {
    ranges.iter().flat_map(|range| (range.start..range.end).map(|counter| EventId::new(range.peer.clone(), counter))).collect()
}

/// Asks everything about two versions.
fn ask(doc: &CrdtDoc, dag: &Dag, left: &[EventId], right: &[EventId]) {
    let (of_left, of_right) = (dag.past(left), dag.past(right));
    assert_eq!(doc.compare(left, right).unwrap(), relation(&of_left, &of_right), "compare {left:?} and {right:?}");

    let common: BTreeSet<EventId> = of_left.intersection(&of_right).cloned().collect();
    let ancestors = doc.common_ancestors(left, right).unwrap();
    assert_eq!(ancestors, dag.heads(&common), "the common ancestors of {left:?} and {right:?}");
    assert_eq!(ancestors, doc.common_ancestors(right, left).unwrap(), "the common ancestors of {right:?} and {left:?}");

    let ranges = doc.events_between(left, right).unwrap();
    let between = events_of(&ranges);
    let expected: BTreeSet<EventId> = of_right.difference(&of_left).cloned().collect();
    assert_eq!(between.len(), expected.len(), "an event stands twice, or is missing, between {left:?} and {right:?}: {ranges:?}");
    assert_eq!(between.iter().cloned().collect::<BTreeSet<_>>(), expected, "the events between {left:?} and {right:?}");
    for (place, id) in between.iter().enumerate() {
        let earlier: BTreeSet<&EventId> = between[..=place].iter().collect();
        let past = dag.past(std::slice::from_ref(id));
        assert!(past.iter().all(|id| of_left.contains(id) || earlier.contains(id)), "{id} stands before what it depends on in {ranges:?}");
    }
}

fn ask_about_random_graphs(seeds: std::ops::Range<u64>, events: usize, questions: usize) {
    for seed in seeds {
        let mut draw = Draw::new(seed);
        let events = draw.within(1, events);
        let dag = Dag::random(events, &mut draw);
        let doc = replica_of(&dag, &mut draw);
        assert_eq!(doc.frontier(), dag.heads(&dag.ids.iter().cloned().collect()), "the frontier, seed {seed}");
        doc.check().unwrap();
        for _ in 0..questions {
            ask(&doc, &dag, &dag.draw_version(&mut draw), &dag.draw_version(&mut draw));
        }
    }
}

#[test]
fn small_graphs() {
    ask_about_random_graphs(0..1_500, 25, 20);
}

#[test]
fn larger_graphs() {
    ask_about_random_graphs(10_000..10_040, 400, 15);
}

/// Two versions that meet twice: neither of the two common ancestors is below the other.
#[test]
fn criss_cross_merges_have_two_common_ancestors() {
    let mut left = CrdtDoc::new(DocOptions::seeded(1).peer(peer("left")));
    let mut right = CrdtDoc::new(DocOptions::seeded(2).peer(peer("right")));
    left.insert("t", "l", &[]).unwrap();
    right.insert("t", "r", &[]).unwrap();
    let to_right = left.get_pending(&right.versions()).unwrap().runs;
    let to_left = right.get_pending(&left.versions()).unwrap().runs;
    right.merge_remote(&to_right).unwrap();
    left.merge_remote(&to_left).unwrap();
    left.update("t", "r", "x", 1).unwrap();
    right.update("t", "l", "x", 2).unwrap();
    left.merge_remote(&right.get_pending(&left.versions()).unwrap().runs).unwrap();
    let id = |name: &str, counter| EventId::new(peer(name), counter);
    let (a, b) = ([id("left", 1)], [id("right", 1)]);
    assert_eq!(left.compare(&a, &b).unwrap(), Relation::Concurrent);
    assert_eq!(left.common_ancestors(&a, &b).unwrap(), [id("left", 0), id("right", 0)]);
    assert_eq!(left.common_ancestors(&b, &a).unwrap(), [id("left", 0), id("right", 0)]);
    assert_eq!(events_of(&left.events_between(&a, &b).unwrap()), [id("right", 1)]);
    assert_eq!(left.compare(&left.frontier(), &[&a[..], &b[..]].concat()).unwrap(), Relation::Equal);
}

#[test]
fn the_empty_version_is_before_all_others() {
    let mut doc = CrdtDoc::new(DocOptions::seeded(1).peer(peer("alice")));
    assert_eq!(doc.compare(&[], &[]).unwrap(), Relation::Equal);
    assert_eq!(doc.common_ancestors(&[], &[]).unwrap(), []);
    doc.insert("t", "1", &[]).unwrap();
    doc.insert("t", "2", &[]).unwrap();
    let frontier = doc.frontier();
    assert_eq!(doc.compare(&[], &frontier).unwrap(), Relation::Before);
    assert_eq!(doc.compare(&frontier, &[]).unwrap(), Relation::After);
    assert_eq!(doc.common_ancestors(&[], &frontier).unwrap(), []);
    assert_eq!(doc.events_between(&[], &frontier).unwrap(), [EventRange { peer: peer("alice"), start: 0, end: 2 }]);
    assert_eq!(doc.events_between(&frontier, &[]).unwrap(), []);
}

#[test]
fn an_event_that_is_not_applied_is_named() {
    let mut doc = CrdtDoc::new(DocOptions::seeded(1).peer(peer("alice")));
    doc.insert("t", "1", &[]).unwrap();
    let unknown = EventId::new(peer("alice"), 1);
    for error in [
        doc.compare(std::slice::from_ref(&unknown), &[]).unwrap_err(),
        doc.common_ancestors(&[], std::slice::from_ref(&unknown)).unwrap_err(),
        doc.events_between(std::slice::from_ref(&unknown), &doc.frontier()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.event_id(), Some(&unknown));
    }
}
