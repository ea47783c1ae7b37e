//! Every bound of the engine, by name.
//!
//! Going over one is `limit_exceeded` in a local call, with the bound in the error's `limit` field; in a message it is `malformed`.

use crate::error::{Error, Result};

/// The longest table, row id, column, peer, namespace or key, in UTF-8 bytes. A name is never empty.
pub const NAME_BYTES_MAX: usize = 1_024;
/// The longest Str or Bytes value, in bytes.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// The most operations in one transaction.
pub const TRANSACTION_OPS_MAX: usize = 65_536;
/// The most bytes in one transaction: names, Str and Bytes added up, and 8 for an Int or Float.
pub const TRANSACTION_BYTES_MAX: usize = 16 << 20;
/// The most dependencies of one event.
pub const DEPS_MAX: usize = 1_024;
/// The greatest counter and the greatest Lamport time: 2^53 - 1, so that every language can hold them.
pub const COUNTER_MAX: u64 = (1 << 53) - 1;
/// The most events that one message may hold.
pub const MESSAGE_EVENTS_MAX: usize = 1_048_576;
/// The most bytes that one message may decode to, counted like [`TRANSACTION_BYTES_MAX`].
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// The most events that wait for others, unless the replica is told otherwise.
pub const WAITING_EVENTS_MAX: usize = 100_000;
/// The most bytes that wait for others, unless the replica is told otherwise.
pub const WAITING_BYTES_MAX: usize = 64 << 20;
/// The most events that one replica holds: inside, an event is a 32-bit number.
pub const EVENTS_MAX: usize = u32::MAX as usize - 1;
/// The deepest nesting of a JSON text.
pub const JSON_DEPTH_MAX: usize = 128;
/// The greatest absolute value of an ephemeral timestamp, in milliseconds.
pub const TIMESTAMP_MAX: f64 = (1u64 << 53) as f64;
/// How far ahead of the local wall clock an ephemeral timestamp may be, in milliseconds.
pub const FUTURE_MS_MAX: f64 = 600_000.0;
/// How long an ephemeral entry lives unless the store is told otherwise, in milliseconds.
pub const EPHEMERAL_TTL_MS: u64 = 30_000;
/// The most entries in one ephemeral store, unless it is told otherwise.
pub const EPHEMERAL_ENTRIES_MAX: usize = 100_000;
/// The most bytes of names and values in one ephemeral store, unless it is told otherwise.
pub const EPHEMERAL_BYTES_MAX: usize = 64 << 20;
/// The most changes that one subscription keeps for its reader before it reports `lagged`, unless told otherwise.
pub const CHANGES_MAX: usize = 65_536;

/// The most bytes of names and values that one subscription keeps for its reader before it reports `lagged`.
pub const CHANGES_BYTES_MAX: usize = 64 << 20;

/// Checks a name that a local caller gave: `what` says which one in the message.
///
/// # Errors
///
/// `invalid_argument` when it is empty, `limit_exceeded` when it is longer than [`NAME_BYTES_MAX`].
#[inline]
pub fn check_name(name: &str, what: &'static str) -> Result<()> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX { Err(bad_name(name, what)) } else { Ok(()) }
}

#[cold]
fn bad_name(name: &str, what: &'static str) -> Error {
    if name.is_empty() {
        Error::invalid_argument(format!("the {what} is empty"))
    } else {
        Error::limit_exceeded(format!("the {what} has {} bytes, more than {NAME_BYTES_MAX}", name.len()), NAME_BYTES_MAX as u64)
    }
}

/// Whether a name in a message keeps the bounds.
#[inline]
pub fn name_fits(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_BYTES_MAX
}
