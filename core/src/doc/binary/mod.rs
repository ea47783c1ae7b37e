//! The binary forms: what replicas send and keep. `codec/FORMAT.md` draws every byte.

mod chain;
mod decode_replica;
mod encode_replica;
mod encode_update;
mod event_form;
mod merge_update;
mod plain_runs;
mod proportion;
mod read_update;
mod request;
mod rows;
mod update;

pub(crate) use chain::Chains;
pub use encode_update::UpdatePage;
