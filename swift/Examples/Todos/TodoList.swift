import ConvergeDB
import Foundation
import Observation

struct Todo: Codable, Identifiable, Hashable {
    var id: String
    var title: String
    var done: Bool
}

/// What a view shows of a document: a SwiftUI view reads `todos` and `others`, and is drawn again when they change.
///
/// It calls the document in the background alone: a call waits for its turn and for the disk, and a view must not.
@available(macOS 14, iOS 17, *)
@MainActor @Observable
final class TodoList {
    private(set) var todos: [Todo] = []
    /// Who else is here, and which row they look at.
    private(set) var others: [String: String] = [:]
    /// What went wrong last, to be shown.
    private(set) var lastError: (any Error)?

    let doc: Doc
    let presence: EphemeralStore
    let name: String

    init(name: String, doc: Doc) throws {
        self.name = name
        self.doc = doc
        presence = try EphemeralStore(EphemeralOptions(peer: doc.peer))
    }

    /// Follows what changes until the task is cancelled or the document is closed: `.task { await list.follow() }`.
    func follow() async {
        async let rows: Void = attempt { try await followRows() }
        async let people: Void = attempt { try await followPeople() }
        _ = await (rows, people)
    }

    private func followRows() async throws {
        let changes = try await doc.background { try $0.changes(tables: ["todos"]) }
        try await readAll()
        for await change in changes {
            switch change {
            case .patches(let patches): try await read(Set(patches.map(\.patch.rowID)))
            case .lagged: try await readAll()
            }
        }
    }

    private func readAll() async throws {
        todos = try await doc.background { try $0.rows("todos") }.compactMap { todo($0) }
    }

    /// Takes over what these rows are now.
    private func read(_ changed: Set<String>) async throws {
        let rows = try await doc.background { doc in
            try changed.compactMap { id in try doc.row(id, in: "todos").map { Row(id: id, cells: $0) } }
        }
        todos = (todos.filter { !changed.contains($0.id) } + rows.compactMap { todo($0) }).sorted { $0.id < $1.id }
    }

    /// A row to show. One that a newer app wrote in another way is left out, and the others are shown all the same.
    private func todo(_ row: Row) -> Todo? {
        do {
            return try row.decode()
        } catch {
            lastError = error
            return nil
        }
    }

    private func followPeople() async throws {
        let changes = try presence.changes()
        try readPeople()
        for await _ in changes { try readPeople() }
    }

    private func readPeople() throws {
        others = [:]
        for entry in try presence.getAll("looking-at") where entry.key != name { others[entry.key] = entry.value?.string }
    }

    func add(_ title: String) async {
        await write { try $0.insert(Todo(id: $0.newRowID(), title: title, done: false), into: "todos") }
    }

    func toggle(_ todo: Todo) async {
        await write { try $0.update(todo.id, in: "todos", set: "done", to: .bool(!todo.done)) }
    }

    func rename(_ todo: Todo, to title: String) async {
        await write { try $0.update(todo.id, in: "todos", set: "title", to: .string(title)) }
    }

    func remove(_ todo: Todo) async {
        await write { try $0.delete(todo.id, from: "todos") }
    }

    func look(at todo: Todo) async {
        await attempt { _ = try presence.set(name, in: "looking-at", to: .string(todo.title)) }
    }

    /// What the list shows comes back as a change.
    private func write(_ work: @escaping @Sendable (Doc) throws -> Commit) async {
        await attempt { _ = try await doc.background(work) }
    }

    private func attempt(_ work: @MainActor () async throws -> Void) async {
        do {
            try await work()
        } catch is CancellationError {
            // The view is gone.
        } catch {
            lastError = error
        }
    }
}
