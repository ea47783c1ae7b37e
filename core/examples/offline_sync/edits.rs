//! What the two people do while they are apart: each corrects an old table, and neither knows of the other.

use crate::airports::TABLE;
use crate::report::thousands;
use convergedb::api::{Doc, SystemClock};
use convergedb::clock::WallClock;
use convergedb::{Commit, Result, RowRef, ValueRef};

pub(crate) fn ana(doc: &Doc) -> Result<()> {
    doc.update(TABLE, "ATL", "name", "Hartsfield-Jackson Atlanta International")?;
    doc.update(TABLE, "LAS", "name", "Harry Reid International")?;
    println!("  ana  renames ATL and LAS");
    doc.update(TABLE, "CLD", "city", "Carlsbad")?;
    println!("  ana  fills in the city of CLD");
    doc.update(TABLE, "CGX", "name", "Merrill C Meigs Field")?;
    println!("  ana  renames CGX");
    doc.delete(TABLE, "ROP")?;
    println!("  ana  deletes ROP, which lies in Thailand");
    doc.insert(TABLE, "XWA", &[("name", "Williston Basin International".into()), ("city", "Williston".into())])?;
    println!("  ana  adds a new airport, XWA, with name and city");
    let rows = rows_where(doc, "country", "USA")?;
    for rows in rows.chunks(250) {
        write_all(doc, rows, "country", "US".into())?;
    }
    println!("  ana  writes US for USA in {} rows, 250 at once", thousands(rows.len() as u64));
    doc.update(TABLE, "SDF", "name", "Louisville Muhammad Ali International")?;
    println!("  ana  renames SDF");
    Ok(())
}

pub(crate) fn ben(doc: &Doc) -> Result<()> {
    doc.update(TABLE, "ATL", "name", "Hartsfield-Jackson Atlanta Intl")?;
    doc.update(TABLE, "SDF", "name", "Muhammad Ali Intl")?;
    println!("  ben  renames ATL and SDF");
    let rows = rows_where(doc, "state", "AK")?;
    write_all(doc, &rows, "surveyed", true.into())?; // a new column: tables need no schema
    println!("  ben  marks the {} airports of Alaska as surveyed, all at once", rows.len());
    doc.update(TABLE, "LAS", "name", "Harry Reid Intl")?;
    println!("  ben  renames LAS");
    doc.update(TABLE, "CLD", "state", "CA")?;
    println!("  ben  fills in the state of CLD");
    doc.delete(TABLE, "CGX")?;
    println!("  ben  deletes CGX, which closed in 2003");
    doc.update_columns(TABLE, "ROP", &[("name", "Rota International".into()), ("country", "N Mariana Islands".into())])?;
    println!("  ben  corrects name and country of ROP");
    let cells = [("name", "Williston Basin Intl".into()), ("state", "ND".into()), ("country", "US".into())];
    doc.transaction(Some(now_ms()), |tx| {
        // Both or neither, here and on every other replica.
        tx.insert(TABLE, "XWA", &cells)?;
        tx.delete(TABLE, "ISN")
    })?;
    println!("  ben  moves ISN to its new site XWA: insert and delete, at once");
    Ok(())
}

/// The rows of which a cell shows just this.
fn rows_where(doc: &Doc, col: &str, is: &str) -> Result<Vec<String>> {
    let shows = |row: &RowRef<'_>| row.get(col) == Some(is.into());
    doc.with(|rows| rows.rows(TABLE).filter(shows).map(|row| row.id().to_string()).collect())
}

/// Writes one cell of many rows in one transaction.
fn write_all(doc: &Doc, rows: &[String], col: &str, value: ValueRef<'_>) -> Result<Commit> {
    let written = doc.transaction(Some(now_ms()), |tx| rows.iter().try_for_each(|row| tx.update(TABLE, row, col, value)));
    written.map(|((), commit)| commit)
}

/// The time that a transaction carries, for people. It decides nothing.
pub(crate) fn now_ms() -> i64 {
    WallClock::now_ms(&SystemClock::new())
}
