internal import ConvergeFFI

/// A part of the log.
public struct LogPage: Sendable, Hashable {
    /// Events in causal order.
    public var events: [Event]
    /// What to ask with for the next page.
    public var next: Versions
    /// There is more.
    public var hasMore: Bool
}

/// How two versions stand to each other.
public enum Relation: Sendable, Hashable {
    /// Both stand for the same events.
    case equal
    /// The other one has all of this one's events and more.
    case before
    /// It has all of the other one's events and more.
    case after
    /// Each has events that the other one lacks.
    case concurrent
}

extension Doc {
    /// An applied event; `nil` if it is not applied here.
    public func event(_ id: EventID) throws -> Event? {
        try translating { try ffi.event(id: try id.ffi()) }.map(Event.init)
    }

    /// The applied events that `since` does not know, in causal order, at most `limit` of them.
    public func log(since: Versions = [:], limit: Int = 1000) throws -> LogPage {
        let (since, limit) = (try fits(since), try natural(limit, "limit") as UInt64)
        let page = try translating { try ffi.log(since: since, limit: limit) }
        return LogPage(events: page.events.map(Event.init), next: page.next, hasMore: page.hasMore)
    }

    /// The events that wrote a row, in the order of all writes.
    public func rowHistory(_ rowID: String, in table: String) throws -> [Event] {
        try translating { try ffi.rowHistory(tbl: try fits(table), rowId: try fits(rowID)) }.map(Event.init)
    }

    /// The events that wrote a cell, in the order of all writes.
    public func cellHistory(_ column: String, of rowID: String, in table: String) throws -> [Event] {
        try translating { try ffi.cellHistory(tbl: try fits(table), rowId: try fits(rowID), col: try fits(column)) }.map(Event.init)
    }

    /// A row as it showed at a version; `nil` if it did not.
    public func row(_ rowID: String, in table: String, asOf version: Versions) throws -> [String: Value]? {
        let version = try fits(version)
        let cells = try translating { try ffi.rowAsOf(tbl: try fits(table), rowId: try fits(rowID), version: version) }
        return cells.map { [Cell]($0).byColumn }
    }

    /// A table as it showed at a version.
    public func rows(_ table: String, asOf version: Versions) throws -> [Row] {
        let version = try fits(version)
        let rows = try translating { try ffi.tableAsOf(tbl: try fits(table), version: version) }
        return rows.map { Row(id: $0.rowId, cells: [Cell]($0.cells).byColumn) }
    }

    /// How two versions, given by their frontiers, stand to each other.
    public func compare(_ a: [EventID], _ b: [EventID]) throws -> Relation {
        let (a, b) = (try ConvergeDB.ffi(a), try ConvergeDB.ffi(b))
        return switch try translating({ try ffi.compare(a: a, b: b) }) {
        case .equal: .equal
        case .before: .before
        case .after: .after
        case .concurrent: .concurrent
        }
    }

    /// The newest events that both versions have.
    public func commonAncestors(_ a: [EventID], _ b: [EventID]) throws -> [EventID] {
        let (a, b) = (try ConvergeDB.ffi(a), try ConvergeDB.ffi(b))
        return try translating { try ffi.commonAncestors(a: a, b: b) }.map(EventID.init)
    }

    /// The events that the version `to` has and `from` lacks.
    public func eventsBetween(from: [EventID], to: [EventID]) throws -> [EventRange] {
        let (from, to) = (try ConvergeDB.ffi(from), try ConvergeDB.ffi(to))
        let ranges = try translating { try ffi.eventsBetween(from: from, to: to) }
        return ranges.map { EventRange(peer: $0.peer, start: $0.start, end: $0.end) }
    }

    /// Recomputes what the document holds the slow way, and throws `internal` where it differs. For tests.
    public func check() throws {
        try translating { try ffi.check() }
    }
}
