//! Messages of the ephemeral layer.
#![no_main]

use converge_fuzz::coverage::unseen;
use converge_fuzz::ephemeral::{STORE_ROOM, Subject, message};
use converge_fuzz::{bounded, input};
use convergedb::ErrorKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&mode, rest)) = data.split_first() else { return };
    let bytes = if mode >= input::RAW { rest.to_vec() } else { message(rest) };
    let mut subject = Subject::new(mode);
    let merged = bounded(bytes.len(), || subject.store.merge_bytes(&bytes), |_| STORE_ROOM);
    unseen(|| match merged {
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::UnsupportedVersion | ErrorKind::LimitExceeded), "{error:?}");
            subject.assert_untouched(&error);
        }
        Ok(counts) => {
            subject.assert_merged(counts.changed > 0);
            let after = subject.fingerprint();
            let again = subject.store.merge_bytes(&bytes).expect("what was taken once is taken again");
            assert!(after == subject.fingerprint() && again.changed == 0, "{counts:?}, then {again:?}");
            subject.assert_ends();
        }
    });
});
