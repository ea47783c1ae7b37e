import ConvergeDB
import Foundation

// The figures of swift/README.md: nanoseconds of this thread's own time, the best of several rounds. Build it with `-c release`, and the
// library too.

func ran() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// The least nanoseconds that one of `count` takes.
func measure(_ what: String, _ count: Int, rounds: Int = 5, _ body: () throws -> Void) throws {
    var best = Double.infinity
    for _ in 0..<rounds {
        let before = ran()
        try body()
        best = min(best, (ran() - before) / Double(count))
    }
    print(what + String(repeating: " ", count: max(1, 60 - what.count)) + "\(Int(best.rounded())) ns")
}

struct Todo: Codable, Identifiable {
    var id: String
    var title: String
    var done: Bool
    var n: Int
    var weight: Double
    var note: String?
}

let rowsMax = 100_000
let todos = (0..<rowsMax).map { at in
    let digits = String(at)
    let id = "row-" + String(repeating: "0", count: 6 - digits.count) + digits
    return Todo(id: id, title: "thing \(at)", done: false, n: at, weight: Double(at) / 2, note: nil)
}
let rows: [(String, [String: Value])] = todos.map { todo in
    let cells: [String: Value] = [
        "title": .string(todo.title), "done": .bool(todo.done), "n": .int(Int64(todo.n)), "weight": .float(todo.weight), "note": .null,
    ]
    return (todo.id, cells)
}

let doc = try Doc()
try doc.insertMany(rows.prefix(10_000), into: "todos")
let ids = rows.prefix(10_000).map(\.0)
var counter: Int64 = 0
try measure("update, one call each, 10,000 rows", ids.count) {
    for id in ids {
        counter += 1
        try doc.update(id, in: "todos", set: "n", to: .int(counter))
    }
}
try measure("get of a cell, one call each", ids.count) {
    for id in ids { _ = try doc.get("n", of: id, in: "todos") }
}
try measure("row of 5 cells as a dictionary, one call each", ids.count) {
    for id in ids { _ = try doc.row(id, in: "todos") }
}
try measure("row of 5 cells as a Codable struct, one call each", ids.count) {
    for id in ids { _ = try doc.row(id, in: "todos", as: Todo.self) }
}
try measure("insert of 5 cells, one call each", ids.count) {
    let other = try Doc()
    for (id, cells) in rows.prefix(10_000) { try other.insert(id, into: "todos", cells) }
}
try measure("insertMany of 100,000 dictionaries of 5 cells, a row", rowsMax) { try Doc().insertMany(rows, into: "todos") }
try measure("insertMany of 100,000 Codable structs, a row", rowsMax) { try Doc().insertMany(todos, into: "todos") }
let full = try Doc()
try full.insertMany(rows, into: "todos")
try measure("scan of 100,000 rows as dictionaries, a row", rowsMax, rounds: 3) { _ = try full.rows("todos") }
try measure("scan of 100,000 rows as Codable structs, a row", rowsMax, rounds: 3) { _ = try full.rows("todos", as: Todo.self) }
