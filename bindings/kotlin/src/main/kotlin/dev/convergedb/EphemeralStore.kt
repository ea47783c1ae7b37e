package dev.convergedb

import dev.convergedb.ffi.Entry as FfiEntry
import dev.convergedb.ffi.EphemeralCounts as FfiEphemeralCounts
import dev.convergedb.ffi.EphemeralStore as FfiEphemeralStore
import dev.convergedb.ffi.FfiConverterSequenceString
import dev.convergedb.ffi.FfiConverterSequenceTypeEntry
import dev.convergedb.ffi.FfiConverterTypeEntry
import kotlinx.coroutines.flow.Flow

/** What an ephemeral key holds. A removed one has no value. */
public data class Entry
@JvmOverloads
constructor(
    /** The value; null where it was removed. */
    public val value: Value?,
    /** When it was written, in milliseconds, as the greater of two is the one that stays. */
    public val timestamp: Double,
    /** Who wrote it. */
    public val peer: String,
    /**
     * How long its holders have held it, in milliseconds: with it an entry that is handed on ends everywhere at its time to live.
     * [EphemeralStore.changedSince] tells it; [EphemeralStore.get] and [EphemeralStore.getAll] do not (0).
     */
    public val ageMs: Long = 0,
) {
    /** Whether it was removed. */
    public val removed: Boolean
        get() = value == null

    internal fun ffi(ns: String, key: String) =
        FfiEntry(utf8(ns), utf8(key), value?.ffi(), timestamp, utf8(peer), unsigned(ageMs, "an age"))

    internal companion object {
        fun of(entry: FfiEntry) = Entry(entry.value?.let(Value::of), entry.timestamp, entry.peer, entry.ageMs.toLong())
    }
}

/** What became of the entries of a message. */
public data class EphemeralCounts(
    /** Entries that were stored. */
    public val changed: Long,
    /** Entries that were equal to what is here, or lost against it. */
    public val unchanged: Long,
    /** Entries left out because they had reached the time to live. */
    public val agedOut: Long,
    /** Entries left out because their timestamp is too far ahead of the wall clock. */
    public val fromTheFuture: Long,
    /** The store's mark before the merge, for [EphemeralStore.changedSince]. */
    public val before: Long,
) {
    internal companion object {
        fun of(counts: FfiEphemeralCounts) =
            EphemeralCounts(
                counts.changed.toLong(),
                counts.unchanged.toLong(),
                counts.agedOut.toLong(),
                counts.fromTheFuture.toLong(),
                counts.before.toLong(),
            )
    }
}

/** What a merge stored, and what became of all. */
public data class EphemeralMerge(
    /** Just the entries that were stored. */
    public val changed: Entries,
    /** What became of all of them. */
    public val counts: EphemeralCounts,
)

/** A message, and the mark to ask with for the next one. */
public class EphemeralUpdate(public val bytes: ByteArray, public val mark: Long)

/** Entries by namespace and key. */
public typealias Entries = Map<String, Map<String, Entry>>

/**
 * Presence: registers `namespace → key → entry` that age, end by themselves and are never on disk.
 *
 * [encodeAll], [encodeSince] and [mergeBytes] carry it to others. Any thread may use it. Close it, or make it with `use`: after that every
 * call throws [ClosedException].
 */
public class EphemeralStore private constructor(private val ffi: FfiEphemeralStore) : AutoCloseable {
    private val share: Share = EphemeralShare(ffi, ffi.uniffiCloneHandle())

    /** A new, empty store. */
    @JvmOverloads
    public constructor(options: EphemeralOptions = EphemeralOptions()) : this(made(options))

    /** Closes the store. Whoever waits for changes is told the end. Closing again does nothing. */
    override fun close() {
        if (ffi.uniffiIsDestroyed) return
        try {
            translating { ffi.shut() }
        } catch (_: ClosedException) {
            // Another thread was first.
        } finally {
            share.close()
            ffi.close()
        }
    }

    /** The peer id that it writes under. */
    public val peer: String
        get() = translating { ffi.peer() }

    /** How long an entry lives, in milliseconds; null for ever. */
    public val ttlMs: Long?
        get() = translating { ffi.ttlMs() }?.toLong()

    /** The number of entries, removed ones included. */
    public val entries: Long
        get() = translating { ffi.entries() }.toLong()

    /** The bytes of names and values. */
    public val bytes: Long
        get() = translating { ffi.bytes() }.toLong()

    /**
     * Writes an entry; whether it was stored, as one with a lesser timestamp than what is there is not.
     *
     * @param value as [Value.of] takes it
     * @param timestamp in milliseconds; stamped by the store where null
     */
    @JvmOverloads
    public fun set(ns: String, key: String, value: Any?, timestamp: Double? = null): Boolean {
        val given = Value.of(value)
        val packed = Packer()
        packed.value(given)
        packed.value(timestamp)
        packed.name(ns)
        packed.name(key)
        return translating { share.isSo(Share.SET, packed) { ffi.set(ns, key, given.ffi(), timestamp) } }
    }

    /** Removes an entry; whether the removal was stored. */
    @JvmOverloads
    public fun remove(ns: String, key: String, timestamp: Double? = null): Boolean =
        translating { ffi.remove(utf8(ns), utf8(key), timestamp) }

    /** The entry that shows at a key; null where none does. */
    public fun get(ns: String, key: String): Entry? =
        translating {
                share.call(
                    Share.GET,
                    packed(ns, key),
                    { written, size -> if (size < 0) null else FfiConverterTypeEntry.read(written) },
                    { ffi.get(ns, key) },
                )
            }
            ?.let(Entry::of)

    /** The entries that show in a namespace, sorted by key. */
    public fun getAll(ns: String): Map<String, Entry> =
        translating { ffi.getAll(utf8(ns)) }.associateTo(LinkedHashMap()) { it.key to Entry.of(it) }

    /** The namespaces in which an entry shows, sorted. */
    public fun namespaces(): List<String> = translating { ffi.namespaces() }

    /** Takes in entries, such as another store's [changedSince]: what of them was stored, and what became of all. */
    public fun merge(entries: Entries): EphemeralMerge {
        val given = entries.flatMap { (ns, keys) -> keys.map { (key, entry) -> entry.ffi(ns, key) } }
        fits(FfiConverterSequenceTypeEntry.allocationSize(given))
        val merged = translating { ffi.merge(given) }
        return EphemeralMerge(grouped(merged.changed), EphemeralCounts.of(merged.counts))
    }

    /** Takes in a message of another store's [encode] or [encodeSince]. */
    public fun mergeBytes(message: ByteArray): EphemeralCounts =
        EphemeralCounts.of(Direct.with(message) { taken -> translating { ffi.mergeBytes(taken) } })

    /** Everything as a message. */
    public fun encodeAll(): ByteArray = translating { ffi.encode(null) }

    /** These namespaces as a message; of none it says nothing. */
    public fun encode(namespaces: Collection<String>): ByteArray {
        val wanted = namespaces.map(::utf8)
        fits(FfiConverterSequenceString.allocationSize(wanted))
        return translating { ffi.encode(wanted) }
    }

    /** What changed since a mark, as a message; everything since 0. */
    @JvmOverloads
    public fun encodeSince(mark: Long = 0): EphemeralUpdate =
        translating { ffi.encodeSince(mark.toULong()) }.let { EphemeralUpdate(it.bytes, it.mark.toLong()) }

    /** What changed since a mark; everything since 0. */
    @JvmOverloads public fun changedSince(mark: Long = 0): Entries = grouped(translating { ffi.changedSince(mark.toULong()) })

    /** The mark of this moment. */
    public fun mark(): Long = translating { ffi.mark() }.toLong()

    /** Ends what has reached the time to live: what went. */
    public fun expire(): Entries = grouped(translating { ffi.expire() })

    /** Removes what a departed peer wrote, key by key: the removals. */
    public fun removePeer(peer: String): Entries = grouped(translating { ffi.removePeer(utf8(peer)) })

    /**
     * Subscribes to what changes from now on.
     *
     * @param limit at most so many changes are kept for a slow reader; then it is told that it lagged
     * @param expireEveryMs while somebody reads, [expire] is called so often, in milliseconds, so that what ends is told, also where there is
     *   other news all the time; with null somebody else has to
     */
    @JvmOverloads
    public fun subscribe(limit: Int = DocRead.CHANGES_MAX, expireEveryMs: Long? = EXPIRE_EVERY_MS): EphemeralChanges {
        val most = unsigned(limit, "a bound")
        unsigned(expireEveryMs, "a time")
        return EphemeralChanges(translating { ffi.subscribe(most) }, ffi, expireEveryMs)
    }

    /**
     * What changes while the flow is collected; it ends when the store is closed. Each collector has a subscription of its own, which
     * begins when it starts to collect and ends with it, also by cancellation. Buffering is as in [Doc.changes], counted in changes.
     */
    public fun changes(limit: Int = DocRead.CHANGES_MAX, expireEveryMs: Long? = EXPIRE_EVERY_MS): Flow<EphemeralChange> = flowOf {
        subscribe(limit, expireEveryMs)
    }

    /** Moves the clock of a store whose clocks are moved by hand; for tests. */
    public fun advance(ms: Long) {
        val time = unsigned(ms, "a time")
        translating { ffi.advance(time) }
    }

    /** Sets the time of day of a store whose clocks are moved by hand; for tests. */
    public fun setWall(ms: Long): Unit = translating { ffi.setWall(ms) }

    /** As [set]. */
    @JvmOverloads
    public fun setJson(ns: String, key: String, value: String, timestamp: Double? = null): Boolean =
        translating { ffi.setJson(utf8(ns), utf8(key), utf8(value), timestamp) }

    /** As [get]. */
    public fun getJson(ns: String, key: String): String? = translating { ffi.getJson(utf8(ns), utf8(key)) }

    /** As [getAll]: `{key: entry}`. */
    public fun getAllJson(ns: String): String = translating { ffi.getAllJson(utf8(ns)) }

    /** As [merge]: takes and gives `{namespace: {key: entry}}`. */
    public fun mergeJson(entries: String): String = translating { ffi.mergeJson(utf8(entries)) }

    /** As [expire]. */
    public fun expireJson(): String = translating { ffi.expireJson() }

    /** As [removePeer]. */
    public fun removePeerJson(peer: String): String = translating { ffi.removePeerJson(utf8(peer)) }

    // Not what waits for a lock: it is printed by whoever looks for the lock that is held.
    override fun toString(): String = if (ffi.uniffiIsDestroyed) "EphemeralStore(closed)" else "EphemeralStore(open)"

    public companion object {
        /** So often a waiting reader calls [expire] unless told otherwise, in milliseconds. */
        public const val EXPIRE_EVERY_MS: Long = 1000

        private fun made(options: EphemeralOptions): FfiEphemeralStore {
            Library.load()
            val ffiOptions = options.ffi()
            return translating { FfiEphemeralStore(ffiOptions) }
        }

        private fun grouped(entries: List<FfiEntry>): Entries {
            val byNamespace = LinkedHashMap<String, MutableMap<String, Entry>>()
            for (entry in entries) byNamespace.getOrPut(entry.ns) { LinkedHashMap() }[entry.key] = Entry.of(entry)
            return byNamespace
        }
    }
}
