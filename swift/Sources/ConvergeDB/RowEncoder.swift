/// Makes the cells of a row from a `Codable` value.
///
/// Each property is a cell: a `Bool`, an integer, a `Double` or `Float`, a `String`, `Data`, a ``Value``; a `Date` as an Int of whole
/// milliseconds since the Unix epoch, a `URL` as a Str, and what encodes as one of these by itself, such as an enum with raw values or a
/// `UUID`. A property that is `nil` is written as Null, so that it takes the place of what was there. Arrays and structs are refused by
/// `EncodingError`: a cell holds one value, and what people edit apart belongs into columns or rows of its own.
public struct RowEncoder: Sendable {
    /// An encoder.
    public init() {}

    /// The cells by column.
    public func encode(_ row: some Encodable) throws -> [String: Value] {
        try cells(of: row).byColumn
    }

    func cells(of row: some Encodable) throws -> [Cell] {
        let sink = CellSink()
        try row.encode(to: CellsEncoder(sink: sink))
        return sink.cells
    }

    /// The cells without that of the id.
    func cells(ofIdentified row: some Encodable) throws -> [Cell] {
        let sink = CellSink(leavingOut: "id")
        try row.encode(to: CellsEncoder(sink: sink))
        return sink.cells
    }
}

private final class CellSink {
    var cells: [Cell] = []
    let leftOut: String?

    init(leavingOut leftOut: String? = nil) {
        self.leftOut = leftOut
        cells.reserveCapacity(8)
    }

    func put(_ column: String, _ value: Value) {
        if column != leftOut { cells.append(Cell(column, value)) }
    }
}

/// Encodes a row: its properties become cells.
private struct CellsEncoder: Encoder {
    let sink: CellSink
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(CellsContainer<Key>(sink: sink))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { RefusingList(codingPath: []) }
    func singleValueContainer() -> any SingleValueEncodingContainer { RowInOne(sink: sink) }
}

/// A row that encodes as another value that has properties.
private struct RowInOne: SingleValueEncodingContainer {
    let sink: CellSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws { throw refusal(Any?.none as Any, [], "a row has properties, and this is nil") }

    func encode<T: Encodable>(_ value: T) throws {
        if value is any CellCodable { throw refusal(value, [], "a row has properties, and this is a single value") }
        try value.encode(to: CellsEncoder(sink: sink))
    }
}

private struct CellsContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: CellSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws { sink.put(key.stringValue, .null) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { sink.put(key.stringValue, try cell(of: value, key)) }

    // A property that is nil is written too: the default would leave what was there.
    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        if let value { try encode(value, forKey: key) } else { sink.put(key.stringValue, .null) }
    }
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try put(value, key) }

    private func put<T: Encodable>(_ value: T?, _ key: Key) throws {
        if let value { try encode(value, forKey: key) } else { sink.put(key.stringValue, .null) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(RefusingStruct<Nested>(codingPath: [key]))
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { RefusingList(codingPath: [key]) }
    func superEncoder() -> any Encoder { CellEncoder(codingPath: []) { value in sink.put("super", value) } }
    func superEncoder(forKey key: Key) -> any Encoder { CellEncoder(codingPath: [key]) { value in sink.put(key.stringValue, value) } }
}

private func cell(of value: some Encodable, _ key: any CodingKey) throws -> Value {
    if let value = value as? any CellCodable {
        guard let cell = value.cell else { throw refusal(value, [key], "no 64-bit integer holds it") }
        return cell
    }
    var made: Value?
    try value.encode(to: CellEncoder(codingPath: [key]) { made = $0 })
    guard let made else { throw refusal(value, [key], "it encodes as nothing") }
    return made
}

/// Encodes one cell.
struct CellEncoder: Encoder, SingleValueEncodingContainer {
    let codingPath: [any CodingKey]
    let put: (Value) -> Void
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(RefusingStruct<Key>(codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { RefusingList(codingPath: codingPath) }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() throws { put(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        if let value = value as? any CellCodable {
            guard let cell = value.cell else { throw refusal(value, codingPath, "no 64-bit integer holds it") }
            put(cell)
        } else {
            try value.encode(to: self)
        }
    }
}

private func refusal(_ value: Any, _ codingPath: [any CodingKey], _ why: String) -> EncodingError {
    .invalidValue(value, .init(codingPath: codingPath, debugDescription: why))
}

private let listsAndStructs = "a cell holds one value, not a list or a struct"

private struct RefusingStruct<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) throws { throw refusal(Any?.none as Any, codingPath + [key], listsAndStructs) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { throw refusal(value, codingPath + [key], listsAndStructs) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(RefusingStruct<Nested>(codingPath: codingPath + [key]))
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { RefusingList(codingPath: codingPath + [key]) }
    func superEncoder() -> any Encoder { RefusingEncoder(codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { RefusingEncoder(codingPath: codingPath + [key]) }
}

private struct RefusingList: UnkeyedEncodingContainer {
    let codingPath: [any CodingKey]
    var count: Int { 0 }

    func encodeNil() throws { throw refusal(Any?.none as Any, codingPath, listsAndStructs) }
    func encode<T: Encodable>(_ value: T) throws { throw refusal(value, codingPath, listsAndStructs) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(RefusingStruct<Nested>(codingPath: codingPath))
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
    func superEncoder() -> any Encoder { RefusingEncoder(codingPath: codingPath) }
}

private struct RefusingEncoder: Encoder {
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(RefusingStruct<Key>(codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { RefusingList(codingPath: codingPath) }
    func singleValueContainer() -> any SingleValueEncodingContainer { CellEncoder(codingPath: codingPath) { _ in } }
}
