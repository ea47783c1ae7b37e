use super::{Place, fill};
use convergedb::api::{Doc, OpenOptions};
use convergedb::store::QueryLimits;
use convergedb::{ErrorKind, Value, ValueRef};
use std::time::Duration;

fn all(doc: &Doc, sql: &str) -> Vec<Vec<Value>> {
    doc.query(sql, &[], QueryLimits::default()).unwrap_or_else(|error| panic!("{sql}: {error}")).rows
}

#[test]
fn rows_are_tables_to_sql() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 5);
    let found = doc.query("SELECT row_id, title, n FROM todos WHERE n >= ?1 ORDER BY n", &[3.into()], QueryLimits::default()).unwrap();
    assert_eq!(found.columns, ["row_id", "title", "n"]);
    assert_eq!(found.rows, [vec!["row 3".into(), "milk".into(), 3.into()], vec!["row 4".into(), "milk".into(), 4.into()]]);
    assert_eq!(all(&doc, "SELECT count(*) FROM todos"), [vec![Value::Int(4)]], "a deleted row does not show");
    doc.update("todos", "row 3", "n", 70).unwrap();
    assert_eq!(all(&doc, "SELECT max(n) FROM todos"), [vec![Value::Int(70)]], "it sees each commit");
    doc.transaction(None, |tx| {
        tx.insert("todos", "row 1", &[("new column", ValueRef::Bool(true))])?;
        tx.delete("todos", "row 0")
    })
    .unwrap();
    assert_eq!(
        all(&doc, "SELECT row_id, \"new column\", title FROM todos WHERE \"new column\""),
        [vec!["row 1".into(), Value::Int(1), Value::Null]]
    );
    let other = rusqlite::Connection::open_with_flags(place.db(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count: i64 = other.query_row("SELECT count(*) FROM todos", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 4, "any program reads the same");
}

#[test]
fn names_are_data() {
    let place = Place::new();
    let doc = place.open();
    let awkward = ["Todos", "todos", "sqlite_x", "a\0b", "converge_log", "x\"; DROP TABLE converge_log; --", "é", "select"];
    for name in awkward {
        doc.insert(name, "r", &[("row_id", 1.into()), ("ROW_ID", 2.into()), ("a\"b", 3.into()), ("A\"B", 4.into()), ("", 5.into())])
            .unwrap_err();
        doc.insert(name, "r", &[("row_id", 1.into()), ("ROW_ID", 2.into()), ("a\"b", 3.into()), ("A\"B", 4.into())]).unwrap();
    }
    let views = all(&doc, "SELECT view FROM converge_table ORDER BY t");
    assert_eq!(views.len(), awkward.len());
    for view in views {
        let Value::Str(view) = &view[0] else { panic!("a view has no name") };
        let found = all(&doc, &format!("SELECT * FROM \"{}\"", view.replace('"', "\"\"")));
        assert_eq!(found, [vec!["r".into(), 1.into(), 2.into(), 3.into(), 4.into()]], "{view}");
    }
}

#[test]
fn a_query_changes_nothing_and_ends() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    let kind = |sql: &str| doc.query(sql, &[], QueryLimits::default()).unwrap_err().kind();
    for sql in [
        "DELETE FROM converge_log",
        "UPDATE todos SET title=''",
        "PRAGMA journal_mode=DELETE",
        "ATTACH 'x.db' AS x",
        "CREATE TABLE x(y)",
        "SELECT load_extension('x')",
        "VACUUM",
        "BEGIN",
        "nonsense",
        "",
        "SELECT 1; SELECT 2",
        "SELECT * FROM nothing",
    ] {
        assert_eq!(kind(sql), ErrorKind::InvalidArgument, "{sql}");
    }
    assert_eq!(doc.query("SELECT ?1", &[], QueryLimits::default()).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let limits = QueryLimits { time: Duration::from_millis(50), ..QueryLimits::default() };
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT count(*) FROM n";
    assert_eq!(doc.query(endless, &[], limits).unwrap_err().kind(), ErrorKind::LimitExceeded);
    let limits = QueryLimits { rows: 2, ..QueryLimits::default() };
    let many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n LIMIT 5) SELECT x FROM n";
    assert_eq!(doc.query(many, &[], limits).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(all(&doc, many).len(), 5);
    let memory = Doc::new(OpenOptions::new()).unwrap();
    assert_eq!(memory.query("SELECT 1", &[], QueryLimits::default()).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn an_index_is_used_and_outlives_a_rebuild() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 50);
    doc.create_index("todos", &["n"]).unwrap();
    doc.create_index("todos", &["n"]).unwrap();
    doc.create_index("todos", &["title", "n"]).unwrap();
    assert_eq!(doc.create_index("todos", &["nothing"]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(doc.create_index("nothing", &["n"]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(doc.create_index("todos", &[]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let used = || {
        let connection = rusqlite::Connection::open_with_flags(place.db(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let plan: String = connection.query_row("EXPLAIN QUERY PLAN SELECT * FROM todos WHERE n=7", [], |row| row.get(3)).unwrap();
        plan.contains("INDEX converge_i")
    };
    assert!(used());
    doc.insert("todos", "one more", &[("n", 7.into())]).unwrap();
    doc.rebuild().unwrap();
    assert!(used());
    assert!(doc.verify().unwrap().is_empty());
}

#[test]
fn more_tables_and_columns_than_sql_bears() {
    let place = Place::new();
    let doc = place.open();
    doc.transaction(None, |tx| {
        for table in 0..520 {
            tx.insert(&format!("t{table}"), "r", &[("x", table.into())])?;
        }
        let columns: Vec<String> = (0..620).map(|column| format!("c{column}")).collect();
        let cells: Vec<(&str, ValueRef<'_>)> = columns.iter().map(|column| (column.as_str(), ValueRef::Str(column))).collect();
        tx.insert("wide", "r", &cells)?;
        tx.insert("t0", "wide", &cells)
    })
    .unwrap();
    doc.update("t519", "r", "x", -1).unwrap();
    doc.update("t0", "wide", "c619", "changed").unwrap();
    doc.delete("t518", "r").unwrap();
    let before = super::seen(&doc);
    drop(doc);
    let doc = place.open();
    assert_eq!(super::seen(&doc), before);
    assert_eq!(doc.get("t519", "r", "x").unwrap(), Some((-1).into()));
    assert_eq!(doc.get("t0", "wide", "c619").unwrap(), Some("changed".into()));
    assert_eq!(all(&doc, "SELECT c498, c0 FROM t0 WHERE row_id='wide'"), [vec![Value::from("c498"), "c0".into()]]);
    assert!(doc.verify().unwrap().is_empty());
}
