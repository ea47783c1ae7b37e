//! Messages of one event.
#![no_main]

use converge_fuzz::subjects::{REFUSALS, Subject};
use converge_fuzz::{bounded, input, seal};
use libfuzzer_sys::fuzz_target;

/// An event is one cell.
const EVENT_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = input::framed(seal::EVENT, data) else { return };
    let (start, _) = input::start_of(mode);
    let mut subject = Subject::new(start);
    if let Ok(merged) = subject.attempt(REFUSALS, |doc| bounded(bytes.len(), || doc.merge_update(&bytes), |_| EVENT_ROOM)) {
        // What is not framed here may be no event.
        let events = (mode < input::RAW).then_some(1);
        subject.merge_again(&merged, events, |doc| doc.merge_update(&bytes));
        subject.live_on(data);
    }
});
