import Foundation
import Testing

@testable import ConvergeDB

private struct Stop: Error {}

@Suite struct DocTests {
    @Test("C18: a body that fails is rolled back, and its own error arrives")
    func transactionsRollBack() throws {
        let doc = try oneRow()
        let before = try doc.digest()
        #expect(throws: Stop.self) {
            try doc.transaction { tx in
                try tx.insert("2", into: "t", [:])
                throw Stop()
            }
        }
        #expect(
            failure(of: {
                try doc.transaction { tx in
                    try tx.insert("2", into: "t", [:])
                    try tx.insert("2", into: "t", [:])
                }
            })?.code == 4)
        #expect(try doc.digest() == before && doc.events == 1)

        let made = try doc.transaction(at: 1_700_000_000_000) { tx in
            try tx.insert("2", into: "t", ["a": 1])
            #expect(failure(of: { try tx.insert("2", into: "t", [:]) })?.code == 4, "an error that is caught leaves it open")
            try tx.upsert("3", into: "t", ["a": 2])
            try tx.updateColumns("3", in: "t", ["b": 3, "c": 4])
            try tx.delete("1", from: "t")
            try tx.apply(.update(table: "t", rowID: "2", column: "a", value: 5))
            #expect(try tx.row("3", in: "t") == ["a": 2, "b": 3, "c": 4] && tx.contains("2", in: "t") && tx.count("t") == 2)
            #expect(try tx.page("t", limit: 10).map(\.id) == ["2", "3"] && tx.get("a", of: "2", in: "t") == 5)
            return try tx.count
        }
        #expect(try made == 6 && doc.events == 7)
        #expect(try doc.rowHistory("2", in: "t").first?.at == 1_700_000_000_000)
        #expect(try doc.transaction { _ in 5 } == 5)
        #expect(try doc.events == 7)
    }

    @Test("A transaction has the calls of its document")
    func whatTransactionsHave() throws {
        let doc = try Doc()
        try doc.transaction { tx in
            try tx.insertMany((0..<2_500).map { Row(id: String(1_000 + $0), cells: ["n": .int(Int64($0))]) }, into: "t")
            #expect(try tx.rows("t").map(\.id) == (1_000..<3_500).map(String.init) && tx.rows("t", .prefix("11")).count == 100)
            try tx.insertMany([Todo(id: "1", title: "a")], id: { "x\($0.id)" }, into: "todos")
            try tx.insertMany(["y": ["title": "b", "done": true]], into: "todos")
            try tx.upsert(Todo(id: "2", title: "c"), id: "z", into: "todos")
            try tx.insert(Todo(id: "3", title: "d"), id: "zz", into: "todos")
            #expect(try tx.rows("todos", as: Todo.self).map(\.title) == ["a", "b", "c", "d"])
            try tx.upsert("e", into: "names", ["e\u{301}": 1])
            try tx.updateColumns("e", in: "names", ["\u{e9}": 2])
            #expect(try tx.cells(of: "e", in: "names") == [Cell("e\u{301}", 1), Cell("\u{e9}", 2)])
            #expect(try tx.cells(of: "f", in: "names") == nil)
            #expect(failure(of: { try tx.upsert("e", into: "names", ["n": .float(.nan)]) })?.code == 2)
            #expect(failure(of: { try tx.updateColumns("f", in: "names", ["n": 1]) })?.code == 5)
            #expect(failure(of: { try tx.insert("e", into: "names", [:]) })?.code == 4)
        }
        try doc.insertMany(["1": ["a": 1], "2": [:]], into: "more")
        #expect(try doc.count("t") == 2_500 && doc.count("todos") == 4 && doc.rows("more").map(\.cells) == [["a": 1], [:]])
        #expect(failure(of: { try doc.updateColumns("3", in: "more", ["a": 1]) })?.code == 5)
    }

    @Test func openTransactions() throws {
        let doc = try oneRow()
        let tx = try doc.begin()
        try tx.insertMany([("2", ["a": 1]), ("3", [:])], into: "t")
        try tx.insertJSON("4", into: "t", "{\"a\":1.0}")
        try tx.upsertJSON("4", into: "t", "[[\"b\",true]]")
        try tx.updateJSON("4", in: "t", set: "a", to: "null")
        try tx.updateColumnsJSON("4", in: "t", "{\"c\":\"x\"}")
        #expect(try tx.rowJSON("4", in: "t") == "{\"a\":null,\"b\":true,\"c\":\"x\"}")
        #expect(failure(of: { try doc.insert("9", into: "t", [:]) })?.code == 1, "the document itself has to wait")
        #expect(try tx.commit().events == 6 && !tx.isOpen)
        #expect(failure(of: { try tx.rollback() })?.code == 11)
        let other = try doc.begin()
        try other.delete("1", from: "t")
        try other.rollback()
        #expect(try doc.count("t") == 4)
        #expect(
            failure(of: {
                try doc.transaction { tx in
                    try tx.delete("1", from: "t")
                    try tx.rollback()
                }
            }) == nil)
        #expect(try doc.contains("1", in: "t"))
    }

    @Test func reading() throws {
        let doc = try Doc()
        try doc.insertMany((0..<1_000).map { (String(1_000 + $0), ["n": .int(Int64($0))]) }, into: "t")
        #expect(try doc.rows("t").count == 1_000 && doc.rows("t").map(\.id) == (1_000..<2_000).map(String.init))
        #expect(try doc.rows("t", .prefix("199")).count == 10)
        #expect(try doc.rows("t", ScanRange(start: "1500", stop: "1503")).map(\.id) == ["1500", "1501", "1502"])
        #expect(try doc.page("t", limit: 2, .after("1997")).compactMap { $0["n"]?.int } == [998, 999])
        var count = 0
        try doc.scan("t").forEach { _ in count += 1 }
        #expect(count == 1_000)
        #expect(try doc.tables() == ["t"] && doc.columns(of: "t") == ["n"] && doc.count("none") == 0)
        #expect(try doc.pageJSON("t", limit: 1).contains("1000"))
    }

    @Test func scanningGoesOnAfterAnError() throws {
        let doc = try oneRow()
        let scan = try doc.scan("t")
        try doc.transaction { _ in #expect(failure(of: { try scan.next() })?.code == 1) }
        #expect(try scan.next()?.id == "1" && scan.next() == nil)
    }

    @Test("A scan of two threads holds up none that has the document's turn")
    func scanningByTwo() throws {
        let doc = try oneRow()
        let scan = try doc.scan("t")
        let (begun, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let seen = Locked<(code: Int?, id: String?)>((nil, nil))
        Thread.detachNewThread {
            try? doc.transaction { _ in
                begun.signal()
                // The other one waits for the document by now.
                Thread.sleep(forTimeInterval: 0.2)
                let code = failure(of: { try scan.next() })?.code
                seen.with { $0.code = code }
            }
            done.signal()
        }
        Thread.detachNewThread {
            begun.wait()
            let row = try? scan.next()
            seen.with { $0.id = row?.id }
            done.signal()
        }
        for _ in 0..<2 { #expect(done.wait(timeout: .now() + 20) == .success) }
        #expect(seen.with { $0.code } == 1 && seen.with { $0.id } == "1")
    }

    @Test func scanningWithAwait() async throws {
        let doc = try Doc()
        try doc.insertMany((0..<600).map { ("\($0)", [:]) }, into: "t")
        var ids = Set<String>()
        for try await row in try doc.scan("t") { ids.insert(row.id) }
        #expect(ids.count == 600)
    }

    @Test func manyRows() throws {
        let doc = try Doc()
        let commit = try doc.insertMany((0..<70_000).lazy.map { ("\($0)", ["n": .int($0)]) }, into: "t")
        #expect(try commit.events == 70_000 && doc.count("t") == 70_000)
        #expect(try doc.updateMany([CellUpdate("1", "n", 5), CellUpdate("2", "n", 6)], in: "t").events == 2)
        #expect(try doc.deleteAll(from: "t").events == 70_000 && doc.count("t") == 0)
    }

    @Test func syncing() throws {
        let (a, b) = (try Doc(), try Doc())
        try a.insertMany((0..<5_000).map { ("\($0)", ["n": .int(Int64($0))]) }, into: "t")
        #expect(try b.sync(with: a) == SyncCounts(received: 5_000, sent: 0))
        try a.update("1", in: "t", set: "n", to: 7)
        try b.update("1", in: "t", set: "m", to: 8)
        let page = try a.getPending(request: b.encodeRequest(), limit: PageLimit(events: 1))
        let merged = try b.mergeRemote(page.bytes)
        #expect(merged.applied == 1 && merged.patches == [.setCell(table: "t", rowID: "1", column: "n", value: 7)] && !page.hasMore)
        #expect(try b.mergeRemote(page.bytes).duplicates == 1)
        try a.sync(with: b)
        #expect(try a.digest() == b.digest() && a.versions() == b.versions() && a.syncState() == b.syncState())
        let c = try Doc()
        let late = try a.getPendingRuns(for: [:]).runs
        #expect(try c.mergeRemote(Array(late.suffix(1))).pending > 0 && !c.missing().isEmpty && c.waitingEvents > 0)
        #expect(try c.dropWaiting() > 0 && c.waitingEvents == 0)
        let state = try Doc(decoding: a.encodeState())
        #expect(try state.digest() == a.digest())
    }

    @Test func history() throws {
        let doc = try Doc(OpenOptions(peer: "ann", wallClock: true))
        try doc.insert("1", into: "t", ["a": 1])
        let (then, frontier) = (try doc.versions(), try doc.frontier())
        try doc.update("1", in: "t", set: "a", to: 2)
        #expect(try doc.row("1", in: "t", asOf: then) == ["a": 1] && doc.rows("t", asOf: then).first?["a"] == 1)
        #expect(try doc.cellHistory("a", of: "1", in: "t").map(\.op.type) == ["insert", "update"])
        let event = try #require(try doc.event(EventID(peer: "ann", counter: 1)))
        #expect(event.deps == frontier && event.lamport == 2 && event.at != nil)
        #expect(event.op == .update(table: "t", rowID: "1", column: "a", value: 2))
        let page = try doc.log(limit: 1)
        #expect(try page.events.count == 1 && page.hasMore && doc.log(since: page.next).events == [event])
        let now = try doc.frontier()
        #expect(try doc.compare(frontier, now) == .before && doc.compare(now, now) == .equal && doc.commonAncestors(frontier, now) == frontier)
        #expect(try doc.eventsBetween(from: frontier, to: now) == [EventRange(peer: "ann", start: 1, end: 2)])
        #expect(try doc.rowHistoryJSON("1", in: "t").contains("\"lamport\":2") && doc.rowJSON("1", in: "t", asOf: "{\"ann\":0}") == "{\"a\":1}")
        #expect(try doc.apply([.delete(table: "t", rowID: "1"), .insert(table: "t", rowID: "2", cells: [Cell("b", 1), Cell("b", 2)])]).events == 2)
        #expect(try doc.row("2", in: "t") == ["b": 2])
    }

    @Test func files() async throws {
        try await withFolder { folder in
            let path = folder.file("a.db")
            var doc = try Doc(path: path)
            #expect(try doc.opened.created && doc.path?.hasSuffix("a.db") == true && !doc.isReadOnly)
            try doc.insertMany((0..<10).map { ("\($0)", ["n": .int($0), "s": "x\($0)"]) }, into: "t")
            let (peer, digest) = (try doc.peer, try doc.digest())
            try doc.createIndex(on: ["n"], of: "t")
            let found = try doc.query("SELECT row_id, s FROM t WHERE n > ?1 ORDER BY n", [7])
            #expect(found == QueryRows(columns: ["row_id", "s"], rows: [["8", "x8"], ["9", "x9"]]))
            #expect(failure(of: { try doc.query("SELECT * FROM t", limits: QueryLimits(rows: 5)) })?.code == 3)
            #expect(failure(of: { try doc.query("DELETE FROM t") })?.code == 1)
            try doc.backup(to: folder.file("copy.db"))
            try doc.flush()
            try doc.compact()
            try doc.rebuild()
            #expect(try doc.verify().isEmpty && doc.stats().fileBytes > 0)
            try doc.suspend()
            #expect(try doc.count("t") == 10)
            #expect(failure(of: { try doc.insert("x", into: "t", [:]) })?.code == 1)
            let meanwhile = try Doc(path: path)
            try meanwhile.insert("x", into: "t", [:])
            try meanwhile.close()
            try doc.resume()
            #expect(try doc.count("t") == 11)
            try doc.delete("x", from: "t")
            try doc.close()
            doc = try Doc(path: path, OpenOptions(mustExist: true))
            #expect(try doc.peer == peer && doc.digest() == digest && !doc.opened.created)
            let copy = try Doc(path: folder.file("copy.db"))
            #expect(try copy.digest() == digest && copy.peer != peer && copy.opened.freshPeer != nil)
            #expect(failure(of: { try Doc(path: folder.file("none.db"), OpenOptions(mustExist: true)) })?.code == 14)
            try doc.close()
            let saved = try Doc.salvage(path: path)
            #expect(saved.rows.count == 10 && saved.problems.isEmpty && !saved.events.isEmpty)
        }
    }

    @Test func presence() async throws {
        let (a, b) = (
            try EphemeralStore(EphemeralOptions(peer: "ann", manualClock: true)), try EphemeralStore(EphemeralOptions(peer: "ben"))
        )
        let reader = try a.subscribe()
        #expect(try a.set("ann", in: "cursors", to: 7) && a.get("ann", in: "cursors")?.value == 7 && a.ttlMs == 30_000)
        let update = try a.encodeSince()
        #expect(try b.mergeBytes(update.bytes).changed == 1 && b.getAll("cursors").map(\.key) == ["ann"])
        #expect(try a.changedSince(update.mark).isEmpty && a.namespaces() == ["cursors"])
        try a.advance(ms: 7)
        #expect(try a.changedSince(.start).first?.ageMs == 7 && a.get("ann", in: "cursors")?.ageMs == 0)
        #expect(try b.remove("ann", from: "cursors") && b.get("ann", in: "cursors") == nil)
        #expect(try b.removePeer("ann").isEmpty)
        #expect(try a.remove("nobody", from: "cursors", timestamp: 1) && a.set("x", in: "other", to: "y", timestamp: 5))
        try a.advance(ms: 29_993)
        #expect(try a.expire().map(\.key) == ["ann"])
        try a.advance(ms: 7)
        #expect(try a.expire().count == 2 && a.namespaces().isEmpty)
        guard case .added(let entry, isLocal: true) = try reader.poll() else { throw Stop() }
        #expect(entry.key == "ann" && entry.value == 7 && entry.peer == "ann")
        let merged = try b.merge([Entry("n", "k", value: 1, timestamp: 1, peer: "carl"), Entry("n", "gone", value: nil, timestamp: 1, peer: "carl")])
        #expect(merged.counts.changed == 2 && merged.changed.contains { $0.isRemoved })
        #expect(try b.mergeJSON("{\"n\":{\"k\":{\"value\":2,\"timestamp\":2,\"peer\":\"carl\"}}}").contains("carl"))
        #expect(try b.getJSON("k", in: "n") != nil && b.setJSON("k", in: "n", to: "3", timestamp: 3) && b.getAllJSON("n").contains("3"))
    }

    @Test("A stream of presence tells what ends by itself", .timeLimit(.minutes(1)))
    func presenceEnds() async throws {
        let store = try EphemeralStore(EphemeralOptions(ttlMs: 50))
        let changes = try store.changes(expireEvery: .milliseconds(20))
        try store.set("k", in: "n", to: 1)
        var seen: [EphemeralChange] = []
        for await change in changes {
            seen.append(change)
            if seen.count == 2 { break }
        }
        guard case .added = seen[0], case .expired = seen[1] else { throw Stop() }
    }

    @Test("A pause of nothing keeps no processor busy", .timeLimit(.minutes(1)))
    func pauseOfNothing() async throws {
        for pause in [Duration.zero, .seconds(-1)] {
            let (store, calls) = (try EphemeralStore(), Locked(0))
            let changes = try store.subscribe()
            let reading = Task { try await changes.next(pausing: pause) { calls.with { $0 += 1 } } }
            try await Task.sleep(for: .milliseconds(300))
            reading.cancel()
            #expect(try await reading.value == nil)
            #expect((1...400).contains(calls.with { $0 }))
        }
    }

    #if CONVERGE_TEST_HOOKS
        @Test func defaultsAreTheEngine() throws {
            #expect(Doc.defaults.changesMax == UInt64(Doc.changesMax) && Doc.defaults.ttlMs == UInt64(EphemeralOptions.defaultTTLMs))
            #expect(try EphemeralStore().ttlMs == EphemeralOptions.defaultTTLMs)
        }
    #endif

    @Test("What ends is told while there is other news all the time", .timeLimit(.minutes(1)))
    func presenceEndsAmongNews() async throws {
        let store = try EphemeralStore(EphemeralOptions(ttlMs: 1000, manualClock: true))
        let changes = try store.changes(expireEvery: .milliseconds(20))
        try store.set("ann", in: "cursors", to: 7)
        try store.advance(ms: 2000)
        var moves = 0
        for await change in changes {
            if case .expired(let entry, _) = change {
                #expect(entry.key == "ann")
                return
            }
            // Two for each that is read, so that the queue is never empty.
            for _ in 0..<2 {
                try store.set("ben", in: "cursors", to: .int(Int64(moves)))
                moves += 1
            }
        }
        Issue.record("it was never told")
    }
}
