package dev.convergedb

import com.sun.jna.Native
import com.sun.jna.Pointer
import java.nio.Buffer
import java.nio.ByteBuffer

/** A buffer outside of the heap, where the library can read and write it. What is read from it in UniFFI's form is big-endian, as it is. */
internal class Direct private constructor() {
    val bytes: ByteBuffer = ByteBuffer.allocateDirect(CAPACITY)
    // An older Android has `clear` and the like in this class alone.
    private val bounds: Buffer = bytes
    private var isTaken = false

    /** Where it is, which takes longer to ask than a whole call. */
    val address: Long = Pointer.nativeValue(Native.getDirectBufferPointer(bytes))

    fun fill(from: ByteArray, size: Int) {
        bounds.clear()
        bytes.put(from, 0, size)
        bounds.flip()
    }

    /** To read from the start what the library wrote. */
    fun written(): ByteBuffer {
        bounds.clear()
        return bytes
    }

    fun give() {
        isTaken = false
    }

    companion object {
        const val CAPACITY = 1 shl 16
        private val own = ThreadLocal<Direct?>()

        /** The thread's own; null where that is too small, or taken: what a call wakes may call again. */
        fun take(size: Int): Direct? {
            if (size > CAPACITY) return null
            val direct = own.get() ?: Direct().also(own::set)
            if (direct.isTaken) return null
            direct.isTaken = true
            return direct
        }

        inline fun <T> with(bytes: ByteArray, size: Int, call: (ByteBuffer) -> T): T {
            val direct = take(size) ?: return call(copy(bytes, size))
            try {
                direct.fill(bytes, size)
                return call(direct.bytes)
            } finally {
                direct.give()
            }
        }

        inline fun <T> with(bytes: ByteArray, call: (ByteBuffer) -> T): T = with(bytes, bytes.size, call)

        fun copy(bytes: ByteArray, size: Int): ByteBuffer {
            val copy = ByteBuffer.allocateDirect(size)
            copy.put(bytes, 0, size)
            (copy as Buffer).flip()
            return copy
        }
    }
}
