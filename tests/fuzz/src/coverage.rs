//! What the fuzzer is told of a run. It keeps an input for the code that the input reached, so code that runs for every input, to set
//! replicas up and to check them, must not count: it would say nothing, and to go through it takes the fuzzer longer than the run itself.

use std::sync::Mutex;

/// The counters of instrumented code, one byte for each place.
#[cfg(fuzzing)]
fn counters() -> &'static mut [u8] {
    unsafe extern "C" {
        #[link_name = "__start___sancov_cntrs"]
        static mut START: u8;
        #[link_name = "__stop___sancov_cntrs"]
        static mut END: u8;
    }
    let (start, end) = (&raw mut START, &raw mut END);
    // SAFETY: the linker names the bounds of this section, which holds plain bytes. One thread runs inputs, and the counters that it raises
    // while the slice lives are written by nobody else.
    unsafe { std::slice::from_raw_parts_mut(start, end.offset_from_unsigned(start)) }
}

#[cfg(not(fuzzing))]
fn counters() -> &'static mut [u8] {
    &mut []
}

/// Makes a call that the fuzzer does not see.
pub fn unseen<T>(call: impl FnOnce() -> T) -> T {
    static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    // In a call that is not seen, nothing is.
    let Ok(mut kept) = KEPT.try_lock() else { return call() };
    kept.clear();
    kept.extend_from_slice(counters());
    let result = call();
    counters().copy_from_slice(&kept);
    result
}
