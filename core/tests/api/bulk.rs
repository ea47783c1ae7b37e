use crate::{doc_of, kind};
use convergedb::limits::{TRANSACTION_BYTES_MAX, TRANSACTION_OPS_MAX, VALUE_BYTES_MAX};
use convergedb::{ErrorKind, ValueRef};

/// A row's id and its cells.
type Row<'a> = (&'a str, Vec<(&'a str, ValueRef<'a>)>);

/// The lengths of a document's transactions.
fn transactions(doc: &convergedb::api::Doc) -> Vec<u32> {
    let (mut lengths, mut known) = (Vec::new(), Default::default());
    loop {
        let page = doc.get_pending(&known, Default::default()).unwrap();
        for run in page.runs {
            let last = run.counter_start + run.ops.len() as u64 - 1;
            known.set(run.peer.clone(), last);
            lengths.extend(if run.tx.is_empty() { vec![1; run.ops.len()] } else { run.tx });
        }
        if !page.has_more {
            return lengths;
        }
    }
}

/// Goal: rows that fit one transaction are one. Method: none, one, and just as many as one may hold.
#[test]
fn what_fits_is_one_transaction() {
    let doc = doc_of("ana");
    let none: [(&str, [(&str, ValueRef<'_>); 0]); 0] = [];
    assert_eq!(doc.insert_many("t", &none).unwrap().events, 0);
    assert_eq!(doc.events().unwrap(), 0);
    let cells: [(&str, ValueRef<'_>); 1] = [("a", 1.into())];
    assert_eq!(doc.insert_many("t", &[("one", cells)]).unwrap().events, 1);
    let ids: Vec<String> = (0..TRANSACTION_OPS_MAX).map(|row| row.to_string()).collect();
    let rows: Vec<_> = ids.iter().map(|id| (id.as_str(), cells)).collect();
    let commit = doc.insert_many("t", &rows).unwrap();
    assert_eq!((commit.counter, commit.events), (1, TRANSACTION_OPS_MAX as u32));
    assert_eq!(transactions(&doc), [1, TRANSACTION_OPS_MAX as u32]);
}

/// Goal: rows beyond one transaction's operations become several. Method: two and a bit, and the commit that counts all.
#[test]
fn too_many_rows_become_several_transactions() {
    let doc = doc_of("ana");
    let count = 2 * TRANSACTION_OPS_MAX + 3;
    let ids: Vec<String> = (0..count).map(|row| format!("{row:06}")).collect();
    let rows: Vec<Row<'_>> = ids.iter().zip(0..).map(|(id, row)| (id.as_str(), vec![("n", ValueRef::Int(row))])).collect();
    let changes = doc.subscribe(convergedb::ChangeFilter::all(), usize::MAX).unwrap();
    let commit = doc.insert_many("t", &rows).unwrap();
    assert_eq!((commit.counter, commit.lamport, commit.events as usize), (0, 1, count));
    assert_eq!(doc.count("t").unwrap(), count);
    assert_eq!(transactions(&doc), [TRANSACTION_OPS_MAX as u32, TRANSACTION_OPS_MAX as u32, 3]);
    assert_eq!(changes.drain().unwrap().changes.iter().map(|change| change.patches.len()).sum::<usize>(), count);
    doc.check().unwrap();
}

/// Goal: rows beyond one transaction's bytes become several. Method: forty values of a megabyte.
#[test]
fn too_many_bytes_become_several_transactions() {
    let doc = doc_of("ana");
    let large = vec![7; VALUE_BYTES_MAX];
    let ids: Vec<String> = (0..40).map(|row| row.to_string()).collect();
    let rows: Vec<_> = ids.iter().map(|id| (id.as_str(), [("a", ValueRef::Bytes(&large))])).collect();
    assert_eq!(doc.insert_many("t", &rows).unwrap().events, 40);
    let lengths = transactions(&doc);
    assert_eq!((lengths.len(), lengths.iter().sum::<u32>()), (3, 40));
    assert!(lengths.iter().all(|&length| length as usize * VALUE_BYTES_MAX <= TRANSACTION_BYTES_MAX));
}

/// Goal: where several transactions are needed, a row that fails is found before anything is written. Method: each fault in the last row.
#[test]
fn a_bad_row_far_behind_is_found_first() {
    let doc = doc_of("ana");
    doc.insert("t", "there", &[]).unwrap();
    let before = (doc.digest().unwrap(), doc.sync_state().unwrap());
    let ids: Vec<String> = (0..TRANSACTION_OPS_MAX + 5).map(|row| row.to_string()).collect();
    let mut rows: Vec<Row<'_>> = ids.iter().map(|id| (id.as_str(), vec![("a", 1.into())])).collect();
    let long = "x".repeat(VALUE_BYTES_MAX);
    let faults: [(Row<'_>, ErrorKind); 7] = [
        (("there", vec![]), ErrorKind::RowExists),
        (("5", vec![]), ErrorKind::RowExists),
        (("", vec![]), ErrorKind::InvalidArgument),
        (("bad", vec![("", 1.into())]), ErrorKind::InvalidArgument),
        (("bad", vec![("a", f64::NAN.into())]), ErrorKind::InvalidValue),
        (("bad", vec![("a", 1.into()); 10_000_000 / 8]), ErrorKind::RowExists),
        (("large", vec![("a", long.as_str().into()); 17]), ErrorKind::LimitExceeded),
    ];
    for (row, expected) in faults {
        // A row that is merely wide is good: it must not be refused, so it comes with a fault behind it.
        let is_wide = row.1.len() > 1_000_000;
        rows.push(row);
        if is_wide {
            rows.push(("0", vec![]));
        }
        assert_eq!(kind(doc.insert_many("t", &rows)), expected);
        rows.truncate(ids.len());
        assert_eq!((doc.digest().unwrap(), doc.sync_state().unwrap()), before);
    }
    assert_eq!(kind(doc.insert_many("", &rows)), ErrorKind::InvalidArgument);
    doc.insert_many("t", &rows).unwrap();
    assert_eq!(doc.count("t").unwrap(), rows.len() + 1);
}
