package dev.convergedb

import java.nio.ByteBuffer

/**
 * Writes rows into one buffer, so that a call crosses into the library once and not once for each text.
 * `bindings/uniffi/src/packed.rs` draws the form.
 */
internal class Packer(capacity: Int = 256) {
    private var bytes = ByteArray(capacity)
    private var end = 0

    private fun reserve(more: Long) {
        val wanted = end + more
        if (wanted > bytes.size) {
            if (wanted > Int.MAX_VALUE - 16) {
                throw LimitExceededException("one call carries at most 2 GiB", ErrorDetails(limit = Int.MAX_VALUE.toLong()))
            }
            bytes = bytes.copyOf(maxOf(wanted, minOf(bytes.size * 2L, Int.MAX_VALUE - 16L)).toInt())
        }
    }

    fun byte(value: Int) {
        reserve(1)
        bytes[end++] = value.toByte()
    }

    private fun put(at: Int, value: Int) {
        bytes[at] = value.toByte()
        bytes[at + 1] = (value shr 8).toByte()
        bytes[at + 2] = (value shr 16).toByte()
        bytes[at + 3] = (value shr 24).toByte()
    }

    fun number(value: Int) {
        reserve(4)
        put(end, value)
        end += 4
    }

    /** Writes a number later, when it is known. */
    fun numberLater(): Int = end.also { number(0) }

    fun numberAt(place: Int, value: Int) = put(place, value)

    private fun long(value: Long) {
        number(value.toInt())
        number((value ushr 32).toInt())
    }

    /** A row id or a column. */
    fun name(text: String) {
        if (!utf8(text)) throw InvalidArgumentException("text with half a surrogate pair is not UTF-8")
    }

    /** Writes a text; false, and nothing of use, where a surrogate stands alone. */
    private fun utf8(text: String): Boolean {
        reserve(4 + text.length * 3L)
        val bytes = bytes
        val start = end + 4
        var to = start
        var at = 0
        while (at < text.length) {
            val unit = text[at++].code
            if (unit < 0x80) {
                bytes[to++] = unit.toByte()
            } else if (unit < 0x800) {
                bytes[to++] = (0xC0 or (unit shr 6)).toByte()
                bytes[to++] = (0x80 or (unit and 0x3F)).toByte()
            } else if (unit !in 0xD800..0xDFFF) {
                bytes[to++] = (0xE0 or (unit shr 12)).toByte()
                bytes[to++] = (0x80 or (unit shr 6 and 0x3F)).toByte()
                bytes[to++] = (0x80 or (unit and 0x3F)).toByte()
            } else {
                if (unit > 0xDBFF || at == text.length || text[at] !in '\uDC00'..'\uDFFF') return false
                val point = Character.toCodePoint(unit.toChar(), text[at++])
                bytes[to++] = (0xF0 or (point shr 18)).toByte()
                bytes[to++] = (0x80 or (point shr 12 and 0x3F)).toByte()
                bytes[to++] = (0x80 or (point shr 6 and 0x3F)).toByte()
                bytes[to++] = (0x80 or (point and 0x3F)).toByte()
            }
        }
        put(end, to - start)
        end = to
        return true
    }

    fun value(value: Any?) {
        when (value) {
            null, Value.Null -> byte(0)
            is String -> text(value)
            is Boolean -> byte(if (value) 2 else 1)
            is Long -> int(value)
            is Int -> int(value.toLong())
            is Double -> float(value)
            is ByteArray -> blob(value)
            is Value.Text -> text(value.value)
            is Value.Bool -> byte(if (value.value) 2 else 1)
            is Value.Int -> int(value.value)
            is Value.Float -> float(value.value)
            is Value.Bytes -> blob(value.value)
            else -> value(Value.of(value))
        }
    }

    private fun int(value: Long) {
        byte(3)
        long(value)
    }

    private fun float(value: Double) {
        byte(4)
        long(value.toRawBits())
    }

    private fun text(value: String) {
        byte(5)
        if (!utf8(value)) throw halfAPair()
    }

    private fun blob(value: ByteArray) {
        byte(6)
        number(value.size)
        reserve(value.size.toLong())
        value.copyInto(bytes, end)
        end += value.size
    }

    fun cells(cells: Map<String, Any?>) {
        // Counted while they are written: a map may change its mind about its size.
        val count = numberLater()
        var written = 0
        for ((column, value) in cells) {
            name(column)
            value(value)
            written++
        }
        numberAt(count, written)
    }

    fun cells(cells: Array<out Pair<String, Any?>>) {
        number(cells.size)
        for ((column, value) in cells) {
            name(column)
            value(value)
        }
    }

    /** Hands the buffer to a call, which is done with it when it returns. */
    inline fun <T> send(call: (ByteBuffer) -> T): T = Direct.with(bytes, end, call)
}

/** Names in one buffer. */
internal fun packed(vararg names: String): Packer = Packer().also { names.forEach(it::name) }

/** Buffers outside of the heap, where the library can read them. */
internal object Direct {
    private const val KEPT_BYTES = 1 shl 16
    private val kept = ThreadLocal<ByteBuffer?>()

    // The thread's own buffer is taken away meanwhile: what the call wakes may call again.
    fun take(size: Int): ByteBuffer {
        if (size > KEPT_BYTES) return ByteBuffer.allocateDirect(size)
        val buffer = kept.get() ?: return ByteBuffer.allocateDirect(KEPT_BYTES)
        kept.remove()
        // By the class above: Android before 10 has no `clear` and `flip` of ByteBuffer's own, which this would be compiled to call.
        (buffer as java.nio.Buffer).clear()
        return buffer
    }

    fun give(buffer: ByteBuffer) {
        if (buffer.capacity() == KEPT_BYTES) kept.set(buffer)
    }

    inline fun <T> with(bytes: ByteArray, size: Int, call: (ByteBuffer) -> T): T {
        val buffer = take(size)
        buffer.put(bytes, 0, size)
        (buffer as java.nio.Buffer).flip()
        try {
            return call(buffer)
        } finally {
            give(buffer)
        }
    }

    inline fun <T> with(bytes: ByteArray, call: (ByteBuffer) -> T): T = with(bytes, bytes.size, call)
}

/** Reads what the library packed. */
internal class Unpacker(private val bytes: ByteArray) {
    private var at = 0
    // Rows of a table mostly have the same columns in the same order: then a column's name is made once.
    private var columns = ArrayList<String>()
    private var place = 0

    val hasMore: Boolean
        get() = at < bytes.size

    private fun number(): Int {
        val value =
            bytes[at].toInt() and 255 or
                (bytes[at + 1].toInt() and 255 shl 8) or
                (bytes[at + 2].toInt() and 255 shl 16) or
                (bytes[at + 3].toInt() shl 24)
        at += 4
        return value
    }

    private fun long(): Long = (number().toLong() and 0xFFFF_FFFFL) or (number().toLong() shl 32)

    fun text(): String {
        val length = number()
        return String(bytes, at, length, Charsets.UTF_8).also { at += length }
    }

    private fun column(): String {
        val length = number()
        val start = at
        at += length
        if (place < columns.size) {
            val likely = columns[place]
            if (likely.length == length && isAscii(likely, start)) {
                place++
                return likely
            }
            columns.subList(place, columns.size).clear()
        }
        place++
        return String(bytes, start, length, Charsets.UTF_8).also(columns::add)
    }

    /** Whether an ASCII text stands at a place; of another text the bytes differ from its code units, or are more. */
    private fun isAscii(text: String, start: Int): Boolean {
        for (index in text.indices) if (text[index].code != bytes[start + index].toInt()) return false
        return true
    }

    fun value(): Value =
        when (val kind = bytes[at++].toInt()) {
            0 -> Value.Null
            1 -> Value.Bool(false)
            2 -> Value.Bool(true)
            3 -> Value.Int(long())
            4 -> Value.Float(Double.fromBits(long()))
            5 -> Value.Text(text())
            6 -> {
                val length = number()
                Value.Bytes(bytes.copyOfRange(at, at + length).also { at += length })
            }
            else -> throw InternalException("the library packed a value of the unknown kind $kind")
        }

    fun cells(): Map<String, Value> {
        val count = number()
        val cells = LinkedHashMap<String, Value>(count * 2)
        place = 0
        repeat(count) { cells[column()] = value() }
        return cells
    }

    fun row(): Row = Row(text(), cells())

    fun rows(): List<Row> {
        val rows = ArrayList<Row>()
        while (hasMore) rows.add(row())
        return rows
    }
}
