//! Replicas without history.
#![no_main]

use converge_fuzz::history::options;
use converge_fuzz::{FRONT_ROOM, PER_FRONT_BYTE, bounded, input, replicas, seal};
use convergedb::CrdtDoc;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((_, bytes)) = input::stored(seal::STATE, data) else { return };
    let room = FRONT_ROOM + PER_FRONT_BYTE * bytes.len();
    if bounded(bytes.len(), || CrdtDoc::decode_replica(&bytes, options("dave")), |_| room).is_ok() {
        // Whatever is done with it then, some ten copies of it may be there at once.
        bounded(bytes.len(), || replicas::use_replica(&bytes), |_| 10 * room);
    }
});
