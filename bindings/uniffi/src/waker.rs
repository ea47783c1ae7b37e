use std::sync::Arc;

/// What a package is told when there is something to read. It is called outside all locks.
#[uniffi::export(foreign)]
pub trait Waker: Send + Sync {
    /// There is something to read, or nothing comes any more.
    fn wake(&self);
}

pub(crate) fn waker(waker: Option<Arc<dyn Waker>>) -> Option<Box<dyn Fn() + Send + Sync>> {
    waker.map(|waker| Box::new(move || waker.wake()) as Box<dyn Fn() + Send + Sync>)
}

/// How long to wait, as the engine takes it.
pub(crate) fn timeout(timeout_ms: Option<u64>) -> Option<std::time::Duration> {
    timeout_ms.map(std::time::Duration::from_millis)
}
