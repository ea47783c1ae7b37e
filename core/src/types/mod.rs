//! Plain data: what an application, a message or a test holds in its hands. No behaviour beyond its own invariants.

mod document_id;
mod event;
mod event_id;
mod merge_result;
mod patch;
mod peer_id;
mod row_op;
mod sync_state;
mod value;
mod version_vector;

pub use document_id::DocumentId;
pub use event::{Event, EventRun};
pub use event_id::EventId;
pub use merge_result::MergeResult;
pub use patch::Patch;
pub use peer_id::PeerId;
pub use row_op::RowOp;
pub use sync_state::SyncState;
pub use value::{Value, ValueRef};
pub use version_vector::VersionVector;
