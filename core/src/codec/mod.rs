//! The parts that every binary form is made of: a bounded reader, variable-length numbers, columns, frames. `FORMAT.md` draws the bytes.

mod column;
mod frame;
mod reader;
mod writer;

pub(crate) use column::{Column, put_column, read_column};
pub(crate) use frame::{Kind, begin_frame, checksum, end_frame, open_frame, open_head};
pub(crate) use reader::Reader;
pub(crate) use writer::{put_bytes, put_number, put_signed};
