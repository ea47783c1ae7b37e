use super::*;
use crate::clock::SplitMix;
use crate::types::{EventId, PeerId, RowOp};

/// Goal: writing loses nothing. Method: random runs with every kind of value, name and time are written and read again.
#[test]
fn what_is_written_reads_back() {
    let mut rng = SplitMix::new(1);
    for _ in 0..5_000 {
        let runs = generate::runs(&mut rng);
        let text = runs_to_json(&runs);
        assert_eq!(parse_runs(&text).unwrap(), runs, "{text}");
        let respelled = generate::respell(&mut rng, &text);
        assert_eq!(parse_runs(&respelled).unwrap(), runs, "{respelled}");
        let value = generate::value(&mut rng);
        assert_eq!(parse_value(&value_to_json(value.as_ref())).unwrap(), value);
    }
}

#[test]
fn values_are_written_as_the_contract_says() {
    let written = [
        (Value::Null, "null"),
        (Value::Bool(true), "true"),
        (Value::Int(-1), "-1"),
        (Value::Float(1.0), "1.0"),
        (Value::Float(-0.0), "-0.0"),
        (Value::Float(0.1), "0.1"),
        (Value::Float(1e300), "1e300"),
        (Value::Float(5e-324), "5e-324"),
        (Value::Float(f64::NAN), "null"),
        (Value::Str("\"\\\n\0é/😀\u{7f}".to_owned()), "\"\\\"\\\\\\n\\u0000é/😀\u{7f}\""),
        (Value::Bytes(vec![]), r#"{"$bytes":""}"#),
        (Value::Bytes(vec![0, 1, 255, 128]), r#"{"$bytes":"AAH/gA=="}"#),
    ];
    for (value, text) in written {
        assert_eq!(value_to_json(value.as_ref()), text);
    }
    // A float never looks like an integer.
    let mut rng = SplitMix::new(2);
    for _ in 0..10_000 {
        let float = f64::from_bits(rng.next_u64());
        let text = value_to_json(ValueRef::Float(float));
        assert!(!float.is_finite() || text.contains(['.', 'e']), "{text}");
    }
}

#[test]
fn forms_are_those_of_the_contract() {
    let id = |peer: &str, counter| EventId::new(PeerId::new(peer).unwrap(), counter);
    let (tbl, row_id) = ("todos".to_owned(), "1".to_owned());
    let insert = RowOp::Insert {
        tbl: tbl.clone(),
        row_id: row_id.clone(),
        values: vec![("title".to_owned(), "milk".into()), ("done".to_owned(), false.into())],
    };
    let update = RowOp::Update { tbl: tbl.clone(), row_id: row_id.clone(), col: "done".to_owned(), value: true.into() };
    let delete = RowOp::Delete { tbl: tbl.clone(), row_id: row_id.clone() };
    let insert_text = r#"{"type":"insert","tbl":"todos","row_id":"1","values":[["title","milk"],["done",false]]}"#;
    let update_text = r#"{"type":"update","tbl":"todos","row_id":"1","col":"done","value":true}"#;
    let delete_text = r#"{"type":"delete","tbl":"todos","row_id":"1"}"#;

    let event = Event { id: id("alice", 1), deps: vec![id("alice", 0)], lamport: 2, at: None, op: update.clone() };
    assert_eq!(event_to_json(&event), format!(r#"{{"id":["alice",1],"deps":[["alice",0]],"lamport":2,"op":{update_text}}}"#));
    assert!(event_to_json(&Event { at: Some(-5), ..event }).ends_with(r#","at":-5}"#));

    let peer = PeerId::new("alice").unwrap();
    let ops = vec![insert, update, delete];
    let start =
        format!(r#"{{"peer":"alice","counter_start":0,"lamport_start":1,"deps":[],"ops":[{insert_text},{update_text},{delete_text}]"#);
    let mut run =
        EventRun { peer, counter_start: 0, lamport_start: 1, deps: vec![], ops, tx: vec![2, 1], at: vec![Some(1_700_000_000_000), None] };
    assert_eq!(runs_to_json(core::slice::from_ref(&run)), format!(r#"[{start},"tx":[2,1],"at":[1700000000000,null]}}]"#));
    (run.tx, run.at) = (vec![1, 1, 1], vec![None; 3]);
    assert_eq!(runs_to_json(&[run]), format!("[{start}}}]"));

    let values = vec![("c".to_owned(), Value::Float(2.0))];
    let patches = vec![
        Patch::SetCell { tbl: tbl.clone(), row_id: row_id.clone(), col: "c".to_owned(), value: Value::Null },
        Patch::InsertRow { tbl: tbl.clone(), row_id: row_id.clone(), values },
        Patch::DeleteRow { tbl, row_id },
    ];
    let texts = [
        r#"{"type":"set_cell","tbl":"todos","row_id":"1","col":"c","value":null}"#,
        r#"{"type":"insert_row","tbl":"todos","row_id":"1","values":[["c",2.0]]}"#,
        r#"{"type":"delete_row","tbl":"todos","row_id":"1"}"#,
    ];
    assert_eq!(patches.iter().map(patch_to_json).collect::<Vec<_>>(), texts);
    let result = MergeResult { patches, applied: 3, duplicates: 1, pending: 2, rejected: 4, fresh_peer: false };
    assert_eq!(
        merge_result_to_json(&result),
        format!(r#"{{"patches":[{}],"applied":3,"duplicates":1,"pending":2,"rejected":4}}"#, texts.join(","))
    );

    let state = SyncState { frontier: vec![id("alice", 3)], versions: [(PeerId::new("alice").unwrap(), 3)].into_iter().collect() };
    assert_eq!(sync_state_to_json(&state), r#"{"frontier":[["alice",3]],"versions":{"alice":3}}"#);
}
