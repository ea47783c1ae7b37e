use super::Doc;
use crate::doc::{CrdtDoc, RowRange, RowRef, RowValues};
use crate::error::Result;
use core::fmt;
use core::ops::Bound;
use std::collections::VecDeque;

/// So many rows are fetched at once where the caller does not say how many.
const PAGE_ROWS: usize = 256;
/// So many bytes of names and values end a page early where the caller does not say how many rows.
const PAGE_BYTES: usize = 1 << 20;

/// Which rows a scan gives: those whose ids keep all of these conditions, in the order of their bytes. The default is all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRange {
    /// Where the ids begin.
    pub from: Bound<String>,
    /// Where they end.
    pub to: Bound<String>,
    /// What they begin with.
    pub prefix: Option<String>,
    /// Only those after this one: the last row of the page before.
    pub after: Option<String>,
}

impl Default for ScanRange {
    fn default() -> ScanRange {
        ScanRange { from: Bound::Unbounded, to: Bound::Unbounded, prefix: None, after: None }
    }
}

impl ScanRange {
    /// All rows.
    pub fn all() -> ScanRange {
        ScanRange::default()
    }

    /// The rows between two bounds.
    pub fn new(from: Bound<&str>, to: Bound<&str>) -> ScanRange {
        ScanRange { from: from.map(str::to_owned), to: to.map(str::to_owned), ..ScanRange::default() }
    }

    /// The rows whose ids begin with `prefix`.
    pub fn prefix(prefix: &str) -> ScanRange {
        ScanRange { prefix: Some(prefix.to_owned()), ..ScanRange::default() }
    }

    /// The same rows, but only those after `row_id`: the next page, when that was the last row of one.
    pub fn and_after(self, row_id: &str) -> ScanRange {
        ScanRange { after: Some(row_id.to_owned()), ..self }
    }

    /// The rows as the engine scans them. They come in order, so those with the prefix come first.
    fn rows<'d>(&self, doc: &'d CrdtDoc, tbl: &str) -> impl Iterator<Item = RowRef<'d>> {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let from = match self.from.as_ref().map(String::as_str) {
            Bound::Included(from) if from >= prefix => Bound::Included(from),
            Bound::Excluded(from) if from >= prefix => Bound::Excluded(from),
            _ => Bound::Included(prefix),
        };
        let range = RowRange::new(from, self.to.as_ref().map(String::as_str));
        let range = self.after.as_deref().map_or(range, |after| range.and_after(after));
        doc.scan(tbl, range).take_while(move |row| row.id().starts_with(prefix))
    }
}

/// The first `limit` rows of a range, fewer where they come to `bytes_max` bytes before, but one at least.
pub(crate) fn page(doc: &CrdtDoc, tbl: &str, range: &ScanRange, limit: usize, bytes_max: usize) -> Vec<(String, RowValues)> {
    let mut rows = Vec::new();
    let mut bytes = 0usize;
    for row in range.rows(doc, tbl).take(limit) {
        let values = row.to_values();
        bytes += row.id().len() + values.iter().map(|(col, value)| col.len() + value.counted_bytes()).sum::<usize>();
        rows.push((row.id().to_owned(), values));
        if bytes >= bytes_max {
            break;
        }
    }
    rows
}

/// The rows of a table in the order of their ids, fetched page by page while others write.
///
/// Each page is the table as it is at one moment, and the next goes on after the last row of it: a row that shows all the while comes
/// exactly once; one that comes or goes meanwhile may be met or missed. It holds at most a page in memory.
///
/// An item is a row's id and its cells, sorted by column, or the error of the call that fetched it, after which there is no more.
pub struct Scan {
    doc: Doc,
    tbl: String,
    range: ScanRange,
    fetched: VecDeque<(String, RowValues)>,
    is_over: bool,
}

impl Scan {
    pub(crate) fn new(doc: &Doc, tbl: &str, range: ScanRange) -> Scan {
        Scan { doc: doc.clone(), tbl: tbl.to_owned(), range, fetched: VecDeque::new(), is_over: false }
    }

    fn fetch(&mut self) -> Result<()> {
        let page = self.doc.shared.read(|doc| Ok(page(doc, &self.tbl, &self.range, PAGE_ROWS, PAGE_BYTES)))?;
        match page.last() {
            Some((last, _)) => self.range.after = Some(last.clone()),
            None => self.is_over = true,
        }
        self.fetched = page.into();
        Ok(())
    }
}

impl Iterator for Scan {
    type Item = Result<(String, RowValues)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.fetched.is_empty() && !self.is_over {
            if let Err(error) = self.fetch() {
                self.is_over = true;
                return Some(Err(error));
            }
        }
        self.fetched.pop_front().map(Ok)
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("tbl", &self.tbl).field("range", &self.range).finish_non_exhaustive()
    }
}
