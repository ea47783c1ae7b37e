//! Replicas with history.
#![no_main]

use converge_fuzz::history::options;
use converge_fuzz::{bounded, input, replicas, seal};
use convergedb::CrdtDoc;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((_, bytes)) = input::stored(seal::REPLICA, data) else { return };
    if bounded(bytes.len(), || CrdtDoc::decode_replica(&bytes, options("dave"))).is_ok() {
        bounded(64 * bytes.len(), || replicas::use_replica(&bytes));
    }
});
