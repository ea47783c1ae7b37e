package dev.convergedb

import dev.convergedb.ffi.Doc as FfiDoc
import dev.convergedb.ffi.Relation as FfiRelation

/** A part of the log. [next] asks for the page after it. */
public data class LogPage(
    /** Events in causal order. */
    public val events: List<Event>,
    /** What to ask with for the next page. */
    public val next: Versions,
    /** There is more. */
    public val hasMore: Boolean,
)

/** How two versions stand to each other. */
public enum class Relation {
    /** Both stand for the same events. */
    EQUAL,

    /** The second has all of the first one's events and more. */
    BEFORE,

    /** The first has all of the second one's events and more. */
    AFTER,

    /** Each has events that the other lacks. */
    CONCURRENT,
}

/** The part of [Doc] that looks back. */
public abstract class DocHistory internal constructor(ffi: FfiDoc) : DocSync(ffi) {
    /** An applied event; null where it is not here. */
    public fun event(id: EventId): Event? {
        val ffiId = id.ffi()
        return translating { ffi.event(ffiId) }?.let(Event::of)
    }

    /** The applied events that [since] does not know, in causal order, fetched page by page. Each round of it starts afresh. */
    @JvmOverloads
    public fun log(since: Versions = emptyMap()): Sequence<Event> = sequence {
        var known = since
        do {
            val page = logPage(known, 1000)
            yieldAll(page.events)
            known = page.next
        } while (page.hasMore)
    }

    /** At most [limit] of the applied events that [since] does not know, in causal order. */
    @JvmOverloads
    public fun logPage(since: Versions = emptyMap(), limit: Int = 1000): LogPage {
        val known = ulongs(since)
        val most = unsigned(limit, "a limit")
        val page = translating { ffi.log(known, most) }
        return LogPage(page.events.map(Event::of), longs(page.next), page.hasMore)
    }

    /** The events that wrote a row. */
    public fun rowHistory(table: String, rowId: String): List<Event> =
        translating { ffi.rowHistory(utf8(table), utf8(rowId)) }.map(Event::of)

    /** The events that wrote a cell. */
    public fun cellHistory(table: String, rowId: String, column: String): List<Event> =
        translating { ffi.cellHistory(utf8(table), utf8(rowId), utf8(column)) }.map(Event::of)

    /** A row as it showed at a version, such as an earlier [versions]; null where it did not. */
    public fun rowAsOf(table: String, rowId: String, version: Versions): Map<String, Value>? {
        val then = ulongs(version)
        return translating { ffi.rowAsOf(utf8(table), utf8(rowId), then) }?.let(::valuesOf)
    }

    /** A table as it showed at a version. */
    public fun tableAsOf(table: String, version: Versions): List<Row> {
        val then = ulongs(version)
        return translating { ffi.tableAsOf(utf8(table), then) }.map(Row::of)
    }

    /** How two versions, given by their frontiers, stand to each other. */
    public fun compare(a: Collection<EventId>, b: Collection<EventId>): Relation {
        val (ffiA, ffiB) = Pair(ffiIds(a), ffiIds(b))
        return when (translating { ffi.compare(ffiA, ffiB) }) {
            FfiRelation.EQUAL -> Relation.EQUAL
            FfiRelation.BEFORE -> Relation.BEFORE
            FfiRelation.AFTER -> Relation.AFTER
            FfiRelation.CONCURRENT -> Relation.CONCURRENT
        }
    }

    /** The newest events that both versions have. */
    public fun commonAncestors(a: Collection<EventId>, b: Collection<EventId>): List<EventId> {
        val (ffiA, ffiB) = Pair(ffiIds(a), ffiIds(b))
        return translating { ffi.commonAncestors(ffiA, ffiB) }.map(EventId::of)
    }

    /** The events that one version has and the other lacks. */
    public fun eventsBetween(since: Collection<EventId>, to: Collection<EventId>): List<EventRange> {
        val (ffiSince, ffiTo) = Pair(ffiIds(since), ffiIds(to))
        return translating { ffi.eventsBetween(ffiSince, ffiTo) }.map { EventRange(it.peer, it.start.toLong(), it.end.toLong()) }
    }

    /** Recomputes what the document holds the slow way; for tests. */
    public fun check(): Unit = translating { ffi.check() }
}
