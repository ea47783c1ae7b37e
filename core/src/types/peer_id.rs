use crate::clock::{Entropy, random_text};
use crate::error::Result;
use crate::limits::check_name;
use core::borrow::Borrow;
use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

/// The name of a replica as an author of events: non-empty UTF-8 of at most 1,024 bytes, ordered by its bytes.
///
/// Two replicas must never write under one name at the same time. A random one ([`PeerId::random`]) is the safe choice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(Arc<str>);

impl PeerId {
    /// A peer id as named.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when it is empty, `limit_exceeded` when it is longer than 1,024 bytes.
    pub fn new(name: &str) -> Result<PeerId> {
        check_name(name, "peer id")?;
        Ok(PeerId(name.into()))
    }

    /// A fresh peer id: 128 random bits as 26 characters of lower-case base 32.
    pub fn random(entropy: &mut dyn Entropy) -> PeerId {
        PeerId(random_text(entropy).into())
    }

    /// A peer id whose name keeps the bounds, as the caller has checked.
    pub(crate) fn of_checked(name: &str) -> PeerId {
        debug_assert!(crate::limits::name_fits(name));
        PeerId(name.into())
    }

    /// The name.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for PeerId {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for PeerId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
