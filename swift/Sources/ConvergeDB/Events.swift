internal import ConvergeFFI

/// For each peer the highest counter that is known.
public typealias Versions = [String: UInt64]

/// Names an event: its author and the author's counter.
public struct EventID: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The author.
    public var peer: String
    /// The author's counter.
    public var counter: UInt64

    /// The event `counter` of `peer`.
    public init(peer: String, counter: UInt64) {
        self.peer = peer
        self.counter = counter
    }

    /// Peer and counter with a colon between them.
    public var description: String { "\(peer):\(counter)" }
}

/// What an event does to one row.
public enum RowOp: Sendable, Hashable {
    /// Makes the row show, with these cells, in the order in which they were written; of two for one column the last counts.
    case insert(table: String, rowID: String, cells: [Cell])
    /// Writes one cell.
    case update(table: String, rowID: String, column: String, value: Value)
    /// Removes the row.
    case delete(table: String, rowID: String)

    /// The table.
    public var table: String {
        switch self {
        case .insert(let table, _, _), .update(let table, _, _, _), .delete(let table, _): table
        }
    }

    /// The row.
    public var rowID: String {
        switch self {
        case .insert(_, let rowID, _), .update(_, let rowID, _, _), .delete(_, let rowID): rowID
        }
    }

    /// The name of the operation: `insert`, `update` or `delete`.
    public var type: String {
        switch self {
        case .insert: "insert"
        case .update: "update"
        case .delete: "delete"
        }
    }
}

/// One row operation, with who made it and after what.
public struct Event: Sendable, Hashable, Identifiable {
    /// Its author and the author's counter.
    public var id: EventID
    /// The events that it follows: the author's frontier when it was made.
    public var deps: [EventID]
    /// Its place in the order of all writes: one more than the highest among its deps.
    public var lamport: UInt64
    /// Its transaction's wall-clock time in milliseconds since the Unix epoch, for people.
    public var at: Int64?
    /// What it does.
    public var op: RowOp
}

/// Consecutive events of one peer, each but the first depending on just the one before it.
///
/// Operation i has counter `counterStart + i` and Lamport time `lamportStart + i`.
public struct EventRun: Sendable, Hashable {
    /// The author.
    public var peer: String
    /// The first event's counter.
    public var counterStart: UInt64
    /// The first event's Lamport time.
    public var lamportStart: UInt64
    /// The first event's deps.
    public var deps: [EventID]
    /// The operations, at least one.
    public var ops: [RowOp]
    /// The lengths of the transactions; empty when each operation is its own.
    public var tx: [UInt32]
    /// The transactions' wall-clock times in milliseconds since the Unix epoch; empty when none has one.
    public var at: [Int64?]

    /// A run of operations.
    public init(
        peer: String, counterStart: UInt64, lamportStart: UInt64, deps: [EventID], ops: [RowOp], tx: [UInt32] = [], at: [Int64?] = []
    ) {
        self.peer = peer
        self.counterStart = counterStart
        self.lamportStart = lamportStart
        self.deps = deps
        self.ops = ops
        self.tx = tx
        self.at = at
    }
}

/// The events of one peer with counters from `start` up to, not including, `end`.
public struct EventRange: Sendable, Hashable {
    /// The author.
    public var peer: String
    /// The first counter.
    public var start: UInt64
    /// The counter after the last one.
    public var end: UInt64
}

/// How far a replica is.
public struct SyncState: Sendable, Hashable {
    /// The applied events that no other depends on, sorted.
    public var frontier: [EventID]
    /// For each peer the highest applied counter.
    public var versions: Versions
}

/// What a local write made: the counter and Lamport time of its first event, and the number of its events.
public struct Commit: Sendable, Hashable {
    /// The counter of its first event.
    public var counter: UInt64
    /// The Lamport time of its first event.
    public var lamport: UInt64
    /// The number of its events; 0 for a transaction without operations.
    public var events: Int

    init(_ commit: ConvergeFFI.Commit) {
        (counter, lamport, events) = (commit.counter, commit.lamport, Int(commit.events))
    }
}

extension EventID {
    init(_ id: ConvergeFFI.EventId) {
        self.init(peer: id.peer, counter: id.counter)
    }

    func ffi() throws(ConvergeError) -> ConvergeFFI.EventId {
        ConvergeFFI.EventId(peer: try fits(peer), counter: counter)
    }
}

/// Ids for a call, if one can carry them.
func ffi(_ ids: [EventID]) throws(ConvergeError) -> [ConvergeFFI.EventId] {
    try fits(bytes: ids.reduce(4) { $0 + $1.peer.utf8.count + 12 })
    return try translating { try ids.map { try $0.ffi() } }
}

/// Versions for a call, if one can carry them.
func fits(_ versions: Versions) throws(ConvergeError) -> Versions {
    try fits(bytes: versions.reduce(4) { $0 + $1.key.utf8.count + 12 })
    return versions
}

extension RowOp {
    init(_ op: ConvergeFFI.RowOp) {
        switch op {
        case .insert(let tbl, let rowId, let cells): self = .insert(table: tbl, rowID: rowId, cells: [Cell](cells))
        case .update(let tbl, let rowId, let col, let value): self = .update(table: tbl, rowID: rowId, column: col, value: Value(value))
        case .delete(let tbl, let rowId): self = .delete(table: tbl, rowID: rowId)
        }
    }

    var callBytes: Int {
        switch self {
        case .insert(let table, let rowID, let cells): table.utf8.count + rowID.utf8.count + cells.callBytes + 16
        case .update(let table, let rowID, let column, let value):
            table.utf8.count + rowID.utf8.count + column.utf8.count + value.callBytes + 24
        case .delete(let table, let rowID): table.utf8.count + rowID.utf8.count + 16
        }
    }

    func ffi() throws(ConvergeError) -> ConvergeFFI.RowOp {
        try fits(bytes: callBytes)
        switch self {
        case .insert(let table, let rowID, let cells): return .insert(tbl: table, rowId: rowID, cells: try cells.ffi())
        case .update(let table, let rowID, let column, let value):
            return .update(tbl: table, rowId: rowID, col: column, value: try value.ffi())
        case .delete(let table, let rowID): return .delete(tbl: table, rowId: rowID)
        }
    }
}

/// Operations for a call, if one can carry them.
func ffi(_ ops: [RowOp]) throws(ConvergeError) -> [ConvergeFFI.RowOp] {
    try fits(bytes: ops.reduce(4) { $0 + $1.callBytes })
    return try translating { try ops.map { try $0.ffi() } }
}

extension Event {
    init(_ event: ConvergeFFI.Event) {
        self.init(id: EventID(event.id), deps: event.deps.map(EventID.init), lamport: event.lamport, at: event.at, op: RowOp(event.op))
    }
}

extension EventRun {
    init(_ run: ConvergeFFI.EventRun) {
        self.init(
            peer: run.peer, counterStart: run.counterStart, lamportStart: run.lamportStart, deps: run.deps.map(EventID.init),
            ops: run.ops.map(RowOp.init), tx: run.tx, at: run.at)
    }

    var callBytes: Int {
        let fixed = peer.utf8.count + 64 + 4 * tx.count + 9 * at.count
        return ops.reduce(fixed) { $0 + $1.callBytes } + deps.reduce(0) { $0 + $1.peer.utf8.count + 12 }
    }

    func ffi() throws(ConvergeError) -> ConvergeFFI.EventRun {
        let (deps, ops) = (try ConvergeDB.ffi(deps), try ConvergeDB.ffi(ops))
        return ConvergeFFI.EventRun(
            peer: try fits(peer), counterStart: counterStart, lamportStart: lamportStart, deps: deps, ops: ops, tx: tx, at: at)
    }
}

extension SyncState {
    init(_ state: ConvergeFFI.SyncState) {
        self.init(frontier: state.frontier.map(EventID.init), versions: state.versions)
    }
}
