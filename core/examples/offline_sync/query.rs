//! Merged rows, read by plain SQL.

use crate::sync::Failure;
use convergedb::api::Doc;
use convergedb::json::value_to_json;
use convergedb::store::QueryLimits;

const SQL: &str = "\
SELECT state, count(*) AS airports, round(avg(latitude), 1) AS latitude
FROM airports WHERE country = ?1
GROUP BY state ORDER BY airports DESC, state LIMIT 4";

/// Prints a query and what it finds.
pub(crate) fn airports_by_state(doc: &Doc) -> Result<(), Failure> {
    SQL.lines().for_each(|line| println!("  {line}"));
    let found = doc.query(SQL, &["US".into()], QueryLimits::default())?;
    println!("\n  {}", found.columns.iter().map(|column| format!("{column:>10}")).collect::<String>());
    for row in &found.rows {
        println!("  {}", row.iter().map(|value| format!("{:>10}", value_to_json(value.as_ref()))).collect::<String>());
    }
    Ok(())
}
