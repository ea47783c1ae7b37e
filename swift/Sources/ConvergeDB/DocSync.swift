import Foundation
internal import ConvergeFFI

/// How much a page of what a peer lacks may hold. It holds one transaction at least.
public struct PageLimit: Sendable, Hashable {
    /// The most events; the engine's default unless set.
    public var events: Int?
    /// The most bytes; the engine's default unless set.
    public var bytes: Int?

    /// Limits, with the engine's defaults.
    public init(events: Int? = nil, bytes: Int? = nil) {
        self.events = events
        self.bytes = bytes
    }

    var asked: (events: UInt64?, bytes: UInt64?) {
        get throws { (try natural(events, "events"), try natural(bytes, "bytes")) }
    }
}

/// What another replica lacks, or a part of it, as bytes for its ``Doc/mergeRemote(_:patches:)``.
public struct UpdatePage: Sendable, Hashable {
    /// What to send; empty when the peer lacks nothing.
    public var bytes: Data
    /// There is more: ask again once this is merged.
    public var hasMore: Bool
}

/// What another replica lacks, or a part of it, as plain data.
public struct RunsPage: Sendable, Hashable {
    /// The events.
    public var runs: [EventRun]
    /// There is more: ask again once this is merged.
    public var hasMore: Bool
}

/// How many events each of two replicas got from the other.
public struct SyncCounts: Sendable, Hashable {
    /// The events that this replica got.
    public var received: Int
    /// The events that the other one got.
    public var sent: Int
}

extension Doc {
    /// How far this replica is.
    public func syncState() throws -> SyncState {
        SyncState(try translating { try ffi.syncState() })
    }

    /// For each peer the highest applied counter: what another replica's ``getPending(for:limit:)`` takes.
    public func versions() throws -> Versions {
        try translating { try ffi.versions() }
    }

    /// The applied events that no other depends on, sorted.
    public func frontier() throws -> [EventID] {
        try translating { try ffi.frontier() }.map(EventID.init)
    }

    /// What this replica knows, as bytes for another one's ``getPending(request:limit:)``. Unlike plain versions it shows when two devices
    /// write under one peer id.
    public func encodeRequest() throws -> Data {
        try translating { try ffi.encodeRequest() }
    }

    /// What a replica of these versions lacks, as bytes. A long history comes in pages.
    public func getPending(for known: Versions, limit: PageLimit = PageLimit()) throws -> UpdatePage {
        let (known, limit) = (try fits(known), try limit.asked)
        let page = try translating { try ffi.encodeUpdate(known: known, eventsMax: limit.events, bytesMax: limit.bytes) }
        return UpdatePage(bytes: page.bytes, hasMore: page.hasMore)
    }

    /// What the replica that made the request lacks, as bytes. A long history comes in pages.
    public func getPending(request: Data, limit: PageLimit = PageLimit()) throws -> UpdatePage {
        let (request, limit) = (try fits(request), try limit.asked)
        let page = try translating { try ffi.encodePending(request: request, eventsMax: limit.events, bytesMax: limit.bytes) }
        return UpdatePage(bytes: page.bytes, hasMore: page.hasMore)
    }

    /// What a replica of these versions lacks, as plain data.
    public func getPendingRuns(for known: Versions, limit: PageLimit = PageLimit()) throws -> RunsPage {
        let (known, limit) = (try fits(known), try limit.asked)
        let page = try translating { try ffi.getPending(known: known, eventsMax: limit.events, bytesMax: limit.bytes) }
        return RunsPage(runs: page.runs.map(EventRun.init), hasMore: page.hasMore)
    }

    /// Merges the bytes of another replica's `getPending`, all or nothing. Without `patches` it does not tell what changed, which saves
    /// making that.
    @discardableResult
    public func mergeRemote(_ update: Data, patches: Bool = true) throws -> MergeResult {
        let update = try fits(update)
        return MergeResult(try translating { patches ? try ffi.mergeUpdate(update: update) : try ffi.mergeUpdateQuiet(update: update) })
    }

    /// Merges events of plain data, all or nothing.
    @discardableResult
    public func mergeRemote(_ runs: [EventRun]) throws -> MergeResult {
        try fits(bytes: runs.reduce(4) { $0 + $1.callBytes })
        return MergeResult(try translating { try ffi.mergeRemote(runs: try runs.map { try $0.ffi() }) })
    }

    /// Brings this replica and another one of the same document, in this process, to the same state, page by page.
    @discardableResult
    public func sync(with other: Doc) throws -> SyncCounts {
        SyncCounts(received: try pull(from: other), sent: try other.pull(from: self))
    }

    private func pull(from other: Doc) throws -> Int {
        var applied = 0
        while true {
            let page = try other.getPending(request: try encodeRequest())
            applied += try mergeRemote(page.bytes, patches: false).applied
            if !page.hasMore { return applied }
        }
    }

    /// The ids that waiting events wait for and that are neither applied nor waiting.
    public func missing() throws -> [EventID] {
        try translating { try ffi.missing() }.map(EventID.init)
    }

    /// Forgets all events that wait for others, and says how many there were. They can come again.
    @discardableResult
    public func dropWaiting() throws -> Int {
        Int(clamping: try translating { try ffi.dropWaiting() })
    }

    /// Goes on under a fresh peer id from the own counter `counter`, because another device writes under this one too. What only this
    /// replica had is written again under the new id.
    @discardableResult
    public func fork(from counter: UInt64) throws -> MergeResult {
        MergeResult(try translating { try ffi.fork(from: counter) })
    }

    /// The whole replica as bytes, for ``init(decoding:_:)``.
    public func encodeReplica() throws -> Data {
        try translating { try ffi.encodeReplica() }
    }

    /// The replica without its history as bytes, for ``init(decoding:_:)``: it reads, writes and merges, but has no older history.
    public func encodeState() throws -> Data {
        try translating { try ffi.encodeState() }
    }

    /// The SHA-256 of the visible state: equal on every replica that has applied the same events.
    public func digest() throws -> Data {
        try translating { try ffi.digest() }
    }
}
