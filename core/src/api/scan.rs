use super::Doc;
use crate::doc::{CrdtDoc, RowRange, RowRef, RowValues};
use crate::error::Result;
use core::fmt;
use core::ops::Bound;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
/// exactly once; one that comes or goes meanwhile may be met or missed. It holds at most a page in memory. Threads may share it: each row
/// goes to one of them.
///
/// An item of the iterator is a row's id and its cells, sorted by column, or the error of the call that fetched it, after which there is no
/// more. [`next_row`](Scan::next_row) and [`next_rows`](Scan::next_rows) go on: an error moves nothing, so the next call tries again.
pub struct Scan {
    doc: Doc,
    tbl: String,
    place: Mutex<Place>,
    /// The iterator met an error.
    is_cut_off: bool,
}

/// How far a scan has come. Its lock may be taken under the document's, and never the other way round: who waits for the document, which
/// another's transaction may hold, must not hold up those who have rows to take.
struct Place {
    range: ScanRange,
    fetched: VecDeque<(String, RowValues)>,
    is_over: bool,
}

impl Scan {
    pub(crate) fn new(doc: &Doc, tbl: &str, range: ScanRange) -> Scan {
        let place = Place { range, fetched: VecDeque::new(), is_over: false };
        Scan { doc: doc.clone(), tbl: tbl.to_owned(), place: Mutex::new(place), is_cut_off: false }
    }

    /// The next row; `None` when there is no more.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`], where a page has to be fetched.
    pub fn next_row(&self) -> Result<Option<(String, RowValues)>> {
        loop {
            let mut place = self.place();
            if place.is_at_rest() {
                return Ok(place.fetched.pop_front());
            }
            drop(place);
            self.fetch()?;
        }
    }

    /// The next rows, at most `limit` of them; none, for a limit that is not 0, when there is no more.
    ///
    /// # Errors
    ///
    /// As [`next_row`](Scan::next_row), where there is no row to give before the one that could not be fetched.
    pub fn next_rows(&self, limit: usize) -> Result<Vec<(String, RowValues)>> {
        let mut rows = Vec::new();
        while rows.len() < limit {
            let mut place = self.place();
            if place.is_at_rest() {
                let taken = place.fetched.len().min(limit - rows.len());
                rows.extend(place.fetched.drain(..taken));
                if place.is_over {
                    break;
                }
                continue;
            }
            drop(place);
            match self.fetch() {
                // What was taken is given, and the next call meets the error again.
                Err(_) if !rows.is_empty() => break,
                fetched => fetched?,
            }
        }
        Ok(rows)
    }

    /// Fetches a page, unless another thread has done so meanwhile.
    fn fetch(&self) -> Result<()> {
        self.doc.shared.read(|doc| {
            let mut place = self.place();
            if !place.is_at_rest() {
                let page = page(doc, &self.tbl, &place.range, PAGE_ROWS, PAGE_BYTES);
                match page.last() {
                    Some((last, _)) => place.range.after = Some(last.clone()),
                    None => place.is_over = true,
                }
                place.fetched = page.into();
            }
            Ok(())
        })
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        // A panic while a page is made changes nothing here, and the document says that it failed.
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whether the next row is here, or known to be none.
    fn is_at_rest(&self) -> bool {
        !self.fetched.is_empty() || self.is_over
    }
}

impl Iterator for Scan {
    type Item = Result<(String, RowValues)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_cut_off {
            return None;
        }
        let row = self.next_row();
        self.is_cut_off = row.is_err();
        row.transpose()
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("tbl", &self.tbl).field("range", &self.place().range).finish_non_exhaustive()
    }
}
