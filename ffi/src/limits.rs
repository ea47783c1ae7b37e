use convergedb::limits::{NAME_BYTES_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_OPS_MAX, VALUE_BYTES_MAX};

/// The longest table, row id, column, peer, namespace or key, in bytes of UTF-8. None is empty.
pub const CONVERGE_NAME_BYTES_MAX: usize = 1024;
/// The longest Str or Bytes, in bytes.
pub const CONVERGE_VALUE_BYTES_MAX: usize = 1048576;
/// The most operations of one transaction.
pub const CONVERGE_TRANSACTION_OPS_MAX: usize = 65536;
/// The most bytes of one transaction: names, Str and Bytes added up, and 8 for an Int or Float.
pub const CONVERGE_TRANSACTION_BYTES_MAX: usize = 16777216;

const _: () = assert!(CONVERGE_NAME_BYTES_MAX == NAME_BYTES_MAX && CONVERGE_VALUE_BYTES_MAX == VALUE_BYTES_MAX);
const _: () = assert!(CONVERGE_TRANSACTION_OPS_MAX == TRANSACTION_OPS_MAX && CONVERGE_TRANSACTION_BYTES_MAX == TRANSACTION_BYTES_MAX);
