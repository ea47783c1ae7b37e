import ConvergeDB
import Foundation

@main
struct Main {
    static func main() async throws {
        guard #available(macOS 14, iOS 17, *) else { return }
        try await TwoDevices.run()
    }
}

/// A to-do list on two devices: both write offline, meet, and show the same; each sees what the other looks at.
@available(macOS 14, iOS 17, *)
@MainActor
enum TwoDevices {
    static func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("todos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }

        let phone = try TodoList(name: "phone", doc: await Doc.open(folder.appendingPathComponent("phone.db").path))
        let laptop = try TodoList(name: "laptop", doc: await Doc.open(folder.appendingPathComponent("laptop.db").path))
        let following = [phone, laptop].map { list in Task { await list.follow() } }

        await phone.add("Milk")
        await phone.add("Bread")
        try meet(phone, laptop)
        try await until { laptop.todos.count == 2 && phone.todos.count == 2 }

        // Offline: both write the same row, and the laptop a new one.
        let milk = laptop.todos[0]
        await phone.toggle(milk)
        await laptop.rename(milk, to: "Oat milk")
        await laptop.add("Eggs")
        await laptop.remove(laptop.todos[1])
        try await until { phone.todos[0].done && laptop.todos.count == 2 }

        try meet(phone, laptop)
        try await until { phone.todos == laptop.todos }
        for todo in phone.todos { print(todo.done ? "[x]" : "[ ]", todo.title) }

        // An app of another version writes what this one cannot read. The list says so, and goes on.
        print("all well: \(phone.lastError == nil && laptop.lastError == nil)")
        try phone.doc.insert("from-elsewhere", into: "todos", ["title": 5])
        try await until { phone.lastError is DecodingError }
        await phone.add("Tea")
        try await until { phone.todos.map(\.title).contains("Tea") }
        print("left out, and the rest is shown: \(phone.todos.count)")

        await phone.look(at: phone.todos[0])
        try laptop.presence.mergeBytes(phone.presence.encode())
        try await until { laptop.others["phone"] != nil }
        print("the phone looks at \(laptop.others["phone"] ?? "nothing")")

        try meet(phone, laptop)
        print("the same on both: \(try phone.doc.digest() == laptop.doc.digest())")
        for list in [phone, laptop] {
            try list.doc.close()
            try list.presence.close()
        }
        for task in following { await task.value }
    }

    /// What a connection would carry: each asks for what it lacks.
    static func meet(_ a: TodoList, _ b: TodoList) throws {
        for (to, from) in [(a, b), (b, a)] {
            var hasMore = true
            while hasMore {
                let request = try to.doc.encodeRequest()
                let page = try from.doc.getPending(request: request)
                try to.doc.mergeRemote(page.bytes)
                hasMore = page.hasMore
            }
        }
    }

    /// Waits for what the streams bring.
    static func until(_ isSo: () -> Bool) async throws {
        for _ in 0..<1_000 {
            if isSo() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CancellationError()
    }
}
