use super::{CommitError, Head, Record, RowPlace, Segment, SegmentBytes, Store, StoreStats, Stored, StoredRow};
use crate::error::{Error, ErrorKind, Result};
use crate::oplog::BlockSource;
use crate::types::{Value, ValueRef};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A row as it lies there: id, place, stamps, cells.
type Row = (String, RowPlace, Vec<u8>, Vec<(u32, Value)>);

#[derive(Clone, Debug, Default)]
struct Contents {
    head: Option<Head>,
    segments: BTreeMap<u32, (u32, Vec<u8>, SegmentBytes)>,
    records: BTreeMap<u32, (Vec<u8>, u64)>,
    waiting: BTreeMap<u64, Vec<u8>>,
    chains: BTreeMap<u32, Vec<u8>>,
    tables: BTreeMap<u32, String>,
    columns: BTreeMap<(u32, u32), String>,
    rows: BTreeMap<(u32, u32), Row>,
}

/// What a [`MemoryStore`] keeps, and what is left when it is dropped: the disk of a simulated device.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Contents>>);

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// A disk with the same contents, which goes its own way: a copied or restored file.
    pub fn copy(&self) -> MemoryDisk {
        MemoryDisk(Arc::new(Mutex::new(self.contents().clone())))
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockSource for MemoryDisk {
    fn block(&self, first: u32) -> Result<Vec<u8>> {
        let contents = self.contents();
        contents.segments.get(&first).map(|segment| segment.2.ops.clone()).ok_or_else(|| no_segment(first))
    }
}

fn no_segment(first: u32) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the log has no segment that begins with event {first}"))
}

/// A store in memory: for tests and simulations, and to say in the fewest words what a store does.
#[derive(Debug)]
pub struct MemoryStore {
    disk: MemoryDisk,
    /// What the commit that was begun will leave.
    staged: Option<Contents>,
}

impl MemoryStore {
    /// Opens what is on a disk.
    pub fn open(disk: &MemoryDisk) -> MemoryStore {
        MemoryStore { disk: disk.clone(), staged: None }
    }

    fn staged(&mut self) -> Result<&mut Contents> {
        self.staged.as_mut().ok_or_else(|| Error::new(ErrorKind::Storage, "no commit was begun"))
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Stored> {
        let contents = self.disk.contents();
        let segment =
            |(&first, (events, head, _)): (&u32, &(u32, Vec<u8>, SegmentBytes))| Segment { first, events: *events, head: head.clone() };
        let record = |(&first, (bytes, rows_sum)): (&u32, &(Vec<u8>, u64))| Record { first, bytes: bytes.clone(), rows_sum: *rows_sum };
        Ok(Stored {
            head: contents.head.clone(),
            segments: contents.segments.iter().map(segment).collect(),
            records: contents.records.iter().map(record).collect(),
            waiting: contents.waiting.iter().map(|(&number, bytes)| (number, bytes.clone())).collect(),
            chains: contents.chains.iter().map(|(&peer, bytes)| (peer, bytes.clone())).collect(),
            tables: contents.tables.iter().map(|(&table, name)| (table, name.clone())).collect(),
            columns: contents.columns.iter().map(|(&(table, column), name)| (table, column, name.clone())).collect(),
        })
    }

    fn rows(&mut self, table: u32, _columns: u32, each: &mut dyn FnMut(&StoredRow<'_>) -> Result<()>) -> Result<()> {
        let contents = self.disk.contents();
        for (&(_, row), (id, place, stamps, cells)) in contents.rows.range((table, 0)..=(table, u32::MAX)) {
            let cells: Vec<(u32, ValueRef<'_>)> = cells.iter().map(|(column, value)| (*column, value.as_ref())).collect();
            each(&StoredRow { table, row, id, place: *place, stamps, cells: &cells })?;
        }
        Ok(())
    }

    fn segment(&mut self, first: u32) -> Result<SegmentBytes> {
        self.disk.contents().segments.get(&first).map(|segment| segment.2.clone()).ok_or_else(|| no_segment(first))
    }

    fn blocks(&self) -> Arc<dyn BlockSource> {
        Arc::new(self.disk.clone())
    }

    fn begin(&mut self) -> Result<()> {
        self.staged = Some(self.disk.contents().clone());
        Ok(())
    }

    fn clear(&mut self) -> Result<()> {
        *self.staged()? = Contents::default();
        Ok(())
    }

    fn clear_rows(&mut self) -> Result<()> {
        self.staged()?.rows.clear();
        Ok(())
    }

    fn put_head(&mut self, head: &Head) -> Result<()> {
        self.staged()?.head = Some(head.clone());
        Ok(())
    }

    fn put_table(&mut self, table: u32, name: &str) -> Result<()> {
        self.staged()?.tables.insert(table, name.to_owned());
        Ok(())
    }

    fn put_column(&mut self, table: u32, column: u32, name: &str) -> Result<()> {
        self.staged()?.columns.insert((table, column), name.to_owned());
        Ok(())
    }

    fn put_record(&mut self, first: u32, bytes: &[u8], rows_sum: u64) -> Result<()> {
        self.staged()?.records.insert(first, (bytes.to_vec(), rows_sum));
        Ok(())
    }

    fn put_rows_sum(&mut self, rows_sum: u64) -> Result<()> {
        if let Some(mut newest) = self.staged()?.records.last_entry() {
            newest.get_mut().1 = rows_sum;
        }
        Ok(())
    }

    fn put_segment(&mut self, first: u32, events: u32, head: &[u8], bytes: &SegmentBytes) -> Result<()> {
        self.staged()?.segments.insert(first, (events, head.to_vec(), bytes.clone()));
        Ok(())
    }

    fn drop_records(&mut self) -> Result<()> {
        self.staged()?.records.clear();
        Ok(())
    }

    fn put_row(&mut self, row: &StoredRow<'_>, _before: Option<RowPlace>) -> Result<()> {
        let cells = row.cells.iter().map(|&(column, value)| (column, value.to_value())).collect();
        self.staged()?.rows.insert((row.table, row.row), (row.id.to_owned(), row.place, row.stamps.to_vec(), cells));
        Ok(())
    }

    fn put_waiting(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        self.staged()?.waiting.insert(number, bytes.to_vec());
        Ok(())
    }

    fn drop_waiting(&mut self, number: u64) -> Result<()> {
        self.staged()?.waiting.remove(&number);
        Ok(())
    }

    fn put_chain(&mut self, peer: u32, bytes: &[u8]) -> Result<()> {
        self.staged()?.chains.insert(peer, bytes.to_vec());
        Ok(())
    }

    fn commit(&mut self) -> Result<(), CommitError> {
        match self.staged.take() {
            Some(staged) => {
                *self.disk.contents() = staged;
                Ok(())
            }
            None => Err(CommitError::RolledBack(Error::new(ErrorKind::Storage, "no commit was begun"))),
        }
    }

    fn rollback(&mut self) {
        self.staged = None;
    }

    fn sync(&mut self) -> Result<(), CommitError> {
        Ok(())
    }

    fn backup(&mut self, _to: &Path) -> Result<()> {
        Err(Error::invalid_argument("a store in memory is copied with MemoryDisk::copy"))
    }

    fn compact(&mut self) -> Result<(), CommitError> {
        Ok(())
    }

    fn verify(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn stats(&mut self) -> Result<StoreStats> {
        Ok(StoreStats::default())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
