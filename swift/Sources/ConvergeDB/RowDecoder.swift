/// Makes a `Codable` value from the cells of a row; ``RowEncoder`` says what they may hold.
///
/// A cell that is Null and one that does not show are both `nil`. A whole number in an Int cell is taken for a `Double` too. A `Float` is
/// the one nearest to what a Float cell holds. A property `id` that has no cell is the row's id. Cells that the type does not ask for are
/// ignored.
public struct RowDecoder: Sendable {
    /// A decoder.
    public init() {}

    /// The value of a row's cells.
    public func decode<T: Decodable>(_ type: T.Type = T.self, from cells: [String: Value], id: String? = nil) throws -> T {
        var cells = cells
        if let id, cells["id"] == nil { cells["id"] = .string(id) }
        return try T(from: CellsDecoder(cells: cells))
    }
}

/// Decodes a row: its cells are properties.
private struct CellsDecoder: Decoder {
    let cells: [String: Value]
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(CellsContainer<Key>(cells: cells))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw mismatch([Any].self, [], "a row is no list") }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { RowInOne(cells: cells) }
}

/// A row that decodes as another value that has properties.
private struct RowInOne: SingleValueDecodingContainer {
    let cells: [String: Value]
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if type is any CellCodable.Type { throw mismatch(type, [], "a row has properties, and this is a single value") }
        return try T(from: CellsDecoder(cells: cells))
    }
}

private struct CellsContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let cells: [String: Value]
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { cells.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { cells[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { cells[key.stringValue]?.isNull ?? true }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        guard let cell = cells[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "the row shows no cell \(key.stringValue)"))
        }
        return try CellDecoder(cell: cell, codingPath: [key]).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw mismatch([String: Any].self, [key], listsAndStructs)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw mismatch([Any].self, [key], listsAndStructs)
    }
    func superDecoder() throws -> any Decoder { throw mismatch([String: Any].self, [], "a row has no parent class's cells") }
    func superDecoder(forKey key: Key) throws -> any Decoder { CellDecoder(cell: cells[key.stringValue] ?? .null, codingPath: [key]) }
}

/// Decodes one cell.
struct CellDecoder: Decoder, SingleValueDecodingContainer {
    let cell: Value
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw mismatch([String: Any].self, codingPath, listsAndStructs)
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw mismatch([Any].self, codingPath, listsAndStructs) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { cell.isNull }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard let direct = type as? any CellCodable.Type else { return try T(from: self) }
        if let value = direct.init(cell: cell) as? T { return value }
        if cell.isNull { throw DecodingError.valueNotFound(type, .init(codingPath: codingPath, debugDescription: "the cell is Null")) }
        throw mismatch(type, codingPath, "the cell holds \(cell)")
    }
}

private let listsAndStructs = "a cell holds one value, not a list or a struct"

private func mismatch(_ type: Any.Type, _ codingPath: [any CodingKey], _ why: String) -> DecodingError {
    .typeMismatch(type, .init(codingPath: codingPath, debugDescription: why))
}
