import ConvergeDB
import Foundation
import Observation

struct Todo: Codable, Identifiable, Hashable {
    var id: String
    var title: String
    var done: Bool
}

/// What a view shows of a document: a SwiftUI view reads `todos` and `others`, and is drawn again when they change.
@available(macOS 14, iOS 17, *)
@MainActor @Observable
final class TodoList {
    private(set) var todos: [Todo] = []
    /// Who else is here, and which row they look at.
    private(set) var others: [String: String] = [:]

    let doc: Doc
    let presence: EphemeralStore
    let name: String

    init(name: String, doc: Doc) throws {
        self.name = name
        self.doc = doc
        presence = try EphemeralStore(EphemeralOptions(peer: doc.peer))
        todos = try doc.rows("todos", as: Todo.self)
    }

    /// Follows what changes until the task is cancelled or the document is closed: `.task { try? await list.follow() }`.
    func follow() async throws {
        async let rows: Void = followRows()
        async let people: Void = followPeople()
        _ = try await (rows, people)
    }

    private func followRows() async throws {
        let changes = try doc.changes(tables: ["todos"])
        todos = try doc.rows("todos", as: Todo.self)
        for await change in changes {
            switch change {
            case .patches(let patches): for change in patches { try apply(change.patch) }
            case .lagged: todos = try doc.rows("todos", as: Todo.self)
            }
        }
    }

    private func followPeople() async throws {
        for await _ in try presence.changes() {
            others = [:]
            for entry in try presence.getAll("looking-at") where entry.key != name { others[entry.key] = entry.value?.string }
        }
    }

    private func apply(_ patch: Patch) throws {
        let place = todos.firstIndex { $0.id >= patch.rowID } ?? todos.endIndex
        if place < todos.endIndex, todos[place].id == patch.rowID { todos.remove(at: place) }
        if let todo = try doc.row(patch.rowID, in: "todos", as: Todo.self) { todos.insert(todo, at: place) }
    }

    func add(_ title: String) throws {
        try doc.insert(Todo(id: doc.newRowID(), title: title, done: false), into: "todos")
    }

    func toggle(_ todo: Todo) throws {
        try doc.update(todo.id, in: "todos", set: "done", to: .bool(!todo.done))
    }

    func rename(_ todo: Todo, to title: String) throws {
        try doc.update(todo.id, in: "todos", set: "title", to: .string(title))
    }

    func remove(_ todo: Todo) throws {
        try doc.delete(todo.id, from: "todos")
    }

    func look(at todo: Todo) throws {
        try presence.set(name, in: "looking-at", to: .string(todo.title))
    }
}
