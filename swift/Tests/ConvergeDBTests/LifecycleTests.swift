import Foundation
import Testing

@testable import ConvergeDB

@Suite(.serialized) struct LifecycleTests {
    @Test("C1: closing twice, and ending without closing, are fine")
    func closingTwice() throws {
        let (doc, store) = (try oneRow(), try EphemeralStore())
        let (changes, presence) = (try doc.subscribe(), try store.subscribe())
        for _ in 0..<2 {
            changes.close()
            presence.close()
            try doc.close()
            try store.close()
        }
        _ = try Doc().begin()
        _ = try Doc().scan("t")
    }

    @Test("C2: a call after closing is `closed`")
    func afterClosing() throws {
        let doc = try oneRow()
        try doc.close()
        let calls: [() throws -> Any] = [
            { try doc.insert("2", into: "t", [:]) }, { try doc.insertMany([("2", [:])], into: "t") }, { try doc.upsert("1", into: "t", [:]) },
            { try doc.update("1", in: "t", set: "a", to: 1) }, { try doc.delete("1", from: "t") }, { try doc.transaction { _ in } },
            { try doc.get("a", of: "1", in: "t") as Any }, { try doc.row("1", in: "t") as Any }, { try doc.scan("t").next() as Any },
            { try doc.count("t") }, { try doc.tables() }, { try doc.versions() }, { try doc.encodeRequest() }, { try doc.getPending(for: [:]) },
            { try doc.mergeRemote(Data()) }, { try doc.mergeJSON("[]") }, { try doc.encodeReplica() }, { try doc.digest() }, { try doc.peer },
            { try doc.events }, { try doc.log() }, { try doc.subscribe() }, { try doc.changes() }, { try doc.flush() }, { try doc.rowsJSON() },
        ]
        for (number, call) in calls.enumerated() {
            let error = failure(of: call)
            #expect(error?.code == 11 && error?.name == "closed", "call \(number): \(String(describing: error))")
        }
        let store = try EphemeralStore()
        try store.close()
        for call: () throws -> Any in [
            { try store.set("k", in: "n", to: 1) }, { try store.get("k", in: "n") as Any }, { try store.encode() }, { try store.mergeBytes(Data()) },
            { try store.changes() }, { try store.expire() },
        ] {
            #expect(failure(of: call)?.code == 11)
        }
    }

    @Test("C6: the parent may be closed or let go of before the child")
    func childrenOutliveTheirParent() throws {
        var doc: Doc? = try oneRow()
        let (scan, changes) = (try #require(try doc?.scan("t")), try #require(try doc?.subscribe()))
        try doc?.insert("2", into: "t", [:])
        doc = nil
        #expect(try scan.all().map(\.id) == ["1", "2"])
        #expect(try changes.poll()?.patches.count == 1)

        let closed = try oneRow()
        let (late, rest) = (try closed.scan("t"), try closed.subscribe())
        try closed.insert("2", into: "t", [:])
        try closed.close()
        #expect(failure(of: { try late.next() })?.code == 11)
        #expect(try rest.poll()?.patches.count == 1, "what was queued can be read")
        #expect(try !rest.isOver && rest.wait() == nil && rest.isOver, "and then it is over")

        var store: EphemeralStore? = try EphemeralStore()
        let presence = try #require(try store?.subscribe())
        try store?.set("k", in: "n", to: 1)
        store = nil
        #expect(try presence.poll()?.entry?.value == 1 && !presence.isOver)
        #expect(try presence.poll() == nil && presence.isOver)

        var owner: Doc? = try oneRow()
        let transaction = try #require(try owner?.begin())
        owner = nil
        try transaction.insert("2", into: "t", [:])
        #expect(try transaction.count("t") == 2)
        try transaction.commit()
        #expect(failure(of: { try transaction.insert("3", into: "t", [:]) })?.code == 11)
    }

    @Test("C15: ten thousand times opened and closed leave no memory, thread or file behind")
    func tenThousandTimes() throws {
        func cycle(_ number: Int) throws {
            let doc = try Doc()
            try doc.insert("1", into: "t", ["a": .string(String(repeating: "text", count: 10))])
            try doc.transaction { try $0.update("1", in: "t", set: "a", to: 2) }
            let changes = try doc.subscribe()
            try doc.upsert("1", into: "t", ["b": 1])
            #expect(try changes.poll() != nil)
            #expect(try doc.rows("t").count == 1 && doc.get("b", of: "1", in: "t") == 1 && doc.row("1", in: "t")?.count == 2)
            #expect(failure(of: { try doc.insert("1", into: "t", [:]) })?.code == 4)
            if number.isMultiple(of: 2) { try doc.close() }
            let store = try EphemeralStore()
            let presence = try store.subscribe()
            try store.set("k", in: "n", to: 1)
            #expect(try presence.poll() != nil)
        }
        for number in 0..<1_000 { try cycle(number) }
        let before = (resident(), threads(), descriptors())
        for number in 0..<10_000 { try cycle(number) }
        #expect(resident() - before.0 < 4 << 20)
        #expect(threads() <= before.1 && descriptors() == before.2)
    }

    @Test("C15: ten thousand readers of one document, and scans, leave nothing")
    func readersAndScans() throws {
        let (doc, store) = (try oneRow(), try EphemeralStore())
        func cycle(_ number: Int) throws {
            let (changes, presence) = (try doc.subscribe(), try store.subscribe())
            try doc.update("1", in: "t", set: "a", to: .int(Int64(number)))
            try store.set("k", in: "n", to: .int(Int64(number)))
            #expect(try changes.poll() != nil && presence.poll() != nil && doc.scan("t").next() != nil)
            if number.isMultiple(of: 2) {
                changes.close()
                presence.close()
            }
        }
        for number in 1...1_000 { try cycle(number) }
        // The document's own history grows with each write, so its growth is measured without readers too.
        let start = resident()
        for number in 1...10_000 {
            try doc.update("1", in: "t", set: "a", to: .int(Int64(number)))
            try store.set("k", in: "n", to: .int(Int64(number)))
        }
        let (history, before) = (max(0, resident() - start), (resident(), threads()))
        for number in 1...10_000 { try cycle(number) }
        #expect(resident() - before.0 - 2 * history < 4 << 20)
        #expect(threads() <= before.1)
    }

    @Test("C15: ten thousand files opened and closed leave no memory, thread or descriptor behind")
    func filesOpenedAndClosed() async throws {
        // In memory where the system has a place for that: what is counted here is not what a disk keeps.
        let memory = URL(fileURLWithPath: "/dev/shm", isDirectory: true)
        let place = FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        try await withFolder(in: place) { folder in
            let path = folder.file("a.db")
            try Doc(path: path).insert("1", into: "t", [:])
            func cycle(_ number: Int) throws {
                let doc = try Doc(path: path, OpenOptions(durability: .relaxed))
                #expect(try doc.count("t") == 1)
                if number.isMultiple(of: 2) { try doc.close() }
            }
            for number in 0..<500 { try cycle(number) }
            let before = (resident(), descriptors(), threads())
            for number in 0..<10_000 { try cycle(number) }
            #expect(descriptors() == before.1 && threads() <= before.2)
            #expect(resident() - before.0 < 4 << 20)
        }
    }

    @Test("C15: ten thousand streams made and cancelled leave nothing")
    func streamsMadeAndCancelled() async throws {
        let (doc, store) = (try oneRow(), try EphemeralStore())
        func cycle(_ number: Int) async throws {
            let (changes, presence) = (try doc.changes(), try store.changes())
            let tasks = [Task { for await _ in changes {} }, Task { for await _ in presence {} }]
            // Some wait already, others did not begin.
            if number.isMultiple(of: 2) { await Task.yield() }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
        }
        for number in 0..<1_000 { try await cycle(number) }
        let before = (resident(), descriptors(), threads())
        for number in 0..<10_000 { try await cycle(number) }
        #expect(resident() - before.0 < 4 << 20)
        // Threads that wait for work come and go, a few of them.
        #expect(descriptors() == before.1 && threads() < before.2 + 64)
    }
}

/// The bytes of memory that this process holds; 0 where the system does not tell.
private func resident() -> Int {
    let told = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = told?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

private func entries(of folder: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0 }
private func descriptors() -> Int { entries(of: "/proc/self/fd") }
private func threads() -> Int { entries(of: "/proc/self/task") }
