import Foundation
internal import ConvergeFFI

/// When a write to a file returns.
public enum Durability: Sendable, Hashable {
    /// Once it is on the disk.
    case full
    /// Before. The death of the process loses nothing; a power cut may take the last transactions, but never part of one and never what a
    /// peer was given.
    case relaxed
}

/// How a ``Doc`` is made or opened. The default: a random peer id, a random document id, no times of day.
public struct OpenOptions: Sendable, Hashable {
    /// Write under this peer id. No other replica may, ever; `nil`, a random one, is the safe choice.
    public var peer: String?
    /// The document's id, 16 bytes; random unless given, or that of the first update that is merged.
    public var document: Data?
    /// Stamp each transaction with the time of day, for people to see in the history. It orders nothing.
    public var wallClock: Bool
    /// The most events that wait for others; 100,000 unless set.
    public var waitingEvents: Int?
    /// The most bytes that wait for others; 64 MiB unless set.
    public var waitingBytes: Int?
    /// When a write to a file returns.
    public var durability: Durability
    /// Open a file for reading only, beside whoever writes it. Writes are `read_only`.
    public var readOnly: Bool
    /// Refuse to make a file that is not there.
    public var mustExist: Bool
    /// The folder for the mark that tells a file from a copy of it; beside the file unless set.
    public var markFolder: String?

    /// Options, all with defaults.
    public init(
        peer: String? = nil, document: Data? = nil, wallClock: Bool = false, waitingEvents: Int? = nil, waitingBytes: Int? = nil,
        durability: Durability = .full, readOnly: Bool = false, mustExist: Bool = false, markFolder: String? = nil
    ) {
        self.peer = peer
        self.document = document
        self.wallClock = wallClock
        self.waitingEvents = waitingEvents
        self.waitingBytes = waitingBytes
        self.durability = durability
        self.readOnly = readOnly
        self.mustExist = mustExist
        self.markFolder = markFolder
    }

    func ffi() throws(ConvergeError) -> ConvergeFFI.DocOptions {
        try fits(bytes: (peer?.utf8.count ?? 0) + (document?.count ?? 0) + (markFolder?.utf8.count ?? 0))
        return ConvergeFFI.DocOptions(
            peer: peer, document: document, wallClock: wallClock, waitingEvents: try natural(waitingEvents, "waitingEvents"),
            waitingBytes: try natural(waitingBytes, "waitingBytes"), relaxed: durability == .relaxed, readOnly: readOnly,
            mustExist: mustExist, markFolder: markFolder)
    }
}

/// How an ``EphemeralStore`` is made.
public struct EphemeralOptions: Sendable, Hashable {
    /// Write under this peer id, usually the document's; random unless given.
    public var peer: String?
    /// How long an entry lives, in milliseconds, at least 1; `nil`: for ever.
    public var ttlMs: Int?
    /// The most entries; 100,000 unless set.
    public var entriesMax: Int?
    /// The most bytes of names and values; 64 MiB unless set.
    public var bytesMax: Int?
    /// Whether the store knows the time of day. Without, automatic timestamps count up from 0 and any timestamp within bounds gets in.
    public var wallClock: Bool
    /// Move its clocks by hand (``EphemeralStore/advance(ms:)``), for tests.
    public var manualClock: Bool

    /// How long an entry lives unless told otherwise, in milliseconds.
    public static let defaultTTLMs = 30_000

    /// Options, all with defaults.
    public init(
        peer: String? = nil, ttlMs: Int? = EphemeralOptions.defaultTTLMs, entriesMax: Int? = nil, bytesMax: Int? = nil,
        wallClock: Bool = true, manualClock: Bool = false
    ) {
        self.peer = peer
        self.ttlMs = ttlMs
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
        self.wallClock = wallClock
        self.manualClock = manualClock
    }

    func ffi() throws(ConvergeError) -> ConvergeFFI.StoreOptions {
        try fits(bytes: peer?.utf8.count ?? 0)
        return ConvergeFFI.StoreOptions(
            peer: peer, ttlMs: try natural(ttlMs, "ttlMs"), entriesMax: try natural(entriesMax, "entriesMax"),
            bytesMax: try natural(bytesMax, "bytesMax"), wallClock: wallClock, manualClock: manualClock)
    }
}
