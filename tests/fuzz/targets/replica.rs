//! Replicas with history.
#![no_main]

use converge_fuzz::{seal, stored};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| stored::play(seal::REPLICA, data));
