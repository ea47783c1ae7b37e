package dev.convergedb

import dev.convergedb.ffi.DocOptions as FfiDocOptions
import dev.convergedb.ffi.FfiConverterTypeDocOptions
import dev.convergedb.ffi.StoreOptions as FfiStoreOptions

/** When a write to a file returns. */
public enum class Durability {
    /** Once it is on the disk. */
    FULL,

    /** Before: a power cut may take the last transactions, but never part of one and never what a peer was given. [Doc.flush] waits. */
    RELAXED,
}

/** How a document is opened. In Java, [builder] makes one. */
public data class DocOptions(
    /** Write under this peer id. No other replica may, ever; a random one, the default, is the safe choice. */
    val peer: String? = null,
    /** The document's id, 32 hexadecimal digits; random unless given, or that of the first update that is merged. */
    val document: String? = null,
    /** Stamp each transaction with the time of day, for people to see in the history. */
    val wallClock: Boolean = false,
    /** The most events that wait for others; null for 100,000. */
    val waitingEvents: Long? = null,
    /** The most bytes that wait for others; null for 64 MiB. */
    val waitingBytes: Long? = null,
    /** For files: when a write returns. */
    val durability: Durability = Durability.FULL,
    /** For files: open it beside whoever writes it. */
    val readOnly: Boolean = false,
    /** For files: refuse to make one. */
    val mustExist: Boolean = false,
    /** For files: the folder where the mark lies that tells a file from a copy of it. It does not belong into backups. */
    val markFolder: String? = null,
) {
    internal fun ffi() =
        FfiDocOptions(
                peer?.let(::utf8),
                document?.let { unhex(it, "a document id") },
                wallClock,
                unsigned(waitingEvents, "a bound"),
                unsigned(waitingBytes, "a bound"),
                durability == Durability.RELAXED,
                readOnly,
                mustExist,
                markFolder?.let(::utf8),
            )
            .also { fits(FfiConverterTypeDocOptions.allocationSize(it)) }

    /** Makes [DocOptions] step by step, for Java. */
    public class Builder {
        private var made = DocOptions()

        /** See [DocOptions.peer]. */
        public fun peer(peer: String?): Builder = set { copy(peer = peer) }

        /** See [DocOptions.document]. */
        public fun document(document: String?): Builder = set { copy(document = document) }

        /** See [DocOptions.wallClock]. */
        public fun wallClock(wallClock: Boolean): Builder = set { copy(wallClock = wallClock) }

        /** See [DocOptions.waitingEvents]. */
        public fun waitingEvents(waitingEvents: Long?): Builder = set { copy(waitingEvents = waitingEvents) }

        /** See [DocOptions.waitingBytes]. */
        public fun waitingBytes(waitingBytes: Long?): Builder = set { copy(waitingBytes = waitingBytes) }

        /** See [DocOptions.durability]. */
        public fun durability(durability: Durability): Builder = set { copy(durability = durability) }

        /** See [DocOptions.readOnly]. */
        public fun readOnly(readOnly: Boolean): Builder = set { copy(readOnly = readOnly) }

        /** See [DocOptions.mustExist]. */
        public fun mustExist(mustExist: Boolean): Builder = set { copy(mustExist = mustExist) }

        /** See [DocOptions.markFolder]. */
        public fun markFolder(markFolder: String?): Builder = set { copy(markFolder = markFolder) }

        /** The options. */
        public fun build(): DocOptions = made

        private inline fun set(change: DocOptions.() -> DocOptions): Builder = apply { made = made.change() }
    }

    public companion object {
        /** Makes options step by step. */
        @JvmStatic public fun builder(): Builder = Builder()
    }
}

/** How an ephemeral store is made. In Java, [builder] makes one. */
public data class EphemeralOptions(
    /** The peer id to write under, usually the document's; random unless given. */
    val peer: String? = null,
    /** How long an entry lives, in milliseconds; null for ever. */
    val ttlMs: Long? = TTL_MS,
    /** The most entries; null for 100,000. */
    val entriesMax: Long? = null,
    /** The most bytes of names and values; null for 64 MiB. */
    val bytesMax: Long? = null,
    /** Whether the store knows the time of day; without, timestamps count up from 0. */
    val wallClock: Boolean = true,
    /** Whether its clocks are moved by hand; for tests. */
    val manualClock: Boolean = false,
) {
    internal fun ffi() =
        FfiStoreOptions(
            peer?.let(::utf8),
            unsigned(ttlMs, "a time to live"),
            unsigned(entriesMax, "a bound"),
            unsigned(bytesMax, "a bound"),
            wallClock,
            manualClock,
        )

    /** Makes [EphemeralOptions] step by step, for Java. */
    public class Builder {
        private var made = EphemeralOptions()

        /** See [EphemeralOptions.peer]. */
        public fun peer(peer: String?): Builder = set { copy(peer = peer) }

        /** See [EphemeralOptions.ttlMs]. */
        public fun ttlMs(ttlMs: Long?): Builder = set { copy(ttlMs = ttlMs) }

        /** See [EphemeralOptions.entriesMax]. */
        public fun entriesMax(entriesMax: Long?): Builder = set { copy(entriesMax = entriesMax) }

        /** See [EphemeralOptions.bytesMax]. */
        public fun bytesMax(bytesMax: Long?): Builder = set { copy(bytesMax = bytesMax) }

        /** See [EphemeralOptions.wallClock]. */
        public fun wallClock(wallClock: Boolean): Builder = set { copy(wallClock = wallClock) }

        /** See [EphemeralOptions.manualClock]. */
        public fun manualClock(manualClock: Boolean): Builder = set { copy(manualClock = manualClock) }

        /** The options. */
        public fun build(): EphemeralOptions = made

        private inline fun set(change: EphemeralOptions.() -> EphemeralOptions): Builder = apply { made = made.change() }
    }

    public companion object {
        /** How long an entry lives unless told otherwise, in milliseconds. */
        public const val TTL_MS: Long = 30_000

        /** Makes options step by step. */
        @JvmStatic public fun builder(): Builder = Builder()
    }
}
