//! Messages of the ephemeral layer.
#![no_main]

use converge_fuzz::{bounded, ephemeral, input};
use convergedb::ErrorKind;
use libfuzzer_sys::fuzz_target;

/// A store holds a thousand entries here.
const STORE_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((&mode, rest)) = data.split_first() else { return };
    let bytes = if mode >= input::RAW { rest.to_vec() } else { ephemeral::message(rest) };
    let mut store = if mode & 1 == 0 { ephemeral::empty() } else { ephemeral::filled() };
    let before = ephemeral::fingerprint(&store);
    let merged = bounded(bytes.len(), || store.merge_bytes(&bytes), |_| STORE_ROOM);
    store.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}"));
    match merged {
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::UnsupportedVersion | ErrorKind::LimitExceeded), "{error:?}");
            assert_eq!(before, ephemeral::fingerprint(&store), "refused, but it changed something: {error:?}");
        }
        Ok(counts) => {
            let after = ephemeral::fingerprint(&store);
            assert!(counts.changed > 0 || before == after, "nothing changed, but it did");
            let again = store.merge_bytes(&bytes).expect("what was taken once is taken again");
            assert!(after == ephemeral::fingerprint(&store) && again.changed == 0, "{counts:?}, then {again:?}");
            let mut other = ephemeral::empty();
            other.merge_bytes(&store.encode_all()).expect("others take what it tells");
            assert_eq!(after, ephemeral::fingerprint(&other), "another store that knows the same differs");
        }
    }
});
