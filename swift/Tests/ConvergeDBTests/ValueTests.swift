import Foundation
import Testing

@testable import ConvergeDB

/// C12 cannot be broken in Swift: a `String` is UTF-8 by construction, and no call takes text as bytes.
@Suite struct ValueTests {
    static let values: [Value] = [
        .null, .bool(false), .bool(true), .int(0), .int(.min), .int(.max), .int((1 << 53) + 1), .float(0.0), .float(-0.0), .float(1.0),
        .float(.leastNonzeroMagnitude), .float(.greatestFiniteMagnitude), .string(""), .string("\u{0}a\u{0}"), .string("\u{feff}x"),
        .string("e\u{301}"), .string("\u{e9}"), .string("👩‍👩‍👧"), .bytes(Data()), .bytes(Data([0, 255, 0])), .bytes(Data(repeating: 7, count: 1 << 20)),
    ]

    @Test("C10: values come back as they went in, by every way")
    func valuesComeBack() throws {
        let doc = try Doc()
        for (at, value) in Self.values.enumerated() {
            try doc.insert("one-\(at)", into: "t", ["v": value])
            try doc.insertMany([("many-\(at)", ["v": value])], into: "t")
            try doc.insert("json-\(at)", into: "t", ["v": nil])
            try doc.updateJSON("json-\(at)", in: "t", set: "v", to: try #require(try doc.getJSON("v", of: "one-\(at)", in: "t")))
            for id in ["one-\(at)", "many-\(at)", "json-\(at)"] {
                #expect(try doc.get("v", of: id, in: "t") == value)
                #expect(try doc.row(id, in: "t") == ["v": value])
                #expect(try doc.cells(of: id, in: "t") == [Cell("v", value)])
            }
        }
        let copy = try Doc(decoding: doc.encodeReplica())
        #expect(try copy.rows("t") == doc.rows("t"))
        let third = try Doc()
        try third.mergeRemote(doc.getPendingRuns(for: [:]).runs)
        #expect(try third.digest() == doc.digest())
    }

    @Test("C10: names with NUL, and names that Swift takes for equal")
    func names() throws {
        let doc = try Doc()
        try doc.insert("a\u{0}b", into: "t\u{0}", ["c\u{0}": 1])
        #expect(try doc.get("c\u{0}", of: "a\u{0}b", in: "t\u{0}") == 1 && doc.get("c", of: "a\u{0}b", in: "t\u{0}") == nil)
        try doc.insert("e\u{301}", into: "t", [:])
        try doc.insert("\u{e9}", into: "t", ["e\u{301}": 1])
        try doc.update("\u{e9}", in: "t", set: "\u{e9}", to: 2)
        #expect(try doc.count("t") == 2)
        #expect(try doc.cells(of: "\u{e9}", in: "t") == [Cell("e\u{301}", 1), Cell("\u{e9}", 2)])
        #expect(try doc.row("\u{e9}", in: "t")?.count == 1, "a dictionary of Swift holds one of them")
    }

    @Test("C11: absent, Null, empty text and empty bytes are four things")
    func fourThings() throws {
        let doc = try Doc()
        try doc.insert("1", into: "t", ["null": .null, "text": "", "bytes": .bytes(Data())])
        let read = try ["absent", "null", "text", "bytes"].map { try doc.get($0, of: "1", in: "t") }
        #expect(read == [nil, .some(.null), "", .bytes(Data())])
        #expect(try doc.row("1", in: "t") == ["null": .null, "text": "", "bytes": .bytes(Data())])
    }

    @Test("C9: changing the caller's buffer after a call changes nothing inside")
    func buffers() throws {
        let doc = try Doc()
        var bytes = Data([1, 2, 3])
        try doc.insert("1", into: "t", ["v": .bytes(bytes)])
        bytes[0] = 9
        #expect(try doc.get("v", of: "1", in: "t") == .bytes(Data([1, 2, 3])))
        let read = try #require(try doc.get("v", of: "1", in: "t")?.bytes)
        try doc.update("1", in: "t", set: "v", to: .bytes(bytes))
        #expect(read == Data([1, 2, 3]))
        var update = try doc.getPending(for: [:]).bytes
        let other = try Doc()
        try other.mergeRemote(update)
        let digest = try other.digest()
        update.resetBytes(in: 0..<update.count)
        #expect(try other.digest() == digest)
    }

    @Test func equality() {
        #expect(Value.int(1) != .float(1) && Value.float(0) != .float(-0.0) && Value.float(.nan) == .float(.nan))
        #expect(Value.string("e\u{301}") != .string("\u{e9}") && Value.null != .bool(false))
        #expect(Set(Self.values).count == Self.values.count)
        let literals: [Value] = [nil, true, 1, 1.5, "a", "\(1)b"]
        #expect(literals == [.null, .bool(true), .int(1), .float(1.5), .string("a"), .string("1b")])
    }

    @Test("Values come back from JSON; a whole Float as an Int, since Foundation writes one kind of number")
    func codable() throws {
        for value in Self.values {
            let back = try JSONDecoder().decode([Value].self, from: JSONEncoder().encode([value]))
            let whole = value.float.flatMap { Int64(exactly: $0) }
            #expect(back == [whole.map(Value.int) ?? value])
        }
        let bytes = try JSONEncoder().encode(Value.bytes(Data([1, 2])))
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"$bytes\":\"AQI=\"}")
        let doc = try oneRow()
        try doc.updateJSON("1", in: "t", set: "a", to: String(decoding: bytes, as: UTF8.self))
        #expect(try doc.get("a", of: "1", in: "t") == .bytes(Data([1, 2])))
        for text in ["{\"$bytes\":\"A\"}", "{\"$bytes\":1}", "{\"bytes\":\"AQI=\"}", "[1]"] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Value.self, from: Data(text.utf8)) }
        }
    }
}
