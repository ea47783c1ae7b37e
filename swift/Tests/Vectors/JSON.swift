/// JSON that keeps the text of numbers, so that 1 and 1.0 stay different and nothing is rounded, and the bytes of names.
indirect enum JSON {
    case null
    case bool(Bool)
    case number(String)
    case string(Text)
    case list([JSON])
    case object([(key: Text, value: JSON)])

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func int(_ number: some BinaryInteger) -> JSON { .number("\(number)") }
    static func text(_ text: String) -> JSON { .string(Text(text)) }

    /// The value of a key; `nil` if there is none, or this is no object.
    subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == Text(key) }?.value
    }

    var string: String? { if case .string(let text) = self { text.string } else { nil } }
    var numberText: String? { if case .number(let text) = self { text } else { nil } }
    var list: [JSON]? { if case .list(let items) = self { items } else { nil } }

    func string(_ key: String) throws -> String {
        guard let text = self[key]?.string else { throw Failure(description: "the vector has no text \(key)") }
        return text
    }

    /// As JSON text.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let text): text
        case .string(let text): text.quoted
        case .list(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
        case .object(let members): "{" + members.map { "\($0.key.quoted):\($0.value.text)" }.joined(separator: ",") + "}"
        }
    }

    /// Whether two are the same: kinds of numbers included, keys in any order. Timestamps compare as numbers where `timestamps` says so.
    func equals(_ other: JSON, timestamps: Bool, key: Text? = nil) -> Bool {
        switch (self, other) {
        case (.null, .null): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.string(let a), .string(let b)): return a == b
        case (.number(let a), .number(let b)):
            if timestamps && key == Text("timestamp") { return Double(a) == Double(b) }
            return Self.numberKey(a) == Self.numberKey(b)
        case (.list(let a), .list(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1, timestamps: timestamps) }
        case (.object(let a), .object(let b)):
            let others = Dictionary(b.map { ($0.key, $0.value) }) { $1 }
            return a.count == others.count
                && a.allSatisfy { member in
                    others[member.key].map { member.value.equals($0, timestamps: timestamps, key: member.key) } ?? false
                }
        default: return false
        }
    }

    private static func numberKey(_ text: String) -> String {
        if text.contains(where: { ".eE".contains($0) }) { return "float \(Double(text)?.bitPattern ?? 0)" }
        return "int \(Int64(text).map { "\($0)" } ?? text)"
    }
}

/// Text that is equal only to text of the same bytes, unlike `String`.
struct Text: Hashable {
    let string: String
    private let bytes: [UInt8]

    init(_ string: String) {
        self.string = string
        bytes = Array(string.utf8)
    }

    static func == (a: Text, b: Text) -> Bool { a.bytes == b.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
    static func < (a: Text, b: Text) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    /// As a JSON string.
    var quoted: String {
        var made = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": made += "\\\""
            case "\\": made += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                made += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: made.unicodeScalars.append(scalar)
            }
        }
        return made + "\""
    }
}

/// Reads JSON text that is well formed, as vectors and what the library says are.
struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0

    static func read(_ text: String) throws -> JSON {
        var reader = JSONReader(bytes: Array(text.utf8))
        let value = try reader.value()
        reader.space()
        if reader.at != reader.bytes.count { throw reader.failure("something follows the value") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func failure(_ what: String) -> JSON.Failure { .init(description: "byte \(at): \(what)") }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func space() {
        while let byte = next, [0x20, 0x0a, 0x0d, 0x09].contains(byte) { at += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        space()
        guard let wanted = byte.asciiValue, next == wanted else { return false }
        at += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSON) throws -> JSON {
        guard bytes[at...].starts(with: word.utf8) else { throw failure("no value") }
        at += word.utf8.count
        return value
    }

    private mutating func value() throws -> JSON {
        space()
        switch next.map({ Character(Unicode.Scalar($0)) }) {
        case "{": return try object()
        case "[": return try list()
        case "\"": return .string(Text(try string()))
        case "t": return try word("true", .bool(true))
        case "f": return try word("false", .bool(false))
        case "n": return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object() throws -> JSON {
        at += 1
        var members: [(key: Text, value: JSON)] = []
        if take("}") { return .object(members) }
        repeat {
            space()
            let key = Text(try string())
            guard take(":") else { throw failure("no colon") }
            members.append((key, try value()))
        } while take(",")
        guard take("}") else { throw failure("no end of the object") }
        return .object(members)
    }

    private mutating func list() throws -> JSON {
        at += 1
        var items: [JSON] = []
        if take("]") { return .list(items) }
        repeat { items.append(try value()) } while take(",")
        guard take("]") else { throw failure("no end of the list") }
        return .list(items)
    }

    private mutating func number() throws -> JSON {
        let start = at
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
        if start == at { throw failure("no value") }
        return .number(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func string() throws -> String {
        guard next == 0x22 else { throw failure("no string") }
        at += 1
        var made: [UInt8] = []
        while let byte = next {
            at += 1
            if byte == 0x22 { return String(decoding: made, as: UTF8.self) }
            if byte == 0x5c { made += Array(String(Character(try escaped())).utf8) } else { made.append(byte) }
        }
        throw failure("no end of the string")
    }

    private mutating func escaped() throws -> Unicode.Scalar {
        guard let byte = next else { throw failure("no end of the string") }
        at += 1
        switch Character(Unicode.Scalar(byte)) {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "u": return try unicode()
        default: return Unicode.Scalar(byte)
        }
    }

    private mutating func hex() throws -> UInt32 {
        guard at + 4 <= bytes.count, let unit = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16) else {
            throw failure("no four digits")
        }
        at += 4
        return unit
    }

    private mutating func unicode() throws -> Unicode.Scalar {
        var code = try hex()
        if (0xd800..<0xdc00).contains(code), bytes[at...].starts(with: "\\u".utf8) {
            at += 2
            code = 0x10000 + ((code - 0xd800) << 10) + (try hex() &- 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("a lone surrogate") }
        return scalar
    }
}
