import Foundation
internal import ConvergeFFI

/// What a cell holds.
///
/// In a literal `nil` is `.null`, so `["nick": nil]` writes one; but `cells["nick"] = nil` takes the column out of a dictionary, as always.
///
/// Two values are equal when kind and bits are equal: `.int(1)` is not `.float(1.0)`, `.float(0.0)` is not `.float(-0.0)`, and text is
/// compared by its bytes, while Swift's `String` takes composed and decomposed letters for equal.
public enum Value: Sendable {
    /// Nothing, as a value of its own. A cell that does not show is `nil` instead.
    case null
    /// True or false.
    case bool(Bool)
    /// A signed 64-bit integer.
    case int(Int64)
    /// A finite 64-bit float; its bits are kept. NaN and infinities are refused as `invalid_value`.
    case float(Double)
    /// UTF-8 text of at most 1 MiB; it may hold NUL.
    case string(String)
    /// At most 1 MiB of bytes.
    case bytes(Data)
}

extension Value {
    /// Whether it is `.null`.
    public var isNull: Bool { if case .null = self { true } else { false } }
    /// What a Bool holds; `nil` for every other kind.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// What an Int holds; `nil` for every other kind.
    public var int: Int64? { if case .int(let value) = self { value } else { nil } }
    /// What a Float holds; `nil` for every other kind.
    public var float: Double? { if case .float(let value) = self { value } else { nil } }
    /// What a Str holds; `nil` for every other kind.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// What Bytes hold; `nil` for every other kind.
    public var bytes: Data? { if case .bytes(let value) = self { value } else { nil } }
}

extension Value: Hashable {
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .float(let value): hasher.combine(value.bitPattern)
        case .string(let value):
            hasher.combine(5)
            var value = value
            value.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .bytes(let value): hasher.combine(value)
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(stringLiteral value: String) { self = .string(value) }
}

extension Value: CustomStringConvertible {
    /// The value as Swift writes it; bytes by their number.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .float(let value): "\(value)"
        case .string(let value): "\"\(value)\""
        case .bytes(let value): "\(value.count) bytes"
        }
    }
}

extension Value: Codable {
    private enum Keys: String, CodingKey { case bytes = "$bytes" }

    /// A Null, Bool, Int, Float or Str as itself, Bytes as `{"$bytes": base64}`, as in all JSON of converge. A format that has one kind of
    /// number decodes a whole one as an Int.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? CellEncoder { return encoder.put(self) }
        if case .bytes(let value) = self {
            var container = encoder.container(keyedBy: Keys.self)
            return try container.encode(value.base64EncodedString(), forKey: .bytes)
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null, .bytes: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .float(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        }
    }

    /// The first kind that fits, in the order Null, Bool, Int, Float, Str, Bytes.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? CellDecoder {
            self = decoder.cell
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .float(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else {
            let container = try decoder.container(keyedBy: Keys.self)
            guard let value = Data(base64Encoded: try container.decode(String.self, forKey: .bytes)) else {
                throw DecodingError.dataCorruptedError(forKey: .bytes, in: container, debugDescription: "the text is not base64")
            }
            self = .bytes(value)
        }
    }
}

extension Value {
    /// What it takes in a call.
    var callBytes: Int {
        switch self {
        case .string(let value): value.utf8.count + 5
        case .bytes(let value): value.count + 5
        default: 9
        }
    }

    init(_ value: ConvergeFFI.Value) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        case .str(let value): self = .string(value)
        case .bytes(let value): self = .bytes(value)
        }
    }

    /// The same for a call, if one can carry it.
    func ffi() throws(ConvergeError) -> ConvergeFFI.Value {
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .float(let value): return .float(value)
        case .string(let value): return .str(try fits(value))
        case .bytes(let value): return .bytes(try fits(value))
        }
    }
}
