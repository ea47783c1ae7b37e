import Foundation
internal import ConvergeFFI

/// What an ephemeral key holds.
public struct Entry: Sendable, Hashable {
    /// The namespace.
    public var namespace: String
    /// The key.
    public var key: String
    /// The value; `nil` where it was removed.
    public var value: Value?
    /// Its place in the order of writes, in milliseconds.
    public var timestamp: Double
    /// Who wrote it.
    public var peer: String
    /// How long its holders have held it, in milliseconds, so that it ends everywhere after its time to live. ``EphemeralStore/get(_:in:)``
    /// and ``EphemeralStore/getAll(_:)`` do not tell it: there it is 0, so hand on what ``EphemeralStore/changedSince(_:)`` gives instead.
    public var ageMs: UInt64

    /// Whether the key was removed.
    public var isRemoved: Bool { value == nil }

    /// An entry, such as ``EphemeralStore/merge(_:)`` takes. Without a value it is a removal.
    public init(_ namespace: String, _ key: String, value: Value?, timestamp: Double, peer: String, ageMs: UInt64 = 0) {
        self.namespace = namespace
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.peer = peer
        self.ageMs = ageMs
    }
}

/// What happened to a key, or that the reader was too slow.
public enum EphemeralChange: Sendable, Hashable {
    /// It shows, and did not before.
    case added(Entry, isLocal: Bool)
    /// It shows another entry than before.
    case updated(Entry, isLocal: Bool)
    /// It was removed.
    case removed(Entry, isLocal: Bool)
    /// It reached the time to live; the entry is what it held.
    case expired(Entry, isLocal: Bool)
    /// Changes were dropped: read again what is of interest, then go on.
    case lagged

    /// The entry; `nil` when the reader lagged.
    public var entry: Entry? {
        switch self {
        case .added(let entry, _), .updated(let entry, _), .removed(let entry, _), .expired(let entry, _): entry
        case .lagged: nil
        }
    }
}

/// What became of the entries of a message.
public struct EphemeralCounts: Sendable, Hashable {
    /// Entries that were stored.
    public var changed: Int
    /// Entries that were equal to what is here, or lost against it.
    public var unchanged: Int
    /// Entries left out because they had reached the time to live.
    public var agedOut: Int
    /// Entries left out because their timestamp is too far ahead of the wall clock.
    public var fromTheFuture: Int
    /// The store's mark before the merge, for ``EphemeralStore/changedSince(_:)``.
    public var before: EphemeralMark
}

/// A moment of a store, to ask what changed since.
public struct EphemeralMark: Sendable, Hashable {
    var number: UInt64

    /// Before everything.
    public static let start = EphemeralMark(number: 0)
}

/// A message, and the mark to ask with for the next one.
public struct EphemeralUpdate: Sendable, Hashable {
    /// What to send; empty when nothing changed.
    public var bytes: Data
    /// The mark after it.
    public var mark: EphemeralMark
}

extension Entry {
    init(_ entry: ConvergeFFI.Entry) {
        self.init(entry.ns, entry.key, value: entry.value.map(Value.init), timestamp: entry.timestamp, peer: entry.peer, ageMs: entry.ageMs)
    }

    func ffi() throws(ConvergeError) -> ConvergeFFI.Entry {
        let value: ConvergeFFI.Value? = if let value { try value.ffi() } else { nil }
        return ConvergeFFI.Entry(
            ns: try fits(namespace), key: try fits(key), value: value, timestamp: timestamp, peer: try fits(peer), ageMs: ageMs)
    }

    var callBytes: Int { namespace.utf8.count + key.utf8.count + peer.utf8.count + (value?.callBytes ?? 0) + 40 }
}

extension EphemeralCounts {
    init(_ counts: ConvergeFFI.EphemeralCounts) {
        self.init(
            changed: Int(clamping: counts.changed), unchanged: Int(clamping: counts.unchanged), agedOut: Int(clamping: counts.agedOut),
            fromTheFuture: Int(clamping: counts.fromTheFuture), before: EphemeralMark(number: counts.before))
    }
}
