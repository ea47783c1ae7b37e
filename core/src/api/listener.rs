use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What is called when there is something to read.
pub(crate) type Waker = Arc<dyn Fn() + Send + Sync>;

/// How a reader's object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    /// It was closed, or the reader let go.
    Closed,
    /// A call on it panicked.
    Failed,
}

/// The reader's side of a subscription: what it took over and has not given out yet, and how it is woken.
pub(crate) struct Listener<T> {
    queue: Mutex<Queue<T>>,
    came: Condvar,
    waker: Mutex<Option<Waker>>,
}

/// What a reader took over.
pub(crate) struct Queue<T> {
    pub(crate) changes: VecDeque<T>,
    /// Changes were dropped behind those in the queue.
    pub(crate) lagged: bool,
    pub(crate) standing: Standing,
    /// There may be something to take over.
    pub(crate) rung: bool,
}

impl<T> Listener<T> {
    pub(crate) fn new() -> Listener<T> {
        let queue = Queue { changes: VecDeque::new(), lagged: false, standing: Standing::Open, rung: false };
        Listener { queue: Mutex::new(queue), came: Condvar::new(), waker: Mutex::new(None) }
    }

    /// The queue. Nothing panics while it is locked but for want of memory, so it is whole even then.
    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The condition that something came to be read, for the queue.
    pub(crate) fn came(&self) -> &Condvar {
        &self.came
    }

    pub(crate) fn set_waker(&self, waker: Option<Waker>) {
        // What was there before is dropped without the lock: it may call back.
        let before = core::mem::replace(&mut *self.waker.lock().unwrap_or_else(PoisonError::into_inner), waker);
        drop(before);
    }

    /// Wakes the reader. No lock may be held: what is called may do anything.
    pub(crate) fn ring(&self) {
        self.queue().rung = true;
        self.came.notify_all();
        self.call_waker();
    }

    pub(crate) fn call_waker(&self) {
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            // The call that rings has done its work; what a reader's code does then is not its failure.
            let _ = catch_unwind(AssertUnwindSafe(|| waker()));
        }
    }

    /// Tells the reader, and whoever waits on its behalf, how its object stands now, for good: how it stood before.
    pub(crate) fn stand(&self, standing: Standing) -> Standing {
        let before = core::mem::replace(&mut self.queue().standing, standing);
        self.came.notify_all();
        before
    }
}
