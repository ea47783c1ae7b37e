use super::listener::{Listener, Queue, Standing, Waker};
use super::shared::{Guard, Shared, failed};
use super::source::Source;
use crate::error::Result;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a reader of changes is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Next<T> {
    /// The oldest change that was not taken yet.
    Change(T),
    /// The reader was too slow and changes were dropped: read again what is of interest now, then go on. The next changes follow on the
    /// state at this moment.
    Lagged,
    /// Nothing came in the time.
    Timeout,
    /// Nothing comes any more: the object or this subscription was closed, and all that was queued has been taken.
    Closed,
}

/// A subscription and the reader's side of it. It outlives the object's handles.
pub(crate) struct Reader<S: Source> {
    shared: Arc<Shared<S>>,
    id: S::Id,
    listener: Arc<Listener<S::Change>>,
}

impl<S: Source> Reader<S> {
    /// A reader of subscription `id`, which was just made under the lock.
    pub(crate) fn new(shared: &Arc<Shared<S>>, guard: &mut Guard<'_, S>, id: S::Id) -> Reader<S> {
        Reader { shared: Arc::clone(shared), id, listener: guard.add_listener(id) }
    }

    pub(crate) fn next(&self, timeout: Option<Duration>) -> Result<Next<S::Change>> {
        // A time beyond what a clock can show is none.
        let deadline = timeout.map(|timeout| Instant::now().checked_add(timeout));
        loop {
            if let Some(next) = self.pop(&mut self.listener.queue())? {
                return Ok(next);
            }
            // Never under the queue's lock: the writer's order is the object's lock, then the queue's.
            self.shared.lock()?.take_over(self.id);
            let mut queue = self.listener.queue();
            if let Some(next) = self.pop(&mut queue)? {
                return Ok(next);
            }
            while !queue.rung && queue.standing == Standing::Open {
                queue = match deadline {
                    None | Some(None) => self.listener.came().wait(queue).unwrap_or_else(std::sync::PoisonError::into_inner),
                    Some(Some(deadline)) => {
                        let left = deadline.saturating_duration_since(Instant::now());
                        if left.is_zero() {
                            return Ok(Next::Timeout);
                        }
                        let waited = self.listener.came().wait_timeout(queue, left);
                        waited.unwrap_or_else(std::sync::PoisonError::into_inner).0
                    }
                };
            }
        }
    }

    /// What the queue has to tell; `None` when it must be filled first.
    fn pop(&self, queue: &mut Queue<S::Change>) -> Result<Option<Next<S::Change>>> {
        if let Some(change) = queue.changes.pop_front() {
            return Ok(Some(Next::Change(change)));
        }
        if core::mem::take(&mut queue.lagged) {
            return Ok(Some(Next::Lagged));
        }
        match queue.standing {
            Standing::Open => Ok(None),
            Standing::Closed => Ok(Some(Next::Closed)),
            Standing::Failed => Err(failed::<S>()),
        }
    }

    /// All that there is to tell now.
    pub(crate) fn drain(&self) -> Result<(Vec<S::Change>, bool)> {
        let is_open = self.listener.queue().standing == Standing::Open;
        let filled = if is_open { self.shared.lock().map(|mut guard| guard.take_over(self.id)) } else { Ok(()) };
        let mut queue = self.listener.queue();
        let (changes, lagged) = (core::mem::take(&mut queue.changes), core::mem::take(&mut queue.lagged));
        if lagged {
            return Ok((Vec::new(), true));
        }
        if changes.is_empty() {
            filled?;
            if queue.standing == Standing::Failed {
                return Err(failed::<S>());
            }
        }
        Ok((changes.into(), false))
    }

    pub(crate) fn set_waker(&self, waker: Option<Waker>) {
        self.listener.set_waker(waker);
        let has_some = {
            let queue = self.listener.queue();
            queue.rung || queue.lagged || !queue.changes.is_empty() || queue.standing != Standing::Open
        };
        if has_some {
            self.listener.call_waker();
        }
    }

    /// Ends the subscription, and tells whoever waits, be it here or for the waker.
    pub(crate) fn close(&self) {
        // Once: a waker may close its reader.
        if self.end() == Standing::Open {
            self.listener.call_waker();
        }
    }

    fn end(&self) -> Standing {
        // Where the lock cannot be had, the next change finds that nobody reads it.
        if let Ok(mut guard) = self.shared.lock() {
            guard.remove_listener(self.id);
        }
        self.listener.stand(Standing::Closed)
    }
}

impl<S: Source> Drop for Reader<S> {
    fn drop(&mut self) {
        // Nobody has it any more who could wait.
        self.end();
    }
}
