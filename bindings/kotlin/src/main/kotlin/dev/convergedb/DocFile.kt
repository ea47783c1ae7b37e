package dev.convergedb

import java.nio.file.Path
import dev.convergedb.ffi.Doc as FfiDoc
import dev.convergedb.ffi.FfiConverterSequenceString
import dev.convergedb.ffi.FfiConverterSequenceTypeValue

/** What opening a file came to. */
public data class OpenReport(
    /** There was no file: it is a new replica. */
    public val created: Boolean,
    /**
     * Why it goes on under a fresh peer id, if it does: `asked`, `no_mark`, `other_file`, `moved`, `rolled_back` or `damaged`.
     */
    public val freshPeer: String?,
    /** Why the rows were made again from the log, if they were. */
    public val rebuilt: String?,
)

/** What a file takes, in bytes. */
public data class StoreStats(
    /** The file itself. */
    public val fileBytes: Long,
    /** The write-ahead log beside it. */
    public val walBytes: Long,
    /** What of the file is free inside. */
    public val freeBytes: Long,
)

/** What a query found. SQLite has no Bool: one is the Int 0 or 1. */
public data class QueryRows(
    /** The names of the columns. */
    public val columns: List<String>,
    /** The rows. */
    public val rows: List<List<Value>>,
)

/** What is left of a damaged file. */
public data class Salvage(
    /** For each table the rows that are sound. */
    public val rows: Map<String, List<Row>>,
    /** The log up to the first damage. */
    public val events: List<EventRun>,
    /** What is damaged, in words. */
    public val problems: List<String>,
)

/** The part of [Doc] that is about its file. In memory these calls are [InvalidArgumentException] where they need one. */
public abstract class DocFile internal constructor(ffi: FfiDoc) : DocHistory(ffi) {
    /** What opening the file came to. */
    public val opened: OpenReport
        get() = translating { ffi.opened() }.let { OpenReport(it.created, it.freshPeer, it.rebuilt) }

    /** The file; null in memory. */
    public val path: String?
        get() = translating { ffi.path() }

    /** Whether it was opened for reading only. */
    public val isReadOnly: Boolean
        get() = translating { ffi.isReadOnly() }

    /** Returns once everything is on the disk. */
    public fun flush(): Unit = translating { ffi.flush() }

    /** Lets go of the file, for an app that goes to the background: it holds no locks. What is in memory can still be read. */
    public fun suspend(): Unit = translating { ffi.suspend() }

    /** Takes the file up again, and reads it afresh if another process wrote it. */
    public fun resume(): Unit = translating { ffi.resume() }

    /**
     * Makes a copy in another file, which must not be there, as the document is now. It goes on under a peer id of its own. Other calls on
     * this document wait for its end.
     */
    public fun backup(to: String): Unit = translating { ffi.backup(utf8(to)) }

    /** Makes a copy in another file. */
    public fun backup(to: Path): Unit = backup(to.toString())

    /** Makes the file as small as it can be. */
    public fun compact(): Unit = translating { ffi.compact() }

    /** What is wrong with the file, in words; nothing if it is sound. It reads everything. */
    public fun verify(): List<String> = translating { ffi.verify() }

    /** Makes the rows again from the log. */
    public fun rebuild(): Unit = translating { ffi.rebuild() }

    /** What the file takes. */
    public fun stats(): StoreStats =
        translating { ffi.stats() }.let { StoreStats(it.fileBytes.toLong(), it.walBytes.toLong(), it.freeBytes.toLong()) }

    /**
     * Runs one SELECT. Each table is a view of its name, with a column `row_id`. It writes nothing.
     *
     * @param parameters what stands for `?1`, `?2` …, as [Value.of] takes it
     * @param rowsMax at most so many rows, else [LimitExceededException]; null for the engine's own bound
     * @param timeMs at most so many milliseconds, else [LimitExceededException]; null for the engine's own bound
     */
    @JvmOverloads
    public fun query(sql: String, parameters: List<Any?> = emptyList(), rowsMax: Long? = null, timeMs: Long? = null): QueryRows {
        val given = parameters.map { Value.of(it).ffi() }
        fits(FfiConverterSequenceTypeValue.allocationSize(given))
        val (rows, time) = Pair(unsigned(rowsMax, "a bound"), unsigned(timeMs, "a time"))
        val found = translating { ffi.query(utf8(sql), given, rows, time) }
        return QueryRows(found.columns, found.rows.map { row -> row.map(Value::of) })
    }

    /** Makes queries by these columns quick; every write keeps the index up. */
    public fun createIndex(table: String, columns: List<String>) {
        val names = columns.map(::utf8)
        fits(FfiConverterSequenceString.allocationSize(names))
        translating { ffi.createIndex(utf8(table), names) }
    }
}
