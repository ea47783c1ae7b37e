internal import ConvergeFFI
internal import converge_uniffi

/// A transaction: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.
///
/// An operation that fails changes nothing and leaves the transaction open. Once it has ended, every call is ``ConvergeError/closed(_:)``.
public final class Transaction: Sendable {
    private let ffi: ConvergeFFI.Transaction
    private let open = Locked(true)

    init(_ ffi: ConvergeFFI.Transaction) {
        self.ffi = ffi
    }

    /// Whether it was neither committed nor rolled back.
    public var isOpen: Bool { open.with { $0 } }

    /// Makes what was written one transaction. Without operations it makes no event.
    @discardableResult
    public func commit() throws -> Commit {
        open.with { $0 = false }
        return Commit(try translating { try ffi.commit() })
    }

    /// Undoes what was written.
    public func rollback() throws {
        open.with { $0 = false }
        try translating { try ffi.rollback() }
    }

    /// The number of operations so far.
    public var count: Int {
        get throws { Int(clamping: try translating { try ffi.len() }) }
    }

    /// A time-ordered id for a new row, as ``Doc/newRowID()``.
    public func newRowID() throws -> String {
        try translating { try ffi.newRowId() }
    }
}

/// Writes.
extension Transaction {
    /// As ``Doc/insert(_:into:_:)``.
    public func insert(_ rowID: String, into table: String, _ cells: [String: Value]) throws {
        try insert(PackedWriter(table, rowID, cells))
    }

    /// As ``Doc/insert(_:id:into:)``.
    public func insert(_ row: some Encodable, id rowID: String, into table: String) throws {
        try insert(PackedWriter(table, rowID, try RowEncoder().cells(of: row)))
    }

    /// As ``Doc/insert(_:into:)``.
    public func insert(_ row: some Encodable & Identifiable<String>, into table: String) throws {
        try insert(PackedWriter(table, row.id, try RowEncoder().cells(ofIdentified: row)))
    }

    private func insert(_ packed: PackedWriter) throws {
        try direct(packed) { uniffi_converge_uniffi_fn_method_transaction_insert_packed(ffi.uniffiCloneHandle(), $0, $1) }
    }

    /// Inserts many rows of one table, up to the first that fails.
    public func insertMany(_ rows: some Sequence<(String, [String: Value])>, into table: String) throws {
        let packed = PackedWriter()
        for (rowID, cells) in rows { packed.put(rowID, cells) }
        try insertMany(packed, into: table)
    }

    /// Inserts many rows of one table, from a dictionary by id, up to the first that fails.
    public func insertMany(_ rows: [String: [String: Value]], into table: String) throws {
        let packed = PackedWriter()
        for (rowID, cells) in rows { packed.put(rowID, cells) }
        try insertMany(packed, into: table)
    }

    /// Inserts many rows of one table, up to the first that fails.
    public func insertMany(_ rows: some Sequence<Row>, into table: String) throws {
        let packed = PackedWriter()
        for row in rows { packed.put(row.id, row.cells) }
        try insertMany(packed, into: table)
    }

    /// Inserts many `Codable` values, each under the id that `id` gives for it, up to the first that fails.
    public func insertMany<T: Encodable>(_ rows: some Sequence<T>, id: (T) -> String, into table: String) throws {
        let (packed, encoder) = (PackedWriter(), RowEncoder())
        for row in rows { packed.put(id(row), try encoder.cells(of: row)) }
        try insertMany(packed, into: table)
    }

    /// Inserts many `Codable` values, each under its own `id`, up to the first that fails.
    public func insertMany<T: Encodable & Identifiable<String>>(_ rows: some Sequence<T>, into table: String) throws {
        let (packed, encoder) = (PackedWriter(), RowEncoder())
        for row in rows { packed.put(row.id, try encoder.cells(ofIdentified: row)) }
        try insertMany(packed, into: table)
    }

    private func insertMany(_ packed: PackedWriter, into table: String) throws(ConvergeError) {
        let rows = try packed.finish()
        try translating { try ffi.insertManyPacked(tbl: try fits(table), rows: rows) }
    }

    /// As ``Doc/upsert(_:into:_:)``.
    public func upsert(_ rowID: String, into table: String, _ cells: [String: Value]) throws {
        try upsert(PackedWriter(table, rowID, cells))
    }

    /// As ``Doc/upsert(_:id:into:)``.
    public func upsert(_ row: some Encodable, id rowID: String, into table: String) throws {
        try upsert(PackedWriter(table, rowID, try RowEncoder().cells(of: row)))
    }

    /// As ``Doc/upsert(_:into:)``.
    public func upsert(_ row: some Encodable & Identifiable<String>, into table: String) throws {
        try upsert(PackedWriter(table, row.id, try RowEncoder().cells(ofIdentified: row)))
    }

    private func upsert(_ packed: PackedWriter) throws {
        try direct(packed) { uniffi_converge_uniffi_fn_method_transaction_upsert_packed(ffi.uniffiCloneHandle(), $0, $1) }
    }

    /// As ``Doc/update(_:in:set:to:)``.
    public func update(_ rowID: String, in table: String, set column: String, to value: Value) throws {
        let packed = PackedWriter(table, rowID, column)
        packed.put(value)
        try direct(packed) { uniffi_converge_uniffi_fn_method_transaction_update_packed(ffi.uniffiCloneHandle(), $0, $1) }
    }

    /// As ``Doc/updateColumns(_:in:_:)``.
    public func updateColumns(_ rowID: String, in table: String, _ cells: [String: Value]) throws {
        let packed = PackedWriter(table, rowID, cells)
        try direct(packed) { uniffi_converge_uniffi_fn_method_transaction_update_columns_packed(ffi.uniffiCloneHandle(), $0, $1) }
    }

    /// As ``Doc/delete(_:from:)``.
    public func delete(_ rowID: String, from table: String) throws {
        try translating { try ffi.delete(tbl: try fits(table), rowId: try fits(rowID)) }
    }

    /// An operation of plain data.
    public func apply(_ op: RowOp) throws {
        let op = try op.ffi()
        try translating { try ffi.apply(op: op) }
    }
}

/// Reads, which see what was written so far.
extension Transaction {
    /// As ``Doc/get(_:of:in:)``.
    public func get(_ column: String, of rowID: String, in table: String) throws -> Value? {
        let value = try direct(PackedWriter(table, rowID, column)) {
            uniffi_converge_uniffi_fn_method_transaction_get_packed(ffi.uniffiCloneHandle(), $0, $1)
        }
        return try reading(value) { reader throws(ConvergeError) in try reader.value() }
    }

    /// As ``Doc/row(_:in:)``.
    public func row(_ rowID: String, in table: String) throws -> [String: Value]? {
        let row = try direct(PackedWriter(table, rowID)) {
            uniffi_converge_uniffi_fn_method_transaction_row_packed(ffi.uniffiCloneHandle(), $0, $1)
        }
        return try reading(row) { reader throws(ConvergeError) in try reader.cellsByColumn() }
    }

    /// As ``Doc/row(_:in:as:)``.
    public func row<T: Decodable>(_ rowID: String, in table: String, as type: T.Type) throws -> T? {
        guard let cells = try row(rowID, in: table) else { return nil }
        return try RowDecoder().decode(type, from: cells, id: rowID)
    }

    /// As ``Doc/cells(of:in:)``.
    public func cells(of rowID: String, in table: String) throws -> [Cell]? {
        try translating { try ffi.row(tbl: try fits(table), rowId: try fits(rowID)) }.map([Cell].init)
    }

    /// As ``Doc/contains(_:in:)``.
    public func contains(_ rowID: String, in table: String) throws -> Bool {
        try translating { try ffi.contains(tbl: try fits(table), rowId: try fits(rowID)) }
    }

    /// As ``Doc/count(_:)``.
    public func count(_ table: String) throws -> Int {
        Int(clamping: try translating { try ffi.count(tbl: try fits(table)) })
    }

    /// As ``Doc/page(_:limit:_:)``.
    public func page(_ table: String, limit: Int, _ range: ScanRange = .all) throws -> [Row] {
        let (range, limit) = (try range.ffi(), try natural(limit, "limit") as UInt64)
        return try PackedReader.rows(try translating { try ffi.scanPacked(tbl: try fits(table), range: range, limit: limit) })
    }

    /// As ``Doc/rows(_:_:)``.
    public func rows(_ table: String, _ range: ScanRange = .all) throws -> [Row] {
        let limit = 1_000
        var (rows, range) = ([Row](), range)
        while true {
            let page = try page(table, limit: limit, range)
            rows += page
            guard page.count == limit, let last = page.last else { return rows }
            range.after = last.id
        }
    }

    /// As ``Doc/rows(_:as:_:)``.
    public func rows<T: Decodable>(_ table: String, as type: T.Type, _ range: ScanRange = .all) throws -> [T] {
        try rows(table, range).map { try $0.decode(as: type) }
    }
}

/// JSON text in and out.
extension Transaction {
    /// As ``Doc/insertJSON(_:into:_:)``.
    public func insertJSON(_ rowID: String, into table: String, _ values: String) throws {
        try translating { try ffi.insertJson(tbl: try fits(table), rowId: try fits(rowID), values: try fits(values)) }
    }

    /// As ``Doc/upsertJSON(_:into:_:)``.
    public func upsertJSON(_ rowID: String, into table: String, _ values: String) throws {
        try translating { try ffi.upsertJson(tbl: try fits(table), rowId: try fits(rowID), values: try fits(values)) }
    }

    /// As ``Doc/updateJSON(_:in:set:to:)``.
    public func updateJSON(_ rowID: String, in table: String, set column: String, to value: String) throws {
        try translating {
            try ffi.updateJson(tbl: try fits(table), rowId: try fits(rowID), col: try fits(column), value: try fits(value))
        }
    }

    /// As ``Doc/updateColumnsJSON(_:in:_:)``.
    public func updateColumnsJSON(_ rowID: String, in table: String, _ values: String) throws {
        try translating { try ffi.updateColumnsJson(tbl: try fits(table), rowId: try fits(rowID), values: try fits(values)) }
    }

    /// As ``Doc/rowJSON(_:in:)``.
    public func rowJSON(_ rowID: String, in table: String) throws -> String? {
        try translating { try ffi.rowJson(tbl: try fits(table), rowId: try fits(rowID)) }
    }
}
