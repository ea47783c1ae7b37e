use super::*;
use crate::clock::SplitMix;
use crate::doc::{CrdtDoc, DocOptions};
use crate::error::Error;
use crate::limits::{NAME_BYTES_MAX, VALUE_BYTES_MAX};
use crate::types::PeerId;

fn alice() -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(1).peer(PeerId::new("alice").unwrap()))
}

/// Makes a call that must fail and change nothing.
fn refused<T: core::fmt::Debug>(doc: &mut CrdtDoc, call: impl FnOnce(&mut CrdtDoc) -> Result<T>) -> Error {
    let before = (doc.digest(), doc.sync_state());
    let error = call(doc).unwrap_err();
    assert!(before == (doc.digest(), doc.sync_state()));
    doc.check().unwrap();
    error
}

#[test]
fn writes_show_in_the_rows() {
    let mut doc = alice();
    assert_eq!(doc.rows_json(), "{}");
    doc.insert_json("t", "b", r#"{"y":1.0,"x":{"$bytes":"AA=="}}"#).unwrap();
    doc.insert_json("t", "a", r#" [["x",1],["x",2]] "#).unwrap();
    doc.upsert_json("t", "a", r#"{"é\n":null}"#).unwrap();
    doc.update_json("t", "b", "y", "-0.0").unwrap();
    let commit = doc.transaction_json(
        r#"[{"type":"insert","tbl":"s","row_id":"1","values":{}},{"type":"delete","tbl":"t","row_id":"b"},
            {"type":"insert","tbl":"t","row_id":"b","values":[["z",true]]},
            {"type":"update","tbl":"t","row_id":"b","col":"z","value":"\u00e9"}]"#,
        Some(-5),
    );
    assert_eq!(commit.unwrap().events, 4);
    assert_eq!(doc.rows_json(), r#"{"s":{"1":{}},"t":{"a":{"x":2,"é\n":null},"b":{"z":"é"}}}"#);
    assert_eq!(doc.transaction_json("[]", None).unwrap().events, 0);
}

#[test]
fn what_one_writes_another_merges() {
    let mut doc = alice();
    doc.insert_json("t", "r", r#"{"x":1}"#).unwrap();
    doc.transaction_json(r#"[{"type":"update","tbl":"t","row_id":"r","col":"x","value":2}]"#, Some(7)).unwrap();
    let insert = r#"{"type":"insert","tbl":"t","row_id":"r","values":[["x",1]]}"#;
    let update = r#"{"type":"update","tbl":"t","row_id":"r","col":"x","value":2}"#;
    let runs = format!(r#"[{{"peer":"alice","counter_start":0,"lamport_start":1,"deps":[],"ops":[{insert},{update}],"at":[null,7]}}]"#);
    assert_eq!(doc.get_pending_json("{}").unwrap(), format!(r#"{{"runs":{runs},"has_more":false}}"#));
    assert_eq!(doc.get_pending_json(r#"{"alice":-1}"#).unwrap(), doc.get_pending_json("{}").unwrap());
    assert_eq!(doc.get_pending_json(r#"{"alice":1}"#).unwrap(), r#"{"runs":[],"has_more":false}"#);

    let mut bob = CrdtDoc::new(DocOptions::seeded(2));
    let merged = bob.merge_remote_json(&runs).unwrap();
    let patch = r#"{"type":"insert_row","tbl":"t","row_id":"r","values":[["x",2]]}"#;
    assert_eq!(merge_result_to_json(&merged), format!(r#"{{"patches":[{patch}],"applied":2,"duplicates":0,"pending":0,"rejected":0}}"#));
    assert_eq!(bob.sync_state_json(), r#"{"frontier":[["alice",1]],"versions":{"alice":1}}"#);
    assert_eq!(bob.rows_json(), r#"{"t":{"r":{"x":2}}}"#);

    let error = refused(&mut bob, |bob| bob.merge_remote_json(&runs.replace(r#""x",1"#, r#""x",3"#)));
    assert_eq!(error.kind(), ErrorKind::ConflictingEvent);
    let error = refused(&mut bob, |bob| bob.merge_remote_json(&runs.replace("[null,7]", "[null]")));
    assert_eq!((error.kind(), error.path()), (ErrorKind::Malformed, Some("[0].at")));
    let error =
        refused(&mut bob, |bob| bob.merge_remote_json(&runs.replace(r#""counter_start":0"#, r#""counter_start":9007199254740991"#)));
    assert_eq!(error.kind(), ErrorKind::Malformed, "found by the checks of the typed form");
}

#[test]
fn names_come_before_values_and_values_before_the_row() {
    let mut doc = alice();
    doc.insert_json("t", "r", "{}").unwrap();
    let long = "n".repeat(NAME_BYTES_MAX + 1);
    let cases = [
        ("", "r", "no JSON", ErrorKind::InvalidArgument),
        ("t", "", "no JSON", ErrorKind::InvalidArgument),
        (&long, "q", "[]", ErrorKind::LimitExceeded),
        ("t", "q", r#"[["a",[]],["",1]]"#, ErrorKind::InvalidArgument),
        ("t", "q", r#"{"a":[],"":1}"#, ErrorKind::InvalidArgument),
        ("t", "r", r#"[["a",18446744073709551616]]"#, ErrorKind::InvalidValue),
        ("t", "r", r#"{"a":1e999}"#, ErrorKind::InvalidValue),
        ("t", "r", r#"{"a":NaN}"#, ErrorKind::InvalidValue),
        ("t", "r", r#"{"a":"\ud800"}"#, ErrorKind::InvalidValue),
        ("t", "q", r#"{"\ud800":1}"#, ErrorKind::InvalidArgument),
        ("t", "r", r#"{"a":1,"a":2}"#, ErrorKind::Malformed),
        ("t", "r", r#"{"a":1}"#, ErrorKind::RowExists),
        ("t", "q", "", ErrorKind::Malformed),
        ("t", "q", r#"{"a":1}x"#, ErrorKind::Malformed),
        ("t", "q", "1", ErrorKind::InvalidArgument),
        ("t", "q", "[1]", ErrorKind::InvalidArgument),
        ("t", "q", r#"[["a"]]"#, ErrorKind::InvalidArgument),
        ("t", "q", r#"[["a",1,2]]"#, ErrorKind::InvalidArgument),
        ("t", "q", "[[1,1]]", ErrorKind::InvalidArgument),
    ];
    for (tbl, row_id, values, wanted) in cases {
        let error = refused(&mut doc, |doc| doc.insert_json(tbl, row_id, values));
        assert_eq!(error.kind(), wanted, "{tbl} {row_id} {values}");
        if wanted != ErrorKind::RowExists {
            assert_eq!(kind(doc.upsert_json(tbl, row_id, values)), wanted, "{tbl} {row_id} {values}");
        }
    }
    let updates = [
        ("", "none", "x", "no JSON", ErrorKind::InvalidArgument),
        ("t", "none", "", "1e999", ErrorKind::InvalidArgument),
        ("t", "none", "x", "9223372036854775808", ErrorKind::InvalidValue),
        ("t", "none", "x", "{", ErrorKind::Malformed),
        ("t", "none", "x", "1", ErrorKind::RowNotFound),
    ];
    for (tbl, row_id, col, value, wanted) in updates {
        assert_eq!(refused(&mut doc, |doc| doc.update_json(tbl, row_id, col, value)).kind(), wanted, "{tbl} {row_id} {col} {value}");
    }
    // The first value that is no good counts, whatever is wrong with it.
    let too_long = "v".repeat(VALUE_BYTES_MAX + 1);
    let error = refused(&mut doc, |doc| doc.insert_json("t", "r", &format!(r#"[["a","{too_long}"],["b",[]]]"#)));
    assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(VALUE_BYTES_MAX as u64)));
    assert_eq!(error.path(), Some("[0][1]"));
}

#[test]
fn a_transaction_fails_at_its_first_bad_operation() {
    let mut doc = alice();
    doc.insert_json("t", "r", "{}").unwrap();
    let good = r#"{"type":"insert","tbl":"t","row_id":"new","values":[]}"#;
    let cases = [
        (r#"{"type":"update","tbl":"t","row_id":"none","col":"x","value":1}"#, ErrorKind::RowNotFound),
        (r#"{"type":"update","tbl":"t","row_id":"none","col":"","value":[]}"#, ErrorKind::InvalidArgument),
        (r#"{"type":"update","tbl":"t","row_id":"none","col":"x","value":[]}"#, ErrorKind::InvalidValue),
        (r#"{"type":"update","tbl":"t","row_id":"r","col":"x"}"#, ErrorKind::InvalidArgument),
        (r#"{"type":"insert","tbl":"t","row_id":"r","values":null}"#, ErrorKind::InvalidArgument),
        (r#"{"type":"insert","tbl":"t","row_id":"new","values":[]}"#, ErrorKind::RowExists),
        (r#"{"type":"upsert","tbl":"t","row_id":"r","values":[]}"#, ErrorKind::InvalidArgument),
        (r#"{"tbl":"t","row_id":"r"}"#, ErrorKind::InvalidArgument),
        (r#"{"type":"delete","tbl":"t","row_id":"r","note":"\ud800"}"#, ErrorKind::Malformed),
        ("7", ErrorKind::InvalidArgument),
    ];
    for (bad, wanted) in cases {
        // What comes behind the first bad operation is not looked at.
        for rest in [r#"{"type":"delete","tbl":"","row_id":""}"#, "null", r#"["\ud800"]"#] {
            let error = refused(&mut doc, |doc| doc.transaction_json(&format!("[{good},{bad},{rest}]"), None));
            assert_eq!(error.kind(), wanted, "{bad}");
            assert!(error.path().unwrap().starts_with("[1]"), "{error}");
        }
    }
    for (text, wanted) in
        [("{}", ErrorKind::InvalidArgument), ("null", ErrorKind::InvalidArgument), ("[", ErrorKind::Malformed), ("", ErrorKind::Malformed)]
    {
        assert_eq!(refused(&mut doc, |doc| doc.transaction_json(text, None)).kind(), wanted);
    }
    let error = refused(&mut doc, |doc| doc.get_pending_json("[]"));
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

/// Goal: no text into any call panics, and a refused one changes nothing. Method: mangled texts of every kind into every call.
#[test]
fn mangled_texts_are_refused_or_taken_whole() {
    let mut rng = SplitMix::new(9);
    let mut author = alice();
    author.insert_json("t", "r", r#"{"x":1,"y":"é"}"#).unwrap();
    author
        .transaction_json(
            r#"[{"type":"update","tbl":"t","row_id":"r","col":"x","value":2},{"type":"delete","tbl":"t","row_id":"r"}]"#,
            Some(1),
        )
        .unwrap();
    let messages = runs_to_json(&author.get_pending(&VersionVector::new()).unwrap().runs);
    let texts = [
        messages.as_str(),
        r#"[{"type":"insert","tbl":"t","row_id":"q","values":{"a":[],"b":1}},{"type":"delete","tbl":"t","row_id":"r"}]"#,
        r#"[["x",{"$bytes":"AA=="}],["y",-0.0]]"#,
        r#"{"x":{"$bytes":"AA=="},"y":18446744073709551616}"#,
        r#"{"alice":1,"bob":-1}"#,
    ];
    let (mut taken, mut refusals) = (0, 0);
    for _ in 0..4_000 {
        let text = texts[rng.below(texts.len() as u64) as usize];
        let text = generate::mangle(&mut rng, text);
        let mut doc = CrdtDoc::new(DocOptions::seeded(3));
        doc.insert_json("t", "r", "{}").unwrap();
        let results = [
            |doc: &mut CrdtDoc, text: &str| doc.merge_remote_json(text).err(),
            |doc: &mut CrdtDoc, text: &str| doc.transaction_json(text, None).err(),
            |doc: &mut CrdtDoc, text: &str| doc.insert_json("t", "new", text).err(),
            |doc: &mut CrdtDoc, text: &str| doc.upsert_json("t", "r", text).err(),
            |doc: &mut CrdtDoc, text: &str| doc.update_json("t", "r", "x", text).err(),
            |doc: &mut CrdtDoc, text: &str| doc.get_pending_json(text).err(),
        ];
        for call in results {
            let before = (doc.digest(), doc.sync_state(), doc.waiting_events());
            match call(&mut doc, &text) {
                Some(_) => {
                    assert!(before == (doc.digest(), doc.sync_state(), doc.waiting_events()), "{text}");
                    refusals += 1;
                }
                None => taken += 1,
            }
        }
        doc.check().unwrap();
    }
    assert!(taken > 300 && refusals > 10_000, "{taken} taken, {refusals} refused");
}
