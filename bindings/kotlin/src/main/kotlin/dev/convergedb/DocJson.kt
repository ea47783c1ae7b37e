package dev.convergedb

import dev.convergedb.ffi.Doc as FfiDoc

/** A part of what a replica lacks, as JSON text. */
public data class JsonPage(
    /** A list of runs. */
    public val runs: String,
    /** There is more. */
    public val hasMore: Boolean,
)

/**
 * The part of [Doc] that speaks JSON: for people, tests and tools. It is read strictly; what it may look like is drawn in the project's
 * README.
 */
public abstract class DocJson internal constructor(ffi: FfiDoc) : DocFile(ffi) {
    /** As [insert]. [values] is an object of columns and values, or a list of pairs. */
    public fun insertJson(table: String, rowId: String, values: String): Commit =
        Commit.of(translating { ffi.insertJson(utf8(table), utf8(rowId), utf8(values)) })

    /** As [upsert]. */
    public fun upsertJson(table: String, rowId: String, values: String): Commit =
        Commit.of(translating { ffi.upsertJson(utf8(table), utf8(rowId), utf8(values)) })

    /** As [update]. */
    public fun updateJson(table: String, rowId: String, column: String, value: String): Commit =
        Commit.of(translating { ffi.updateJson(utf8(table), utf8(rowId), utf8(column), utf8(value)) })

    /** As [updateColumns]. */
    public fun updateColumnsJson(table: String, rowId: String, values: String): Commit =
        Commit.of(translating { ffi.updateColumnsJson(utf8(table), utf8(rowId), utf8(values)) })

    /** As [apply], of a list of operations. */
    @JvmOverloads
    public fun applyJson(ops: String, at: Long? = null): Commit = Commit.of(translating { ffi.applyJson(utf8(ops), at) })

    /** As [mergeRemote], of a list of runs. */
    public fun mergeJson(runs: String): MergeResult = MergeResult.of(translating { ffi.mergeJson(utf8(runs)) })

    /** As [getPending]; [known] is `{peer: highest counter}`. */
    @JvmOverloads
    public fun getPendingJson(known: String, eventsMax: Long? = null, bytesMax: Long? = null): JsonPage {
        val (events, bytes) = bounds(eventsMax, bytesMax)
        return translating { ffi.getPendingJson(utf8(known), events, bytes) }.let { JsonPage(it.runs, it.hasMore) }
    }

    /** As [syncState]. */
    public fun syncStateJson(): String = translating { ffi.syncStateJson() }

    /** As [get]. */
    public fun getJson(table: String, rowId: String, column: String): String? =
        translating { ffi.getJson(utf8(table), utf8(rowId), utf8(column)) }

    /** As [row]. */
    public fun rowJson(table: String, rowId: String): String? = translating { ffi.rowJson(utf8(table), utf8(rowId)) }

    /** The whole visible state: `{table: {row: {column: value}}}`. */
    public fun rowsJson(): String = translating { ffi.rowsJson() }

    /** As [page]: `{row: {column: value}}`. */
    @JvmOverloads
    public fun pageJson(table: String, limit: Int, range: RowRange = RowRange.ALL): String {
        val most = unsigned(limit, "a limit")
        return translating { ffi.scanJson(utf8(table), range.ffi(), most) }
    }

    /** As [event]. */
    public fun eventJson(id: EventId): String? {
        val ffiId = id.ffi()
        return translating { ffi.eventJson(ffiId) }
    }

    /** As [logPage]; [since] is `{peer: highest counter}`. */
    @JvmOverloads
    public fun logJson(since: String, limit: Int = 1000): String {
        val most = unsigned(limit, "a limit")
        return translating { ffi.logJson(utf8(since), most) }
    }

    /** As [rowHistory]. */
    public fun rowHistoryJson(table: String, rowId: String): String = translating { ffi.rowHistoryJson(utf8(table), utf8(rowId)) }

    /** As [cellHistory]. */
    public fun cellHistoryJson(table: String, rowId: String, column: String): String =
        translating { ffi.cellHistoryJson(utf8(table), utf8(rowId), utf8(column)) }

    /** As [rowAsOf]. */
    public fun rowAsOfJson(table: String, rowId: String, version: String): String? =
        translating { ffi.rowAsOfJson(utf8(table), utf8(rowId), utf8(version)) }

    /** As [tableAsOf]. */
    public fun tableAsOfJson(table: String, version: String): String = translating { ffi.tableAsOfJson(utf8(table), utf8(version)) }
}
