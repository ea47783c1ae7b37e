internal import ConvergeFFI

/// A column and its value.
public struct Cell: Sendable, Hashable {
    /// The column.
    public var column: String
    /// The value.
    public var value: Value

    /// A column and its value.
    public init(_ column: String, _ value: Value) {
        self.column = column
        self.value = value
    }
}

/// A row: its id and its cells.
///
/// Swift takes composed and decomposed letters for equal, the engine does not: of two columns that differ in nothing else, ``cells`` shows
/// one. Ask ``Doc/cells(of:in:)`` where that may be.
public struct Row: Sendable, Hashable, Identifiable {
    /// The row's id.
    public var id: String
    /// The cells that show, by column.
    public var cells: [String: Value]

    /// A row of an id and cells.
    public init(id: String, cells: [String: Value]) {
        self.id = id
        self.cells = cells
    }

    /// The value of a cell; `nil` if it does not show.
    public subscript(column: String) -> Value? { cells[column] }

    /// The row as a `Codable` type, by the rules of ``RowDecoder``.
    public func decode<T: Decodable>(as type: T.Type = T.self) throws -> T {
        try RowDecoder().decode(type, from: cells, id: id)
    }
}

/// Names a row: its table and its id.
public struct RowKey: Sendable, Hashable {
    /// The table.
    public var table: String
    /// The row's id.
    public var rowID: String

    /// The row `rowID` of `table`.
    public init(_ table: String, _ rowID: String) {
        self.table = table
        self.rowID = rowID
    }
}

/// One write of a cell, for ``Doc/updateMany(_:in:)``.
public struct CellUpdate: Sendable, Hashable {
    /// The row.
    public var rowID: String
    /// The column.
    public var column: String
    /// The new value.
    public var value: Value

    /// Sets `column` of the row `rowID` to `value`.
    public init(_ rowID: String, _ column: String, _ value: Value) {
        self.rowID = rowID
        self.column = column
        self.value = value
    }
}

extension Array where Element == Cell {
    /// The value of a column, the last one where it comes twice.
    public subscript(column: String) -> Value? { last { $0.column.utf8.elementsEqual(column.utf8) }?.value }

    /// The cells by column.
    public var byColumn: [String: Value] {
        var cells = [String: Value](minimumCapacity: count)
        for cell in self { cells[cell.column] = cell.value }
        return cells
    }

    init(_ cells: [ConvergeFFI.Cell]) {
        self = cells.map { Cell($0.col, Value($0.value)) }
    }

    var callBytes: Int { reduce(4) { $0 + $1.column.utf8.count + $1.value.callBytes + 4 } }

    /// The same for a call, if one can carry them.
    func ffi() throws(ConvergeError) -> [ConvergeFFI.Cell] {
        try fits(bytes: callBytes)
        return try translating { try map { ConvergeFFI.Cell(col: $0.column, value: try $0.value.ffi()) } }
    }
}
