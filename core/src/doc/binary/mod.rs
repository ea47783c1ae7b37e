//! The binary forms: what replicas send and keep. `codec/FORMAT.md` draws every byte.

mod chain;
mod decode_replica;
mod encode_replica;
mod encode_update;
mod event_form;
mod merge_update;
mod page;
mod plain_runs;
mod proportion;
mod read_table;
mod read_update;
mod request;
pub(super) mod rows;
mod update;

pub(crate) use chain::Chains;
pub(crate) use encode_replica::waiting_run;
pub use encode_update::UpdatePage;
pub(crate) use plain_runs::{put_plain_runs, read_plain_runs};
pub(crate) use proportion::block_cells_max;
pub(crate) use update::NamedUpdate;
