import Foundation
import Testing

@testable import ConvergeDB

private enum Colour: String, Codable { case red, green }

private struct Everything: Codable, Equatable {
    var bool = true
    var int = Int.min
    var small: UInt8 = 255
    var double = -0.5
    var float: Float = 1.5
    var text = "a\u{0}"
    var data = Data([1, 2])
    var date = Date(timeIntervalSince1970: 1_700_000_000.123)
    var url = URL(string: "https://example.org/a?b=c")
    var uuid = UUID()
    var colour = Colour.green
    var value = Value.float(-0.0)
    var none: String?
    var some: Int? = 5
}

@Suite struct CodableTests {
    @Test func everything() throws {
        let (doc, row) = (try Doc(), Everything())
        try doc.insert(row, id: "1", into: "t")
        #expect(try doc.row("1", in: "t", as: Everything.self) == row)
        let cells = try #require(try doc.row("1", in: "t"))
        #expect(cells["date"] == .int(1_700_000_000_123) && cells["url"] == "https://example.org/a?b=c" && cells["colour"] == "green")
        #expect(cells["none"] == .some(.null) && cells["data"] == .bytes(Data([1, 2])) && cells["float"] == 1.5 && cells["int"] == .int(.min))
        #expect(cells["uuid"]?.string == row.uuid.uuidString && cells["value"] == .float(-0.0))
    }

    @Test func identified() throws {
        let doc = try Doc()
        var milk = Todo(id: "1", title: "milk", note: "two")
        try doc.insert(milk, into: "todos")
        #expect(try doc.row("1", in: "todos") == ["title": "milk", "done": false, "note": "two"])
        #expect(try doc.row("1", in: "todos", as: Todo.self) == milk)
        milk.note = nil
        try doc.upsert(milk, into: "todos")
        #expect(try doc.get("note", of: "1", in: "todos") == .some(.null))
        let more = (2..<5).map { Todo(id: "\($0)", title: "t\($0)") }
        try doc.insertMany(more, into: "todos")
        #expect(try doc.rows("todos", as: Todo.self) == [milk] + more)
        try doc.insertMany(more, id: { "x\($0.id)" }, into: "others")
        #expect(try doc.rows("others", as: Todo.self) == more, "a cell of the name id goes before the row's id")
        try doc.insertMany([Row(id: "r", cells: ["title": "row", "done": true])], into: "rows")
        #expect(try doc.rows("rows").first?.decode(as: Todo.self) == Todo(id: "r", title: "row", done: true))
        try doc.transaction { tx in
            try tx.insert(Todo(id: "5", title: "five"), into: "todos")
            try tx.upsert(Todo(id: "5", title: "FIVE"), into: "todos")
            try tx.insertMany([Todo(id: "6", title: "six")], into: "todos")
            #expect(try tx.row("5", in: "todos", as: Todo.self)?.title == "FIVE")
        }
        #expect(try doc.count("todos") == 6)
    }

    @Test func whatOthersWrote() throws {
        struct Loose: Codable, Equatable {
            var n: Double
            var at: Date?
            var missing: Bool?
        }
        #expect(try RowDecoder().decode(Loose.self, from: ["n": 3, "extra": "x"]) == Loose(n: 3))
        #expect(throws: DecodingError.self) { try RowDecoder().decode(Loose.self, from: ["n": "three"]) }
        #expect(throws: DecodingError.self) { try RowDecoder().decode(Loose.self, from: [:]) }
        #expect(throws: DecodingError.self) { try RowDecoder().decode(Loose.self, from: ["n": nil]) }
        #expect(throws: DecodingError.self) { try RowDecoder().decode(Loose.self, from: ["n": .int((1 << 53) + 1)]) }
        #expect(throws: DecodingError.self) { try RowDecoder().decode([String: UInt8].self, from: ["n": 256]) }
        #expect(try RowDecoder().decode([String: Float].self, from: ["n": 0.1, "m": 3, "tiny": 1e-300]) == ["n": 0.1, "m": 3, "tiny": 0])
        #expect(throws: DecodingError.self) { try RowDecoder().decode([String: Float].self, from: ["n": 1e300]) }
        #expect(try RowDecoder().decode([String: Value].self, from: ["n": 256, "m": nil]) == ["n": 256, "m": nil])
    }

    @Test("A value inside a value of one's own is a cell as it is")
    func valuesInside() throws {
        struct Wrapped: Codable, Equatable {
            var value: Value
            init(_ value: Value) { self.value = value }
            init(from decoder: any Decoder) throws { value = try Value(from: decoder) }
            func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
        }
        let row = ["bytes": Wrapped(.bytes(Data([0, 255]))), "float": Wrapped(.float(1)), "null": Wrapped(.null)]
        let cells = try RowEncoder().encode(row)
        #expect(cells == ["bytes": .bytes(Data([0, 255])), "float": .float(1), "null": .null])
        #expect(try RowDecoder().decode([String: Wrapped].self, from: cells) == row)
    }

    @Test func whatNoCellHolds() throws {
        struct List: Encodable { var items = [1] }
        struct Nested: Encodable { var inner = Everything() }
        struct Large: Encodable { var n = UInt64.max }
        let doc = try Doc()
        for call: () throws -> Any in [
            { try doc.insert(List(), id: "1", into: "t") }, { try doc.insert(Nested(), id: "1", into: "t") },
            { try doc.insert(Large(), id: "1", into: "t") }, { try doc.insert([1], id: "1", into: "t") },
            { try doc.insert("text", id: "1", into: "t") },
        ] {
            #expect(throws: EncodingError.self) { _ = try call() }
        }
        do {
            try doc.insert(List(), id: "1", into: "t")
        } catch EncodingError.invalidValue(_, let context) {
            #expect(context.codingPath.map(\.stringValue) == ["items"])
        }
        #expect(try doc.events == 0)
        #expect(failure(of: { try doc.insert(["n": Double.nan], id: "1", into: "t") })?.code == 2)
    }
}
