use crate::clock::{Entropy, MonotonicClock, WallClock};
use crate::error::{Error, ErrorKind, Result};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl SystemEntropy {
    /// Whether the operating system gives randomness: asked before a replica is made, so that this ends in an error and not in a panic.
    ///
    /// # Errors
    ///
    /// `storage`, with the system's words.
    pub fn check() -> Result<()> {
        let refused = |error| Error::new(ErrorKind::Storage, format!("the operating system gives no randomness: {error}"));
        getrandom::fill(&mut [0]).map_err(refused)
    }
}

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// When the operating system, which gave randomness at [`SystemEntropy::check`], gives none any more: going on without would make two
    /// replicas share their ids. A call on a document or store ends in `internal` then.
    #[allow(clippy::panic)]
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}

/// The operating system's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl WallClock for SystemClock {
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }
}

impl MonotonicClock for SystemClock {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
