use super::listener::{Listener, Standing};
use super::source::Source;
use crate::error::{Error, ErrorKind, Result};
use core::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError};

/// An object behind its lock, with everybody who reads its changes.
pub(crate) struct Shared<S: Source> {
    inner: Mutex<Inner<S>>,
    /// The turn may be free: a transaction ended, or the object did.
    turn: Condvar,
    /// The thread that runs a caller's closure under the lock, as [`this_thread`] tells; 0 when none does.
    lender: AtomicUsize,
}

pub(crate) struct Inner<S: Source> {
    /// `None` once it was closed.
    pub(crate) open: Option<S>,
    listeners: Vec<Entry<S>>,
    /// So many threads wait for the turn. Waking nobody would cost a system call, too.
    waiters: usize,
}

struct Entry<S: Source> {
    id: S::Id,
    listener: Arc<Listener<S::Change>>,
    /// The reader was woken and has not taken over yet.
    told: bool,
}

thread_local! {
    static MARK: u8 = const { 0 };
}

/// A number that no other thread that lives has, and is not 0.
fn this_thread() -> usize {
    MARK.with(|mark| core::ptr::from_ref(mark) as usize)
}

/// The lock, held. A panic while it is leaves the object failed, and wakes everybody who waits for it.
pub(crate) struct Guard<'a, S: Source> {
    shared: &'a Shared<S>,
    inner: MutexGuard<'a, Inner<S>>,
    panicking: bool,
}

impl<S: Source> Shared<S> {
    pub(crate) fn new(open: S) -> Shared<S> {
        let inner = Inner { open: Some(open), listeners: Vec::new(), waiters: 0 };
        Shared { inner: Mutex::new(inner), turn: Condvar::new(), lender: AtomicUsize::new(0) }
    }

    /// Takes the lock, whoever has the turn.
    #[inline]
    pub(crate) fn lock(&self) -> Result<Guard<'_, S>> {
        self.acquire().map(|inner| self.guard(inner))
    }

    /// Takes the lock once `is_free` says so. An error from it is the caller's.
    #[inline]
    pub(crate) fn lock_when(&self, is_free: impl Fn(&S) -> Result<bool>) -> Result<Guard<'_, S>> {
        let mut inner = self.acquire()?;
        while let Some(open) = &inner.open {
            if is_free(open)? {
                break;
            }
            inner.waiters += 1;
            inner = self.turn.wait(inner).map_err(|_| failed::<S>())?;
            inner.waiters -= 1;
        }
        Ok(self.guard(inner))
    }

    #[inline]
    fn guard<'a>(&'a self, inner: MutexGuard<'a, Inner<S>>) -> Guard<'a, S> {
        Guard { shared: self, inner, panicking: std::thread::panicking() }
    }

    #[inline]
    fn acquire(&self) -> Result<MutexGuard<'_, Inner<S>>> {
        match self.inner.try_lock() {
            Ok(inner) => Ok(inner),
            Err(TryLockError::WouldBlock) => self.acquire_later(),
            Err(TryLockError::Poisoned(_)) => Err(failed::<S>()),
        }
    }

    #[cold]
    fn acquire_later(&self) -> Result<MutexGuard<'_, Inner<S>>> {
        // Only this thread writes its own number, so it reads what it wrote.
        if self.lender.load(Ordering::Relaxed) == this_thread() {
            return Err(Error::invalid_argument(format!("this thread reads the {} in a closure: it cannot call it from there", S::NAME)));
        }
        self.inner.lock().map_err(|_| failed::<S>())
    }

    /// Lets go of the lock and of the turn, and wakes everybody who waits for it or has something to read now.
    pub(crate) fn release_turn(&self, guard: Guard<'_, S>) {
        let is_awaited = guard.inner.waiters > 0;
        self.release(guard);
        if is_awaited {
            self.turn.notify_all();
        }
    }

    /// Lets go of the lock, and wakes the readers who have something to read now.
    #[inline]
    pub(crate) fn release(&self, guard: Guard<'_, S>) {
        if guard.inner.open.as_ref().is_some_and(S::is_watched) {
            self.release_and_ring(guard);
        }
    }

    #[cold]
    fn release_and_ring(&self, mut guard: Guard<'_, S>) {
        let Inner { open: Some(open), listeners, .. } = &mut *guard.inner else { return };
        let mut ringing = Vec::new();
        listeners.retain_mut(|entry| {
            if entry.told || !open.has_changes(entry.id) {
                return true;
            }
            if entry.listener.queue().standing != Standing::Open {
                // It was closed where the lock could not be had.
                open.unsubscribe(entry.id);
                return false;
            }
            entry.told = true;
            ringing.push(Arc::clone(&entry.listener));
            true
        });
        drop(guard);
        ringing.iter().for_each(|listener| listener.ring());
    }

    /// Closes the object: what is queued stays to be read, then its readers are told that it is closed. `close` takes leave of it.
    pub(crate) fn close(&self, mut guard: Guard<'_, S>, close: impl FnOnce(&mut S) -> Result<()>) -> Result<()> {
        let Some(open) = &mut guard.inner.open else { return Ok(()) };
        let closed = close(open);
        let (open, listeners) = (guard.inner.open.take(), core::mem::take(&mut guard.inner.listeners));
        drop(guard);
        if let Some(mut open) = open {
            for entry in &listeners {
                take_over(&mut open, entry.id, &entry.listener);
            }
        }
        self.turn.notify_all();
        for entry in &listeners {
            entry.listener.stand(Standing::Closed);
            entry.listener.ring();
        }
        closed
    }

    /// Runs a call. A panic in it, which has left the object failed if it held the lock, is the call's error.
    #[inline]
    pub(crate) fn caught<T>(&self, call: impl FnOnce() -> Result<T>) -> Result<T> {
        catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
            self.ring_failed();
            Err(panicked::<S>(&*panic))
        })
    }

    /// Runs a call with code of the caller's. A panic in it goes on to the caller, when everybody else knows of it.
    pub(crate) fn passed_on<T>(&self, call: impl FnOnce() -> T) -> T {
        catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
            self.ring_failed();
            resume_unwind(panic)
        })
    }

    /// Wakes the readers of an object that failed, now that the lock is free.
    #[cold]
    fn ring_failed(&self) {
        let Err(poisoned) = self.inner.lock() else { return };
        let listeners = core::mem::take(&mut poisoned.into_inner().listeners);
        listeners.iter().for_each(|entry| entry.listener.call_waker());
    }

    /// Lets go of what a panic has left, so that it keeps no file.
    #[cold]
    pub(crate) fn abandon(&self) {
        if let Err(poisoned) = self.inner.lock() {
            let left = poisoned.into_inner().open.take();
            drop(left);
        }
    }
}

impl<'a, S: Source> Guard<'a, S> {
    /// What the lock is about.
    #[inline]
    pub(crate) fn open(&mut self) -> Result<&mut S> {
        self.inner.open.as_mut().ok_or_else(closed::<S>)
    }

    /// Lends the object to a caller's closure, which cannot call it in other ways meanwhile.
    pub(crate) fn lend<T>(&mut self, body: impl FnOnce(&S) -> T) -> Result<T> {
        struct Lender<'l>(&'l AtomicUsize);
        impl Drop for Lender<'_> {
            fn drop(&mut self) {
                self.0.store(0, Ordering::Relaxed);
            }
        }
        let open = self.inner.open.as_ref().ok_or_else(closed::<S>)?;
        self.shared.lender.store(this_thread(), Ordering::Relaxed);
        let _lender = Lender(&self.shared.lender);
        Ok(body(open))
    }

    /// Enters a reader.
    pub(crate) fn add_listener(&mut self, id: S::Id) -> Arc<Listener<S::Change>> {
        let listener = Arc::new(Listener::new());
        self.inner.listeners.push(Entry { id, listener: Arc::clone(&listener), told: false });
        listener
    }

    /// Forgets a reader.
    pub(crate) fn remove_listener(&mut self, id: S::Id) {
        self.inner.listeners.retain(|entry| entry.id != id);
        if let Some(open) = &mut self.inner.open {
            open.unsubscribe(id);
        }
    }

    /// Moves what a subscription has to tell to its reader's side. After that the reader is woken again for what comes.
    pub(crate) fn take_over(&mut self, id: S::Id) {
        let Inner { open: Some(open), listeners, .. } = &mut *self.inner else { return };
        if let Some(entry) = listeners.iter_mut().find(|entry| entry.id == id) {
            entry.told = false;
            take_over(open, id, &entry.listener);
        }
    }
}

/// Moves what is queued to the reader's side.
fn take_over<S: Source>(open: &mut S, id: S::Id, listener: &Listener<S::Change>) {
    let (changes, lagged) = open.drain(id);
    let mut queue = listener.queue();
    queue.changes.extend(changes);
    queue.lagged |= lagged;
    queue.rung = false;
}

impl<S: Source> Drop for Guard<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if !self.panicking && std::thread::panicking() {
            // The lock is let go of after this, poisoned; nobody gets in before.
            self.shared.turn.notify_all();
            self.inner.listeners.iter().for_each(|entry| _ = entry.listener.stand(Standing::Failed));
        }
    }
}

#[cold]
fn panicked<S: Source>(panic: &(dyn Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::new(ErrorKind::Internal, format!("a call on the {} panicked: {}", S::NAME, words.unwrap_or("it does not say why")))
}

#[cold]
pub(crate) fn closed<S: Source>() -> Error {
    Error::new(ErrorKind::Closed, format!("the {} is closed", S::NAME))
}

#[cold]
pub(crate) fn failed<S: Source>() -> Error {
    Error::new(ErrorKind::Internal, format!("a call on the {} panicked: it is of no further use", S::NAME))
}
