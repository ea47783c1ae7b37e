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
/// The most cells of one transaction's inserts: a transaction always fits one message. Only columns of a letter or two that hold Nulls and
/// Bools, which count nothing but their names, come to so many within [`TRANSACTION_BYTES_MAX`].
pub const TRANSACTION_CELLS_MAX: usize = MESSAGE_CELLS_MAX;
/// The most dependencies of one event.
pub const DEPS_MAX: usize = 1_024;
/// The greatest counter and the greatest Lamport time: 2^53 - 1, so that every language can hold them.
pub const COUNTER_MAX: u64 = (1 << 53) - 1;
/// The most events that one message may hold.
pub const MESSAGE_EVENTS_MAX: usize = 1_048_576;
/// The most bytes that one message may decode to, counted like [`TRANSACTION_BYTES_MAX`].
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// The most cells of inserts that one message in binary form may hold: 8,388,608, since each takes 8 bytes when it is read, whatever few
/// it takes on the way.
pub const MESSAGE_CELLS_MAX: usize = MESSAGE_BYTES_MAX / 8;
/// The most dependencies that one message in binary form may list.
pub const MESSAGE_DEPS_MAX: usize = MESSAGE_EVENTS_MAX;
/// The most peers that one message in binary form may name.
pub const MESSAGE_PEERS_MAX: usize = MESSAGE_EVENTS_MAX;
/// The most events in one page, unless it is asked for with another limit.
pub const PAGE_EVENTS_MAX: usize = 65_536;
/// The most bytes in one page, unless it is asked for with another limit.
pub const PAGE_BYTES_MAX: usize = 16 << 20;
/// The most events that wait for others, unless the replica is told otherwise.
pub const WAITING_EVENTS_MAX: usize = 100_000;
/// The most bytes that wait for others, unless the replica is told otherwise.
pub const WAITING_BYTES_MAX: usize = 64 << 20;
/// The most events that one replica holds: inside, an event is a 32-bit number.
pub const EVENTS_MAX: usize = u32::MAX as usize - 1;
/// The most distinct columns of all tables, and the most distinct lists of columns and kinds of values that inserts have, in one replica.
pub const FIELDS_MAX: usize = (1 << 27) - 1;
/// What a stored replica without its history may become in memory whatever its length, in bytes.
pub const REPLICA_ROOM_BYTES: u64 = 16 << 20;
/// What it may become beyond that, for each of its bytes.
pub const REPLICA_GROWTH: u64 = 256;
/// The deepest nesting of a JSON text.
pub const JSON_DEPTH_MAX: usize = 128;
/// The longest path in an error's `path` field, in bytes; a longer one is cut.
pub const ERROR_PATH_BYTES_MAX: usize = 512;
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
/// The longest binary message of the ephemeral layer, in bytes: all that one may hold, and 40 for the numbers of each entry.
pub const EPHEMERAL_MESSAGE_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 40 * MESSAGE_EVENTS_MAX;
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
