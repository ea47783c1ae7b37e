internal import ConvergeFFI

/// What opening a file came to.
public struct OpenReport: Sendable, Hashable {
    /// There was no file: it is a new replica.
    public var created: Bool
    /// Why it goes on under a fresh peer id, if it does: `asked`, `no_mark`, `other_file`, `moved`, `rolled_back` or `damaged`.
    public var freshPeer: String?
    /// Why the rows were made again from the log, if they were.
    public var rebuilt: String?
}

/// What a file takes, in bytes.
public struct StoreStats: Sendable, Hashable {
    /// The database.
    public var fileBytes: Int
    /// Its write-ahead log.
    public var walBytes: Int
    /// What of the database is free inside.
    public var freeBytes: Int
}

/// What a query found. SQLite has no Bool: one is the Int 0 or 1.
public struct QueryRows: Sendable, Hashable {
    /// The names of the columns.
    public var columns: [String]
    /// The rows.
    public var rows: [[Value]]
}

/// How much a query may take.
public struct QueryLimits: Sendable, Hashable {
    /// The most rows; the engine's default unless set.
    public var rows: Int?
    /// The most time, in milliseconds; the engine's default unless set.
    public var timeMs: Int?

    /// Limits, with the engine's defaults.
    public init(rows: Int? = nil, timeMs: Int? = nil) {
        self.rows = rows
        self.timeMs = timeMs
    }
}

/// What is left of a damaged file.
public struct Salvage: Sendable, Hashable {
    /// A row and its table.
    public struct SavedRow: Sendable, Hashable {
        /// The table.
        public var table: String
        /// The row.
        public var rowID: String
        /// Its cells.
        public var cells: [Cell]
    }

    /// Rows that show and are sound.
    public var rows: [SavedRow]
    /// The log up to the first damage.
    public var events: [EventRun]
    /// What is damaged, in words.
    public var problems: [String]
}

extension Doc {
    /// What opening the file came to.
    public var opened: OpenReport {
        get throws {
            let report = try translating { try ffi.opened() }
            return OpenReport(created: report.created, freshPeer: report.freshPeer, rebuilt: report.rebuilt)
        }
    }

    /// The file; `nil` in memory.
    public var path: String? {
        get throws { try translating { try ffi.path() } }
    }

    /// Whether it was opened for reading only.
    public var isReadOnly: Bool {
        get throws { try translating { try ffi.isReadOnly() } }
    }

    /// Returns once everything is on the disk.
    public func flush() throws {
        try translating { try ffi.flush() }
    }

    /// Lets go of the file and its locks, as an app in the background should. What is in memory can still be read.
    public func suspend() throws {
        try translating { try ffi.suspend() }
    }

    /// Takes the file up again, and reads it again if another process wrote it meanwhile.
    public func resume() throws {
        try translating { try ffi.resume() }
    }

    /// Makes a copy in another file, which goes on under a peer id of its own.
    public func backup(to path: String) throws {
        try translating { try ffi.backup(to: try fits(path)) }
    }

    /// Gives free space inside the file back to the disk.
    public func compact() throws {
        try translating { try ffi.compact() }
    }

    /// Reads the whole file, and says what is wrong with it, in words; nothing if it is sound.
    public func verify() throws -> [String] {
        try translating { try ffi.verify() }
    }

    /// Makes the rows again from the log.
    public func rebuild() throws {
        try translating { try ffi.rebuild() }
    }

    /// What the file takes.
    public func stats() throws -> StoreStats {
        let stats = try translating { try ffi.stats() }
        return StoreStats(
            fileBytes: Int(clamping: stats.fileBytes), walBytes: Int(clamping: stats.walBytes), freeBytes: Int(clamping: stats.freeBytes))
    }

    /// Runs one SELECT over the file, where each table is a view of its name with a column `row_id`.
    public func query(_ sql: String, _ parameters: [Value] = [], limits: QueryLimits = QueryLimits()) throws -> QueryRows {
        try fits(bytes: parameters.reduce(4) { $0 + $1.callBytes })
        let (rows, time) = (try natural(limits.rows, "rows"), try natural(limits.timeMs, "timeMs"))
        let found = try translating {
            try ffi.query(sql: try fits(sql), parameters: try parameters.map { try $0.ffi() }, rowsMax: rows, timeMs: time)
        }
        return QueryRows(columns: found.columns, rows: found.rows.map { $0.map(Value.init) })
    }

    /// Makes queries by these columns quick; every write keeps the index up.
    public func createIndex(on columns: [String], of table: String) throws {
        try translating { try ffi.createIndex(tbl: try fits(table), columns: try fits(columns)) }
    }

    /// Reads what is sound in a damaged file.
    public static func salvage(path: String) throws -> Salvage {
        try Library.ready()
        let saved = try translating { try ConvergeFFI.salvage(path: try fits(path)) }
        let rows = saved.rows.map { Salvage.SavedRow(table: $0.tbl, rowID: $0.rowId, cells: [Cell]($0.cells)) }
        return Salvage(rows: rows, events: saved.events.map(EventRun.init), problems: saved.problems)
    }
}
