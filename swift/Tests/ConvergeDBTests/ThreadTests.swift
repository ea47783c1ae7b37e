import Foundation
import Testing

@testable import ConvergeDB

@Suite(.serialized, .timeLimit(.minutes(2))) struct ThreadTests {
    @Test("C7: threads on one document all finish, and no write is lost")
    func threads() throws {
        let doc = try Doc()
        try doc.insert("count", into: "t", ["n": 0])
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for at in 0..<500 {
                #expect(throws: Never.self) {
                    try doc.insert("\(thread)-\(at)", into: "t", ["n": .int(Int64(at))])
                    try doc.transaction { tx in
                        let n = try tx.get("n", of: "count", in: "t")?.int ?? 0
                        try tx.update("count", in: "t", set: "n", to: .int(n + 1))
                    }
                }
            }
        }
        #expect(try doc.count("t") == 2_001 && doc.get("n", of: "count", in: "t") == 2_000)
        try doc.check()
    }

    @Test func tasks() async throws {
        let doc = try Doc()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for at in 0..<100 { try doc.insert("\(task)-\(at)", into: "t", [:]) } }
                group.addTask { for _ in 0..<100 { _ = try doc.rows("t") } }
            }
            try await group.waitForAll()
        }
        #expect(try doc.count("t") == 800)
    }

    @Test("C16: whoever waits is told when the document is closed")
    func closingEndsStreams() async throws {
        let (doc, store) = (try Doc(), try EphemeralStore())
        let (changes, presence, reader) = (try doc.changes(), try store.changes(), try doc.subscribe())
        let waiting = Task { () -> [Int] in
            var counts = [0, 0]
            for await change in changes { counts[0] += change.patches.count }
            for await _ in presence { counts[1] += 1 }
            return counts
        }
        let blocked = Thread.detached { while (try? reader.wait()) != nil {} }
        try doc.insert("1", into: "t", [:])
        try store.set("k", in: "n", to: 1)
        try await Task.sleep(for: .milliseconds(50))
        try doc.close()
        try store.close()
        #expect(await waiting.value == [1, 1])
        await blocked.value
    }

    @Test("C16: a stream that is cancelled, or let go of, ends its subscription")
    func cancellation() async throws {
        let (doc, store) = (try Doc(), try EphemeralStore())
        for _ in 0..<20 {
            let (changes, presence) = (try doc.changes(), try store.changes())
            let (a, b) = (Task { for await _ in changes {} }, Task { for await _ in presence {} })
            await Task.yield()
            a.cancel()
            b.cancel()
            await a.value
            await b.value
        }
        weak var held: Changes?
        try await {
            let reader = try doc.subscribe()
            held = reader
            try doc.insert("1", into: "t", [:])
            for await change in Doc.stream(of: reader) {
                #expect(change.patches.count == 1)
                break
            }
        }()
        // What it asked last may be let go of a moment later.
        for _ in 0..<500 where held != nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(held == nil)

        // The reader that is kept shows that its subscription ended, and not just the loop.
        let kept = try doc.subscribe()
        let loop = Task { for await _ in Doc.stream(of: kept) {} }
        try await Task.sleep(for: .milliseconds(20))
        loop.cancel()
        await loop.value
        try await doc.background { _ in }
        try doc.insert("2", into: "t", [:])
        #expect(try kept.poll() == nil && kept.isOver)

        let reader = try doc.subscribe()
        let task = Task { try await reader.next() }
        task.cancel()
        #expect(try await task.value == nil)
    }

    @Test("C17: a consumer of changes may call the document")
    func consumersCall() async throws {
        let doc = try Doc()
        let changes = try doc.changes(tables: ["t"])
        try doc.insert("0", into: "t", [:])
        var seen = 0
        for await change in changes {
            seen += change.patches.count
            if seen == 10 { break }
            try doc.insert("\(seen)", into: "t", [:])
            #expect(try doc.count("t") == seen + 1)
        }
        #expect(seen == 10)
    }

    @Test func whatChangesSay() throws {
        let (doc, other) = (try Doc(), try Doc(OpenOptions(peer: "ann")))
        try doc.insert("0", into: "t", ["a": 1, "b": 2])
        try other.mergeRemote(doc.getPending(for: [:]).bytes)
        let (all, some, few) = (try doc.subscribe(), try doc.subscribe(rows: [RowKey("t", "0")]), try doc.subscribe(patchesMax: 2))
        try doc.update("0", in: "t", set: "a", to: 3)
        try other.insert("1", into: "t", [:])
        try doc.mergeRemote(other.getPending(for: doc.versions()).bytes)
        try doc.delete("1", from: "t")
        #expect(try all.poll() == .patches([ChangePatch(patch: .setCell(table: "t", rowID: "0", column: "a", value: 3), peer: nil)]))
        #expect(try all.poll() == .patches([ChangePatch(patch: .insertRow(table: "t", rowID: "1", cells: []), peer: "ann")]))
        #expect(try all.poll() == .patches([ChangePatch(patch: .deleteRow(table: "t", rowID: "1"), peer: nil)]))
        #expect(try all.poll() == nil && all.wait(timeoutMs: 5) == nil)
        #expect(try some.poll()?.patches.count == 1 && some.poll() == nil)
        #expect(try few.poll() == .lagged)
    }

    @Test func background() async throws {
        try await withFolder { folder in
            let doc = try await Doc.open(folder.file("a.db"))
            let commit = try await doc.background { try $0.insert("1", into: "t", ["a": 1]) }
            #expect(commit.events == 1)
            await #expect(throws: ConvergeError.self) { try await doc.background { try $0.delete("3", from: "t") } }
            try await doc.background { try $0.close() }
        }
    }

    @Test("Of one document one background work runs at a time")
    func backgroundTakesTurns() async throws {
        let (doc, running) = (try Doc(), Locked<(now: Int, most: Int)>((0, 0)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await doc.background { _ in
                        running.with { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        Thread.sleep(forTimeInterval: 0.002)
                        running.with { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(running.with { $0.most } == 1)
    }

    @Test("Background work whose task is cancelled before it begins does not run, and nobody waits for it")
    func backgroundCancelled() async throws {
        let (doc, go) = (try Doc(), DispatchSemaphore(value: 0))
        let first = Task { try await doc.background { _ in _ = go.wait(timeout: .now() + 20) } }
        try await Task.sleep(for: .milliseconds(50))
        let second = Task { try await doc.background { try $0.insert("2", into: "t", [:]) } }
        try await Task.sleep(for: .milliseconds(50))
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(try doc.count("t") == 0)
        go.signal()
        try await first.value
        try await doc.background { _ in }
        #expect(try doc.count("t") == 0)
    }

    @Test("Loops over changes leave other tasks their threads while the document is busy")
    func waitingLoopsHoldUpNobody() async throws {
        try await withFolder { folder in
            let doc = try Doc(path: folder.file("a.db"))
            // More than the pool gets threads, on any system: on Apple's one for each core, on Linux 255.
            let loops = try (0..<400).map { _ in try doc.changes() }
            let (scan, ran, ranMeanwhile) = (try doc.scan("t"), Locked(false), Locked(false))
            // A call that takes two seconds, whatever the machine.
            let busy = Thread.detached {
                let forEver = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
                #expect(failure(of: { try doc.query(forEver, limits: QueryLimits(timeMs: 2_000)) })?.code == 3)
                ranMeanwhile.with { $0 = ran.with { $0 } }
            }
            try await Task.sleep(for: .milliseconds(100))
            let waiting = loops.map { changes in Task { for await _ in changes {} } }
            let scanning = Task { for try await _ in scan {} }
            try await Task.sleep(for: .milliseconds(100))
            await Task { ran.with { $0 = true } }.value
            await busy.value
            #expect(ranMeanwhile.with { $0 })
            try await scanning.value
            for task in waiting { task.cancel() }
            for task in waiting { await task.value }
        }
    }
}

extension Thread {
    /// Runs work on a thread of its own, and tells when it is done.
    fileprivate static func detached(_ work: @escaping @Sendable () -> Void) -> Task<Void, Never> {
        let (done, end) = AsyncStream<Void>.makeStream()
        Thread.detachNewThread {
            work()
            end.finish()
        }
        return Task { for await _ in done {} }
    }
}
