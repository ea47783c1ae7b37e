package dev.convergedb.serialization

import dev.convergedb.InvalidValueException
import dev.convergedb.Value
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerializationException
import kotlinx.serialization.SerializationStrategy
import kotlinx.serialization.builtins.ByteArraySerializer
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.PrimitiveSerialDescriptor
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.modules.EmptySerializersModule
import kotlinx.serialization.modules.SerializersModule

/**
 * Turns objects of `@Serializable` classes into the cells of a row and back: each property is a column.
 *
 * A property may be a [Boolean], an integer, a [Float] or [Double], a [Char], a [String], an enum (its name), a [ByteArray], a [Value],
 * nullable or not; a class within the class is refused by [InvalidValueException]. All properties are written, those with their default
 * value too. When reading, a column that the row lacks leaves the property's default, or null where it may be null; columns that the class
 * does not know are left out. What does not fit is a [SerializationException].
 */
public class Cells(private val serializersModule: SerializersModule = EmptySerializersModule()) {
    /** The cells of an object. */
    public fun <T> encode(serializer: SerializationStrategy<T>, value: T): Map<String, Value> {
        val encoder = CellsEncoder(serializersModule)
        encoder.encodeSerializableValue(serializer, value)
        return encoder.cells
    }

    /** The object of cells. */
    public fun <T> decode(deserializer: DeserializationStrategy<T>, values: Map<String, Value>): T =
        CellsDecoder(values, serializersModule).decodeSerializableValue(deserializer)

    public companion object {
        /** With no contextual serializers. */
        @JvmField public val DEFAULT: Cells = Cells()
    }
}

/** A [Value] as a property: it can be a column of a row, and nothing else. */
public object ValueSerializer : KSerializer<Value> {
    override val descriptor: SerialDescriptor = PrimitiveSerialDescriptor("dev.convergedb.Value", PrimitiveKind.STRING)

    override fun serialize(encoder: Encoder, value: Value) {
        if (encoder !is CellsEncoder) throw SerializationException("a Value can be written into a row alone")
        encoder.put(value)
    }

    override fun deserialize(decoder: Decoder): Value {
        if (decoder !is CellsDecoder) throw SerializationException("a Value can be read from a row alone")
        return decoder.take()
    }
}

@OptIn(ExperimentalSerializationApi::class)
internal fun isBytes(descriptor: SerialDescriptor): Boolean =
    descriptor.serialName.removeSuffix("?") == ByteArraySerializer().descriptor.serialName

internal fun nested(column: String, descriptor: SerialDescriptor) =
    InvalidValueException("column \"$column\" cannot hold a ${descriptor.serialName}: a cell holds no structure")
