//! What a device keeps: its file, and a replica as bytes, with its history or without. Each is opened again.

use crate::report::{since, sizes, thousands};
use crate::sync::Failure;
use convergedb::api::{Doc, OpenOptions};
use convergedb::json::runs_to_json;
use convergedb::{PageLimit, VersionVector};
use std::time::Instant;

/// Closes the file and opens it again, and takes the replica's bytes. Whether all of them show the same rows.
pub(crate) fn save(doc: &mut Doc) -> Result<bool, Failure> {
    let digest = doc.digest()?;
    let mut equal = true;
    println!("                    binary    as JSON");
    let forms = [
        ("whole replica", doc.encode_replica()?, json_since(doc, &VersionVector::new())?, "rows and history"),
        ("state only   ", doc.encode_state()?, doc.rows_json()?.len(), "rows alone"),
    ];
    for (name, bytes, json, what) in forms {
        let size = bytes.len();
        let start = Instant::now();
        let opened = Doc::decode(bytes, OpenOptions::new())?;
        println!("  {name}  {}  {what}, opens in {}", sizes(size, json), since(start));
        equal &= opened.digest()? == digest;
    }
    let path = doc.path()?.ok_or("ana lies in no file")?;
    doc.close()?;
    let start = Instant::now();
    *doc = Doc::open(path, OpenOptions::new().must_exist(true))?;
    let took = since(start);
    equal &= doc.digest()? == digest && doc.opened()?.fresh_peer.is_none();
    println!("  the file       {:>9}             both, and for SQL, opens in {took}", thousands(doc.stats()?.file_bytes));
    Ok(equal)
}

/// How long the events are as JSON that `doc` has and `known` lacks.
pub(crate) fn json_since(doc: &Doc, known: &VersionVector) -> Result<usize, Failure> {
    let all = PageLimit { events: usize::MAX, bytes: usize::MAX };
    Ok(runs_to_json(&doc.get_pending(known, all)?.runs).len())
}
