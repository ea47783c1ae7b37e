/// Tells the time of day. It orders nothing in the durable layer; people like to see it.
pub trait WallClock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

/// Tells how much time has passed: it never jumps, whatever the user does to the device's clock.
pub trait MonotonicClock: Send + Sync {
    /// Milliseconds since some fixed moment.
    fn now_ms(&self) -> u64;
}
