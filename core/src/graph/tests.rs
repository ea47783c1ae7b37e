use super::{Graph, LocalNumber, Relation};
use crate::clock::SplitMix;
use crate::names::KeyedHash;
use crate::types::PeerId;
use std::collections::BTreeSet;

/// A graph of random runs, and for each event the set of those it depends on, directly or not, with itself.
fn random_graph(random: &mut SplitMix) -> (Graph, Vec<BTreeSet<LocalNumber>>) {
    let mut graph = Graph::new(KeyedHash::new(random));
    let peers: Vec<_> = ["a", "b", "c"].iter().map(|name| graph.intern(&PeerId::new(name).unwrap())).collect();
    let mut pasts: Vec<BTreeSet<LocalNumber>> = Vec::new();
    for _ in 0..random.below(40) {
        let peer = peers[random.below(3) as usize];
        let own = graph.next_counter(peer).checked_sub(1).and_then(|counter| graph.find(peer, counter));
        let mut parents: BTreeSet<LocalNumber> = own.into_iter().collect();
        for _ in 0..random.below(3) {
            if graph.len() > 0 {
                parents.insert(random.below(u64::from(graph.len())) as u32);
            }
        }
        let parents: Vec<_> = parents.into_iter().collect();
        let lamport = parents.iter().map(|&parent| graph.place(parent).2).max().unwrap_or(0) + 1;
        let length = 1 + random.below(4) as u32;
        let mut past: BTreeSet<LocalNumber> = parents.iter().flat_map(|&parent| pasts[parent as usize].clone()).collect();
        for event in graph.len()..graph.len() + length {
            past.insert(event);
            pasts.push(past.clone());
        }
        graph.push(peer, lamport, length, &parents);
    }
    (graph, pasts)
}

/// Goal: the graph's answers are those of the sets they stand for. Method: random graphs, every answer beside the closure.
#[test]
fn questions_are_answered_as_by_the_closure() {
    let mut random = SplitMix::new(7);
    for _ in 0..2_000 {
        let (graph, pasts) = random_graph(&mut random);
        graph.check().unwrap();
        if graph.len() == 0 {
            continue;
        }
        for lamport in 0..=graph.lamport_max() + 1 {
            let below = (0..graph.len()).take_while(|&event| graph.place(event).2 < lamport).count();
            assert_eq!(graph.all_below(lamport) as usize, below);
        }
        for peer in ["a", "b", "c"].into_iter().filter_map(|name| graph.peers().find(name)) {
            for from in 0..=graph.next_counter(peer) {
                let holds = |&span: &usize| {
                    let (range, first) = (graph.span_range(span), &graph.spans()[span]);
                    first.peer == peer && first.counter + u64::from(range.end - range.start) > from
                };
                let expected: Vec<u32> = (0..graph.spans().len()).filter(holds).map(|span| span as u32).collect();
                assert_eq!(graph.spans_from(peer, from), expected);
            }
        }
        for _ in 0..10 {
            let mut version = || -> Vec<LocalNumber> { (0..random.below(4)).map(|_| random.below(graph.len().into()) as u32).collect() };
            let (left, right) = (version(), version());
            let past = |version: &[LocalNumber]| -> BTreeSet<LocalNumber> {
                version.iter().flat_map(|&event| pasts[event as usize].clone()).collect()
            };
            let (left_past, right_past) = (past(&left), past(&right));
            let relation = match (left_past.is_subset(&right_past), right_past.is_subset(&left_past)) {
                (true, true) => Relation::Equal,
                (true, false) => Relation::Before,
                (false, true) => Relation::After,
                (false, false) => Relation::Concurrent,
            };
            assert_eq!(graph.relation(&left, &right), relation);
            let common: Vec<_> = left_past.intersection(&right_past).copied().collect();
            let is_lowest = |event: &LocalNumber| !common.iter().any(|other| other != event && pasts[*other as usize].contains(event));
            let lowest: Vec<_> = common.iter().copied().filter(is_lowest).collect();
            assert_eq!(graph.common_ancestors(&left, &right), lowest);
            assert_eq!(graph.common_ancestors(&right, &left), lowest);
            let between: Vec<_> = graph.between(&left, &right).into_iter().flatten().collect();
            assert_eq!(between, right_past.difference(&left_past).copied().collect::<Vec<_>>());
        }
    }
}
