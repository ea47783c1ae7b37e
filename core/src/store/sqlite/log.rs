use super::connection::File;
use super::names::TableSql;
use super::schema::{FORMAT, MIN_READER, TABLES};
use crate::error::Result;
use crate::store::{HEAD_LOST, Head, Record, Segment, SegmentBytes, Stored};
use rusqlite::{OptionalExtension, Row};
use xxhash_rust::xxh3::xxh3_64;

/// A checksum of everything in the head.
fn head_sum(head: &Head) -> i64 {
    let mut bytes = Vec::with_capacity(128);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&head.document);
    bytes.extend_from_slice(&head.file_id);
    bytes.extend_from_slice(&head.epoch.to_le_bytes());
    bytes.extend_from_slice(&head.rows_format.to_le_bytes());
    bytes.extend_from_slice(&[u8::from(head.document_given), u8::from(head.needs_fresh_peer)]);
    bytes.extend_from_slice(head.peer.as_bytes());
    xxh3_64(&bytes) as i64
}

/// The number of events in the head, with a checksum of its own above it: that of the head is older.
fn sealed_events(events: u32) -> i64 {
    let sum = xxh3_64(&events.to_le_bytes()) as u32;
    (u64::from(sum) << 32 | u64::from(events)) as i64
}

/// A row of `n, cnt, head`.
pub(super) fn segment_of(row: &Row<'_>) -> rusqlite::Result<Segment> {
    Ok(Segment { first: row.get(0)?, events: row.get(1)?, head: row.get(2)? })
}

/// A row of `n, d, rows_sum`.
pub(super) fn record_of(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record { first: row.get(0)?, bytes: row.get(1)?, rows_sum: row.get::<_, i64>(2)? as u64 })
}

impl File {
    pub(super) fn load(&mut self) -> Result<Stored> {
        let head = self.load_head()?;
        if head.is_none() && self.has_row_tables()? {
            return Err(self.damaged(HEAD_LOST));
        }
        Ok(Stored {
            head,
            segments: self.load_segments()?,
            records: self.load_records()?,
            waiting: self.load_numbered("SELECT w, d FROM converge_wait ORDER BY w", |number| number as u64)?,
            chains: self.load_numbered("SELECT p, d FROM converge_chain ORDER BY p", |number| number as u32)?,
            tables: self.table_names(),
            columns: self.column_names(),
        })
    }

    pub(super) fn table_names(&self) -> Vec<(u32, String)> {
        (0..).zip(&self.tables).map(|(number, table)| (number, table.name.clone())).collect()
    }

    pub(super) fn column_names(&self) -> Vec<(u32, u32, String)> {
        let columns = |(number, table): (u32, &TableSql)| {
            (0..).zip(table.columns.clone()).map(move |(column, name)| (number, column, name)).collect::<Vec<_>>()
        };
        (0..).zip(&self.tables).flat_map(columns).collect()
    }

    /// What a query lists.
    fn list<T>(&self, sql: &str, each: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let failed = self.failed("reading");
        let mut statement = self.connection.prepare_cached(sql).map_err(&failed)?;
        let rows = statement.query_map([], each).map_err(&failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    fn load_segments(&self) -> Result<Vec<Segment>> {
        self.list("SELECT n, cnt, head FROM converge_seg ORDER BY n", segment_of)
    }

    fn load_records(&self) -> Result<Vec<Record>> {
        self.list("SELECT n, d, rows_sum FROM converge_log ORDER BY n", record_of)
    }

    fn load_numbered<N>(&self, sql: &str, number: impl Fn(i64) -> N) -> Result<Vec<(N, Vec<u8>)>> {
        self.list(sql, |row| Ok((number(row.get(0)?), row.get(1)?)))
    }

    pub(super) fn load_head(&self) -> Result<Option<Head>> {
        let sql = "SELECT document, given, peer, fresh, file_id, epoch, rows_format, sum, rows_upto FROM converge_head";
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("reading"))?;
        let read = statement
            .query_row([], |row| {
                let head = Head {
                    document: row.get(0)?,
                    document_given: row.get(1)?,
                    peer: row.get(2)?,
                    needs_fresh_peer: row.get(3)?,
                    file_id: row.get(4)?,
                    epoch: row.get::<_, i64>(5)? as u64,
                    rows_format: row.get(6)?,
                    events: row.get::<_, Option<i64>>(8)?.map_or(0, |events| events as u32),
                };
                Ok((head, row.get::<_, i64>(7)?, row.get::<_, Option<i64>>(8)?))
            })
            .optional()
            .map_err(self.failed("reading"))?;
        match read {
            Some((head, sum, events)) if head_sum(&head) != sum || events.is_some_and(|events| events != sealed_events(head.events)) => {
                Err(self.damaged("the checksum of the head does not hold"))
            }
            read => Ok(read.map(|(head, ..)| head)),
        }
    }

    pub(super) fn is_empty(&self) -> Result<bool> {
        if self.load_head()?.is_some() || self.has_row_tables()? {
            return Ok(false);
        }
        for table in TABLES {
            let any = self.connection.query_row(&format!("SELECT 1 FROM {table} LIMIT 1"), [], |_| Ok(())).optional();
            if any.map_err(self.failed("reading"))?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_row_tables(&self) -> Result<bool> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name GLOB 'converge_t[0-9]*'";
        self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| count > 0).map_err(self.failed("reading"))
    }

    pub(super) fn put_head(&mut self, head: &Head) -> Result<()> {
        let sql = "INSERT INTO converge_head VALUES(1,?1,?2,?3,?4,?5,?6,?7,?8,?9,?11,?10)
            ON CONFLICT(k) DO UPDATE SET format=?1,min_reader=?2,document=?3,given=?4,peer=?5,fresh=?6,file_id=?7,epoch=?8,rows_format=?9,rows_upto=?11,
            sum=?10";
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("writing"))?;
        let values = rusqlite::params![
            FORMAT,
            MIN_READER,
            head.document,
            head.document_given,
            head.peer,
            head.needs_fresh_peer,
            head.file_id,
            head.epoch as i64,
            head.rows_format,
            head_sum(head),
            sealed_events(head.events)
        ];
        statement.execute(values).map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn segment(&self, first: u32) -> Result<SegmentBytes> {
        let mut statement =
            self.connection.prepare_cached("SELECT names, d FROM converge_seg WHERE n=?1").map_err(self.failed("reading"))?;
        let read = statement.query_row([first], |row| Ok(SegmentBytes { rows: row.get(0)?, ops: row.get(1)? })).optional();
        let read = read.map_err(self.failed("reading"))?;
        read.ok_or_else(|| self.damaged(&format!("the log has no segment that begins with event {first}")))
    }

    pub(super) fn block(&self, first: u32) -> Result<Vec<u8>> {
        let mut statement = self.connection.prepare_cached("SELECT d FROM converge_seg WHERE n=?1").map_err(self.failed("reading"))?;
        let read = statement.query_row([first], |row| row.get(0)).optional().map_err(self.failed("reading"))?;
        read.ok_or_else(|| self.damaged(&format!("the log has no segment that begins with event {first}")))
    }

    pub(super) fn put_record(&mut self, first: u32, bytes: &[u8], rows_sum: u64) -> Result<()> {
        let mut statement = self.connection.prepare_cached("INSERT INTO converge_log VALUES(?1,?2,?3)").map_err(self.failed("writing"))?;
        statement.execute(rusqlite::params![first, bytes, rows_sum as i64]).map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn put_rows_sum(&mut self, rows_sum: u64) -> Result<()> {
        let sql = "UPDATE converge_log SET rows_sum=?1 WHERE n=(SELECT max(n) FROM converge_log)";
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("writing"))?;
        statement.execute([rows_sum as i64]).map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn put_segment(&mut self, first: u32, events: u32, head: &[u8], bytes: &SegmentBytes) -> Result<()> {
        let sql = "INSERT INTO converge_seg VALUES(?1,?2,?3,?4,?5)";
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("writing"))?;
        let values = rusqlite::params![first, events, head, bytes.rows, bytes.ops];
        statement.execute(values).map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn drop_records(&mut self) -> Result<()> {
        // Without a condition SQLite lets whole pages go and looks at no row.
        let mut statement = self.connection.prepare_cached("DELETE FROM converge_log").map_err(self.failed("writing"))?;
        statement.raw_execute().map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn put_waiting(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        let sql = "INSERT INTO converge_wait VALUES(?1,?2) ON CONFLICT(w) DO UPDATE SET d=?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("writing"))?;
        statement.execute(rusqlite::params![number as i64, bytes]).map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn drop_waiting(&mut self, number: u64) -> Result<()> {
        let mut statement = self.connection.prepare_cached("DELETE FROM converge_wait WHERE w=?1").map_err(self.failed("writing"))?;
        statement.execute([number as i64]).map(drop).map_err(self.failed("writing"))
    }

    pub(super) fn put_chain(&mut self, peer: u32, bytes: &[u8]) -> Result<()> {
        let sql = "INSERT INTO converge_chain VALUES(?1,?2) ON CONFLICT(p) DO UPDATE SET d=?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(self.failed("writing"))?;
        statement.execute(rusqlite::params![peer, bytes]).map(drop).map_err(self.failed("writing"))
    }
}
