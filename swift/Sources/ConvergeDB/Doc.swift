import Foundation
internal import ConvergeFFI

/// A document: tables of rows, and every write that made them, in memory or in one file.
///
/// Any thread may use it; calls on one document take turns. A call takes about a microsecond once it has its turn, and waits for that as
/// long as the turn before takes: a write to a file returns once it is on the disk, a large merge, a query or a backup once it is done.
/// That goes for calls that only read too, and those about the history read the file besides. So from `async` code, and on the main thread,
/// use ``open(_:_:)`` and ``background(_:)``, which wait elsewhere.
///
/// After ``close()`` every call is ``ConvergeError/closed(_:)``. Letting go of the last reference closes it too. Both wait for their turn
/// and for the disk, and so does the end of a subscription for the turn: where that matters,
/// `try await doc.background { try $0.close() }`.
public final class Doc: Sendable {
    let ffi: ConvergeFFI.Doc
    /// Where what waits for this document waits, one after the other, so that they hold up one thread at most.
    let turns = DispatchQueue(label: "dev.convergedb.doc", target: waiting)

    init(_ ffi: ConvergeFFI.Doc) {
        self.ffi = ffi
    }

    /// A new, empty document in memory.
    public convenience init(_ options: OpenOptions = OpenOptions()) throws {
        try Library.ready()
        let options = try options.ffi()
        self.init(try translating { try ConvergeFFI.Doc.inMemory(options: options) })
    }

    /// A document in a file, which is made if it is not there.
    ///
    /// One handle at a time may write a file, in this process or another (`already_open`); any number may read beside it with
    /// ``OpenOptions/readOnly``. What opening came to says ``opened``.
    public convenience init(path: String, _ options: OpenOptions = OpenOptions()) throws {
        try Library.ready()
        let options = try options.ffi()
        self.init(try translating { try ConvergeFFI.Doc.open(path: try fits(path), options: options) })
    }

    /// A document in memory from what ``encodeReplica()`` or ``encodeState()`` made.
    ///
    /// With ``OpenOptions/peer`` given as the stored peer id it resumes as that peer: safe only where the bytes are the latest of it, and
    /// nobody else resumes too. Without, it is a new replica of the same document.
    public convenience init(decoding replica: Data, _ options: OpenOptions = OpenOptions()) throws {
        try Library.ready()
        let options = try options.ffi()
        self.init(try translating { try ConvergeFFI.Doc.decode(bytes: try fits(replica), options: options) })
    }

    /// Opens a document in a file off the caller's thread, as ``init(path:_:)`` does on it.
    public static func open(_ path: String, _ options: OpenOptions = OpenOptions()) async throws -> Doc {
        try await elsewhere(on: waiting) { try Doc(path: path, options) }
    }

    /// Runs work on the document off the caller's thread: `try await doc.background { try $0.insert(…) }`. It is for whatever may have to
    /// wait, for the disk or for other calls; for reads as well as for writes.
    ///
    /// Of one document one work runs at a time, in the order of the calls. So what waits for something else, such as
    /// ``Changes/wait(timeoutMs:)``, belongs on a thread of its own. Nothing of a work runs if the task is cancelled before it begins,
    /// which is a `CancellationError`; once it runs it runs to its end.
    @discardableResult
    public func background<T: Sendable>(_ work: @escaping @Sendable (Doc) throws -> T) async throws -> T {
        try await elsewhere(on: turns) { try work(self) }
    }

    /// Closes the document. Closing twice is fine. Whoever waits for changes is told the end.
    public func close() throws {
        try translating { try ffi.shut() }
    }

    /// The peer id that it writes under.
    public var peer: String {
        get throws { try translating { try ffi.peer() } }
    }

    /// The document's id: 16 bytes.
    public var documentID: Data {
        get throws { try translating { try ffi.documentId() } }
    }

    /// Whether the next write goes on under a fresh peer id, because this one turned out to be used elsewhere.
    public var needsFreshPeer: Bool {
        get throws { try translating { try ffi.needsFreshPeer() } }
    }

    /// The number of applied events.
    public var events: Int {
        get throws { Int(clamping: try translating { try ffi.events() }) }
    }

    /// The number of events that wait for others.
    public var waitingEvents: Int {
        get throws { Int(clamping: try translating { try ffi.waitingEvents() }) }
    }

    /// A time-ordered id for a new row, unique among all devices.
    public func newRowID() throws -> String {
        try translating { try ffi.newRowId() }
    }
}

/// Where calls wait, so that they hold up no thread that `async` code runs on.
private let waiting = DispatchQueue(label: "dev.convergedb.waiting", qos: .userInitiated, attributes: .concurrent)

/// Runs work on a queue. A task that is cancelled before the work began does not wait for it, and it does not run.
func elsewhere<T: Sendable>(on queue: DispatchQueue, _ work: @escaping @Sendable () throws -> T) async throws -> T {
    let asked = Locked<(continuation: CheckedContinuation<T, any Error>?, isOver: Bool)>((nil, false))
    // Who takes the continuation, the work or the end of the task, goes on with it.
    let take: @Sendable () -> CheckedContinuation<T, any Error>? = {
        asked.with { asked in
            defer { asked = (nil, true) }
            return asked.continuation
        }
    }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            let isOver = asked.with { asked in
                asked.continuation = continuation
                return asked.isOver
            }
            if isOver { return continuation.resume(throwing: CancellationError()) }
            queue.async { take()?.resume(with: Result { try work() }) }
        }
    } onCancel: {
        take()?.resume(throwing: CancellationError())
    }
}
