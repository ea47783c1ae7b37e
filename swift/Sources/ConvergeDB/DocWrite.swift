internal import ConvergeFFI
internal import converge_uniffi

extension Doc {
    /// Makes a row show, with these cells. Throws `row_exists` if it does already.
    @discardableResult
    public func insert(_ rowID: String, into table: String, _ cells: [String: Value]) throws -> Commit {
        try insert(PackedWriter(table, rowID, cells))
    }

    /// Makes a row show, with the properties of a `Codable` value as its cells, by the rules of ``RowEncoder``.
    @discardableResult
    public func insert(_ row: some Encodable, id rowID: String, into table: String) throws -> Commit {
        try insert(PackedWriter(table, rowID, try RowEncoder().cells(of: row)))
    }

    /// Makes a row show under the value's own `id`, which is not written as a cell.
    @discardableResult
    public func insert(_ row: some Encodable & Identifiable<String>, into table: String) throws -> Commit {
        try insert(PackedWriter(table, row.id, try RowEncoder().cells(ofIdentified: row)))
    }

    private func insert(_ packed: PackedWriter) throws -> Commit {
        try Commit(direct(packed) { uniffi_converge_uniffi_fn_method_doc_insert_packed(ffi.uniffiCloneHandle(), $0, $1) })
    }

    /// Inserts many rows of one table as one call: the quick way.
    ///
    /// What fits into one transaction is one, more are several; where one row is refused none is written.
    @discardableResult
    public func insertMany(_ rows: some Sequence<(String, [String: Value])>, into table: String) throws -> Commit {
        let packed = PackedWriter()
        for (rowID, cells) in rows { packed.put(rowID, cells) }
        return try insertMany(packed, into: table)
    }

    /// Inserts many rows of one table as one call, from a dictionary by id.
    @discardableResult
    public func insertMany(_ rows: [String: [String: Value]], into table: String) throws -> Commit {
        let packed = PackedWriter()
        for (rowID, cells) in rows { packed.put(rowID, cells) }
        return try insertMany(packed, into: table)
    }

    /// Inserts many rows of one table as one call.
    @discardableResult
    public func insertMany(_ rows: some Sequence<Row>, into table: String) throws -> Commit {
        let packed = PackedWriter()
        for row in rows { packed.put(row.id, row.cells) }
        return try insertMany(packed, into: table)
    }

    /// Inserts many `Codable` values as one call, each under the id that `id` gives for it.
    @discardableResult
    public func insertMany<T: Encodable>(_ rows: some Sequence<T>, id: (T) -> String, into table: String) throws -> Commit {
        let (packed, encoder) = (PackedWriter(), RowEncoder())
        for row in rows { packed.put(id(row), try encoder.cells(of: row)) }
        return try insertMany(packed, into: table)
    }

    /// Inserts many `Codable` values as one call, each under its own `id`, which is not written as a cell.
    @discardableResult
    public func insertMany<T: Encodable & Identifiable<String>>(_ rows: some Sequence<T>, into table: String) throws -> Commit {
        let (packed, encoder) = (PackedWriter(), RowEncoder())
        for row in rows { packed.put(row.id, try encoder.cells(ofIdentified: row)) }
        return try insertMany(packed, into: table)
    }

    private func insertMany(_ packed: PackedWriter, into table: String) throws(ConvergeError) -> Commit {
        let rows = try packed.finish()
        return Commit(try translating { try ffi.insertManyPacked(tbl: try fits(table), rows: rows) })
    }

    /// Writes these cells into a row, and makes it show if it does not.
    @discardableResult
    public func upsert(_ rowID: String, into table: String, _ cells: [String: Value]) throws -> Commit {
        try upsert(PackedWriter(table, rowID, cells))
    }

    /// Writes the properties of a `Codable` value into a row, and makes it show if it does not.
    @discardableResult
    public func upsert(_ row: some Encodable, id rowID: String, into table: String) throws -> Commit {
        try upsert(PackedWriter(table, rowID, try RowEncoder().cells(of: row)))
    }

    /// Writes the properties of a value but `id` into the row of that id, and makes it show if it does not.
    @discardableResult
    public func upsert(_ row: some Encodable & Identifiable<String>, into table: String) throws -> Commit {
        try upsert(PackedWriter(table, row.id, try RowEncoder().cells(ofIdentified: row)))
    }

    private func upsert(_ packed: PackedWriter) throws -> Commit {
        try Commit(direct(packed) { uniffi_converge_uniffi_fn_method_doc_upsert_packed(ffi.uniffiCloneHandle(), $0, $1) })
    }

    /// Writes one cell of a row that shows. Throws `row_not_found` if it does not.
    @discardableResult
    public func update(_ rowID: String, in table: String, set column: String, to value: Value) throws -> Commit {
        let packed = PackedWriter(table, rowID, column)
        packed.put(value)
        return try Commit(direct(packed) { uniffi_converge_uniffi_fn_method_doc_update_packed(ffi.uniffiCloneHandle(), $0, $1) })
    }

    /// Writes several cells of a row that shows, all or none.
    @discardableResult
    public func updateColumns(_ rowID: String, in table: String, _ cells: [String: Value]) throws -> Commit {
        let packed = PackedWriter(table, rowID, cells)
        return try Commit(direct(packed) { uniffi_converge_uniffi_fn_method_doc_update_columns_packed(ffi.uniffiCloneHandle(), $0, $1) })
    }

    /// Writes many cells of one table as one transaction.
    @discardableResult
    public func updateMany(_ cells: some Sequence<CellUpdate>, in table: String) throws -> Commit {
        var made = [ConvergeFFI.RowCell]()
        var bytes = 4
        for cell in cells {
            bytes += cell.rowID.utf8.count + cell.column.utf8.count + cell.value.callBytes + 8
            made.append(ConvergeFFI.RowCell(rowId: cell.rowID, col: cell.column, value: try cell.value.ffi()))
        }
        try fits(bytes: bytes)
        return Commit(try translating { try ffi.updateMany(tbl: try fits(table), cells: made) })
    }

    /// Removes a row. Throws `row_not_found` if it does not show.
    @discardableResult
    public func delete(_ rowID: String, from table: String) throws -> Commit {
        Commit(try translating { try ffi.delete(tbl: try fits(table), rowId: try fits(rowID)) })
    }

    /// Removes every row of a table that shows: one transaction, or several where there are more rows than one may hold (65,536 operations,
    /// 16 MiB).
    @discardableResult
    public func deleteAll(from table: String) throws -> Commit {
        Commit(try translating { try ffi.deleteAll(tbl: try fits(table)) })
    }

    /// Operations of plain data as one transaction. `at` is its wall-clock time in milliseconds since the Unix epoch.
    @discardableResult
    public func apply(_ ops: [RowOp], at: Int64? = nil) throws -> Commit {
        let ops = try ConvergeDB.ffi(ops)
        return Commit(try translating { try ffi.apply(ops: ops, at: at) })
    }

    /// Many writes as one, all or nothing, here and on every other replica; gives what `body` returns.
    ///
    /// It is rolled back when `body` throws, and that error is what arrives. While it runs, calls of other threads on this document wait
    /// for its end; calls on the document itself, in `body`, are `invalid_argument`, since they would wait for ever. Keep it short.
    @discardableResult
    public func transaction<T>(at: Int64? = nil, _ body: (Transaction) throws -> T) throws -> T {
        let transaction = try begin(at: at)
        do {
            let made = try body(transaction)
            if transaction.isOpen { try transaction.commit() }
            return made
        } catch {
            // Whether or not it can be undone still, the error of the body is what counts.
            if transaction.isOpen { try? transaction.rollback() }
            throw error
        }
    }

    /// A transaction that is open already, for ``Transaction/commit()`` or ``Transaction/rollback()``. Letting go of it rolls it back.
    ///
    /// Until then it has the document's turn, and belongs to this thread. Code that awaits may go on on another one, whose calls on the
    /// document would wait for ever, so `async` code cannot call it: use ``transaction(at:_:)``.
    @available(*, noasync, message: "a transaction belongs to one thread: use transaction(at:_:)")
    public func begin(at: Int64? = nil) throws -> Transaction {
        Transaction(try translating { try ffi.begin(at: at) })
    }
}
