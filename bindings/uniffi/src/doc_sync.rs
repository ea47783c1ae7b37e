use crate::doc::Doc;
use crate::error::Result;
use crate::events::{EventId, EventRun, SyncState, Versions, event_ids, read_versions, runs, versions};
use crate::options::page_limit;
use crate::patches::MergeResult;

/// A part of what a peer lacks, as bytes.
#[derive(uniffi::Record)]
pub struct UpdatePage {
    /// What to send; empty when the peer lacks nothing.
    pub bytes: Vec<u8>,
    /// There is more.
    pub has_more: bool,
}

impl From<convergedb::UpdatePage> for UpdatePage {
    fn from(page: convergedb::UpdatePage) -> UpdatePage {
        UpdatePage { bytes: page.bytes, has_more: page.has_more }
    }
}

/// A part of what a peer lacks, as plain data.
#[derive(uniffi::Record)]
pub struct RunsPage {
    /// The events.
    pub runs: Vec<EventRun>,
    /// There is more.
    pub has_more: bool,
}

#[uniffi::export]
impl Doc {
    /// How far this replica is.
    pub fn sync_state(&self) -> Result<SyncState> {
        Ok(self.0.sync_state()?.into())
    }

    /// For each peer the highest applied counter.
    pub fn versions(&self) -> Result<Versions> {
        Ok(versions(&self.0.versions()?))
    }

    /// The applied events that no other depends on.
    pub fn frontier(&self) -> Result<Vec<EventId>> {
        Ok(event_ids(&self.0.frontier()?))
    }

    /// What this replica knows, for another one's `encode_pending`.
    pub fn encode_request(&self) -> Result<Vec<u8>> {
        Ok(self.0.encode_request()?)
    }

    /// What the replica that asked lacks, as bytes.
    pub fn encode_pending(&self, request: &[u8], events_max: Option<u64>, bytes_max: Option<u64>) -> Result<UpdatePage> {
        Ok(self.0.encode_pending(request, page_limit(events_max, bytes_max))?.into())
    }

    /// What a replica of these versions lacks, as bytes.
    pub fn encode_update(&self, known: Versions, events_max: Option<u64>, bytes_max: Option<u64>) -> Result<UpdatePage> {
        Ok(self.0.encode_update(&read_versions(known)?, page_limit(events_max, bytes_max))?.into())
    }

    /// What a replica of these versions lacks, as plain data.
    pub fn get_pending(&self, known: Versions, events_max: Option<u64>, bytes_max: Option<u64>) -> Result<RunsPage> {
        let page = self.0.get_pending(&read_versions(known)?, page_limit(events_max, bytes_max))?;
        Ok(RunsPage { runs: runs(page.runs), has_more: page.has_more })
    }

    /// Merges what another replica encoded, all or nothing.
    pub fn merge_update(&self, update: &[u8]) -> Result<MergeResult> {
        Ok(self.0.merge_update(update)?.into())
    }

    /// The same without telling what changed.
    pub fn merge_update_quiet(&self, update: &[u8]) -> Result<MergeResult> {
        Ok(self.0.merge_update_quiet(update)?.into())
    }

    /// Merges plain data, all or nothing.
    pub fn merge_remote(&self, runs: Vec<EventRun>) -> Result<MergeResult> {
        let runs = runs.into_iter().map(EventRun::read).collect::<Result<Vec<_>>>()?;
        Ok(self.0.merge_remote(&runs)?.into())
    }

    /// The ids that waiting events wait for.
    pub fn missing(&self) -> Result<Vec<EventId>> {
        Ok(event_ids(&self.0.missing()?))
    }

    /// Forgets all events that wait, and says how many.
    pub fn drop_waiting(&self) -> Result<u64> {
        Ok(self.0.drop_waiting()?)
    }

    /// Goes on under a fresh peer id from this own counter.
    pub fn fork(&self, from: u64) -> Result<MergeResult> {
        Ok(self.0.fork(from)?.into())
    }

    /// The whole replica as bytes.
    pub fn encode_replica(&self) -> Result<Vec<u8>> {
        Ok(self.0.encode_replica()?)
    }

    /// The replica without its history as bytes.
    pub fn encode_state(&self) -> Result<Vec<u8>> {
        Ok(self.0.encode_state()?)
    }

    /// The SHA-256 of the visible state.
    pub fn digest(&self) -> Result<Vec<u8>> {
        Ok(self.0.digest()?.to_vec())
    }
}
