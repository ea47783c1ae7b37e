//! Bytes from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use convergedb::*;

fn doc(seed: u64, name: &str) -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(seed).peer(PeerId::new(name).unwrap()).document(DocumentId([7; 16])))
}
fn reopen(a: &CrdtDoc) -> Result<CrdtDoc> {
    CrdtDoc::decode_replica(&a.encode_replica(), DocOptions::seeded(9).peer(a.peer().clone()))
}

#[test]
fn upserts() {
    let mut a = doc(1, "a");
    for _ in 0..5000 { a.upsert("t", "r", &[("c", 1i64.into())]).unwrap(); }
    println!("{}", a.encode_replica().len());
    reopen(&a).unwrap().check().unwrap();
}
#[test]
fn alternate() {
    let (mut a, mut b) = (doc(1, "a"), doc(2, "b"));
    a.insert("t", "r", &[("c", 1i64.into())]).unwrap();
    for at in 0..2000 {
        let (from, to) = if at % 2 == 0 { (&mut a, &mut b) } else { (&mut b, &mut a) };
        let p = from.encode_pending(&to.encode_request().unwrap()).unwrap();
        to.merge_update(&p.bytes).unwrap();
        to.update("t", "r", "c", 1i64).unwrap();
    }
    println!("{} {}", a.encode_replica().len(), b.events());
    reopen(&b).unwrap().check().unwrap();
    let s = b.encode_state().unwrap();
    CrdtDoc::decode_replica(&s, DocOptions::seeded(9)).unwrap();
}
#[test]
fn many() {
    let mut a = doc(1, "a");
    a.insert("t", "r", &[("c", 1i64.into())]).unwrap();
    for _ in 0..6_000_000 { a.update("t", "r", "c", 1i64).unwrap(); }
    println!("{}", a.encode_replica().len());
    println!("{}", a.encode_state().unwrap().len());
    CrdtDoc::decode_replica(&a.encode_state().unwrap(), DocOptions::seeded(9)).unwrap();
    reopen(&a).unwrap();
}
#[test]
fn deps() {
    let peers: Vec<PeerId> = (0..1024).map(|at| PeerId::new(&format!("p{at}")).unwrap()).collect();
    let mut hub = doc(99_999, "hub");
    for round in 0..6u64 {
        let runs: Vec<EventRun> = peers.iter().map(|peer| EventRun {
            peer: peer.clone(), counter_start: round, lamport_start: round + 1,
            deps: if round == 0 { vec![] } else { peers.iter().map(|peer| EventId::new(peer.clone(), round - 1)).collect() },
            ops: vec![RowOp::Insert { tbl: "t".into(), row_id: format!("{round}"), values: vec![] }], tx: vec![], at: vec![] }).collect();
        hub.merge_remote(&runs).unwrap();
        let mut new = doc(5, "new");
        let u = hub.encode_pending(&new.encode_request().unwrap()).unwrap();
        println!("round {round}: {} events, {} bytes, {}", hub.events(), u.bytes.len(), u.has_more);
        new.merge_update(&u.bytes).unwrap();
    }
}
