package dev.convergedb

import dev.convergedb.ffi.Cell as FfiCell
import dev.convergedb.ffi.Event as FfiEvent
import dev.convergedb.ffi.EventId as FfiEventId
import dev.convergedb.ffi.EventRun as FfiEventRun
import dev.convergedb.ffi.FfiConverterSequenceTypeEventId
import dev.convergedb.ffi.RowOp as FfiRowOp

/** Names an event: its author and the author's counter. */
public data class EventId(public val peer: String, public val counter: Long) {
    override fun toString(): String = "$peer:$counter"

    internal fun ffi() = FfiEventId(utf8(peer), unsigned(counter, "a counter"))

    internal companion object {
        fun of(id: FfiEventId) = EventId(id.peer, id.counter.toLong())
    }
}

internal fun ffiIds(ids: Collection<EventId>): List<FfiEventId> =
    ids.map(EventId::ffi).also { fits(FfiConverterSequenceTypeEventId.allocationSize(it)) }

/** What an event does to one row, and what [Doc.apply] takes. */
public sealed class Operation {
    /** The table. */
    public abstract val table: String

    /** The row. */
    public abstract val rowId: String

    /** Makes the row show, with these cells, in the order in which they were written. */
    public data class Insert(
        override val table: String,
        override val rowId: String,
        /** Columns and values; of two for one column the last counts. */
        val values: List<Pair<String, Value>>,
    ) : Operation() {
        /** The same with plain Kotlin values, as [Value.of] takes them. */
        public constructor(table: String, rowId: String, values: Map<String, Any?>) : this(table, rowId, values.toValues().toList())
    }

    /** Writes one cell of a row. */
    public data class Update(
        override val table: String,
        override val rowId: String,
        /** The column. */
        val column: String,
        /** The new value. */
        val value: Value,
    ) : Operation()

    /** Removes a row. */
    public data class Delete(override val table: String, override val rowId: String) : Operation()

    internal fun ffi(): FfiRowOp =
        when (this) {
            is Insert -> FfiRowOp.Insert(utf8(table), utf8(rowId), values.map { (column, value) -> FfiCell(utf8(column), value.ffi()) })
            is Update -> FfiRowOp.Update(utf8(table), utf8(rowId), utf8(column), value.ffi())
            is Delete -> FfiRowOp.Delete(utf8(table), utf8(rowId))
        }

    internal companion object {
        fun of(op: FfiRowOp): Operation =
            when (op) {
                is FfiRowOp.Insert -> Insert(op.tbl, op.rowId, op.cells.map { it.col to Value.of(it.value) })
                is FfiRowOp.Update -> Update(op.tbl, op.rowId, op.col, Value.of(op.value))
                is FfiRowOp.Delete -> Delete(op.tbl, op.rowId)
            }
    }
}

/** One row operation, with who made it and after what. */
public data class Event(
    /** The author and the author's counter. */
    public val id: EventId,
    /** The events that it follows: the frontier of the author's graph when it was made. */
    public val deps: List<EventId>,
    /** Its place in the order of all writes: 1 + the highest Lamport time among [deps]. */
    public val lamport: Long,
    /** Its transaction's wall-clock time in milliseconds since the Unix epoch, for people. */
    public val at: Long?,
    /** What it does. */
    public val op: Operation,
) {
    internal companion object {
        fun of(event: FfiEvent) =
            Event(EventId.of(event.id), event.deps.map(EventId::of), event.lamport.toLong(), event.at, Operation.of(event.op))
    }
}

/**
 * Consecutive events of one peer, each but the first depending on just the one before it.
 *
 * Operation `i` has counter `counterStart + i` and Lamport time `lamportStart + i`.
 */
public data class EventRun(
    /** The author. */
    public val peer: String,
    /** The first event's counter. */
    public val counterStart: Long,
    /** The first event's Lamport time. */
    public val lamportStart: Long,
    /** What the first event follows. */
    public val deps: List<EventId>,
    /** The operations, at least one. */
    public val ops: List<Operation>,
    /** The lengths of the transactions; empty when each operation is its own. */
    public val tx: List<Int> = emptyList(),
    /** The transactions' wall-clock times in milliseconds; empty when none has one. */
    public val at: List<Long?> = emptyList(),
) {
    internal fun ffi() =
        FfiEventRun(
            utf8(peer),
            unsigned(counterStart, "a counter"),
            unsigned(lamportStart, "a Lamport time"),
            deps.map(EventId::ffi),
            ops.map(Operation::ffi),
            tx.map { unsigned(it, "the length of a transaction").toUInt() },
            at,
        )

    internal companion object {
        fun of(run: FfiEventRun) =
            EventRun(
                run.peer,
                run.counterStart.toLong(),
                run.lamportStart.toLong(),
                run.deps.map(EventId::of),
                run.ops.map(Operation::of),
                run.tx.map(UInt::toInt),
                run.at,
            )
    }
}

/** The events of one peer with counters from [start] up to, not including, [end]. */
public data class EventRange(public val peer: String, public val start: Long, public val end: Long)

/** What a local write made: `events` events in a row, the first with this counter and Lamport time. */
public data class Commit(public val counter: Long, public val lamport: Long, public val events: Int) {
    internal companion object {
        fun of(commit: dev.convergedb.ffi.Commit) = Commit(commit.counter.toLong(), commit.lamport.toLong(), commit.events.toInt())
    }
}
