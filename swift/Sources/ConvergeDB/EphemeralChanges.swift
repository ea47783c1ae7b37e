internal import ConvergeFFI

/// A reader of a store's changes, oldest first, for code that pulls; ``EphemeralStore/changes(limit:expireEvery:)`` is the stream over it.
///
/// It is one queue: of several who read it each gets some of the changes. Letting go of it ends the subscription.
public final class EphemeralChanges: Sendable {
    private let ffi: ConvergeFFI.EphemeralChanges
    private let news = News()
    private let end = Locked(false)
    /// When what has reached its time to live is ended next, where that is asked for.
    private let due = Locked<ContinuousClock.Instant?>(nil)

    init(_ ffi: ConvergeFFI.EphemeralChanges) {
        self.ffi = ffi
        ffi.setWaker(toWake: news)
    }

    deinit {
        close()
    }

    /// The next change if there is one now. It does not wait.
    public func poll() throws -> EphemeralChange? {
        try look(timeoutMs: 0).change
    }

    /// Whether none comes any more, which a call has found: the store or this reader was closed, and all that was queued has been taken.
    public var isOver: Bool { end.with { $0 } }

    /// The next change. It blocks this thread for at most so many milliseconds, or for ever; `nil` when none came, or none comes any more,
    /// as ``isOver`` tells.
    @available(*, noasync, renamed: "next()")
    public func wait(timeoutMs: Int? = nil) throws -> EphemeralChange? {
        try look(timeoutMs: try natural(timeoutMs, "timeoutMs")).change
    }

    /// The next change; `nil` when the store or this reader was closed, or the task is cancelled.
    public func next() async throws -> EphemeralChange? {
        try await next(pausing: nil) {}
    }

    /// The same; `idle` is called every `pause`, whether there is news or not.
    func next(pausing pause: Duration?, _ idle: @Sendable () -> Void) async throws(ConvergeError) -> EphemeralChange? {
        while !Task.isCancelled {
            if let pause, isDue(every: pause) { idle() }
            let (change, isOver) = try look(timeoutMs: 0)
            if change != nil || isOver { return change }
            if let due = due.with({ $0 }) { await news.wait(atMost: due - .now) } else { await news.wait() }
        }
        return nil
    }

    /// Whether the pause is over; then the next one begins.
    private func isDue(every pause: Duration) -> Bool {
        // No clock goes past its end, which a century may be; and a pause that is none would keep a processor busy.
        let next = ContinuousClock.now + min(max(pause, .milliseconds(1)), .seconds(3_155_760_000))
        return due.with { due in
            let isOver = due.map { $0 <= .now } ?? false
            if isOver || due == nil { due = next }
            return isOver
        }
    }

    /// Ends the subscription. Whoever waits is told the end.
    public func close() {
        ffi.shut()
        news.wake()
    }

    private func look(timeoutMs: UInt64?) throws(ConvergeError) -> (change: EphemeralChange?, isOver: Bool) {
        switch try translating({ try ffi.next(timeoutMs: timeoutMs) }) {
        case .change(.added, let entry, let local): return (.added(Entry(entry), isLocal: local), false)
        case .change(.updated, let entry, let local): return (.updated(Entry(entry), isLocal: local), false)
        case .change(.removed, let entry, let local): return (.removed(Entry(entry), isLocal: local), false)
        case .change(.expired, let entry, let local): return (.expired(Entry(entry), isLocal: local), false)
        case .lagged: return (.lagged, false)
        case .timeout: return (nil, false)
        case .closed:
            end.with { $0 = true }
            return (nil, true)
        }
    }
}

extension EphemeralStore {
    /// What changes from now on.
    ///
    /// The stream pulls, as ``Doc/changes(tables:rows:patchesMax:)`` does: the store keeps at most `limit` changes for it, then drops them
    /// and says ``EphemeralChange/lagged``. While somebody reads, it calls ``expire()`` every `expireEvery`, a millisecond at least, so
    /// that what ends is told, also where there is other news all the time; with `nil` somebody else has to. It keeps no store open: it
    /// ends when the store is closed, and when the last reference to it is gone.
    public func changes(limit: Int = Doc.changesMax, expireEvery: Duration? = .seconds(1)) throws -> AsyncStream<EphemeralChange> {
        let reader = try subscribe(limit: limit)
        let expire: @Sendable () -> Void = { [weak self] in
            // Where it was closed the reader is told so by itself.
            _ = try? self?.expire()
        }
        return AsyncStream { try? await reader.next(pausing: expireEvery, expire) } onCancel: { reader.close() }
    }

    /// Keeps changes from now on for a reader that pulls.
    public func subscribe(limit: Int = Doc.changesMax) throws -> EphemeralChanges {
        let limit = try natural(limit, "limit") as UInt64
        return EphemeralChanges(try translating { try ffi.subscribe(limit: limit) })
    }
}
