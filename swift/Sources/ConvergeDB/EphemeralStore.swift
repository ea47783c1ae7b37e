import Foundation
internal import ConvergeFFI

/// Presence: registers by namespace and key that age, end by themselves and are never on disk.
///
/// Any thread may use it. After ``close()`` every call is ``ConvergeError/closed(_:)``; letting go of the last reference closes it too.
public final class EphemeralStore: Sendable {
    let ffi: ConvergeFFI.EphemeralStore

    /// A new, empty store.
    public init(_ options: EphemeralOptions = EphemeralOptions()) throws {
        try Library.ready()
        let options = try options.ffi()
        ffi = try translating { try ConvergeFFI.EphemeralStore(options: options) }
    }

    /// Closes the store. Closing twice is fine. Whoever waits for changes is told the end.
    public func close() throws {
        try translating { try ffi.shut() }
    }

    /// The peer id that it writes under.
    public var peer: String {
        get throws { try translating { try ffi.peer() } }
    }

    /// How long an entry lives, in milliseconds; `nil`: for ever.
    public var ttlMs: Int? {
        get throws { try translating { try ffi.ttlMs() }.map { Int(clamping: $0) } }
    }

    /// The number of entries, removed ones included.
    public var entries: Int {
        get throws { Int(clamping: try translating { try ffi.entries() }) }
    }

    /// The bytes of names and values.
    public var bytes: Int {
        get throws { Int(clamping: try translating { try ffi.bytes() }) }
    }

    /// Writes an entry; whether it was stored. Without `timestamp` the store stamps it so that it is.
    @discardableResult
    public func set(_ key: String, in namespace: String, to value: Value, timestamp: Double? = nil) throws -> Bool {
        let value = try value.ffi()
        return try translating { try ffi.set(ns: try fits(namespace), key: try fits(key), value: value, timestamp: timestamp) }
    }

    /// Removes an entry; whether the removal was stored.
    @discardableResult
    public func remove(_ key: String, from namespace: String, timestamp: Double? = nil) throws -> Bool {
        try translating { try ffi.remove(ns: try fits(namespace), key: try fits(key), timestamp: timestamp) }
    }

    /// The entry that shows at a key.
    public func get(_ key: String, in namespace: String) throws -> Entry? {
        try translating { try ffi.get(ns: try fits(namespace), key: try fits(key)) }.map(Entry.init)
    }

    /// The entries that show in a namespace, sorted by key.
    public func getAll(_ namespace: String) throws -> [Entry] {
        try translating { try ffi.getAll(ns: try fits(namespace)) }.map(Entry.init)
    }

    /// The namespaces in which an entry shows, sorted.
    public func namespaces() throws -> [String] {
        try translating { try ffi.namespaces() }
    }

    /// Takes in entries, checked as a whole first: those that were stored, and what became of all.
    @discardableResult
    public func merge(_ entries: [Entry]) throws -> (changed: [Entry], counts: EphemeralCounts) {
        try fits(bytes: entries.reduce(4) { $0 + $1.callBytes })
        let merged = try translating { try ffi.merge(entriesToMerge: try entries.map { try $0.ffi() }) }
        return (merged.changed.map(Entry.init), EphemeralCounts(merged.counts))
    }

    /// Takes in a message of another store.
    @discardableResult
    public func mergeBytes(_ message: Data) throws -> EphemeralCounts {
        EphemeralCounts(try translating { try ffi.mergeBytes(message: try fits(message)) })
    }

    /// These namespaces as a message, all of them for `nil`.
    public func encode(_ namespaces: [String]? = nil) throws -> Data {
        _ = try fits(namespaces ?? [])
        return try translating { try ffi.encode(namespaces: namespaces) }
    }

    /// What changed since a mark, as a message.
    public func encodeSince(_ mark: EphemeralMark = .start) throws -> EphemeralUpdate {
        let update = try translating { try ffi.encodeSince(mark: mark.number) }
        return EphemeralUpdate(bytes: update.bytes, mark: EphemeralMark(number: update.mark))
    }

    /// What changed since a mark.
    public func changedSince(_ mark: EphemeralMark) throws -> [Entry] {
        try translating { try ffi.changedSince(mark: mark.number) }.map(Entry.init)
    }

    /// The mark of this moment.
    public func mark() throws -> EphemeralMark {
        EphemeralMark(number: try translating { try ffi.mark() })
    }

    /// Ends what has reached the time to live: what went.
    @discardableResult
    public func expire() throws -> [Entry] {
        try translating { try ffi.expire() }.map(Entry.init)
    }

    /// Hides what a departed peer wrote, key by key: the removals.
    @discardableResult
    public func removePeer(_ peer: String) throws -> [Entry] {
        try translating { try ffi.removePeer(peer: try fits(peer)) }.map(Entry.init)
    }

    /// Moves the clock of a store whose clocks are moved by hand.
    public func advance(ms: Int) throws {
        let ms = try natural(ms, "ms") as UInt64
        try translating { try ffi.advance(ms: ms) }
    }

    /// Sets the time of day of a store whose clocks are moved by hand, in milliseconds since the Unix epoch.
    public func setWall(ms: Int64) throws {
        try translating { try ffi.setWall(ms: ms) }
    }
}

/// JSON text in and out.
extension EphemeralStore {
    /// As ``set(_:in:to:timestamp:)``.
    @discardableResult
    public func setJSON(_ key: String, in namespace: String, to value: String, timestamp: Double? = nil) throws -> Bool {
        try translating { try ffi.setJson(ns: try fits(namespace), key: try fits(key), value: try fits(value), timestamp: timestamp) }
    }

    /// As ``get(_:in:)``.
    public func getJSON(_ key: String, in namespace: String) throws -> String? {
        try translating { try ffi.getJson(ns: try fits(namespace), key: try fits(key)) }
    }

    /// As ``getAll(_:)``: `{key: entry}`.
    public func getAllJSON(_ namespace: String) throws -> String {
        try translating { try ffi.getAllJson(ns: try fits(namespace)) }
    }

    /// As ``merge(_:)``: takes and gives `{namespace: {key: entry}}`.
    @discardableResult
    public func mergeJSON(_ entries: String) throws -> String {
        try translating { try ffi.mergeJson(entries: try fits(entries)) }
    }

    /// As ``expire()``.
    @discardableResult
    public func expireJSON() throws -> String {
        try translating { try ffi.expireJson() }
    }

    /// As ``removePeer(_:)``.
    @discardableResult
    public func removePeerJSON(_ peer: String) throws -> String {
        try translating { try ffi.removePeerJson(peer: try fits(peer)) }
    }
}
