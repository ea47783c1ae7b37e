//! Requests, and what becomes of their answers.
#![no_main]

use converge_fuzz::attempt::saved;
use converge_fuzz::coverage::unseen;
use converge_fuzz::history::Start;
use converge_fuzz::subjects::{REFUSALS, Subject, merge_room};
use converge_fuzz::{bounded, input, seal};
use convergedb::PageLimit;
use libfuzzer_sys::fuzz_target;

/// What is known here is little, and so is the answer.
const ANSWER_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = input::framed(seal::REQUEST, data) else { return };
    let (start, more) = input::start_of(mode);
    let mut subject = Subject::new(start);
    let limit = PageLimit { events: [usize::MAX, 1, 3, 10][usize::from(more & 3)], bytes: usize::MAX };
    let answer = subject.attempt(REFUSALS, |doc| bounded(bytes.len(), || doc.encode_pending_page(&bytes, limit), |_| ANSWER_ROOM));
    let Ok(page) = answer else { return };
    // To answer changes nothing but that it may have heard of a rollback.
    if !subject.doc.needs_fresh_peer() {
        let same = unseen(|| saved(&Subject::new(start).doc) == saved(&subject.doc));
        assert!(same, "an answer changed something");
    }
    // Nobody can tell what the one who asked knows. Whoever gets the answer takes it whole or not at all.
    for start in [Start::Nothing, Start::Some, Start::Waiting] {
        let merge = |doc: &mut convergedb::CrdtDoc| bounded(page.bytes.len(), || doc.merge_update(&page.bytes), merge_room);
        let _ = unseen(|| Subject::new(start).attempt(REFUSALS, merge));
    }
});
