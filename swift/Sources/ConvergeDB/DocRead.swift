internal import ConvergeFFI
internal import converge_uniffi

extension Doc {
    /// The value of a cell; `nil` if it does not show, which is not the same as `.null`.
    public func get(_ column: String, of rowID: String, in table: String) throws -> Value? {
        let value = try direct(PackedWriter(table, rowID, column)) {
            uniffi_converge_uniffi_fn_method_doc_get_packed(ffi.uniffiCloneHandle(), $0, $1)
        }
        return try reading(value) { reader throws(ConvergeError) in try reader.value() }
    }

    /// The cells of a row by column; `nil` if it does not show.
    public func row(_ rowID: String, in table: String) throws -> [String: Value]? {
        let row = try direct(PackedWriter(table, rowID)) {
            uniffi_converge_uniffi_fn_method_doc_row_packed(ffi.uniffiCloneHandle(), $0, $1)
        }
        return try reading(row) { reader throws(ConvergeError) in try reader.cellsByColumn() }
    }

    /// A row as a `Codable` type, by the rules of ``RowDecoder``; `nil` if it does not show.
    public func row<T: Decodable>(_ rowID: String, in table: String, as type: T.Type) throws -> T? {
        guard let cells = try row(rowID, in: table) else { return nil }
        return try RowDecoder().decode(type, from: cells, id: rowID)
    }

    /// The cells of a row, sorted by column, each as it is: also two whose columns Swift takes for equal. `nil` if the row does not show.
    public func cells(of rowID: String, in table: String) throws -> [Cell]? {
        try translating { try ffi.row(tbl: try fits(table), rowId: try fits(rowID)) }.map([Cell].init)
    }

    /// Whether a row shows.
    public func contains(_ rowID: String, in table: String) throws -> Bool {
        try translating { try ffi.contains(tbl: try fits(table), rowId: try fits(rowID)) }
    }

    /// The number of a table's rows that show.
    public func count(_ table: String) throws -> Int {
        Int(clamping: try translating { try ffi.count(tbl: try fits(table)) })
    }

    /// The tables with at least one row that shows, sorted by name.
    public func tables() throws -> [String] {
        try translating { try ffi.tables() }
    }

    /// Every column that some applied event wrote in a table, sorted by name.
    public func columns(of table: String) throws -> [String] {
        try translating { try ffi.columns(tbl: try fits(table)) }
    }

    /// The rows of a table in the order of their ids, fetched page by page while others write: for `next()` and for `for try await`.
    public func scan(_ table: String, _ range: ScanRange = .all) throws -> Scan {
        let (table, range) = (try fits(table), try range.ffi())
        return Scan(ffi.rows(tbl: table, range: range), turns: turns)
    }

    /// At most `limit` rows of a table in the order of their ids. A page of fewer is the last; the next one is `.after` the last row.
    public func page(_ table: String, limit: Int, _ range: ScanRange = .all) throws -> [Row] {
        let (range, limit) = (try range.ffi(), try natural(limit, "limit") as UInt64)
        return try PackedReader.rows(try translating { try ffi.scanPacked(tbl: try fits(table), range: range, limit: limit) })
    }

    /// All rows of a table in the order of their ids.
    public func rows(_ table: String, _ range: ScanRange = .all) throws -> [Row] {
        try scan(table, range).all()
    }

    /// All rows of a table as a `Codable` type, by the rules of ``RowDecoder``.
    public func rows<T: Decodable>(_ table: String, as type: T.Type, _ range: ScanRange = .all) throws -> [T] {
        try rows(table, range).map { try $0.decode(as: type) }
    }
}
