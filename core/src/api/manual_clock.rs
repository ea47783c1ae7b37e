use crate::clock::{MonotonicClock, WallClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Clocks that move when they are told to. Every clone is the same clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct ManualClock(Arc<Times>);

#[derive(Debug, Default)]
struct Times {
    passed_ms: AtomicU64,
    wall_ms: AtomicI64,
}

impl ManualClock {
    /// Lets time pass, on both clocks.
    pub(crate) fn advance(&self, ms: u64) {
        let later = |now: u64| Some(now.saturating_add(ms));
        let _ = self.0.passed_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, later);
        let later = |now: i64| Some(now.saturating_add_unsigned(ms));
        let _ = self.0.wall_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, later);
    }

    /// Sets the time of day; no time passes.
    pub(crate) fn set_wall(&self, ms: i64) {
        self.0.wall_ms.store(ms, Ordering::SeqCst);
    }
}

impl MonotonicClock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.0.passed_ms.load(Ordering::SeqCst)
    }
}

impl WallClock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.wall_ms.load(Ordering::SeqCst)
    }
}
