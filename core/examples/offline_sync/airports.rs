//! The table: a CSV of US airports that lies beside this file (SOURCE.md says where it is from), and how it becomes rows.

use crate::edits::now_ms;
use crate::sync::Failure;
use convergedb::ValueRef;
use convergedb::api::Doc;

pub(crate) const TABLE: &str = "airports";
const CSV: &str = include_str!("airports.csv");
/// Rows that are taken in together. A sync sends a transaction whole, so this is also the least that a page can hold.
const TRANSACTION_ROWS: usize = 250;

/// Takes the whole table in, and returns the number of rows.
pub(crate) fn take_in(doc: &Doc) -> Result<usize, Failure> {
    let records = csv::Reader::from_reader(CSV.as_bytes()).into_records().collect::<Result<Vec<_>, _>>()?;
    for rows in records.chunks(TRANSACTION_ROWS) {
        // One commit to disk. An error inside leaves nothing of the transaction behind.
        doc.transaction(Some(now_ms()), |tx| {
            for row in rows {
                let fields: Vec<&str> = row.iter().collect();
                let &[code, name, city, state, country, latitude, longitude] = &fields[..] else {
                    return Err(Failure::from(format!("not 7 fields: {row:?}")));
                };
                let cells = [
                    ("name", text(name)),
                    ("city", text(city)),
                    ("state", text(state)),
                    ("country", text(country)),
                    ("latitude", ValueRef::Float(latitude.parse()?)),
                    ("longitude", ValueRef::Float(longitude.parse()?)),
                ];
                tx.insert(TABLE, code, &cells)?;
            }
            Ok(())
        })?;
    }
    Ok(records.len())
}

/// The table writes NA for what is not known.
fn text(field: &str) -> ValueRef<'_> {
    if field == "NA" { ValueRef::Null } else { ValueRef::Str(field) }
}
