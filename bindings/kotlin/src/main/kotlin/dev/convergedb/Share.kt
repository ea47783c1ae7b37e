package dev.convergedb

import com.sun.jna.Native
import dev.convergedb.ffi.Commit as FfiCommit
import dev.convergedb.ffi.FfiConverterString
import dev.convergedb.ffi.FfiConverterTypeCommit
import dev.convergedb.ffi.FfiConverterTypeFailure
import dev.convergedb.ffi.UniffiCleaner
import dev.convergedb.ffi.UniffiLib
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicInteger

/**
 * Calls of an object of the library that cross as numbers alone, for those that are made most: the generated code takes tens of
 * microseconds for one. `bindings/uniffi/src/direct.rs` is the other side.
 *
 * **Lifetime.** It holds a share of the object beside that of the generated class. The share is given back once, by whoever is last: by
 * [close] or by the owner's collection, or by a call that was under way then. So no call meets a share that is gone, whoever closes what
 * on which thread; and none needs the owner to be reachable while it lasts, for which an older Android has no means.
 *
 * **Errors.** They come back as those of the generated code. What does not fit into the thread's buffer, and what comes after [close], is
 * left to the generated code; a call that was made is not.
 */
internal abstract class Share(owner: Any, private val handle: Long) {
    /** The calls under way, and one more until it is ended. */
    private val users = AtomicInteger(1)
    // Runs once, with the owner's end at the latest.
    private val ending: UniffiCleaner.Cleanable = UniffiLib.CLEANER.register(owner, ::leave)

    protected abstract fun cross(handle: Long, number: Int, address: Long, length: Int, capacity: Int): Int

    protected abstract fun free(handle: Long)

    /** Closing again does nothing. */
    fun close() = ending.clean()

    private fun enter(): Boolean {
        while (true) {
            val now = users.get()
            if (now == 0) return false
            if (users.compareAndSet(now, now + 1)) return true
        }
    }

    private fun leave() {
        if (users.decrementAndGet() == 0) free(handle)
    }

    /** The length of what the buffer holds then, [NOTHING], or [NOT_MADE]. */
    fun ask(number: Int, packed: Packer, direct: Direct): Int {
        if (!enter()) return NOT_MADE
        val code =
            try {
                cross(handle, number, direct.address, packed.fill(direct), Direct.CAPACITY)
            } finally {
                leave()
            }
        if (code >= NOT_MADE) return code
        throw when (code) {
            FAILED -> FfiConverterTypeFailure.read(direct.written())
            PANICKED -> dev.convergedb.ffi.InternalException(FfiConverterString.read(direct.written()))
            else -> dev.convergedb.ffi.InternalException("a call returned $code")
        }
    }

    /** Makes a call; by [generated] where it cannot be made here. [read] gets the length of what came back, or [NOTHING]. */
    inline fun <T> call(number: Int, packed: Packer, read: (ByteBuffer, Int) -> T, generated: () -> T): T {
        val direct = Direct.take(packed.size)
        if (direct != null) {
            try {
                val code = ask(number, packed, direct)
                if (code != NOT_MADE) return read(direct.written(), code)
            } finally {
                direct.give()
            }
        }
        return generated()
    }

    /** A call that brings back what is packed, or nothing. */
    inline fun bytes(number: Int, packed: Packer, generated: (ByteBuffer) -> ByteArray?): ByteArray? =
        call(
            number,
            packed,
            { written, size -> if (size < 0) null else ByteArray(size).also { written.get(it) } },
            { packed.send(generated) },
        )

    /** A call that brings back a yes or a no. */
    inline fun isSo(number: Int, packed: Packer, generated: () -> Boolean): Boolean =
        call(number, packed, { _, size -> size >= 0 }, generated)

    /** A call that brings back nothing. */
    inline fun done(number: Int, packed: Packer, generated: () -> Unit): Unit = call(number, packed, { _, _ -> }, generated)

    /** A call that brings back what it committed. */
    inline fun commit(number: Int, packed: Packer, generated: () -> FfiCommit): FfiCommit =
        call(number, packed, { written, _ -> FfiConverterTypeCommit.read(written) }, generated)

    /** A call that brings back a text. */
    inline fun text(number: Int, packed: Packer, generated: () -> String): String =
        call(number, packed, { written, _ -> FfiConverterString.read(written) }, generated)

    companion object {
        const val NOTHING = -1
        const val NOT_MADE = -2
        private const val FAILED = -3
        private const val PANICKED = -4

        const val GET = 0
        const val ROW = 1
        const val CONTAINS = 2
        const val INSERT = 3
        const val UPSERT = 4
        const val UPDATE = 5
        const val UPDATE_COLUMNS = 6
        const val DELETE = 7
        const val SET = 8
        const val NEW_ROW_ID = 9
        const val BEGIN = 10
        const val COMMIT = 11
    }
}

internal class DocShare(owner: Any, handle: Long) : Share(owner, handle) {
    override fun cross(handle: Long, number: Int, address: Long, length: Int, capacity: Int) =
        DirectCalls.converge_uniffi_direct_doc(handle, number, address, length, capacity)

    override fun free(handle: Long) = DirectCalls.converge_uniffi_direct_free_doc(handle)
}

internal class TransactionShare(owner: Any, handle: Long) : Share(owner, handle) {
    override fun cross(handle: Long, number: Int, address: Long, length: Int, capacity: Int) =
        DirectCalls.converge_uniffi_direct_transaction(handle, number, address, length, capacity)

    override fun free(handle: Long) = DirectCalls.converge_uniffi_direct_free_transaction(handle)
}

internal class EphemeralShare(owner: Any, handle: Long) : Share(owner, handle) {
    override fun cross(handle: Long, number: Int, address: Long, length: Int, capacity: Int) =
        DirectCalls.converge_uniffi_direct_ephemeral(handle, number, address, length, capacity)

    override fun free(handle: Long) = DirectCalls.converge_uniffi_direct_free_ephemeral(handle)
}

/** Bound by their names, to functions that take just numbers: then JNA is quick. */
@Suppress("FunctionName")
internal object DirectCalls {
    /** Binds them, before the first is called. */
    fun load() = Native.register(DirectCalls::class.java, Library.name)

    external fun converge_uniffi_direct_doc(handle: Long, number: Int, address: Long, length: Int, capacity: Int): Int

    external fun converge_uniffi_direct_free_doc(handle: Long)

    external fun converge_uniffi_direct_transaction(handle: Long, number: Int, address: Long, length: Int, capacity: Int): Int

    external fun converge_uniffi_direct_free_transaction(handle: Long)

    external fun converge_uniffi_direct_ephemeral(handle: Long, number: Int, address: Long, length: Int, capacity: Int): Int

    external fun converge_uniffi_direct_free_ephemeral(handle: Long)
}
