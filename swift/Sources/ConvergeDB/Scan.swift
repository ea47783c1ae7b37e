import Foundation
internal import ConvergeFFI

/// Which rows a scan gives: those whose ids keep all of these conditions, in the order of their UTF-8 bytes.
public struct ScanRange: Sendable, Hashable {
    /// Only ids that are this one or greater.
    public var start: String?
    /// Only ids that are less than this one.
    public var stop: String?
    /// Only ids that begin with this.
    public var prefix: String?
    /// Only ids that are greater than this one: the last row of the page before.
    public var after: String?

    /// The rows that keep all conditions that are given.
    public init(start: String? = nil, stop: String? = nil, prefix: String? = nil, after: String? = nil) {
        self.start = start
        self.stop = stop
        self.prefix = prefix
        self.after = after
    }

    /// All rows.
    public static let all = ScanRange()

    /// The rows whose ids begin with `prefix`.
    public static func prefix(_ prefix: String) -> ScanRange { ScanRange(prefix: prefix) }

    /// The rows after `rowID`: the next page, when that was the last row of one.
    public static func after(_ rowID: String) -> ScanRange { ScanRange(after: rowID) }

    func ffi() throws(ConvergeError) -> ConvergeFFI.Range {
        _ = try fits([start, stop, prefix, after].compactMap { $0 })
        return ConvergeFFI.Range(
            from: start.map { .included(rowId: $0) } ?? .open, to: stop.map { .excluded(rowId: $0) } ?? .open, prefix: prefix, after: after)
    }
}

/// The rows of a table in the order of their ids, fetched page by page while others write.
///
/// Each page is the table as it is at one moment, and the next goes on after its last row: a row that shows all the while comes exactly
/// once; one that comes or goes meanwhile may be met or missed. A scan is one pass: of several who read it each gets some of the rows.
///
/// An error moves nothing: the next call tries again.
public final class Scan: Sendable {
    private static let pageRows: UInt64 = 256
    private let ffi: ConvergeFFI.Scan
    private let turns: DispatchQueue
    private let fetched = Locked<ArraySlice<Row>>([])

    init(_ ffi: ConvergeFFI.Scan, turns: DispatchQueue) {
        self.ffi = ffi
        self.turns = turns
    }

    /// The next row; `nil` when there is no more.
    public func next() throws -> Row? {
        while true {
            if let row = held() { return row }
            // Without the lock: it waits for the document's turn, and whoever has that may read this scan too.
            let page = try PackedReader.rows(try translating { try ffi.nextPacked(limit: Self.pageRows) })
            if page.isEmpty { return held() }
            fetched.with { $0 += page }
        }
    }

    /// The next row of those that were fetched.
    private func held() -> Row? {
        fetched.with { $0.popFirst() }
    }

    /// The same as ``next()``; it waits for a page elsewhere.
    fileprivate func nextElsewhere() async throws -> Row? {
        if let row = held() { return row }
        return try await elsewhere(on: turns) { try self.next() }
    }

    /// The rows that are left.
    public func all() throws -> [Row] {
        var rows = [Row]()
        while let row = try next() { rows.append(row) }
        return rows
    }

    /// Calls `body` for each row that is left, and ends with the first error.
    public func forEach(_ body: (Row) throws -> Void) throws {
        while let row = try next() { try body(row) }
    }
}

extension Scan: AsyncSequence {
    public typealias Element = Row

    /// Reads the scan on.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let scan: Scan

        /// The next row; `nil` when there is no more. Pages are fetched off the thread that `async` code runs on.
        public mutating func next() async throws -> Row? { try await scan.nextElsewhere() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(scan: self) }
}
