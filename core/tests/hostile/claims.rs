//! Bytes that claim more than they hold.
