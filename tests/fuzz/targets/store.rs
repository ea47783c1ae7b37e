//! Replicas in a store, of which a piece was changed.
#![no_main]

use converge_fuzz::kept;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| kept::play(data));
