use super::Doc;
use crate::doc::{Page, PageLimit, UpdatePage};
use crate::error::Result;
use crate::types::{EventId, EventRun, MergeResult, SyncState, VersionVector};

/// Sync. Besides the errors named at each call: those of every call, see [`Doc`]; for a document in a file `read_only` (of what merges)
/// and `storage`.
impl Doc {
    /// Frontier and versions: how far this replica is.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn sync_state(&self) -> Result<SyncState> {
        self.shared.read(|doc| Ok(doc.sync_state()))
    }

    /// For each peer the highest applied counter.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn versions(&self) -> Result<VersionVector> {
        self.shared.read(|doc| Ok(doc.versions()))
    }

    /// The applied events that no other depends on, sorted by peer and counter.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn frontier(&self) -> Result<Vec<EventId>> {
        self.shared.read(|doc| Ok(doc.frontier()))
    }

    /// What this replica knows, for a peer to answer with [`encode_pending`](Doc::encode_pending).
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged.
    pub fn encode_request(&self) -> Result<Vec<u8>> {
        self.shared.hand_out(|doc| doc.encode_request())
    }

    /// What the replica that made `request` lacks, within `limit`, as an update for it. Empty bytes when it lacks nothing.
    ///
    /// Where the page says that there is more: having merged it, the replica asks again.
    ///
    /// # Errors
    ///
    /// `malformed` or `unsupported_version` for the request; `other_document`; `conflicting_event`, with peer and counter, when both have
    /// different events under one peer id; `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn encode_pending(&self, request: &[u8], limit: PageLimit) -> Result<UpdatePage> {
        self.shared.hand_out(|doc| doc.encode_pending_page(request, limit))
    }

    /// What a replica that knows `known` lacks, within `limit`, as an update for it and for any that knows more. Empty bytes when it lacks
    /// nothing.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn encode_update(&self, known: &VersionVector, limit: PageLimit) -> Result<UpdatePage> {
        self.shared.hand_out(|doc| doc.encode_update(known, limit))
    }

    /// Merges an update that another replica made, all or nothing. Empty bytes bring nothing.
    ///
    /// An empty replica that was given no document takes the update's.
    ///
    /// # Errors
    ///
    /// `malformed`, `unsupported_version`, `other_document`; `conflicting_event`, with the event's id, when an id is taken by other content
    /// or both have different events under one peer id; `invalid_argument` when the update was made for a replica that knows more than this
    /// one: ask with a request of its own; `limit_exceeded` for a full replica.
    pub fn merge_update(&self, update: &[u8]) -> Result<MergeResult> {
        self.shared.write(|doc| doc.merge_update(update))
    }

    /// As [`merge_update`](Doc::merge_update), but the result has no patches: for those that do not look at them. Readers of changes are
    /// told all the same.
    ///
    /// # Errors
    ///
    /// As [`merge_update`](Doc::merge_update).
    pub fn merge_update_quiet(&self, update: &[u8]) -> Result<MergeResult> {
        self.shared.write(|doc| doc.merge_update_quiet(update))
    }

    /// Merges runs of events, all or nothing.
    ///
    /// # Errors
    ///
    /// `malformed`; `conflicting_event`, with the event's id; `limit_exceeded` for a full replica.
    pub fn merge_remote(&self, runs: &[EventRun]) -> Result<MergeResult> {
        self.shared.write(|doc| doc.merge_remote(runs))
    }

    /// The applied events with a counter above `known[peer]`, or all where the peer is absent: the first page of them, within `limit`.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn get_pending(&self, known: &VersionVector, limit: PageLimit) -> Result<Page> {
        self.shared.hand_out(|doc| doc.get_pending_page(known, limit))
    }

    /// The ids that waiting events wait for and that are neither applied nor waiting, sorted by peer and counter.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn missing(&self) -> Result<Vec<EventId>> {
        self.shared.read(|doc| Ok(doc.missing()))
    }

    /// Forgets all events that wait for others, and says how many there were. They are not in the versions, so they can come again.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`]; for a document in a file `read_only` and `storage`.
    pub fn drop_waiting(&self) -> Result<u64> {
        self.shared.write(|doc| Ok(doc.drop_waiting()))
    }

    /// Goes on under a fresh peer id, because another device writes under this one too.
    ///
    /// Its own events with a counter of `from` or above, of which others have different ones, become the same events under the new id, so
    /// nothing that a person typed is lost. `from` is the first counter that differs, or one before it: the one that the
    /// `conflicting_event` error of a merge of all the other's events names ([`encode_update`](Doc::encode_update) for nobody's versions), or
    /// 0, which is always right. The error of a request may name a later one, and then the next sync conflicts again. The result's patches
    /// say what that changed in the visible state, usually nothing. It costs as much as merging the whole history.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` for a full replica; `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn fork(&self, from: u64) -> Result<MergeResult> {
        self.shared.write(|doc| doc.fork(from))
    }

    /// The whole replica as bytes, for [`Doc::decode`]: the state first, readable without the history, which follows.
    ///
    /// # Errors
    ///
    /// `storage` or `corrupt` when history that lies in a file cannot be read.
    pub fn encode_replica(&self) -> Result<Vec<u8>> {
        self.shared.hand_out(|doc| doc.encode_replica())
    }

    /// The replica without its history, for [`Doc::decode`]: rows, stamps and versions, so that it reads, writes and merges; older history
    /// it has none.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged.
    pub fn encode_state(&self) -> Result<Vec<u8>> {
        self.shared.hand_out(|doc| doc.encode_state())
    }

    /// The SHA-256 of the visible state: equal on every replica that has applied the same events. It reads every row.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn digest(&self) -> Result<[u8; 32]> {
        self.shared.read(|doc| Ok(doc.digest()))
    }
}
