use crate::list::{List, Owner, list};
use crate::raw::{self, text};
use crate::text::converge_str;
use crate::value::{converge_cell, converge_value};
use convergedb::{EventId, EventRange, PeerId, Result, RowValues, Value, ValueRef, VersionVector};

/// A row: its id and its cells, sorted by column in what the library gives.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_row {
    /// The row.
    pub id: converge_str,
    /// The first cell, or `NULL` if there is none.
    pub cells: *const converge_cell,
    /// The number of cells.
    pub cells_len: usize,
}

/// Rows. Free them with `converge_rows_free()`.
#[repr(C)]
pub struct converge_rows {
    /// The first row, or `NULL` if there is none.
    pub data: *const converge_row,
    /// The number of rows.
    pub len: usize,
    /// What keeps them, for `converge_rows_free()`; not to be changed.
    pub owner: u64,
}

/// Names. Free them with `converge_names_free()`.
#[repr(C)]
pub struct converge_names {
    /// The first name, or `NULL` if there is none.
    pub data: *const converge_str,
    /// The number of names.
    pub len: usize,
    /// What keeps them, for `converge_names_free()`; not to be changed.
    pub owner: u64,
}

/// Which event: its author and the author's counter, which runs 0, 1, 2, … without gaps. In a list of versions it stands for the peer and
/// its highest counter that is known.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_event_id {
    /// The author.
    pub peer: converge_str,
    /// The author's counter, at most 2^53 - 1.
    pub counter: u64,
}

/// Event ids, or versions. Free them with `converge_event_ids_free()`.
#[repr(C)]
pub struct converge_event_ids {
    /// The first id, or `NULL` if there is none.
    pub data: *const converge_event_id,
    /// The number of ids.
    pub len: usize,
    /// What keeps them, for `converge_event_ids_free()`; not to be changed.
    pub owner: u64,
}

/// Consecutive events of one peer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_event_range {
    /// The author.
    pub peer: converge_str,
    /// The first counter.
    pub start: u64,
    /// The counter after the last one.
    pub end: u64,
}

/// Ranges of events. Free them with `converge_event_ranges_free()`.
#[repr(C)]
pub struct converge_event_ranges {
    /// The first range, or `NULL` if there is none.
    pub data: *const converge_event_range,
    /// The number of ranges.
    pub len: usize,
    /// What keeps them, for `converge_event_ranges_free()`; not to be changed.
    pub owner: u64,
}

list!(converge_rows, converge_row);
list!(converge_names, converge_str);
list!(converge_event_ids, converge_event_id);
list!(converge_event_ranges, converge_event_range);

/// Frees rows, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_rows_free(rows: *mut converge_rows) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(rows) }
}

/// Frees names, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_names_free(names: *mut converge_names) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(names) }
}

/// Frees event ids, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_event_ids_free(ids: *mut converge_event_ids) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(ids) }
}

/// Frees ranges of events, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_event_ranges_free(ranges: *mut converge_event_ranges) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(ranges) }
}

/// A column and a value as the engine takes them.
pub(crate) type Cell<'a> = (&'a str, ValueRef<'a>);

/// An array of rows as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to, for as long as what is made of it is used.
pub(crate) unsafe fn rows<'a>(data: *const converge_row, len: usize) -> Result<Vec<(&'a str, Vec<Cell<'a>>)>> {
    // SAFETY: as promised.
    let rows = unsafe { raw::slice(data, len, "rows") }?;
    // SAFETY: as promised.
    rows.iter().map(|row| unsafe { Ok((text(row.id, "row_id")?, crate::value::cells(row.cells, row.cells_len)?)) }).collect()
}

/// An array of names as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to, for as long as what is made of it is used.
pub(crate) unsafe fn names<'a>(data: *const converge_str, len: usize, name: &str) -> Result<Vec<&'a str>> {
    // SAFETY: as promised.
    unsafe { raw::slice(data, len, name)?.iter().map(|&element| text(element, name)).collect() }
}

/// An array of event ids as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to.
pub(crate) unsafe fn ids(data: *const converge_event_id, len: usize, name: &str) -> Result<Vec<EventId>> {
    // SAFETY: as promised.
    let ids = unsafe { raw::slice(data, len, name) }?;
    // SAFETY: as promised.
    ids.iter().map(|id| unsafe { Ok(EventId::new(PeerId::new(text(id.peer, "peer")?)?, id.counter)) }).collect()
}

/// An array of peers and counters as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to.
pub(crate) unsafe fn versions(data: *const converge_event_id, len: usize, name: &str) -> Result<VersionVector> {
    let mut versions = VersionVector::new();
    // SAFETY: as promised.
    unsafe { ids(data, len, name) }?.iter().for_each(|id| versions.include(id));
    Ok(versions)
}

pub(crate) fn cells_of(owner: &mut Owner, cells: &'static [(String, Value)]) -> (*const converge_cell, usize) {
    let cell = |(col, value): &(String, Value)| converge_cell { col: converge_str::of(col), value: converge_value::of(value.as_ref()) };
    owner.keep(cells.iter().map(cell).collect())
}

pub(crate) fn ids_of(ids: &[EventId]) -> Vec<converge_event_id> {
    ids.iter().map(|id| converge_event_id { peer: converge_str::of(&id.peer), counter: id.counter }).collect()
}

pub(crate) fn list_of_rows(rows: Vec<(String, RowValues)>) -> Result<converge_rows> {
    List::of(rows, |owner, rows| {
        let row = |(id, values): &'static (String, RowValues)| {
            let (cells, cells_len) = cells_of(owner, values);
            converge_row { id: converge_str::of(id), cells, cells_len }
        };
        rows.iter().map(row).collect()
    })
}

pub(crate) fn list_of_names(names: Vec<String>) -> Result<converge_names> {
    List::of(names, |_, names| names.iter().map(|name| converge_str::of(name)).collect())
}

pub(crate) fn list_of_ids(ids: Vec<EventId>) -> Result<converge_event_ids> {
    List::of(ids, |_, ids| ids_of(ids))
}

pub(crate) fn list_of_versions(versions: VersionVector) -> Result<converge_event_ids> {
    List::of(versions, |_, versions| {
        versions.iter().map(|(peer, counter)| converge_event_id { peer: converge_str::of(peer), counter }).collect()
    })
}

pub(crate) fn list_of_ranges(ranges: Vec<EventRange>) -> Result<converge_event_ranges> {
    let range = |range: &EventRange| converge_event_range { peer: converge_str::of(&range.peer), start: range.start, end: range.end };
    List::of(ranges, |_, ranges| ranges.iter().map(range).collect())
}
