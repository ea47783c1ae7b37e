package dev.convergedb

import dev.convergedb.ffi.Doc as FfiDoc
import dev.convergedb.ffi.FfiConverterOptionalSequenceString
import dev.convergedb.ffi.FfiConverterSequenceTypeTableRow
import dev.convergedb.ffi.TableRow as FfiTableRow
import kotlinx.coroutines.flow.Flow

/** The reading part of [Doc]. */
public abstract class DocRead internal constructor(internal val ffi: FfiDoc) {
    internal val share: Share = DocShare(ffi, ffi.uniffiCloneHandle())

    /** The value of a cell; null where none shows. A cell that holds Null is [Value.Null]. */
    public fun get(table: String, rowId: String, column: String): Value? =
        translating { share.bytes(Share.GET, packed(table, rowId, column), ffi::getPacked) }?.let { Unpacker(it).value() }

    /** The cells of a row, sorted by column; null where it does not show. */
    public fun row(table: String, rowId: String): Map<String, Value>? =
        translating { share.bytes(Share.ROW, packed(table, rowId), ffi::rowPacked) }?.let { Unpacker(it).cells() }

    /** Whether a row shows. */
    public fun contains(table: String, rowId: String): Boolean =
        translating { share.isSo(Share.CONTAINS, packed(table, rowId)) { ffi.contains(table, rowId) } }

    /** The number of a table's rows that show. */
    public fun count(table: String): Long = translating { ffi.count(utf8(table)) }.toLong()

    /** The tables with at least one row that shows, sorted. */
    public fun tables(): List<String> = translating { ffi.tables() }

    /** Every column that was written in a table, sorted. */
    public fun columns(table: String): List<String> = translating { ffi.columns(utf8(table)) }

    /**
     * The rows of a table, in the order of their ids, fetched page by page while others write. Each round of it starts afresh.
     *
     * It may throw [ClosedException] while it goes on.
     */
    @JvmOverloads
    public fun rows(table: String, range: RowRange = RowRange.ALL): Sequence<Row> =
        Sequence { RowIterator(translating { ffi.rows(utf8(table), range.ffi()) }) }

    /** At most [limit] rows of a table, in the order of their ids. `RowRange(after = …)` asks for the page after it. */
    @JvmOverloads
    public fun page(table: String, limit: Int, range: RowRange = RowRange.ALL): List<Row> {
        val most = unsigned(limit, "a limit")
        return Unpacker(translating { ffi.scanPacked(utf8(table), range.ffi(), most) }).rows()
    }

    /**
     * Subscribes to what changes from now on: everything, or that of some tables and rows.
     *
     * At most [patchesMax] patches are kept for a slow reader; then it is told that it lagged. With 0 it is told just that something
     * changed.
     *
     * @param tables the tables of interest; null, where [rows] is null too, for all
     * @param rows the rows of interest as table and row id
     */
    @JvmOverloads
    public fun subscribe(
        tables: Collection<String>? = null,
        rows: Collection<Pair<String, String>>? = null,
        patchesMax: Int = CHANGES_MAX,
    ): Changes {
        val wanted = if (tables == null && rows != null) emptyList() else tables?.map(::utf8)
        val chosen = rows.orEmpty().map { (table, rowId) -> FfiTableRow(utf8(table), utf8(rowId)) }
        fits(FfiConverterOptionalSequenceString.allocationSize(wanted) + FfiConverterSequenceTypeTableRow.allocationSize(chosen))
        val most = unsigned(patchesMax, "a bound")
        return Changes(translating { ffi.subscribe(wanted, chosen, most) })
    }

    /**
     * What changes while the flow is collected: everything, or that of some tables and rows. It ends when the document is closed.
     *
     * Each collector has a subscription of its own, which begins when it starts to collect and ends with it, also by cancellation; where
     * nothing may be missed before that, use [subscribe] and its [Changes.asFlow].
     *
     * **Buffering.** A collector that is slower than the writers makes nobody wait: the document keeps at most [patchesMax] patches for it.
     * Once there are more, they are dropped and the collector gets one [Change] with `lagged`, and then what changes after it. The flow
     * itself holds none; `buffer()` and `conflate()` behind it are yours to add. The library is called on `Dispatchers.IO`, so that
     * collecting on the main thread never waits for it.
     */
    public fun changes(
        tables: Collection<String>? = null,
        rows: Collection<Pair<String, String>>? = null,
        patchesMax: Int = CHANGES_MAX,
    ): Flow<Change> = flowOf { subscribe(tables, rows, patchesMax) }

    public companion object {
        /** So many patches a reader of changes may fall behind by unless told otherwise. */
        public const val CHANGES_MAX: Int = 65_536
    }
}

private const val PAGE_ROWS = 256UL

private class RowIterator(private val scan: dev.convergedb.ffi.Scan) : Iterator<Row> {
    private var page: Unpacker? = null
    private var ended = false

    override fun hasNext(): Boolean {
        if (page?.hasMore == true) return true
        if (ended) return false
        val packed = translating { scan.nextPacked(PAGE_ROWS) }
        page = Unpacker(packed)
        if (packed.isEmpty()) {
            ended = true
            scan.close()
        }
        return packed.isNotEmpty()
    }

    override fun next(): Row {
        if (!hasNext()) throw NoSuchElementException("there are no more rows")
        return checkNotNull(page).row()
    }
}
