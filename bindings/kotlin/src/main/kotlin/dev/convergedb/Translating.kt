package dev.convergedb

import dev.convergedb.ffi.Failure

/** Runs a call of the library and makes its errors ours. Only such a call belongs inside: nothing of the caller's. */
internal inline fun <T> translating(call: () -> T): T {
    try {
        return call()
    } catch (error: Exception) {
        throw translated(error)
    }
}

internal fun translated(error: Exception): Exception =
    when (error) {
        is Failure.Failed -> exceptionOf(error)
        is dev.convergedb.ffi.InternalException -> InternalException("a panic inside was caught: ${error.message}", cause = error)
        // A handle that was let go of.
        is IllegalStateException -> ClosedException("it was closed", cause = error)
        else -> error
    }

/** A text that a call may have is at most so long. */
internal const val TEXT_MAX: Int = 1 shl 28

/**
 * The text itself, if it is Unicode and not too long. Whatever text a call takes is looked at before it: the generated code finds out only
 * when it holds what it then does not give back.
 */
internal fun utf8(text: String): String {
    if (text.length > TEXT_MAX) {
        throw LimitExceededException("a text has at most $TEXT_MAX characters", ErrorDetails(limit = TEXT_MAX.toLong()))
    }
    if (!isUtf8(text)) throw InvalidArgumentException("text with half a surrogate pair is not UTF-8")
    return text
}

/** Looks whether what a call takes, of these bytes, fits into the buffer in which it crosses. */
internal fun fits(bytes: ULong) {
    if (bytes > Int.MAX_VALUE.toULong()) {
        throw LimitExceededException("one call carries at most 2 GiB", ErrorDetails(limit = Int.MAX_VALUE.toLong()))
    }
}

/** A count or counter, none of which is negative. */
internal fun unsigned(number: Long, what: String): ULong {
    if (number < 0) throw InvalidArgumentException("$what is not negative, as $number is")
    return number.toULong()
}

internal fun unsigned(number: Int, what: String): ULong = unsigned(number.toLong(), what)

internal fun unsigned(number: Long?, what: String): ULong? = if (number == null) null else unsigned(number, what)

private const val DIGITS = "0123456789abcdef"

internal fun hex(bytes: ByteArray): String =
    buildString(bytes.size * 2) {
        for (byte in bytes) {
            append(DIGITS[byte.toInt() shr 4 and 15]).append(DIGITS[byte.toInt() and 15])
        }
    }

/** The bytes that hexadecimal digits stand for. */
internal fun unhex(text: String, what: String): ByteArray {
    if (text.length % 2 != 0 || text.any { Character.digit(it, 16) < 0 || it.code > 127 }) {
        throw InvalidArgumentException("$what is hexadecimal, as \"$text\" is not")
    }
    return ByteArray(text.length / 2) { (Character.digit(text[it * 2], 16) * 16 + Character.digit(text[it * 2 + 1], 16)).toByte() }
}
