package dev.convergedb

import java.nio.file.Path
import dev.convergedb.ffi.Doc as FfiDoc

/**
 * A document: tables of rows, and every write that made them. It lives in memory or in one file; replicas of it exchange bytes.
 *
 * Any thread may use it; calls on one document take turns. Close it, or open it with `use`: after that every call throws [ClosedException].
 * Calls wait for their turn, and in a file for the disk: from coroutines and on a main thread take its [suspending] view.
 */
public class Doc
private constructor(
    ffi: FfiDoc,
    /** For people: what it was opened from. */
    private val origin: String,
) : DocJson(ffi), AutoCloseable {
    /**
     * Closes the document and lets go of its file. Whoever waits for changes is told the end. Closing again does nothing. It waits for the
     * end of another thread's transaction; this thread's own has to be ended first, else it throws [InvalidArgumentException] and the
     * document stays open.
     */
    override fun close() {
        if (ffi.uniffiIsDestroyed) return
        try {
            translating { ffi.shut() }
        } catch (error: InvalidArgumentException) {
            throw error
        } catch (_: ClosedException) {
            // Another thread was first.
        } catch (error: ConvergeException) {
            letGo()
            throw error
        }
        letGo()
    }

    private fun letGo() {
        share.close()
        ffi.close()
    }

    /** The peer id that it writes under. */
    public val peer: String
        get() = translating { ffi.peer() }

    /** The document's id, 32 hexadecimal digits: all its replicas have the same. */
    public val documentId: String
        get() = hex(translating { ffi.documentId() })

    /** Whether the next write goes on under a fresh peer id, since this one is used elsewhere. */
    public val needsFreshPeer: Boolean
        get() = translating { ffi.needsFreshPeer() }

    /** The number of applied events. */
    public val events: Long
        get() = translating { ffi.events() }.toLong()

    /** The number of events that wait for others. */
    public val waitingEvents: Long
        get() = translating { ffi.waitingEvents() }.toLong()

    // Not what waits for a lock: it is printed by whoever looks for the lock that is held.
    override fun toString(): String = if (ffi.uniffiIsDestroyed) "Doc($origin, closed)" else "Doc($origin)"

    public companion object {
        private const val IN_MEMORY = "in memory"

        /** A new, empty document in memory. */
        @JvmStatic
        @JvmOverloads
        public fun inMemory(options: DocOptions = DocOptions()): Doc {
            Library.load()
            val ffiOptions = options.ffi()
            return Doc(translating { FfiDoc.inMemory(ffiOptions) }, IN_MEMORY)
        }

        /**
         * A document in a file, which is made if it is not there.
         *
         * One handle at a time may write a file, in this process or another, else [AlreadyOpenException]; any number may read beside it
         * with [DocOptions.readOnly].
         */
        @JvmStatic
        @JvmOverloads
        public fun open(path: String, options: DocOptions = DocOptions()): Doc {
            Library.load()
            val ffiOptions = options.ffi()
            return Doc(translating { FfiDoc.open(utf8(path), ffiOptions) }, path)
        }

        /** A document in a file. */
        @JvmStatic
        @JvmOverloads
        public fun open(path: Path, options: DocOptions = DocOptions()): Doc = open(path.toString(), options)

        /**
         * A document in memory from what [Doc.encodeReplica] or [Doc.encodeState] made.
         *
         * With [DocOptions.peer] given as the stored peer id it goes on as that peer: safe only where the bytes are the latest of it, and
         * nobody else does so too. Without, it is a new replica of the same document.
         */
        @JvmStatic
        @JvmOverloads
        public fun decode(replica: ByteArray, options: DocOptions = DocOptions()): Doc {
            Library.load()
            val ffiOptions = options.ffi()
            return Doc(translating { FfiDoc.decode(replica, ffiOptions) }, IN_MEMORY)
        }

        /** Reads what is sound in a damaged file. */
        @JvmStatic
        public fun salvage(path: String): Salvage {
            Library.load()
            val saved = translating { dev.convergedb.ffi.salvage(utf8(path)) }
            val rows = saved.rows.groupBy({ it.tbl }, { Row(it.rowId, valuesOf(it.cells)) })
            return Salvage(rows, saved.events.map(EventRun::of), saved.problems)
        }
    }
}
