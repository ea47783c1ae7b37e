//! What every store does, whatever it lies on.

use convergedb::store::{Head, RowPlace, SegmentBytes, Store, StoredRow};
use convergedb::{Result, ValueRef};

type Row = (u32, String, RowPlace, Vec<u8>, Vec<(u32, convergedb::Value)>);

/// Runs everything; `make` makes what opens one store again and again.
pub fn run<O: FnMut() -> Box<dyn Store>>(mut make: impl FnMut() -> O) {
    nothing_is_there_at_first(&mut make());
    what_is_committed_is_there_again(&mut make());
    what_is_rolled_back_is_not(&mut make());
    rows_move_between_places(&mut make());
    values_keep_kind_and_bits(&mut make());
    the_log_is_in_order(&mut make());
    everything_can_be_cleared(&mut make());
}

fn commit(store: &mut dyn Store, write: impl FnOnce(&mut dyn Store) -> Result<()>) {
    store.begin().unwrap();
    write(store).unwrap();
    store.commit().unwrap();
}

fn head() -> Head {
    let (document, file_id, peer) = ([7; 16], [9; 16], "ana".to_owned());
    Head { document, document_given: true, peer, needs_fresh_peer: true, file_id, epoch: 3, rows_format: 1, events: u32::MAX }
}

fn rows(store: &mut dyn Store, table: u32, columns: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    store
        .rows(table, columns, &mut |row| {
            let cells = row.cells.iter().map(|&(column, value)| (column, value.to_value())).collect();
            rows.push((row.row, row.id.to_owned(), row.place, row.stamps.to_vec(), cells));
            Ok(())
        })
        .unwrap();
    rows
}

fn row<'a>(row: u32, id: &'a str, place: RowPlace, cells: &'a [(u32, ValueRef<'a>)]) -> StoredRow<'a> {
    StoredRow { table: 0, row, id, place, stamps: b"stamps", cells }
}

fn nothing_is_there_at_first(open: &mut impl FnMut() -> Box<dyn Store>) {
    let stored = open().load().unwrap();
    assert!(stored.head.is_none() && stored.segments.is_empty() && stored.records.is_empty());
}

fn what_is_committed_is_there_again(open: &mut impl FnMut() -> Box<dyn Store>) {
    let mut store = open();
    commit(&mut *store, |store| {
        store.put_head(&head())?;
        store.put_table(0, "todos")?;
        store.put_column(0, 0, "title")?;
        store.put_record(0, b"one", u64::MAX)?;
        store.put_waiting(5, b"waits")?;
        store.put_waiting(6, b"waits no more")?;
        store.drop_waiting(6)?;
        store.drop_waiting(99)?;
        store.put_chain(0, b"chain")?;
        store.put_row(&row(0, "a", RowPlace::Shown, &[(0, ValueRef::Str("x"))]), None)
    });
    drop(store);
    let mut store = open();
    let stored = store.load().unwrap();
    assert_eq!(stored.head, Some(head()));
    assert_eq!((stored.records[0].bytes.as_slice(), stored.records[0].rows_sum), (&b"one"[..], u64::MAX));
    assert_eq!(stored.waiting, [(5, b"waits".to_vec())]);
    assert_eq!(stored.chains, [(0, b"chain".to_vec())]);
    assert_eq!(stored.tables, [(0, "todos".to_owned())]);
    assert_eq!(stored.columns, [(0, 0, "title".to_owned())]);
    assert_eq!(rows(&mut *store, 0, 1), [(0, "a".into(), RowPlace::Shown, b"stamps".to_vec(), vec![(0, "x".into())])]);
    store.close().unwrap();
}

fn what_is_rolled_back_is_not(open: &mut impl FnMut() -> Box<dyn Store>) {
    let mut store = open();
    commit(&mut *store, |store| store.put_head(&head()));
    store.begin().unwrap();
    store.put_table(0, "todos").unwrap();
    store.put_record(0, b"one", 1).unwrap();
    store.rollback();
    assert!(store.load().unwrap().records.is_empty() && store.load().unwrap().tables.is_empty());
    store.begin().unwrap();
    store.put_table(0, "todos").unwrap();
    drop(store);
    let stored = open().load().unwrap();
    assert!(stored.records.is_empty() && stored.tables.is_empty());
}

fn rows_move_between_places(open: &mut impl FnMut() -> Box<dyn Store>) {
    use RowPlace::{Hidden, Shown};
    let mut store = open();
    commit(&mut *store, |store| {
        store.put_head(&head())?;
        store.put_table(0, "t")?;
        store.put_column(0, 0, "a")?;
        store.put_column(0, 1, "b")?;
        store.put_row(&row(0, "zero", Shown, &[(0, ValueRef::Int(1))]), None)?;
        store.put_row(&row(1, "one", Hidden, &[(1, ValueRef::Bytes(b"kept"))]), None)?;
        store.put_row(&row(2, "two", Shown, &[]), None)
    });
    commit(&mut *store, |store| {
        store.put_row(&row(0, "zero", Hidden, &[]), Some(Shown))?;
        store.put_row(&row(1, "one", Shown, &[(0, ValueRef::Int(2)), (1, ValueRef::Float(0.5))]), Some(Hidden))?;
        store.put_row(&row(2, "two", Shown, &[(1, ValueRef::Int(5))]), Some(Shown))
    });
    let found = rows(&mut *store, 0, 2);
    let places: Vec<_> = found.iter().map(|row| (row.0, row.1.as_str(), row.2)).collect();
    assert_eq!(places, [(0, "zero", Hidden), (1, "one", Shown), (2, "two", Shown)]);
    let cell = |row: usize, column: u32| found[row].4.iter().find(|cell| cell.0 == column).map(|cell| cell.1.clone());
    assert_eq!((cell(1, 0), cell(1, 1)), (Some(2.into()), Some(0.5.into())));
    assert_eq!(cell(2, 1), Some(5.into()));
    assert!(found[0].4.iter().all(|cell| cell.1 == convergedb::Value::Null));
}

fn values_keep_kind_and_bits(open: &mut impl FnMut() -> Box<dyn Store>) {
    let long = "x".repeat(100_000);
    let values = [
        ValueRef::Float(-0.0),
        ValueRef::Float(1.0),
        ValueRef::Float(f64::MIN_POSITIVE / 2.0),
        ValueRef::Int(9_007_199_254_740_993),
        ValueRef::Int(i64::MIN),
        ValueRef::Str("a\0b"),
        ValueRef::Str(""),
        ValueRef::Str("1.0"),
        ValueRef::Bytes(b"\0\xff"),
        ValueRef::Bytes(b""),
        ValueRef::Str(&long),
    ];
    let cells: Vec<(u32, ValueRef<'_>)> = (0..).zip(values).collect();
    for place in [RowPlace::Shown, RowPlace::Hidden] {
        let mut store = open();
        commit(&mut *store, |store| {
            if store.load()?.head.is_some() {
                store.clear()?;
            }
            store.put_head(&head())?;
            store.put_table(0, "t")?;
            (0..values.len() as u32).try_for_each(|column| store.put_column(0, column, &format!("c{column}")))?;
            store.put_row(&row(0, "r\0", place, &cells), None)
        });
        drop(store);
        let found = rows(&mut *open(), 0, values.len() as u32);
        assert_eq!(found[0].1, "r\0");
        let expected: Vec<_> = cells.iter().map(|&(column, value)| (column, value.to_value())).collect();
        assert_eq!(found[0].4, expected);
    }
}

fn the_log_is_in_order(open: &mut impl FnMut() -> Box<dyn Store>) {
    let mut store = open();
    commit(&mut *store, |store| {
        store.put_head(&head())?;
        store.put_record(0, b"zero", 0)?;
        store.put_record(5, b"five", 5)
    });
    let bytes = SegmentBytes { rows: b"rows".to_vec(), ops: b"ops".to_vec() };
    commit(&mut *store, |store| {
        store.put_segment(0, 4_096, b"head", &bytes)?;
        store.drop_records()?;
        store.put_record(4_096, b"rest", 8)?;
        store.put_rows_sum(9)
    });
    let stored = store.load().unwrap();
    assert_eq!((stored.segments[0].first, stored.segments[0].events, stored.segments[0].head.as_slice()), (0, 4_096, &b"head"[..]));
    assert_eq!(stored.records.iter().map(|record| (record.first, record.rows_sum)).collect::<Vec<_>>(), [(4_096, 9)]);
    assert_eq!(store.segment(0).unwrap(), bytes);
    assert!(store.segment(1).is_err());
    let blocks = store.blocks();
    assert_eq!(blocks.block(0).unwrap(), b"ops");
    assert!(blocks.block(4_096).is_err());
}

fn everything_can_be_cleared(open: &mut impl FnMut() -> Box<dyn Store>) {
    let mut store = open();
    commit(&mut *store, |store| {
        store.put_head(&head())?;
        store.put_table(0, "t")?;
        store.put_column(0, 0, "a")?;
        store.put_row(&row(0, "r", RowPlace::Shown, &[(0, ValueRef::Int(1))]), None)?;
        store.put_row(&row(1, "s", RowPlace::Hidden, &[(0, ValueRef::Int(1))]), None)?;
        store.put_record(0, b"x", 1)
    });
    commit(&mut *store, |store| {
        store.clear_rows()?;
        store.put_table(0, "t")?;
        store.put_column(0, 0, "a")?;
        store.put_row(&row(0, "r", RowPlace::Shown, &[]), None)
    });
    assert_eq!(rows(&mut *store, 0, 1).len(), 1);
    assert_eq!(store.load().unwrap().records.len(), 1);
    commit(&mut *store, |store| {
        store.clear()?;
        store.put_head(&head())?;
        store.put_table(0, "other")
    });
    let stored = store.load().unwrap();
    assert!(stored.records.is_empty() && stored.columns.is_empty());
    assert_eq!(stored.tables, [(0, "other".to_owned())]);
    assert!(rows(&mut *store, 0, 0).is_empty());
}
