package dev.convergedb

import dev.convergedb.ffi.Cell as FfiCell
import dev.convergedb.ffi.Edge as FfiEdge
import dev.convergedb.ffi.FfiConverterTypeRange
import dev.convergedb.ffi.Range as FfiRange
import dev.convergedb.ffi.Row as FfiRow

/**
 * A row: its id and its cells, sorted by column where a document gives them. `row["title"]` is the value of a cell, null if it has none.
 */
public data class Row(public val id: String, public val values: Map<String, Value>) {
    /** The value of a cell; null where the row has none in this column. */
    public operator fun get(column: String): Value? = values[column]

    public companion object {
        /** A row of plain Kotlin values, as [Value.of] takes them. */
        @JvmStatic public fun of(id: String, values: Map<String, Any?>): Row = Row(id, values.toValues())

        /** The same, for `Row.of("1", "title" to "milk", "done" to false)`. */
        @JvmSynthetic public fun of(id: String, vararg cells: Pair<String, Any?>): Row = of(id, cells.toMap())

        internal fun of(row: FfiRow) = Row(row.rowId, valuesOf(row.cells))
    }
}

internal fun valuesOf(cells: List<FfiCell>): Map<String, Value> {
    val values = LinkedHashMap<String, Value>(cells.size * 2)
    for (cell in cells) values[cell.col] = Value.of(cell.value)
    return values
}

/** A cell of a row, for [Doc.updateMany]. */
public data class Cell(
    /** The row. */
    public val rowId: String,
    /** The column. */
    public val column: String,
    /** The value, as [Value.of] takes it. */
    public val value: Any?,
)

/**
 * Which rows of a table to read: those whose ids keep all of these conditions, in the order of their UTF-8 bytes. The default is all.
 */
public data class RowRange(
    /** What the ids begin with. */
    val prefix: String? = null,
    /** The first id. */
    val start: String? = null,
    /** The id before which to stop. */
    val stop: String? = null,
    /** Only those after this id: the last one of the page before. */
    val after: String? = null,
) {
    internal fun ffi() =
        FfiRange(
                if (start == null) FfiEdge.Open else FfiEdge.Included(utf8(start)),
                if (stop == null) FfiEdge.Open else FfiEdge.Excluded(utf8(stop)),
                prefix?.let(::utf8),
                after?.let(::utf8),
            )
            .also { fits(FfiConverterTypeRange.allocationSize(it)) }

    public companion object {
        /** All rows. */
        @JvmField public val ALL: RowRange = RowRange()

        /** The rows whose ids begin with this. */
        @JvmStatic public fun prefix(prefix: String): RowRange = RowRange(prefix = prefix)
    }
}
