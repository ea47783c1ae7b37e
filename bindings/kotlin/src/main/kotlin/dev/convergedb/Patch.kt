package dev.convergedb

import dev.convergedb.ffi.MergeResult as FfiMergeResult
import dev.convergedb.ffi.OriginPatch as FfiOriginPatch
import dev.convergedb.ffi.Patch as FfiPatch

/** One step that turns the visible state before a call into the one after it. */
public sealed class Patch {
    /** The table. */
    public abstract val table: String

    /** The row. */
    public abstract val rowId: String

    /** A cell of a row that stays appeared or changed its value. */
    public data class SetCell(
        override val table: String,
        override val rowId: String,
        /** The column. */
        val column: String,
        /** The value that it shows now. */
        val value: Value,
    ) : Patch()

    /** A row appeared, with all its visible cells, sorted by column. */
    public data class InsertRow(
        override val table: String,
        override val rowId: String,
        /** Its cells. */
        val values: Map<String, Value>,
    ) : Patch()

    /** A row vanished. An [InsertRow] of the same row follows where the row stayed but lost a cell. */
    public data class DeleteRow(override val table: String, override val rowId: String) : Patch()

    internal companion object {
        fun of(patch: FfiPatch): Patch =
            when (patch) {
                is FfiPatch.SetCell -> SetCell(patch.tbl, patch.rowId, patch.col, Value.of(patch.value))
                is FfiPatch.InsertRow -> InsertRow(patch.tbl, patch.rowId, valuesOf(patch.cells))
                is FfiPatch.DeleteRow -> DeleteRow(patch.tbl, patch.rowId)
            }
    }
}

/** What a merge did. All counts are events. */
public data class MergeResult(
    /** What changed in the visible state; empty if it was not asked for. */
    public val patches: List<Patch>,
    /** Events that were applied. */
    public val applied: Long,
    /** Events that were there already. */
    public val duplicates: Long,
    /** Events that wait for others after the call. */
    public val pending: Long,
    /** Waiting events that proved wrong or were dropped. */
    public val rejected: Long,
    /** The next write goes on under a fresh peer id. */
    public val freshPeer: Boolean,
) {
    internal companion object {
        fun of(result: FfiMergeResult) =
            MergeResult(
                result.patches.map(Patch::of),
                result.applied.toLong(),
                result.duplicates.toLong(),
                result.pending.toLong(),
                result.rejected.toLong(),
                result.freshPeer,
            )
    }
}

/** A patch, and who is behind it: another peer, or null for this replica itself. */
public data class ChangePatch(public val patch: Patch, public val peer: String?) {
    internal companion object {
        fun of(patch: FfiOriginPatch) = ChangePatch(Patch.of(patch.patch), patch.origin)
    }
}

/**
 * What one transaction or one merge changed in the rows.
 *
 * With [lagged] the reader was too slow and changes were dropped: read again what is of interest, then go on.
 */
public data class Change(public val patches: List<ChangePatch>, public val lagged: Boolean = false)
