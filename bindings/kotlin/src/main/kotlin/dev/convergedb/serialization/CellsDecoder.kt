package dev.convergedb.serialization

import dev.convergedb.Value
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerializationException
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.AbstractDecoder
import kotlinx.serialization.encoding.CompositeDecoder
import kotlinx.serialization.modules.SerializersModule

/** Reads one object's properties from cells. */
@OptIn(ExperimentalSerializationApi::class)
internal class CellsDecoder(private val cells: Map<String, Value>, override val serializersModule: SerializersModule) : AbstractDecoder() {
    private var next = 0
    /** The cell that is read; none outside of the object. */
    private var column: String? = null
    private var value: Value = Value.Null

    override fun beginStructure(descriptor: SerialDescriptor): CompositeDecoder {
        column?.let { throw nested(it, descriptor) }
        return this
    }

    override fun decodeElementIndex(descriptor: SerialDescriptor): Int {
        while (next < descriptor.elementsCount) {
            val index = next++
            val name = descriptor.getElementName(index)
            val found = cells[name]
            val mayBeNull = !descriptor.isElementOptional(index) && descriptor.getElementDescriptor(index).isNullable
            if (found != null || mayBeNull) {
                column = name
                value = found ?: Value.Null
                return index
            }
        }
        return CompositeDecoder.DECODE_DONE
    }

    override fun <T> decodeSerializableValue(deserializer: DeserializationStrategy<T>): T {
        if (column == null || !isBytes(deserializer.descriptor)) return super.decodeSerializableValue(deserializer)
        @Suppress("UNCHECKED_CAST") // It is the serializer of byte arrays.
        return read<Value.Bytes>("bytes").value as T
    }

    fun take(): Value = if (column != null) value else throw SerializationException("a single value is no row")

    private inline fun <reified V : Value> read(wanted: String): V =
        take() as? V ?: throw SerializationException("column \"$column\" holds $value, where the class wants $wanted")

    private fun integer(from: Long, to: Long): Long {
        val number = read<Value.Int>("an integer").value
        if (number < from || number > to)
            throw SerializationException("column \"$column\" holds $number, where the class wants at most $to")
        return number
    }

    override fun decodeNotNullMark(): Boolean = take() != Value.Null

    override fun decodeNull(): Nothing? = null

    override fun decodeBoolean(): Boolean = read<Value.Bool>("a Boolean").value

    override fun decodeByte(): Byte = integer(Byte.MIN_VALUE.toLong(), Byte.MAX_VALUE.toLong()).toByte()

    override fun decodeShort(): Short = integer(Short.MIN_VALUE.toLong(), Short.MAX_VALUE.toLong()).toShort()

    override fun decodeInt(): Int = integer(Int.MIN_VALUE.toLong(), Int.MAX_VALUE.toLong()).toInt()

    override fun decodeLong(): Long = integer(Long.MIN_VALUE, Long.MAX_VALUE)

    override fun decodeFloat(): Float {
        val number = decodeDouble().toFloat()
        if (number.isInfinite()) throw SerializationException("column \"$column\" holds $value, which is too great for the class")
        return number
    }

    override fun decodeDouble(): Double {
        val number = (take() as? Value.Int)?.value
        // Another program may have written 1 for 1.0. The greatest integer is none of those: 2^63, the next number, comes back as it.
        if (number != null && number != Long.MAX_VALUE && number.toDouble().toLong() == number) return number.toDouble()
        return read<Value.Float>("a number").value
    }

    override fun decodeChar(): Char =
        read<Value.Text>("a character").value.singleOrNull()
            ?: throw SerializationException("column \"$column\" holds $value, where the class wants one character")

    override fun decodeString(): String = read<Value.Text>("text").value

    override fun decodeEnum(enumDescriptor: SerialDescriptor): Int {
        val name = read<Value.Text>("the name of a ${enumDescriptor.serialName}").value
        val index = enumDescriptor.getElementIndex(name)
        if (index == CompositeDecoder.UNKNOWN_NAME)
            throw SerializationException("column \"$column\" holds \"$name\", which no ${enumDescriptor.serialName} is")
        return index
    }
}
