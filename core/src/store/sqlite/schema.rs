//! The fixed tables, and the numbers by which a file is known.

/// "CVRG", in the header of the file.
pub(super) const APPLICATION_ID: i32 = 0x4356_5247;
/// The format that this code writes.
pub(super) const FORMAT: i64 = 1;
/// The oldest reader that understands what this code writes.
pub(super) const MIN_READER: i64 = 1;
/// The most tables that SQL sees; the rows of others lie with the hidden ones. Every reader parses the schema, and peers can invent names.
pub(super) const SQL_TABLES_MAX: u32 = 500;
/// The most columns of a table that SQL sees.
pub(super) const SQL_COLUMNS_MAX: u32 = 500;

pub(super) const CREATE: &str = "
CREATE TABLE converge_head(k INTEGER PRIMARY KEY CHECK(k=1), format INTEGER NOT NULL, min_reader INTEGER NOT NULL, document BLOB NOT NULL,
  given INTEGER NOT NULL, peer TEXT NOT NULL, fresh INTEGER NOT NULL, file_id BLOB NOT NULL, epoch INTEGER NOT NULL,
  rows_format INTEGER NOT NULL, rows_upto INTEGER, sum INTEGER NOT NULL);
CREATE TABLE converge_log(n INTEGER PRIMARY KEY, d BLOB NOT NULL, rows_sum INTEGER NOT NULL);
CREATE TABLE converge_seg(n INTEGER PRIMARY KEY, cnt INTEGER NOT NULL, head BLOB NOT NULL, names BLOB NOT NULL, d BLOB NOT NULL);
CREATE TABLE converge_wait(w INTEGER PRIMARY KEY, d BLOB NOT NULL);
CREATE TABLE converge_chain(p INTEGER PRIMARY KEY, d BLOB NOT NULL);
CREATE TABLE converge_table(t INTEGER PRIMARY KEY, name BLOB NOT NULL, view TEXT);
CREATE TABLE converge_column(t INTEGER NOT NULL, c INTEGER NOT NULL, name BLOB NOT NULL, col TEXT, PRIMARY KEY(t,c)) WITHOUT ROWID;
CREATE TABLE converge_rest(t INTEGER NOT NULL, rid INTEGER NOT NULL, id TEXT NOT NULL, s BLOB NOT NULL, PRIMARY KEY(t,rid)) WITHOUT ROWID;
CREATE TABLE converge_index(i INTEGER PRIMARY KEY, d BLOB NOT NULL UNIQUE);
";

/// Every fixed table.
pub(super) const TABLES: [&str; 9] = [
    "converge_head",
    "converge_log",
    "converge_seg",
    "converge_wait",
    "converge_chain",
    "converge_table",
    "converge_column",
    "converge_rest",
    "converge_index",
];
