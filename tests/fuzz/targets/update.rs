//! Updates for replicas that know nothing, some or all of the history, or have something waiting.
#![no_main]

use converge_fuzz::subjects::{REFUSALS, Subject, merge_room};
use converge_fuzz::{bounded, input, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = input::framed(seal::UPDATE, data) else { return };
    let (start, more) = input::start_of(mode);
    let mut subject = Subject::new(start);
    let merged = subject.attempt(REFUSALS, |doc| {
        let merge = || if more & 1 == 0 { doc.merge_update(&bytes) } else { doc.merge_update_quiet(&bytes) };
        bounded(bytes.len(), merge, merge_room)
    });
    if let Ok(merged) = merged {
        subject.merge_again(&merged, None, |doc| doc.merge_update(&bytes));
        subject.live_on(data);
    }
});
