//! What a device keeps: a replica as bytes, with its history or without, and opened again.

use crate::report::{since, sizes};
use crate::sync::Failure;
use convergedb::api::SystemEntropy;
use convergedb::json::runs_to_json;
use convergedb::{CrdtDoc, DocOptions, PageLimit, VersionVector};
use std::time::Instant;

/// Saves the replica in both forms. Whether both show the same rows when they are opened again.
pub(crate) fn save(doc: &mut CrdtDoc) -> Result<bool, Failure> {
    let digest = doc.digest();
    let forms = [
        ("whole replica", doc.encode_replica()?, json_since(doc, &VersionVector::new())?, "rows and history"),
        ("state only   ", doc.encode_state()?, doc.rows_json().len(), "rows alone"),
    ];
    let mut equal = true;
    println!("                    binary    as JSON");
    for (name, bytes, json, what) in forms {
        let start = Instant::now();
        let opened = CrdtDoc::decode_replica(&bytes, DocOptions::new(SystemEntropy))?;
        println!("  {name}  {}  {what}, opens in {}", sizes(bytes.len(), json), since(start));
        equal &= opened.digest() == digest;
    }
    Ok(equal)
}

/// How long the events are as JSON that `doc` has and `known` lacks.
pub(crate) fn json_since(doc: &CrdtDoc, known: &VersionVector) -> Result<usize, Failure> {
    let all = PageLimit { events: usize::MAX, bytes: usize::MAX };
    Ok(runs_to_json(&doc.get_pending_page(known, all)?.runs).len())
}
