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
public final class Scan: Sendable {
    private static let pageRows: UInt64 = 256
    private let ffi: ConvergeFFI.Scan
    private let fetched = Locked<(rows: ArraySlice<Row>, isOver: Bool)>(([], false))

    init(_ ffi: ConvergeFFI.Scan) {
        self.ffi = ffi
    }

    /// The next row; `nil` when there is no more.
    public func next() throws -> Row? {
        try translating {
            try fetched.with { fetched in
                if fetched.rows.isEmpty && !fetched.isOver {
                    fetched.isOver = true
                    let page = try PackedReader.rows(try ffi.nextPacked(limit: Self.pageRows))
                    fetched = (page[...], page.isEmpty)
                }
                return fetched.rows.popFirst()
            }
        }
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

        /// The next row; `nil` when there is no more.
        public mutating func next() async throws -> Row? { try scan.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(scan: self) }
}
