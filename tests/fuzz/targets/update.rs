//! Updates for replicas that know nothing, some or all of the history, or have something waiting.
#![no_main]

use converge_fuzz::attempt::{attempt, live_on};
use converge_fuzz::{Subjects, bounded, input, merge_room, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = input::framed(seal::UPDATE, data) else { return };
    let (start, more) = input::start_of(mode);
    let (mut doc, before) = Subjects::get().make(start);
    let merged = attempt(&mut doc, before, |doc| {
        let merge = || if more & 1 == 0 { doc.merge_update(&bytes) } else { doc.merge_update_quiet(&bytes) };
        bounded(bytes.len(), merge, merge_room)
    });
    if let Ok(merged) = merged {
        let again = doc.merge_update(&bytes).expect("what was taken once is taken again");
        assert!(again.applied == 0 && again.patches.is_empty() && again.pending == merged.pending, "{merged:?}, then {again:?}");
        live_on(&mut doc);
    }
});
