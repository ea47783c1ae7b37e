//! The operations of all events, by local number, in columns: what was written, apart from when (`graph`) and what shows (`merge`).

mod arena;
mod block;
mod log;
mod packed;
mod record;
mod schema;
mod shapes;

pub(crate) use crate::limits::FIELDS_MAX;
pub(crate) use arena::Arena;
pub(crate) use block::{BLOCK_OPS, BlockOps, Numbering, put_block};
pub use log::BlockSource;
pub(crate) use log::{Counts, LogMark, LogReader, OpLog, OpView, OwnNumbering, SealedBlock, read_block_with_text, read_stored, rows_exist};
pub(crate) use packed::{Packed, Tag};
pub(crate) use record::{Form, FormView, Record};
pub(crate) use schema::{ColumnIndex, FieldIndex, Schema, TableIndex};
pub(crate) use shapes::{ShapeCell, Shapes};

/// A row of a table, in the order in which the table's rows became known.
pub(crate) type RowIndex = u32;
