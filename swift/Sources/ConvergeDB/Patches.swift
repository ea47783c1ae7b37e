internal import ConvergeFFI

/// One step that turns the visible state before a call into the one after it.
public enum Patch: Sendable, Hashable {
    /// A cell of a row that stays appeared or changed its value.
    case setCell(table: String, rowID: String, column: String, value: Value)
    /// A row appeared, with all its visible cells, sorted by column.
    case insertRow(table: String, rowID: String, cells: [Cell])
    /// A row vanished. An `insertRow` of the same row follows when the row stayed but lost a cell.
    case deleteRow(table: String, rowID: String)

    /// The table.
    public var table: String {
        switch self {
        case .setCell(let table, _, _, _), .insertRow(let table, _, _), .deleteRow(let table, _): table
        }
    }

    /// The row.
    public var rowID: String {
        switch self {
        case .setCell(_, let rowID, _, _), .insertRow(_, let rowID, _), .deleteRow(_, let rowID): rowID
        }
    }

    /// The name of the patch: `set_cell`, `insert_row` or `delete_row`.
    public var type: String {
        switch self {
        case .setCell: "set_cell"
        case .insertRow: "insert_row"
        case .deleteRow: "delete_row"
        }
    }
}

/// What a merge did. All counts are events.
public struct MergeResult: Sendable, Hashable {
    /// What changed in the visible state, sorted by table, row and column.
    public var patches: [Patch]
    /// Events that were applied.
    public var applied: Int
    /// Events that were there already.
    public var duplicates: Int
    /// Events that wait for others after the call.
    public var pending: Int
    /// Waiting events that proved wrong or were dropped.
    public var rejected: Int
    /// The next write goes on under a fresh peer id.
    public var freshPeer: Bool
}

/// A patch, and who is behind it.
public struct ChangePatch: Sendable, Hashable {
    /// What changed.
    public var patch: Patch
    /// The peer whose write decided what shows now; `nil` for this replica itself.
    public var peer: String?
}

/// What a reader of changes is told.
public enum Change: Sendable, Hashable {
    /// What one transaction or one merge changed in the rows.
    case patches([ChangePatch])
    /// The reader was too slow and changes were dropped: read again what is of interest, then go on.
    case lagged

    /// The patches; none when the reader lagged.
    public var patches: [ChangePatch] { if case .patches(let patches) = self { patches } else { [] } }
}

extension Patch {
    init(_ patch: ConvergeFFI.Patch) {
        switch patch {
        case .setCell(let tbl, let rowId, let col, let value): self = .setCell(table: tbl, rowID: rowId, column: col, value: Value(value))
        case .insertRow(let tbl, let rowId, let cells): self = .insertRow(table: tbl, rowID: rowId, cells: [Cell](cells))
        case .deleteRow(let tbl, let rowId): self = .deleteRow(table: tbl, rowID: rowId)
        }
    }
}

extension MergeResult {
    init(_ result: ConvergeFFI.MergeResult) {
        self.init(
            patches: result.patches.map(Patch.init), applied: Int(clamping: result.applied), duplicates: Int(clamping: result.duplicates),
            pending: Int(clamping: result.pending), rejected: Int(clamping: result.rejected), freshPeer: result.freshPeer)
    }
}

extension ChangePatch {
    init(_ patch: ConvergeFFI.OriginPatch) {
        self.init(patch: Patch(patch.patch), peer: patch.origin)
    }
}
