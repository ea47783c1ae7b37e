package dev.convergedb

import dev.convergedb.serialization.ValueSerializer
import kotlinx.serialization.Serializable
import dev.convergedb.ffi.Value as FfiValue

/**
 * What a cell holds, with its kind: an Int 1 is not a Float 1.0, and 0.0 is not -0.0. Two values are equal when kind and bits are.
 *
 * Most code need not name it: rows are given as plain Kotlin values ([of] says which), and read by [longOrNull] and the like.
 */
@Serializable(with = ValueSerializer::class)
public sealed class Value {
    /** No value. A cell that holds it is there, other than one that was never written. */
    public data object Null : Value()

    /** True or false. */
    public data class Bool(public val value: Boolean) : Value()

    /** An integer of 64 bits. */
    public data class Int(public val value: Long) : Value()

    /** A finite number, with its bits kept. */
    public data class Float(public val value: Double) : Value()

    /** Text, which may hold NUL. */
    public data class Text(public val value: String) : Value()

    /** Bytes. The array is not copied here, only when a document takes it: change it no more before that. */
    public class Bytes(public val value: ByteArray) : Value() {
        override fun equals(other: Any?): Boolean = other is Bytes && value.contentEquals(other.value)

        override fun hashCode(): kotlin.Int = value.contentHashCode()

        override fun toString(): String = "Bytes(${value.size} bytes)"
    }

    /** The Boolean of a Bool, else null. */
    public val booleanOrNull: Boolean?
        get() = (this as? Bool)?.value

    /** The integer of an Int, else null. */
    public val longOrNull: Long?
        get() = (this as? Int)?.value

    /** The number of a Float, else null. */
    public val doubleOrNull: Double?
        get() = (this as? Float)?.value

    /** The text of a Text, else null. */
    public val textOrNull: String?
        get() = (this as? Text)?.value

    /** The bytes of a Bytes, else null. */
    public val bytesOrNull: ByteArray?
        get() = (this as? Bytes)?.value

    /** As a plain Kotlin value: null, [Boolean], [Long], [Double], [String] or [ByteArray]. */
    public fun toAny(): Any? =
        when (this) {
            Null -> null
            is Bool -> value
            is Int -> value
            is Float -> value
            is Text -> value
            is Bytes -> value
        }

    public companion object {
        /**
         * The value of a plain Kotlin value: null, [Boolean], [Byte], [Short], [kotlin.Int], [Long], [kotlin.Float], [Double], [Char],
         * [CharSequence], [ByteArray], or a [Value] itself. Anything else is [InvalidValueException].
         */
        @JvmStatic
        public fun of(value: Any?): Value =
            when (value) {
                null -> Null
                is Value -> value
                is String -> Text(value)
                is Boolean -> Bool(value)
                is Long -> Int(value)
                is kotlin.Int -> Int(value.toLong())
                is Double -> Float(value)
                is ByteArray -> Bytes(value)
                is kotlin.Float -> Float(value.toDouble())
                is Short -> Int(value.toLong())
                is Byte -> Int(value.toLong())
                is Char -> Text(value.toString())
                is CharSequence -> Text(value.toString())
                else -> throw InvalidValueException("a cell cannot hold a ${value.javaClass.name}")
            }

        internal fun of(value: FfiValue): Value =
            when (value) {
                FfiValue.Null -> Null
                is FfiValue.Bool -> Bool(value.v1)
                is FfiValue.Int -> Int(value.v1)
                is FfiValue.Float -> Float(value.v1)
                is FfiValue.Str -> Text(value.v1)
                is FfiValue.Bytes -> Bytes(value.v1)
            }
    }

    internal fun ffi(): FfiValue =
        when (this) {
            Null -> FfiValue.Null
            is Bool -> FfiValue.Bool(value)
            is Int -> FfiValue.Int(value)
            is Float -> FfiValue.Float(value)
            is Text -> {
                if (!isUtf8(value)) throw halfAPair()
                FfiValue.Str(value)
            }
            is Bytes -> FfiValue.Bytes(value)
        }
}

/** The cells of a row as plain Kotlin values: null, [Boolean], [Long], [Double], [String] or [ByteArray]. */
public fun Map<String, Value>.toAny(): Map<String, Any?> = mapValues { (_, value) -> value.toAny() }

/** The cells of a row as values. What is none of [Value.of]'s kinds is [InvalidValueException]. */
public fun Map<String, Any?>.toValues(): Map<String, Value> = mapValues { (_, value) -> Value.of(value) }

internal fun halfAPair() = InvalidValueException("text with half a surrogate pair is no Unicode")

/** Whether all surrogates are in pairs. */
internal fun isUtf8(text: String): Boolean {
    var at = 0
    while (at < text.length) {
        val unit = text[at++]
        if (unit in '\uD800'..'\uDFFF' && (unit > '\uDBFF' || at == text.length || text[at++] !in '\uDC00'..'\uDFFF')) return false
    }
    return true
}
