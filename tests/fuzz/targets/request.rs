//! Requests, and what becomes of their answers.
#![no_main]

use converge_fuzz::attempt::attempt;
use converge_fuzz::history::Start;
use converge_fuzz::{Subjects, bounded, input, merge_room, seal};
use convergedb::PageLimit;
use libfuzzer_sys::fuzz_target;

/// What is known here is little, and so is the answer.
const ANSWER_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = input::framed(seal::REQUEST, data) else { return };
    let (start, more) = input::start_of(mode);
    let subjects = Subjects::get();
    let (mut doc, before) = subjects.make(start);
    let limit = PageLimit { events: [usize::MAX, 1, 3, 10][usize::from(more & 3)], bytes: usize::MAX };
    if let Ok(page) = attempt(&mut doc, before, |doc| bounded(bytes.len(), || doc.encode_pending_page(&bytes, limit), |_| ANSWER_ROOM)) {
        // Nobody can tell what the one who asked knows. Whoever gets the answer takes it whole or not at all.
        for start in [Start::Nothing, Start::Some, Start::Waiting] {
            let (mut other, before) = subjects.make(start);
            let _ = attempt(&mut other, before, |other| bounded(page.bytes.len(), || other.merge_update(&page.bytes), merge_room));
        }
    }
});
