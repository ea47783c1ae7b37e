//! Whole scenarios: several replicas that write, send, forget, open again, and at last all know the same.
#![no_main]

use converge_fuzz::scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| scenario::play(data));
