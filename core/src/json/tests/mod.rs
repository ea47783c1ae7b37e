#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod generate;
mod local;
mod presence;
mod reading;
mod values;
mod writing;

use super::*;
use crate::error::ErrorKind;

/// A message of one run with one insert whose only value is `value`.
fn message_of(value: &str) -> String {
    let op = format!(r#"{{"type":"insert","tbl":"t","row_id":"r","values":[["x",{value}]]}}"#);
    format!(r#"[{{"peer":"zed","counter_start":0,"lamport_start":1,"deps":[],"ops":[{op}]}}]"#)
}

/// A run with two deletes and `extra` keys.
fn run_with(extra: &str) -> String {
    let op = r#"{"type":"delete","tbl":"t","row_id":"r"}"#;
    format!(r#"[{{"peer":"zed","counter_start":4,"lamport_start":5,"deps":[["a",0]],"ops":[{op},{op}]{extra}}}]"#)
}

fn kind<T: core::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}
