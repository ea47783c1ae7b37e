package dev.convergedb.serialization

import dev.convergedb.InvalidValueException
import dev.convergedb.Value
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerializationStrategy
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.StructureKind
import kotlinx.serialization.encoding.AbstractEncoder
import kotlinx.serialization.encoding.CompositeEncoder
import kotlinx.serialization.modules.SerializersModule

/** Writes one object's properties as cells. */
@OptIn(ExperimentalSerializationApi::class)
internal class CellsEncoder(override val serializersModule: SerializersModule) : AbstractEncoder() {
    val cells = LinkedHashMap<String, Value>()
    /** Where the next value goes; null outside of the object. */
    private var column: String? = null

    override fun beginStructure(descriptor: SerialDescriptor): CompositeEncoder {
        column?.let { throw nested(it, descriptor) }
        if (descriptor.kind != StructureKind.CLASS && descriptor.kind != StructureKind.OBJECT) {
            throw InvalidValueException("a ${descriptor.serialName} is no row: a plain class is")
        }
        return this
    }

    override fun encodeElement(descriptor: SerialDescriptor, index: Int): Boolean {
        column = descriptor.getElementName(index)
        return true
    }

    override fun shouldEncodeElementDefault(descriptor: SerialDescriptor, index: Int): Boolean = true

    override fun <T> encodeSerializableValue(serializer: SerializationStrategy<T>, value: T) {
        if (column != null && isBytes(serializer.descriptor) && value is ByteArray) put(Value.Bytes(value))
        else super.encodeSerializableValue(serializer, value)
    }

    fun put(value: Value) {
        cells[column ?: throw InvalidValueException("a single value is no row: a plain class is")] = value
    }

    override fun encodeNull() = put(Value.Null)

    override fun encodeBoolean(value: Boolean) = put(Value.Bool(value))

    override fun encodeByte(value: Byte) = put(Value.Int(value.toLong()))

    override fun encodeShort(value: Short) = put(Value.Int(value.toLong()))

    override fun encodeInt(value: Int) = put(Value.Int(value.toLong()))

    override fun encodeLong(value: Long) = put(Value.Int(value))

    override fun encodeFloat(value: Float) = put(Value.Float(value.toDouble()))

    override fun encodeDouble(value: Double) = put(Value.Float(value))

    override fun encodeChar(value: Char) = put(Value.Text(value.toString()))

    override fun encodeString(value: String) = put(Value.Text(value))

    override fun encodeEnum(enumDescriptor: SerialDescriptor, index: Int) = put(Value.Text(enumDescriptor.getElementName(index)))
}
