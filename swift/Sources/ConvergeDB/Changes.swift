import Foundation
internal import ConvergeFFI

/// A reader of a document's changes, oldest first, for code that pulls; ``Doc/changes(tables:rows:patchesMax:)`` is the stream over it.
///
/// It is one queue: of several who read it each gets some of the changes. Closing the document does not take away what is queued. Letting
/// go of it ends the subscription.
public final class Changes: Sendable {
    private let ffi: ConvergeFFI.Changes
    private let news = News()
    private let turns: DispatchQueue
    private let end = Locked(false)

    init(_ ffi: ConvergeFFI.Changes, turns: DispatchQueue) {
        self.ffi = ffi
        self.turns = turns
        ffi.setWaker(toWake: news)
    }

    deinit {
        close()
    }

    /// The next change if there is one now. It does not wait.
    public func poll() throws -> Change? {
        try look(timeoutMs: 0).change
    }

    /// Whether none comes any more, which a call has found: the document or this reader was closed, and all that was queued has been taken.
    public var isOver: Bool { end.with { $0 } }

    /// The next change. It blocks this thread for at most so many milliseconds, or for ever; `nil` when none came, or none comes any more,
    /// as ``isOver`` tells.
    @available(*, noasync, renamed: "next()")
    public func wait(timeoutMs: Int? = nil) throws -> Change? {
        try look(timeoutMs: try natural(timeoutMs, "timeoutMs")).change
    }

    /// The next change; `nil` when the document or this reader was closed, or the task is cancelled.
    public func next() async throws -> Change? {
        while !Task.isCancelled {
            do {
                let (change, isOver) = try await elsewhere(on: turns) { try self.look(timeoutMs: 0) }
                if change != nil || isOver { return change }
            } catch is CancellationError {
                return nil
            }
            await news.wait()
        }
        return nil
    }

    /// Ends the subscription. Whoever waits is told the end.
    public func close() {
        ffi.shut()
        news.wake()
    }

    /// The same, without waiting for the document's turn.
    func closeElsewhere() {
        turns.async { self.close() }
    }

    private func look(timeoutMs: UInt64?) throws(ConvergeError) -> (change: Change?, isOver: Bool) {
        switch try translating({ try ffi.next(timeoutMs: timeoutMs) }) {
        case .change(let patches): return (.patches(patches.map(ChangePatch.init)), false)
        case .lagged: return (.lagged, false)
        case .timeout: return (nil, false)
        case .closed:
            end.with { $0 = true }
            return (nil, true)
        }
    }
}

extension Doc {
    /// How many patches are kept for a slow reader unless told otherwise.
    public static let changesMax = 65_536

    /// What changes from now on: everything, or that of some tables and rows.
    ///
    /// The stream pulls: it takes a change from the document when the loop asks for one, and holds none itself. The document keeps at most
    /// `patchesMax` patches for it; then it drops them and the next element is ``Change/lagged``. With 0 it says just that something
    /// changed. A stream is for one loop; make one for each.
    ///
    /// It ends when the document is closed, and what was queued comes first. Cancelling the task ends the stream at once, and the
    /// subscription with it; so does letting go of it. A loop may call the document.
    public func changes(tables: [String]? = nil, rows: [RowKey]? = nil, patchesMax: Int = changesMax) throws -> AsyncStream<Change> {
        Self.stream(of: try subscribe(tables: tables, rows: rows, patchesMax: patchesMax))
    }

    static func stream(of reader: Changes) -> AsyncStream<Change> {
        // A document that has panicked has no more changes; its next call says why.
        AsyncStream { try? await reader.next() } onCancel: { reader.closeElsewhere() }
    }

    /// Keeps changes from now on for a reader that pulls, as ``changes(tables:rows:patchesMax:)``.
    public func subscribe(tables: [String]? = nil, rows: [RowKey]? = nil, patchesMax: Int = changesMax) throws -> Changes {
        let limit = try natural(patchesMax, "patchesMax") as UInt64
        _ = try fits(tables ?? [])
        _ = try fits((rows ?? []).flatMap { [$0.table, $0.rowID] })
        // Rows alone leave out all tables; neither asks for everything.
        let wanted = tables ?? (rows == nil ? nil : [])
        let tableRows = (rows ?? []).map { ConvergeFFI.TableRow(tbl: $0.table, rowId: $0.rowID) }
        return Changes(try translating { try ffi.subscribe(tables: wanted, tableRows: tableRows, patchesMax: limit) }, turns: turns)
    }
}
