package dev.convergedb

import java.util.concurrent.atomic.AtomicReference
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext

/**
 * A document for coroutines: the same calls as [Doc], each `suspend` and off the caller's thread. Calls of one view run one after the
 * other, in the order in which they were made, so that they hold one thread at most.
 *
 * A call that has begun is carried out even if its coroutine is cancelled meanwhile: then what it wrote is written, and its result is lost.
 */
public class SuspendingDoc internal constructor(
    /** The document itself, for calls on a thread that may wait. */
    public val doc: Doc,
    dispatcher: CoroutineDispatcher,
) {
    @OptIn(ExperimentalCoroutinesApi::class) private val turns = dispatcher.limitedParallelism(1)

    /** Runs calls on the document off the caller's thread: whatever has no `suspend` form here. */
    public suspend fun <T> withDoc(body: (Doc) -> T): T = withContext(turns) { body(doc) }

    /** As [Doc.transaction]. The body does not suspend: while it runs, the document waits for it. */
    public suspend fun <T> transaction(at: Long? = null, body: (Transaction) -> T): T = withDoc { it.transaction(at, body) }

    /** As [Doc.insert]. */
    public suspend fun insert(table: String, rowId: String, values: Map<String, Any?>): Commit = withDoc { it.insert(table, rowId, values) }

    /** As [Doc.insert]. */
    public suspend fun insert(table: String, rowId: String, vararg cells: Pair<String, Any?>): Commit =
        withDoc { it.insert(table, rowId, *cells) }

    /** As [Doc.upsert]. */
    public suspend fun upsert(table: String, rowId: String, values: Map<String, Any?>): Commit = withDoc { it.upsert(table, rowId, values) }

    /** As [Doc.upsert]. */
    public suspend fun upsert(table: String, rowId: String, vararg cells: Pair<String, Any?>): Commit =
        withDoc { it.upsert(table, rowId, *cells) }

    /** As [Doc.update]. */
    public suspend fun update(table: String, rowId: String, column: String, value: Any?): Commit =
        withDoc { it.update(table, rowId, column, value) }

    /** As [Doc.updateColumns]. */
    public suspend fun updateColumns(table: String, rowId: String, values: Map<String, Any?>): Commit = withDoc {
        it.updateColumns(table, rowId, values)
    }

    /** As [Doc.delete]. */
    public suspend fun delete(table: String, rowId: String): Commit = withDoc { it.delete(table, rowId) }

    /** As [Doc.deleteAll]. */
    public suspend fun deleteAll(table: String): Commit = withDoc { it.deleteAll(table) }

    /** As [Doc.insertMany]. */
    public suspend fun insertMany(table: String, rows: Map<String, Map<String, Any?>>): Commit = withDoc { it.insertMany(table, rows) }

    /** As [Doc.insertMany]. */
    public suspend fun insertMany(table: String, rows: Iterable<Row>): Commit = withDoc { it.insertMany(table, rows) }

    /** As [Doc.updateMany]. */
    public suspend fun updateMany(table: String, cells: Iterable<Cell>): Commit = withDoc { it.updateMany(table, cells) }

    /** As [Doc.apply]. */
    public suspend fun apply(ops: Iterable<Operation>, at: Long? = null): Commit = withDoc { it.apply(ops, at) }

    /** As [Doc.get]. */
    public suspend fun get(table: String, rowId: String, column: String): Value? = withDoc { it.get(table, rowId, column) }

    /** As [Doc.row]. */
    public suspend fun row(table: String, rowId: String): Map<String, Value>? = withDoc { it.row(table, rowId) }

    /** As [Doc.contains]. */
    public suspend fun contains(table: String, rowId: String): Boolean = withDoc { it.contains(table, rowId) }

    /** As [Doc.count]. */
    public suspend fun count(table: String): Long = withDoc { it.count(table) }

    /** As [Doc.rows], all at once. */
    public suspend fun rows(table: String, range: RowRange = RowRange.ALL): List<Row> = withDoc { it.rows(table, range).toList() }

    /** As [Doc.page]. */
    public suspend fun page(table: String, limit: Int, range: RowRange = RowRange.ALL): List<Row> = withDoc { it.page(table, limit, range) }

    /** As [Doc.changes]. */
    public fun changes(
        tables: Collection<String>? = null,
        rows: Collection<Pair<String, String>>? = null,
        patchesMax: Int = DocRead.CHANGES_MAX,
    ): Flow<Change> = doc.changes(tables, rows, patchesMax)

    /** As [Doc.versions]. */
    public suspend fun versions(): Versions = withDoc { it.versions() }

    /** As [Doc.syncState]. */
    public suspend fun syncState(): SyncState = withDoc { it.syncState() }

    /** As [Doc.encodeRequest]. */
    public suspend fun encodeRequest(): ByteArray = withDoc { it.encodeRequest() }

    /** As [Doc.getPending]. */
    public suspend fun getPending(known: Versions): UpdatePage = withDoc { it.getPending(known) }

    /** As [Doc.getPending]. */
    public suspend fun getPending(request: ByteArray): UpdatePage = withDoc { it.getPending(request) }

    /** As [Doc.mergeRemote]. */
    public suspend fun mergeRemote(update: ByteArray, patches: Boolean = true): MergeResult = withDoc { it.mergeRemote(update, patches) }

    /** As [Doc.rowHistory]. */
    public suspend fun rowHistory(table: String, rowId: String): List<Event> = withDoc { it.rowHistory(table, rowId) }

    /** As [Doc.cellHistory]. */
    public suspend fun cellHistory(table: String, rowId: String, column: String): List<Event> =
        withDoc { it.cellHistory(table, rowId, column) }

    /** As [Doc.rowAsOf]. */
    public suspend fun rowAsOf(table: String, rowId: String, version: Versions): Map<String, Value>? =
        withDoc { it.rowAsOf(table, rowId, version) }

    /** As [Doc.tableAsOf]. */
    public suspend fun tableAsOf(table: String, version: Versions): List<Row> = withDoc { it.tableAsOf(table, version) }

    /** As [Doc.query]. */
    public suspend fun query(sql: String, parameters: List<Any?> = emptyList()): QueryRows = withDoc { it.query(sql, parameters) }

    /** As [Doc.createIndex]. */
    public suspend fun createIndex(table: String, columns: List<String>): Unit = withDoc { it.createIndex(table, columns) }

    /** As [Doc.flush]. */
    public suspend fun flush(): Unit = withDoc { it.flush() }

    /** As [Doc.suspend]. */
    public suspend fun suspend(): Unit = withDoc { it.suspend() }

    /** As [Doc.resume]. */
    public suspend fun resume(): Unit = withDoc { it.resume() }

    /** As [Doc.backup]. */
    public suspend fun backup(to: String): Unit = withDoc { it.backup(to) }

    /** As [Doc.compact]. */
    public suspend fun compact(): Unit = withDoc { it.compact() }

    /** As [Doc.verify]. */
    public suspend fun verify(): List<String> = withDoc { it.verify() }

    /** As [Doc.rebuild]. */
    public suspend fun rebuild(): Unit = withDoc { it.rebuild() }

    /** As [Doc.encodeReplica]. */
    public suspend fun encodeReplica(): ByteArray = withDoc { it.encodeReplica() }

    /** As [Doc.close], also in a coroutine that was cancelled. */
    public suspend fun close(): Unit = withContext(NonCancellable) { withDoc { it.close() } }

    public companion object {
        /** As [Doc.open], off the caller's thread. A coroutine that is cancelled meanwhile leaves no document open. */
        public suspend fun open(
            path: String,
            options: DocOptions = DocOptions(),
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): SuspendingDoc {
            val opened = AtomicReference<Doc?>()
            try {
                return withContext(dispatcher) { Doc.open(path, options).also(opened::set).suspending(dispatcher) }
            } catch (cancelled: CancellationException) {
                withContext(NonCancellable + dispatcher) { opened.get()?.close() }
                throw cancelled
            }
        }
    }
}

/** This document for coroutines: the same calls, each `suspend` and on [dispatcher]. */
public fun Doc.suspending(dispatcher: CoroutineDispatcher = Dispatchers.IO): SuspendingDoc = SuspendingDoc(this, dispatcher)
