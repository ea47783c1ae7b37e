//! Messages of one event.
#![no_main]

use converge_fuzz::attempt::{attempt, live_on};
use converge_fuzz::{Subjects, bounded, input, seal};
use libfuzzer_sys::fuzz_target;

/// An event is one cell.
const EVENT_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = input::framed(seal::EVENT, data) else { return };
    let (start, _) = input::start_of(mode);
    let (mut doc, before) = Subjects::get().make(start);
    if let Ok(merged) = attempt(&mut doc, before, |doc| bounded(bytes.len(), || doc.merge_update(&bytes), |_| EVENT_ROOM)) {
        let again = doc.merge_update(&bytes).expect("what was taken once is taken again");
        assert!(again.applied == 0 && again.patches.is_empty() && again.pending == merged.pending, "{merged:?}, then {again:?}");
        live_on(&mut doc);
    }
});
