package dev.convergedb

import dev.convergedb.ffi.Doc as FfiDoc
import dev.convergedb.ffi.FfiConverterMapStringULong
import dev.convergedb.ffi.FfiConverterSequenceTypeEventRun

/** For each peer the highest counter that is known. */
public typealias Versions = Map<String, Long>

/** How far a replica is. */
public data class SyncState(
    /** The applied events that no other depends on, sorted by peer and counter. */
    public val frontier: List<EventId>,
    /** For each peer the highest applied counter. */
    public val versions: Versions,
)

/** A part of what a replica lacks, as bytes for its [Doc.mergeRemote]. While [hasMore], ask again once it is merged. */
public class UpdatePage(public val bytes: ByteArray, public val hasMore: Boolean)

/** A part of what a replica lacks, as plain data. While [hasMore], ask again with the new versions. */
public data class RunsPage(public val runs: List<EventRun>, public val hasMore: Boolean)

/** The syncing part of [Doc]. */
public abstract class DocSync internal constructor(ffi: FfiDoc) : DocWrite(ffi) {
    /** How far this replica is. */
    public fun syncState(): SyncState {
        val state = translating { ffi.syncState() }
        return SyncState(state.frontier.map(EventId::of), longs(state.versions))
    }

    /** For each peer the highest applied counter. */
    public fun versions(): Versions = longs(translating { ffi.versions() })

    /** The applied events that no other depends on, sorted by peer and counter. */
    public fun frontier(): List<EventId> = translating { ffi.frontier() }.map(EventId::of)

    /** What this replica knows, as bytes for another one's [getPending]. It also shows when two devices write under one peer id. */
    public fun encodeRequest(): ByteArray = translating { ffi.encodeRequest() }

    /**
     * What a replica of these [Versions] lacks, as bytes: all of it, or a first page.
     *
     * @param eventsMax at most so many events, but at least one transaction; null for the engine's own bound
     * @param bytesMax at most about so many bytes; null for the engine's own bound
     */
    @JvmOverloads
    public fun getPending(known: Versions, eventsMax: Long? = null, bytesMax: Long? = null): UpdatePage {
        val ffiKnown = ulongs(known)
        val (events, bytes) = bounds(eventsMax, bytesMax)
        val page = translating { ffi.encodeUpdate(ffiKnown, events, bytes) }
        return UpdatePage(page.bytes, page.hasMore)
    }

    /** What the replica lacks whose [encodeRequest] this is, as bytes: all of it, or a first page. */
    @JvmOverloads
    public fun getPending(request: ByteArray, eventsMax: Long? = null, bytesMax: Long? = null): UpdatePage {
        val (events, bytes) = bounds(eventsMax, bytesMax)
        val page = Direct.with(request) { asked -> translating { ffi.encodePending(asked, events, bytes) } }
        return UpdatePage(page.bytes, page.hasMore)
    }

    /** What a replica of these [Versions] lacks, as plain data: all of it, or a first page. */
    @JvmOverloads
    public fun getPendingRuns(known: Versions, eventsMax: Long? = null, bytesMax: Long? = null): RunsPage {
        val ffiKnown = ulongs(known)
        val (events, bytes) = bounds(eventsMax, bytesMax)
        val page = translating { ffi.getPending(ffiKnown, events, bytes) }
        return RunsPage(page.runs.map(EventRun::of), page.hasMore)
    }

    /**
     * Merges what another replica's [getPending] gave, all or nothing, in whatever order and however often it comes.
     *
     * @param patches whether to tell what changed; without, a large merge is cheaper
     */
    @JvmOverloads
    public fun mergeRemote(update: ByteArray, patches: Boolean = true): MergeResult =
        MergeResult.of(
            Direct.with(update) { taken -> translating { if (patches) ffi.mergeUpdate(taken) else ffi.mergeUpdateQuiet(taken) } }
        )

    /** Merges plain data, all or nothing. */
    public fun mergeRemote(runs: List<EventRun>): MergeResult {
        val ffiRuns = runs.map(EventRun::ffi)
        fits(FfiConverterSequenceTypeEventRun.allocationSize(ffiRuns))
        return MergeResult.of(translating { ffi.mergeRemote(ffiRuns) })
    }

    /** The ids, neither applied nor waiting, that waiting events wait for. */
    public fun missing(): List<EventId> = translating { ffi.missing() }.map(EventId::of)

    /** Forgets all events that wait, and says how many. They come again with the next sync. */
    public fun dropWaiting(): Long = translating { ffi.dropWaiting() }.toLong()

    /**
     * Goes on under a fresh peer id where two devices wrote under this one: gives up the own events from [fromCounter] on, and writes what
     * only this replica had again.
     */
    public fun fork(fromCounter: Long): MergeResult {
        val from = unsigned(fromCounter, "a counter")
        return MergeResult.of(translating { ffi.fork(from) })
    }

    /** The whole replica as bytes, with its history, for [Doc.decode]. */
    public fun encodeReplica(): ByteArray = translating { ffi.encodeReplica() }

    /** The replica without its history as bytes, for [Doc.decode]. */
    public fun encodeState(): ByteArray = translating { ffi.encodeState() }

    /** The SHA-256 of the visible state, hexadecimal: equal where replicas show the same. */
    public fun digest(): String = hex(translating { ffi.digest() })

    internal companion object {
        fun bounds(eventsMax: Long?, bytesMax: Long?) = Pair(unsigned(eventsMax, "a bound"), unsigned(bytesMax, "a bound"))

        fun longs(versions: Map<String, ULong>): Versions = versions.mapValuesTo(sortedMapOf()) { (_, counter) -> counter.toLong() }

        fun ulongs(versions: Versions): Map<String, ULong> {
            val known = versions.entries.associate { (peer, counter) -> utf8(peer) to unsigned(counter, "a counter") }
            fits(FfiConverterMapStringULong.allocationSize(known))
            return known
        }
    }
}
