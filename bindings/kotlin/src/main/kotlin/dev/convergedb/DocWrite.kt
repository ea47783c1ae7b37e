package dev.convergedb

import dev.convergedb.ffi.Doc as FfiDoc
import dev.convergedb.ffi.FfiConverterSequenceTypeRowCell
import dev.convergedb.ffi.FfiConverterSequenceTypeRowOp
import dev.convergedb.ffi.Transaction as FfiTransaction
import dev.convergedb.ffi.UniffiWithHandle

/** The writing part of [Doc]. Values are plain Kotlin values, as [Value.of] takes them. */
public abstract class DocWrite internal constructor(ffi: FfiDoc) : DocRead(ffi) {
    private fun write(write: Write): Commit =
        Commit.of(
            translating {
                share.commit(write.what.number, write.packed) {
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
        )

    /** Makes a row show, with these cells. [RowExistsException] if it does already. */
    public fun insert(table: String, rowId: String, values: Map<String, Any?>): Commit = write(insertOf(table, rowId, values))

    /** The same, for `insert("todos", "1", "title" to "milk", "done" to false)`. */
    @JvmSynthetic
    public fun insert(table: String, rowId: String, vararg cells: Pair<String, Any?>): Commit = write(insertOf(table, rowId, cells))

    /** Writes these cells into a row and makes it show if it does not; its other cells stay. */
    public fun upsert(table: String, rowId: String, values: Map<String, Any?>): Commit = write(upsertOf(table, rowId, values))

    /** The same, for `upsert("todos", "1", "done" to true)`. */
    @JvmSynthetic
    public fun upsert(table: String, rowId: String, vararg cells: Pair<String, Any?>): Commit = write(upsertOf(table, rowId, cells))

    /** Writes one cell of a row that shows, else [RowNotFoundException]. */
    public fun update(table: String, rowId: String, column: String, value: Any?): Commit = write(updateOf(table, rowId, column, value))

    /** Writes several cells of a row that shows, as one transaction. */
    public fun updateColumns(table: String, rowId: String, values: Map<String, Any?>): Commit = write(updateColumnsOf(table, rowId, values))

    /** The same, for `updateColumns("todos", "1", "done" to true, "title" to "oat milk")`. */
    @JvmSynthetic
    public fun updateColumns(table: String, rowId: String, vararg cells: Pair<String, Any?>): Commit =
        write(updateColumnsOf(table, rowId, cells))

    /** Removes a row that shows, else [RowNotFoundException]. Remote replicas remove it too, whatever they wrote into it meanwhile. */
    public fun delete(table: String, rowId: String): Commit =
        Commit.of(translating { share.commit(Share.DELETE, packed(table, rowId)) { ffi.delete(table, rowId) } })

    /** Removes every row of a table that shows: one transaction up to 65,536 rows and 16 MiB, several where there are more. */
    public fun deleteAll(table: String): Commit = Commit.of(translating { ffi.deleteAll(utf8(table)) })

    /**
     * Inserts many rows of one table, given by their ids, at the speed of the engine. They are one transaction up to 65,536 rows and 16
     * MiB; more are several, checked before the first is written.
     */
    public fun insertMany(table: String, rows: Map<String, Map<String, Any?>>): Commit = insertPacked(table, rowsOf(rows))

    /** The same of rows. */
    public fun insertMany(table: String, rows: Iterable<Row>): Commit = insertPacked(table, rowsOf(rows))

    /** The same by columns: the value of row `ids[i]` in a column is the `i`-th of that column's list. */
    public fun insertMany(table: String, ids: List<String>, columns: Map<String, List<Any?>>): Commit =
        insertPacked(table, rowsOf(ids, columns))

    private fun insertPacked(table: String, rows: Packer): Commit =
        Commit.of(translating { rows.send { ffi.insertManyPacked(utf8(table), it) } })

    /** Updates many cells of one table as one transaction. */
    public fun updateMany(table: String, cells: Iterable<Cell>): Commit {
        val ffiCells = cells.map { dev.convergedb.ffi.RowCell(utf8(it.rowId), utf8(it.column), Value.of(it.value).ffi()) }
        fits(FfiConverterSequenceTypeRowCell.allocationSize(ffiCells))
        return Commit.of(translating { ffi.updateMany(utf8(table), ffiCells) })
    }

    /** Operations of plain data as one transaction. [at] is its wall-clock time in milliseconds since the Unix epoch, for people. */
    @JvmOverloads
    public fun apply(ops: Iterable<Operation>, at: Long? = null): Commit {
        val ffiOps = ops.map(Operation::ffi)
        fits(FfiConverterSequenceTypeRowOp.allocationSize(ffiOps))
        return Commit.of(translating { ffi.apply(ffiOps, at) })
    }

    /**
     * Runs many writes as one, all or nothing, here and on every other replica, and returns what [body] returns.
     *
     * When [body] throws, everything is rolled back and its own exception arrives. While it runs, other threads' calls on the document wait
     * for its end, so keep it short; on its own thread they throw [InvalidArgumentException], since they would wait for ever. Use the
     * [Transaction] instead.
     *
     * @param at the transaction's wall-clock time in milliseconds since the Unix epoch, for people
     */
    @JvmOverloads
    public fun <T> transaction(at: Long? = null, body: (Transaction) -> T): T {
        val transaction = begin(at)
        val value =
            try {
                body(transaction)
            } catch (error: Throwable) {
                try {
                    transaction.rollback()
                } catch (second: ConvergeException) {
                    // The document may be closed already; what the body says counts.
                    if (second !is ClosedException) error.addSuppressed(second)
                }
                throw error
            }
        if (transaction.isOpen) transaction.commit()
        return value
    }

    /**
     * A transaction that is open until its [Transaction.commit] or [Transaction.rollback]; [transaction] is harder to misuse. The turn is
     * this thread's: a coroutine that goes on upon another thread meanwhile waits for itself when it calls the document.
     */
    @JvmOverloads
    public fun begin(at: Long? = null): Transaction = translating {
        val packed = Packer().also { it.value(at) }
        share.call(
            Share.BEGIN,
            packed,
            // Two handles of it: one is the generated class's, which gives it back.
            { written, _ -> Transaction(FfiTransaction(UniffiWithHandle, written.getLong()), written.getLong()) },
            { ffi.begin(at).let { Transaction(it, it.uniffiCloneHandle()) } },
        )
    }

    /** A time-ordered id for a new row, unique among all devices. */
    public fun newRowId(): String = translating { share.text(Share.NEW_ROW_ID, Packer(0)) { ffi.newRowId() } }
}

/** A write of one row, packed: the names of the table and the row, then cells; of one cell its column and value. */
internal class Write(val what: What, val packed: Packer) {
    enum class What(val number: Int) {
        INSERT(Share.INSERT),
        UPSERT(Share.UPSERT),
        UPDATE(Share.UPDATE),
        UPDATE_COLUMNS(Share.UPDATE_COLUMNS),
    }
}

private inline fun writeOf(what: Write.What, table: String, rowId: String, cells: Packer.() -> Unit): Write {
    val packed = Packer()
    packed.name(table)
    packed.name(rowId)
    packed.cells()
    return Write(what, packed)
}

internal fun insertOf(table: String, rowId: String, values: Map<String, Any?>) =
    writeOf(Write.What.INSERT, table, rowId) { cells(values) }

internal fun insertOf(table: String, rowId: String, cells: Array<out Pair<String, Any?>>) =
    writeOf(Write.What.INSERT, table, rowId) { cells(cells) }

internal fun upsertOf(table: String, rowId: String, values: Map<String, Any?>) =
    writeOf(Write.What.UPSERT, table, rowId) { cells(values) }

internal fun upsertOf(table: String, rowId: String, cells: Array<out Pair<String, Any?>>) =
    writeOf(Write.What.UPSERT, table, rowId) { cells(cells) }

internal fun updateOf(table: String, rowId: String, column: String, value: Any?) =
    writeOf(Write.What.UPDATE, table, rowId) {
        name(column)
        value(value)
    }

internal fun updateColumnsOf(table: String, rowId: String, values: Map<String, Any?>) =
    writeOf(Write.What.UPDATE_COLUMNS, table, rowId) { cells(values) }

internal fun updateColumnsOf(table: String, rowId: String, cells: Array<out Pair<String, Any?>>) =
    writeOf(Write.What.UPDATE_COLUMNS, table, rowId) { cells(cells) }

private const val BATCH_BYTES = 1 shl 13

internal fun rowsOf(rows: Map<String, Map<String, Any?>>): Packer {
    val packed = Packer(BATCH_BYTES)
    for ((rowId, values) in rows) {
        packed.name(rowId)
        packed.cells(values)
    }
    return packed
}

internal fun rowsOf(rows: Iterable<Row>): Packer {
    val packed = Packer(BATCH_BYTES)
    for (row in rows) {
        packed.name(row.id)
        packed.cells(row.values)
    }
    return packed
}

internal fun rowsOf(ids: List<String>, columns: Map<String, List<Any?>>): Packer {
    for ((column, values) in columns) {
        if (values.size != ids.size) {
            throw InvalidArgumentException("column \"$column\" has ${values.size} values for ${ids.size} rows")
        }
    }
    val names = columns.keys.toTypedArray()
    val lists = columns.values.map(List<Any?>::iterator).toTypedArray()
    val packed = Packer(BATCH_BYTES)
    for (rowId in ids) {
        packed.name(rowId)
        packed.number(names.size)
        for (place in names.indices) {
            packed.name(names[place])
            packed.value(lists[place].next())
        }
    }
    return packed
}
