internal import ConvergeFFI

/// A part of what a peer lacks, as JSON text.
public struct JSONPage: Sendable, Hashable {
    /// A list of runs.
    public var runs: String
    /// There is more: ask again once this is merged.
    public var hasMore: Bool
}

/// JSON text in and out, in the forms that every language of converge reads.
extension Doc {
    /// As ``insert(_:into:_:)``. `values` is an object of columns and values, or a list of pairs.
    @discardableResult
    public func insertJSON(_ rowID: String, into table: String, _ values: String) throws -> Commit {
        Commit(try translating { try ffi.insertJson(tbl: try fits(table), rowId: try fits(rowID), values: try fits(values)) })
    }

    /// As ``upsert(_:into:_:)``.
    @discardableResult
    public func upsertJSON(_ rowID: String, into table: String, _ values: String) throws -> Commit {
        Commit(try translating { try ffi.upsertJson(tbl: try fits(table), rowId: try fits(rowID), values: try fits(values)) })
    }

    /// As ``update(_:in:set:to:)``.
    @discardableResult
    public func updateJSON(_ rowID: String, in table: String, set column: String, to value: String) throws -> Commit {
        Commit(
            try translating {
                try ffi.updateJson(tbl: try fits(table), rowId: try fits(rowID), col: try fits(column), value: try fits(value))
            })
    }

    /// As ``updateColumns(_:in:_:)``.
    @discardableResult
    public func updateColumnsJSON(_ rowID: String, in table: String, _ values: String) throws -> Commit {
        Commit(try translating { try ffi.updateColumnsJson(tbl: try fits(table), rowId: try fits(rowID), values: try fits(values)) })
    }

    /// As ``apply(_:at:)``, of a list of operations.
    @discardableResult
    public func applyJSON(_ ops: String, at: Int64? = nil) throws -> Commit {
        Commit(try translating { try ffi.applyJson(ops: try fits(ops), at: at) })
    }

    /// As ``mergeRemote(_:)``, of a list of runs.
    @discardableResult
    public func mergeJSON(_ runs: String) throws -> MergeResult {
        MergeResult(try translating { try ffi.mergeJson(runs: try fits(runs)) })
    }

    /// As ``getPendingRuns(for:limit:)``, of `{peer: highest counter}`.
    public func getPendingJSON(for known: String, limit: PageLimit = PageLimit()) throws -> JSONPage {
        let limit = try limit.asked
        let page = try translating { try ffi.getPendingJson(known: try fits(known), eventsMax: limit.events, bytesMax: limit.bytes) }
        return JSONPage(runs: page.runs, hasMore: page.hasMore)
    }

    /// As ``syncState()``.
    public func syncStateJSON() throws -> String {
        try translating { try ffi.syncStateJson() }
    }

    /// As ``get(_:of:in:)``.
    public func getJSON(_ column: String, of rowID: String, in table: String) throws -> String? {
        try translating { try ffi.getJson(tbl: try fits(table), rowId: try fits(rowID), col: try fits(column)) }
    }

    /// As ``row(_:in:)``.
    public func rowJSON(_ rowID: String, in table: String) throws -> String? {
        try translating { try ffi.rowJson(tbl: try fits(table), rowId: try fits(rowID)) }
    }

    /// The whole visible state: `{table: {row id: {column: value}}}`.
    public func rowsJSON() throws -> String {
        try translating { try ffi.rowsJson() }
    }

    /// As ``page(_:limit:_:)``.
    public func pageJSON(_ table: String, limit: Int, _ range: ScanRange = .all) throws -> String {
        let (range, limit) = (try range.ffi(), try natural(limit, "limit") as UInt64)
        return try translating { try ffi.scanJson(tbl: try fits(table), range: range, limit: limit) }
    }

    /// As ``event(_:)``.
    public func eventJSON(_ id: EventID) throws -> String? {
        try translating { try ffi.eventJson(id: try id.ffi()) }
    }

    /// As ``log(since:limit:)``.
    public func logJSON(since: String = "{}", limit: Int = 1000) throws -> String {
        let limit = try natural(limit, "limit") as UInt64
        return try translating { try ffi.logJson(since: try fits(since), limit: limit) }
    }

    /// As ``rowHistory(_:in:)``.
    public func rowHistoryJSON(_ rowID: String, in table: String) throws -> String {
        try translating { try ffi.rowHistoryJson(tbl: try fits(table), rowId: try fits(rowID)) }
    }

    /// As ``cellHistory(_:of:in:)``.
    public func cellHistoryJSON(_ column: String, of rowID: String, in table: String) throws -> String {
        try translating { try ffi.cellHistoryJson(tbl: try fits(table), rowId: try fits(rowID), col: try fits(column)) }
    }

    /// As ``row(_:in:asOf:)``.
    public func rowJSON(_ rowID: String, in table: String, asOf version: String) throws -> String? {
        try translating { try ffi.rowAsOfJson(tbl: try fits(table), rowId: try fits(rowID), version: try fits(version)) }
    }

    /// As ``rows(_:asOf:)``.
    public func rowsJSON(_ table: String, asOf version: String) throws -> String {
        try translating { try ffi.tableAsOfJson(tbl: try fits(table), version: try fits(version)) }
    }
}
