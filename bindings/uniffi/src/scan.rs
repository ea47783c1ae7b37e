use crate::error::Result;
use crate::options::size;
use crate::packed;
use convergedb::api::{self, ScanRange};
use std::ops::Bound;

/// Where a range of row ids begins or ends.
#[derive(uniffi::Enum)]
pub enum Edge {
    /// Nowhere.
    Open,
    /// At this id, which is in it.
    Included {
        /// The id.
        row_id: String,
    },
    /// At this id, which is not in it.
    Excluded {
        /// The id.
        row_id: String,
    },
}

impl Edge {
    fn read(self) -> Bound<String> {
        match self {
            Edge::Open => Bound::Unbounded,
            Edge::Included { row_id } => Bound::Included(row_id),
            Edge::Excluded { row_id } => Bound::Excluded(row_id),
        }
    }
}

/// Which rows a scan gives: those whose ids keep all of these conditions.
#[derive(uniffi::Record)]
pub struct Range {
    /// Where the ids begin.
    pub from: Edge,
    /// Where they end.
    pub to: Edge,
    /// What they begin with.
    pub prefix: Option<String>,
    /// Only those after this one.
    pub after: Option<String>,
}

impl Range {
    pub(crate) fn read(self) -> ScanRange {
        ScanRange { from: self.from.read(), to: self.to.read(), prefix: self.prefix, after: self.after }
    }
}

/// The rows of a table, page by page.
#[derive(uniffi::Object)]
pub struct Scan(api::Scan);

impl Scan {
    pub(crate) fn new(scan: api::Scan) -> Scan {
        Scan(scan)
    }
}

#[uniffi::export]
impl Scan {
    /// The next rows, at most so many, in one buffer; an empty one when there is no more.
    pub fn next_packed(&self, limit: u64) -> Result<Vec<u8>> {
        Ok(packed::write_rows(&self.0.next_rows(size(limit))?))
    }
}
