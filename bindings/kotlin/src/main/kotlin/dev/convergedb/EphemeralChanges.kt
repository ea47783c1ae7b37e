package dev.convergedb

import dev.convergedb.ffi.EntryChange as FfiEntryChange
import dev.convergedb.ffi.EphemeralChanges as FfiEphemeralChanges
import dev.convergedb.ffi.EphemeralStore as FfiEphemeralStore
import dev.convergedb.ffi.NextEntry as FfiNextEntry
import dev.convergedb.ffi.Waker as FfiWaker
import java.lang.ref.WeakReference

/** What happened to an ephemeral key. */
public data class EphemeralChange(
    /** What happened. */
    public val kind: Kind,
    /** The namespace. */
    public val ns: String,
    /** The key. */
    public val key: String,
    /** What the key holds after it; for an expired one, what it held; null when the reader lagged. */
    public val entry: Entry?,
    /** Whether a call of this store's own made it. */
    public val local: Boolean,
) {
    /** The kinds of changes. */
    public enum class Kind {
        /** It shows, and did not before. */
        ADDED,

        /** It shows another entry than before. */
        UPDATED,

        /** It was removed. */
        REMOVED,

        /** It reached the time to live. */
        EXPIRED,

        /**
         * The reader was too slow and changes were dropped: read again what is of interest, then go on. The rest of the change says
         * nothing.
         */
        LAGGED,
    }

    internal companion object {
        val LAGGED = EphemeralChange(Kind.LAGGED, "", "", null, false)

        fun of(next: FfiNextEntry.Change): EphemeralChange {
            val kind =
                when (next.kind) {
                    FfiEntryChange.ADDED -> Kind.ADDED
                    FfiEntryChange.UPDATED -> Kind.UPDATED
                    FfiEntryChange.REMOVED -> Kind.REMOVED
                    FfiEntryChange.EXPIRED -> Kind.EXPIRED
                }
            return EphemeralChange(kind, next.entry.ns, next.entry.key, Entry.of(next.entry), next.local)
        }
    }
}

/**
 * What changes in an ephemeral store since [EphemeralStore.subscribe]. While somebody reads, it has the store end what has reached
 * its time to live, so that this is told.
 */
public class EphemeralChanges
internal constructor(private val ffi: FfiEphemeralChanges, store: FfiEphemeralStore, expireEveryMs: Long?) :
    Reader<EphemeralChange>(expireEveryMs) {
    // A reader keeps no store open.
    private val store = WeakReference(store)
    private val expires = expireEveryMs != null

    override fun ask(timeoutMs: ULong?): Told<EphemeralChange> =
        when (val next = ffi.next(timeoutMs)) {
            is FfiNextEntry.Change -> Told.News(EphemeralChange.of(next))
            FfiNextEntry.Lagged -> Told.News(EphemeralChange.LAGGED)
            FfiNextEntry.Timeout -> Told.Nothing
            FfiNextEntry.Closed -> Told.End
        }

    override fun idle() {
        if (!expires) return
        try {
            translating { store.get()?.expire() }
        } catch (_: ClosedException) {
            // The reader is told so by itself.
        }
    }

    override fun setWaker(waker: FfiWaker?): Unit = ffi.setWaker(waker)

    override fun isLagged(change: EphemeralChange): Boolean = change.kind == EphemeralChange.Kind.LAGGED

    override fun shut() {
        ffi.shut()
        ffi.close()
    }
}
