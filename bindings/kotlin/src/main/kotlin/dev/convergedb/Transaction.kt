package dev.convergedb

import dev.convergedb.ffi.FfiConverterTypeRowOp
import dev.convergedb.ffi.Transaction as FfiTransaction

/**
 * An open transaction: its operations see the earlier ones, and are applied whole or not at all. An operation that fails changes nothing
 * and leaves it open. Once it has ended, every call throws [ClosedException].
 *
 * Values are plain Kotlin values, as [Value.of] takes them.
 */
public class Transaction internal constructor(private val ffi: FfiTransaction, handle: Long) : AutoCloseable {
    private val share: Share = TransactionShare(ffi, handle)

    /** Whether it was neither committed nor rolled back. */
    @Volatile
    public var isOpen: Boolean = true
        private set

    /** What the commit made; null before it. */
    @Volatile
    public var result: Commit? = null
        private set

    private fun write(write: Write): Unit = translating {
        share.done(write.what.number, write.packed) {
            write.packed.send {
                when (write.what) {
                    Write.What.INSERT -> ffi.insertPacked(it)
                    Write.What.UPSERT -> ffi.upsertPacked(it)
                    Write.What.UPDATE -> ffi.updatePacked(it)
                    Write.What.UPDATE_COLUMNS -> ffi.updateColumnsPacked(it)
                }
            }
        }
    }

    /** As [Doc.insert]. */
    public fun insert(table: String, rowId: String, values: Map<String, Any?>): Unit = write(insertOf(table, rowId, values))

    /** As [Doc.insert]. */
    @JvmSynthetic
    public fun insert(table: String, rowId: String, vararg cells: Pair<String, Any?>): Unit = write(insertOf(table, rowId, cells))

    /** As [Doc.upsert]. */
    public fun upsert(table: String, rowId: String, values: Map<String, Any?>): Unit = write(upsertOf(table, rowId, values))

    /** As [Doc.upsert]. */
    @JvmSynthetic
    public fun upsert(table: String, rowId: String, vararg cells: Pair<String, Any?>): Unit = write(upsertOf(table, rowId, cells))

    /** As [Doc.update]. */
    public fun update(table: String, rowId: String, column: String, value: Any?): Unit = write(updateOf(table, rowId, column, value))

    /** As [Doc.updateColumns]: where one cell fails, none is written. */
    public fun updateColumns(table: String, rowId: String, values: Map<String, Any?>): Unit = write(updateColumnsOf(table, rowId, values))

    /** As [Doc.updateColumns]. */
    @JvmSynthetic
    public fun updateColumns(table: String, rowId: String, vararg cells: Pair<String, Any?>): Unit =
        write(updateColumnsOf(table, rowId, cells))

    /** As [Doc.delete]. */
    public fun delete(table: String, rowId: String): Unit =
        translating { share.done(Share.DELETE, packed(table, rowId)) { ffi.delete(table, rowId) } }

    /** Inserts many rows of one table, up to the first that fails. */
    public fun insertMany(table: String, rows: Map<String, Map<String, Any?>>): Unit = insertPacked(table, rowsOf(rows))

    /** The same of rows. */
    public fun insertMany(table: String, rows: Iterable<Row>): Unit = insertPacked(table, rowsOf(rows))

    /** The same by columns. */
    public fun insertMany(table: String, ids: List<String>, columns: Map<String, List<Any?>>): Unit =
        insertPacked(table, rowsOf(ids, columns))

    private fun insertPacked(table: String, rows: Packer): Unit = translating { rows.send { ffi.insertManyPacked(utf8(table), it) } }

    /** Operations of plain data. */
    public fun apply(ops: Iterable<Operation>) {
        for (op in ops) {
            val ffiOp = op.ffi()
            fits(FfiConverterTypeRowOp.allocationSize(ffiOp))
            translating { ffi.apply(ffiOp) }
        }
    }

    /** As [Doc.get], with what was written so far. */
    public fun get(table: String, rowId: String, column: String): Value? =
        translating { share.bytes(Share.GET, packed(table, rowId, column), ffi::getPacked) }?.let { Unpacker(it).value() }

    /** As [Doc.row], with what was written so far. */
    public fun row(table: String, rowId: String): Map<String, Value>? =
        translating { share.bytes(Share.ROW, packed(table, rowId), ffi::rowPacked) }?.let { Unpacker(it).cells() }

    /** As [Doc.contains], with what was written so far. */
    public fun contains(table: String, rowId: String): Boolean =
        translating { share.isSo(Share.CONTAINS, packed(table, rowId)) { ffi.contains(table, rowId) } }

    /** As [Doc.count], with what was written so far. */
    public fun count(table: String): Long = translating { ffi.count(utf8(table)) }.toLong()

    /** As [Doc.page], with what was written so far. */
    @JvmOverloads
    public fun page(table: String, limit: Int, range: RowRange = RowRange.ALL): List<Row> {
        val most = unsigned(limit, "a limit")
        return Unpacker(translating { ffi.scanPacked(utf8(table), range.ffi(), most) }).rows()
    }

    /** As [Doc.rows], with what was written so far. */
    @JvmOverloads
    public fun rows(table: String, range: RowRange = RowRange.ALL): Sequence<Row> = sequence {
        var rest = range
        while (true) {
            val page = page(table, PAGE_ROWS, rest)
            yieldAll(page)
            if (page.size < PAGE_ROWS) return@sequence
            rest = range.copy(after = page.last().id)
        }
    }

    /** A time-ordered id for a new row, unique among all devices. */
    public fun newRowId(): String = translating { share.text(Share.NEW_ROW_ID, Packer(0)) { ffi.newRowId() } }

    /** The number of operations so far. */
    public val size: Long
        get() = translating { ffi.len() }.toLong()

    /** As [insert], of JSON text: an object of columns and values, or a list of pairs. */
    public fun insertJson(table: String, rowId: String, values: String): Unit =
        translating { ffi.insertJson(utf8(table), utf8(rowId), utf8(values)) }

    /** As [upsert], of JSON text. */
    public fun upsertJson(table: String, rowId: String, values: String): Unit =
        translating { ffi.upsertJson(utf8(table), utf8(rowId), utf8(values)) }

    /** As [update], of JSON text. */
    public fun updateJson(table: String, rowId: String, column: String, value: String): Unit =
        translating { ffi.updateJson(utf8(table), utf8(rowId), utf8(column), utf8(value)) }

    /** As [updateColumns], of JSON text. */
    public fun updateColumnsJson(table: String, rowId: String, values: String): Unit =
        translating { ffi.updateColumnsJson(utf8(table), utf8(rowId), utf8(values)) }

    /** As [row], as JSON text. */
    public fun rowJson(table: String, rowId: String): String? = translating { ffi.rowJson(utf8(table), utf8(rowId)) }

    /** Makes what was written one transaction. When it fails, nothing of it is applied, and it has ended. */
    public fun commit(): Commit {
        try {
            return Commit.of(translating { share.commit(Share.COMMIT, Packer(0)) { ffi.commit() } }).also { result = it }
        } finally {
            end()
        }
    }

    /** Forgets what was written. */
    public fun rollback() {
        try {
            translating { ffi.rollback() }
        } finally {
            end()
        }
    }

    /** Rolls back, if it has not ended yet. */
    override fun close() {
        if (!isOpen) return
        try {
            rollback()
        } catch (_: ClosedException) {
            // Closing ends what is open, whoever was first.
        }
    }

    private fun end() {
        isOpen = false
        share.close()
        ffi.close()
    }

    override fun toString(): String = if (isOpen) "Transaction(open)" else "Transaction(ended, $result)"

    private companion object {
        const val PAGE_ROWS = 256
    }
}
