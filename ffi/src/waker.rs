use std::ffi::c_void;

/// A function that the library calls with the `context` that it was given. It must not throw or jump out.
pub type converge_callback = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// Who is to be woken, and what is to be done once nobody will be woken any more.
struct Waker {
    wake: unsafe extern "C" fn(context: *mut c_void),
    context: *mut c_void,
    release: converge_callback,
}

// SAFETY: the caller promised that both functions may be called with the context by any thread.
unsafe impl Send for Waker {}
// SAFETY: as above, and by several at one time.
unsafe impl Sync for Waker {}

impl Waker {
    fn wake(&self) {
        // SAFETY: the context is the caller's until it is released.
        unsafe { (self.wake)(self.context) }
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the context is the caller's, and this is the last call with it.
            unsafe { release(self.context) }
        }
    }
}

/// The waker for a reader; `None` takes the one before away.
pub(crate) fn waker(wake: converge_callback, context: *mut c_void, release: converge_callback) -> Option<Box<dyn Fn() + Send + Sync>> {
    let waker = Waker { wake: wake?, context, release };
    Some(Box::new(move || waker.wake()))
}
