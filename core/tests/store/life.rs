//! A replica lives through random writes, merges, forks and deaths, and is compared with one that stays in memory.

use convergedb::clock::SplitMix;
use convergedb::store::Store;
use convergedb::{CrdtDoc, DocOptions, DocStore, EventId, EventRun, PeerId, Result, RowOp, ValueRef, VersionVector};

fn options(seed: u64) -> DocOptions {
    DocOptions::seeded(seed)
}

/// Opens the replica in a store, under its own peer id.
pub fn open(store: impl Store + 'static, seed: u64) -> (CrdtDoc, DocStore) {
    let (doc, kept, _) = DocStore::open(store, false, move || options(seed), |_, _| true).unwrap();
    (doc, kept)
}

/// Everything that can be seen of a replica.
pub fn seen(doc: &mut CrdtDoc) -> impl PartialEq + core::fmt::Debug + use<> {
    let waiting = doc.waiting_events();
    let runs = doc.get_pending(&VersionVector::new()).unwrap().runs;
    let request = doc.encode_request().unwrap();
    (doc.peer().clone(), doc.digest(), doc.sync_state(), waiting, doc.missing(), runs, request, doc.needs_fresh_peer())
}

/// One value of each kind, and the awkward ones.
pub fn value(random: &mut SplitMix) -> convergedb::Value {
    use convergedb::Value::*;
    match random.below(16) {
        0 => Null,
        1 => Bool(true),
        2 => Bool(false),
        3 => Int(i64::MIN),
        4 => Int(9_007_199_254_740_993),
        5 => Float(-0.0),
        6 => Float(0.1 + 0.2),
        7 => Float(1e300),
        8 => Str("with \0 inside".into()),
        9 => Str(String::new()),
        10 => Bytes(vec![0, 255, 7]),
        11 => Bytes(Vec::new()),
        12 => Str("é".repeat(random.below(200) as usize)),
        number => Int(number as i64 - 13),
    }
}

/// A random write; refused ones change nothing.
pub fn write(doc: &mut CrdtDoc, random: &mut SplitMix) -> Result<()> {
    let tbl = ["todos", "Todos", "a\"b", "converge_log"][random.below(4) as usize];
    let row = format!("row {}", random.below(12));
    let col = format!("c{}", random.below(4));
    let (one, two) = (value(random), value(random));
    match random.below(12) {
        0..=3 => doc.upsert(tbl, &row, &[("title", one.as_ref()), (&col, two.as_ref())]).map(drop),
        4..=7 => doc.update(tbl, &row, &col, one.as_ref()).map(drop),
        8 => doc.delete(tbl, &row).map(drop),
        9 => doc.insert(tbl, &row, &[("row_id", one.as_ref())]).map(drop),
        10 => doc
            .transaction(Some(random.below(1 << 40) as i64), |tx| {
                tx.upsert(tbl, &row, &[("n", ValueRef::Int(1))])?;
                tx.upsert(tbl, "other", &[])?;
                tx.update(tbl, &row, "n", two.as_ref())
            })
            .map(drop),
        _ => doc.delete_all(tbl).map(drop),
    }
}

/// A life of `steps` steps: each ends with a commit, and now and then the replica is dropped and opened again.
pub fn live<S: Store + 'static>(seed: u64, steps: u64, store: impl Fn() -> S) {
    let random = &mut SplitMix::new(seed);
    let (mut doc, mut kept) = open(store(), seed);
    let mut peer = CrdtDoc::new(options(seed + 1_000).peer(PeerId::new("peer").unwrap()).document(doc.document_id()));
    let mut third = CrdtDoc::new(options(seed + 2_000).document(doc.document_id()));
    for step in 0..steps {
        match random.below(12) {
            0..=4 => drop(write(&mut doc, random)),
            5 => {
                for _ in 0..random.below(5) {
                    let _ = write(&mut peer, random);
                }
                let _ = write(&mut third, random);
                peer.merge_remote(&third.get_pending(&peer.versions()).unwrap().runs).unwrap();
                let _ = write(&mut peer, random);
            }
            6 | 7 => {
                // The peer's newest events without what they stand on, or all.
                let known = if random.below(2) == 0 { doc.versions() } else { third.versions() };
                let runs = peer.get_pending(&known).unwrap().runs;
                doc.merge_remote(&runs).unwrap();
            }
            8 => {
                let request = doc.encode_request().unwrap();
                let page = peer.encode_pending(&request).unwrap();
                doc.merge_update(&page.bytes).unwrap();
            }
            9 => {
                let request = peer.encode_request().unwrap();
                let page = doc.encode_pending(&request).unwrap();
                peer.merge_update(&page.bytes).unwrap();
            }
            10 if random.below(6) == 0 => drop(doc.fork(random.below(4)).unwrap()),
            10 => drop(doc.drop_waiting()),
            _ => {
                kept.commit(&mut doc).unwrap();
                let before = seen(&mut doc);
                if random.below(2) == 0 {
                    kept.close(&doc).unwrap();
                }
                drop((doc, kept));
                (doc, kept) = open(store(), seed + step);
                assert_eq!(seen(&mut doc), before, "seed {seed}, step {step}");
            }
        }
        kept.commit(&mut doc).unwrap();
        doc.check().unwrap_or_else(|broken| panic!("seed {seed}, step {step}: {broken}"));
    }
    assert_eq!(kept.verify().unwrap(), Vec::<String>::new());
    let before = seen(&mut doc);
    kept.rebuild(&mut doc).unwrap();
    assert_eq!(seen(&mut doc), before, "seed {seed}, rebuilt");
    assert_eq!(kept.verify().unwrap(), Vec::<String>::new());
}

/// A life of many writes, some with times, with a peer's in between: the log fills segments.
pub fn long<S: Store + 'static>(seed: u64, events: u64, store: impl Fn() -> S) {
    let random = &mut SplitMix::new(seed);
    let (mut doc, mut kept) = open(store(), seed);
    let mut peer = CrdtDoc::new(options(seed + 1_000).document(doc.document_id()));
    while doc.events() < events {
        let many = random.below(900);
        doc.transaction(if many % 2 == 0 { Some(many as i64) } else { None }, |tx| {
            (0..many).try_for_each(|_| {
                let row = random.below(500).to_string();
                tx.upsert("t", &row, &[("a", ValueRef::Int(random.below(1 << 30) as i64)), ("b", value(random).as_ref())])
            })
        })
        .unwrap();
        kept.commit(&mut doc).unwrap();
        if random.below(8) == 0 {
            let request = peer.encode_request().unwrap();
            let mut page = doc.encode_pending(&request).unwrap();
            while page.has_more {
                peer.merge_update(&page.bytes).unwrap();
                page = doc.encode_pending(&peer.encode_request().unwrap()).unwrap();
            }
            peer.merge_update(&page.bytes).unwrap();
            for _ in 0..random.below(3_000) {
                let _ = write(&mut peer, random);
            }
            let request = doc.encode_request().unwrap();
            doc.merge_update(&peer.encode_pending(&request).unwrap().bytes).unwrap();
            kept.commit(&mut doc).unwrap();
        }
        if random.below(12) == 0 {
            let before = (doc.digest(), doc.sync_state());
            drop((doc, kept));
            (doc, kept) = open(store(), seed);
            assert_eq!((doc.digest(), doc.sync_state()), before);
        }
    }
    let before = seen(&mut doc);
    kept.close(&doc).unwrap();
    drop((doc, kept));
    let (mut doc, mut kept) = open(store(), seed);
    assert_eq!(seen(&mut doc), before);
    doc.check().unwrap();
    assert_eq!(kept.verify().unwrap(), Vec::<String>::new());
    kept.rebuild(&mut doc).unwrap();
    assert_eq!(seen(&mut doc), before);
}

/// What waits is opened with room for less, goes on, and is opened with room for all again.
pub fn narrow<S: Store + 'static>(seed: u64, store: impl Fn() -> S) {
    let random = &mut SplitMix::new(seed);
    let open = |limits: (usize, usize)| {
        DocStore::open(store(), false, move || options(seed).waiting_limits(limits.0, limits.1), |_, _| true)
            .map(|opened| (opened.0, opened.1))
    };
    let wide = (10_000, 1 << 20);
    let (mut doc, mut kept) = open(wide).unwrap();
    let mut peers: Vec<CrdtDoc> = (0..3).map(|peer| CrdtDoc::new(options(seed + 1_000 + peer).document(doc.document_id()))).collect();
    for round in 0..12 {
        for peer in &mut peers {
            let _ = peer.upsert("t", "first", &[]);
            let known = peer.versions();
            for _ in 0..=random.below(4) {
                let text = "w".repeat(random.below(200) as usize);
                drop(peer.upsert("t", &random.below(5).to_string(), &[("text", ValueRef::Str(&text))]));
            }
            doc.merge_remote(&peer.get_pending(&known).unwrap().runs).unwrap();
            if random.below(3) == 0 {
                // All that it is without comes, and nothing of it waits any longer.
                let update = peer.encode_pending(&doc.encode_request().unwrap()).unwrap();
                doc.merge_update(&update.bytes).unwrap();
            }
            kept.commit(&mut doc).unwrap();
        }
        drop((doc, kept));
        let limits = if random.below(2) == 0 { wide } else { (random.below(12) as usize + 1, 2_000) };
        (doc, kept) = open(limits).unwrap();
        doc.check().unwrap_or_else(|broken| panic!("seed {seed}, round {round}: {broken}"));
        kept.commit(&mut doc).unwrap();
        // What is stored is what waits, each once.
        assert_eq!(kept.store().load().unwrap().waiting.len(), doc.waiting_events() as usize, "seed {seed}, round {round}");
        let before = seen(&mut doc);
        drop((doc, kept));
        (doc, kept) = open(wide).unwrap();
        assert_eq!(seen(&mut doc), before, "seed {seed}, round {round}");
    }
}

/// Goal: an entry of what waits that is damaged costs itself, and no other. Method: two wait, one of them the replica's own first event, which
/// comes back to it before what it depends on; the other is damaged.
pub fn damaged_waiting<S: Store + 'static>(store: impl Fn() -> S) {
    let waits = |peer: PeerId| EventRun {
        peer,
        counter_start: 0,
        lamport_start: 2,
        deps: vec![EventId::new(PeerId::new("gone").unwrap(), 0)],
        ops: vec![RowOp::Insert { tbl: "t".into(), row_id: "r".into(), values: Vec::new() }],
        tx: Vec::new(),
        at: Vec::new(),
    };
    let (mut doc, mut kept) = open(store(), 6);
    for peer in [PeerId::new("other").unwrap(), doc.peer().clone()] {
        doc.merge_remote(&[waits(peer)]).unwrap();
        kept.commit(&mut doc).unwrap();
    }
    assert_eq!(doc.waiting_events(), 2);
    let first = kept.store().load().unwrap().waiting[0].0;
    kept.close(&doc).unwrap();
    let mut damaged = store();
    damaged.begin().unwrap();
    damaged.put_waiting(first, b"damaged").unwrap();
    damaged.commit().unwrap();
    damaged.close().unwrap();
    drop((doc, kept, damaged));
    for _ in 0..2 {
        let (mut doc, mut kept) = open(store(), 6);
        assert_eq!(doc.waiting_events(), 1);
        doc.check().unwrap();
        kept.commit(&mut doc).unwrap();
        assert_eq!(kept.store().load().unwrap().waiting.len(), 1);
        kept.close(&doc).unwrap();
    }
}

/// Goal: rows of an older form are made again from the log when the store is opened, and only then. Method: the head says so of them.
pub fn older_rows<S: Store + 'static>(store: impl Fn() -> S) {
    let (mut doc, mut kept) = open(store(), 5);
    for row in 0..20 {
        doc.insert("t", &row.to_string(), &[("n", ValueRef::Int(row))]).unwrap();
        kept.commit(&mut doc).unwrap();
    }
    doc.delete("t", "3").unwrap();
    kept.commit(&mut doc).unwrap();
    let (before, head) = (seen(&mut doc), kept.head().clone());
    kept.close(&doc).unwrap();
    let mut older = store();
    older.begin().unwrap();
    older.put_head(&convergedb::store::Head { rows_format: 0, ..head }).unwrap();
    older.commit().unwrap();
    older.close().unwrap();
    for round in 0..2 {
        let (mut doc, mut kept, opened) = DocStore::open(store(), false, || options(5), |_, _| true).unwrap();
        assert_eq!(opened.rebuilt.is_some(), round == 0, "{opened:?}");
        assert_eq!(seen(&mut doc), before);
        assert!(kept.verify().unwrap().is_empty());
        kept.close(&doc).unwrap();
    }
}
