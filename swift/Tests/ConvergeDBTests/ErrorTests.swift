import Foundation
import Testing

@testable import ConvergeDB

private let names = [
    "invalid_argument", "invalid_value", "limit_exceeded", "row_exists", "row_not_found", "malformed", "unsupported_version",
    "conflicting_event", "other_document", "from_the_future", "closed", "already_open", "corrupt", "storage", "read_only", "unauthentic",
    "invalid_handle", "internal",
]

/// The kinds in the order of their numbers.
private let kinds: [@Sendable (ConvergeError.Details) -> ConvergeError] = [
    { .invalidArgument($0) }, { .invalidValue($0) }, { .limitExceeded($0) }, { .rowExists($0) }, { .rowNotFound($0) }, { .malformed($0) },
    { .unsupportedVersion($0) }, { .conflictingEvent($0) }, { .otherDocument($0) }, { .fromTheFuture($0) }, { .closed($0) },
    { .alreadyOpen($0) }, { .corrupt($0) }, { .storage($0) }, { .readOnly($0) }, { .unauthentic($0) }, { .invalidHandle($0) },
    { .internal($0) },
]

/// The same numbers on every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite(.serialized) struct ErrorTests {
    @Test("C3: each kind has its number and name")
    func numbersAndNames() {
        for (at, name) in names.enumerated() {
            let error = ConvergeError(number: at + 1, name: "another", .init("what"))
            #expect(error.code == at + 1 && error.name == name && error.message == "what")
            #expect("\(error)" == "\(name): what" && error.localizedDescription == "\(error)")
        }
        #if CONVERGE_TEST_HOOKS
            #expect(Doc.errorKinds().map(\.name) == names && Doc.errorKinds().map(\.number) == Array(1...18))
        #endif
    }

    #if CONVERGE_TEST_HOOKS
        @Test("C3: each kind arrives from the library as itself, with all its fields")
        func eachKindArrives() {
            let details = ConvergeError.Details(
                "a test asked for it", eventID: EventID(peer: "p", counter: 1), peer: "q", limit: 2, offset: 3, path: "x")
            for (at, kind) in kinds.enumerated() {
                let error = failure(of: { try Doc.fail(with: Int32(at + 1)) })
                #expect(error == kind(details) && error?.code == at + 1 && error?.name == names[at])
            }
            let newer = failure(of: { try Doc.fail(with: 99) })
            #expect(newer == .other(number: 99, name: "newer_kind", details))
            // The calls that apps make most take another way.
            let doc = failure(of: { try Doc().update("1", in: "t", set: "a", to: 1) })
            #expect(doc?.code == 5 && doc?.name == "row_not_found")
        }
    #endif

    @Test("C3: kinds arrive from calls, with their fields")
    func kindsArrive() async throws {
        let doc = try oneRow()
        let before = try doc.digest()
        #expect(failure(of: { try doc.insert("", into: "t", [:]) })?.code == 1)
        #expect(failure(of: { try doc.page("t", limit: -1) })?.code == 1)
        #expect(failure(of: { try doc.insert("2", into: "t", ["a": .float(.nan)]) })?.code == 2)
        let long = failure(of: { try doc.insert("2", into: String(repeating: "t", count: 1025), [:]) })
        #expect(long?.code == 3 && long?.details.limit == 1024 && long?.message.contains("1025") == true)
        #expect(failure(of: { try doc.insert("1", into: "t", [:]) })?.code == 4)
        #expect(failure(of: { try doc.delete("2", from: "t") })?.code == 5)
        let malformed = failure(of: { try doc.mergeJSON("[{\"peer\":\"a\"}]") })
        #expect(malformed?.code == 6 && malformed?.details.path == "[0]" && malformed?.details.offset == 1)
        #expect(failure(of: { try doc.mergeRemote(Doc(decoding: doc.encodeReplica()).getPending(for: [:]).bytes.dropLast()) })?.code == 6)
        let other = try oneRow()
        #expect(failure(of: { try doc.mergeRemote(other.getPending(for: [:]).bytes) })?.code == 9)
        let store = try EphemeralStore()
        #expect(failure(of: { try store.set("k", in: "n", to: 1, timestamp: 9e15) })?.code == 10)
        #expect(try doc.digest() == before)
        do {
            try doc.delete("2", from: "t")
        } catch ConvergeError.rowNotFound(let details) {
            #expect(details.message.contains("\"2\""))
        }
    }

    @Test("C3: conflicting_event names the event")
    func conflictingEvent() throws {
        let options = OpenOptions(peer: "ann", document: Data(repeating: 1, count: 16))
        let (a, b) = (try Doc(options), try Doc(options))
        try a.insert("1", into: "t", ["a": 1])
        try b.insert("1", into: "t", ["a": 2])
        let error = failure(of: { try a.mergeRemote(b.getPendingRuns(for: [:]).runs) })
        #expect(error?.code == 8 && error?.details.eventID == EventID(peer: "ann", counter: 0))
        let other = failure(of: { try a.getPending(request: b.encodeRequest()) })
        #expect(other?.code == 8 && other?.details.eventID == EventID(peer: "ann", counter: 0))
        #expect(try b.fork(from: 0).freshPeer || b.peer != "ann")
        try a.sync(with: b)
        #expect(try a.digest() == b.digest())
    }

    @Test("C3: kinds of files")
    func kindsOfFiles() async throws {
        try await withFolder { folder in
            let path = folder.file("a.db")
            let doc = try Doc(path: path)
            try doc.insert("1", into: "t", [:])
            #expect(failure(of: { try Doc(path: path) })?.code == 12)
            let reader = try Doc(path: path, OpenOptions(readOnly: true))
            #expect(failure(of: { try reader.insert("2", into: "t", [:]) })?.code == 15)
            let missing = failure(of: { try Doc(path: folder.file("none/a.db")) })
            #expect(missing?.code == 14 && missing?.details.path?.contains("a.db") == true)
            try reader.close()
            try doc.close()
            try Data(repeating: 0x2a, count: 8192).write(to: URL(fileURLWithPath: folder.file("b.db")))
            #expect(failure(of: { try Doc(path: folder.file("b.db")) })?.code == 13)
        }
    }

    @Test("C4: a number that the package does not know is shown")
    func unknownNumber() {
        let error = ConvergeError(number: 99, name: "newer_kind", .init("what", limit: 5))
        #expect(error == .other(number: 99, name: "newer_kind", .init("what", limit: 5)))
        #expect(error.code == 99 && error.name == "newer_kind" && "\(error)" == "newer_kind (99): what")
        #if CONVERGE_TEST_HOOKS
            let arrived = failure(of: { try Doc.fail(with: 99) })
            #expect(arrived?.code == 99 && arrived?.name == "newer_kind" && arrived?.description.contains("99") == true)
        #endif
    }

    #if CONVERGE_TEST_HOOKS
        @Test("C5: a panic inside is `internal`, and the process lives")
        func panics() async throws {
            let (doc, other) = (try oneRow(), try oneRow())
            let changes = try doc.changes()
            let (reader, scan) = (try doc.subscribe(), try doc.scan("t"))
            let error = failure(of: { try doc.panicInside() })
            #expect(error?.code == 18 && error?.name == "internal")
            #expect(failure(of: { try doc.count("t") })?.code == 18)
            #expect(failure(of: { try doc.insert("2", into: "t", [:]) })?.code == 18)
            #expect(failure(of: { try scan.next() })?.code == 18)
            #expect(failure(of: { try reader.poll() })?.code == 18)
            reader.close()
            for await _ in changes { Issue.record("there is no change") }
            #expect(try other.count("t") == 1)
            let outside = failure(of: { try Doc.panicOutside() })
            #expect(outside?.code == 18 && outside?.message.contains("beside the document") == true)
            #expect(try other.count("t") == 1)
        }
    #endif

    @Test("C8: a library of another version is refused, and both versions are named")
    func otherVersion() throws {
        #expect(Library.version == Library.packageVersion)
        #expect(Library.mismatch(version: Library.packageVersion, interface: 0) == nil)
        for (version, interface) in [("9.8.7", UInt32(0)), (Library.packageVersion, 7)] {
            let error = try #require(Library.mismatch(version: version, interface: interface))
            #expect(error.code == 7 && error.message.contains(version) && error.message.contains(Library.packageVersion))
            #expect(error.message.contains("interface \(interface)"))
        }
    }

    @Test("C13: what is over a bound is refused, and nothing of the call is applied")
    func bounds() throws {
        let doc = try oneRow()
        let (before, events) = (try doc.digest(), try doc.events)
        let text = failure(of: { try doc.insert("2", into: "t", ["b": 1, "a": .string(String(repeating: "x", count: 1 << 20 + 1))]) })
        #expect(text?.code == 3 && text?.details.limit == 1 << 20)
        #expect(failure(of: { try doc.update("1", in: "t", set: "a", to: .bytes(Data(count: 1 << 20 + 1))) })?.details.limit == 1 << 20)
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(failure(of: { try doc.update("1", in: "t", set: "a", to: .float(value)) })?.code == 2)
            #expect(failure(of: { try doc.insertMany([("2", [:]), ("3", ["a": .float(value)])], into: "t") })?.code == 2)
        }
        #expect(failure(of: { try doc.insertMany([("2", [:]), ("1", [:])], into: "t") })?.code == 4)
        #expect(failure(of: { try doc.updateMany((0...65_536).map { CellUpdate("1", "a", .int($0)) }, in: "t") })?.code == 3)
        #expect(failure(of: { try fits(bytes: 3 << 30) })?.code == 3)
        #expect(try doc.digest() == before && doc.events == events)
        try doc.check()
    }

    @Test("C14: bytes that are nothing are `malformed`, and change nothing")
    func garbage() throws {
        let (doc, store) = (try oneRow(), try EphemeralStore())
        let before = try doc.digest()
        var generator = SplitMix(state: 14)
        let update = try doc.getPending(for: [:]).bytes
        for number in 0..<200 {
            var bytes = Data((0..<number).map { _ in UInt8.random(in: 0...255, using: &generator) })
            if number.isMultiple(of: 3), number > 0 { bytes = update.prefix(number % update.count) }
            for call: () throws -> Any in [
                { try doc.mergeRemote(bytes) }, { try doc.getPending(request: bytes) }, { try store.mergeBytes(bytes) },
            ] {
                let error = failure(of: call)
                #expect(error == nil && bytes.isEmpty || [6, 7].contains(error?.code), "\(String(describing: error))")
            }
            let decoded = failure(of: { try Doc(decoding: bytes) })
            #expect([6, 7, 13].contains(decoded?.code))
        }
        for text in ["", "{", "[1]", "\u{0}", String(repeating: "[", count: 100_000)] {
            #expect(failure(of: { try doc.mergeJSON(text) })?.code == 6)
            #expect(failure(of: { try store.mergeJSON(text) })?.code == 6)
        }
        #expect(try doc.digest() == before && store.entries == 0)
        try doc.check()
    }
}
