package dev.convergedb

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

@Serializable
enum class Level {
    @SerialName("low") LOW,
    HIGH,
}

@Serializable @JvmInline value class Minutes(val count: Int)

@Serializable
data class Task(
    val title: String,
    val done: Boolean = false,
    val level: Level = Level.LOW,
    val minutes: Minutes? = null,
    val weight: Double = 0.5,
    val letter: Char = 'a',
    val small: Short = 1,
    @SerialName("any_value") val any: Value = Value.Null,
)

@Serializable
data class Photo(val bytes: ByteArray, val thumb: ByteArray?) {
    override fun equals(other: Any?) = other is Photo && bytes.contentEquals(other.bytes) && thumb.contentEquals(other.thumb)

    override fun hashCode() = bytes.contentHashCode()
}

@Serializable data class Must(val n: Long, val maybe: String?)

@Serializable data class Numbers(val weight: Double, val few: Float)

@Serializable data class Nested(val inside: Must)

@Serializable data class Listed(val items: List<Int>)

class SerializationTest {
    private val doc = Doc.inMemory()

    @Test
    fun `objects become rows and come back`() {
        val task = Task("milk", true, Level.HIGH, Minutes(5), -0.0, 'ü', -7, Value.Bytes(byteArrayOf(1)))
        doc.insert("tasks", "1", task)
        assertEquals(
            mapOf(
                "any_value" to Value.Bytes(byteArrayOf(1)), "done" to Value.Bool(true), "letter" to Value.Text("ü"), "level" to Value.Text("HIGH"),
                "minutes" to Value.Int(5), "small" to Value.Int(-7), "title" to Value.Text("milk"), "weight" to Value.Float(-0.0),
            ),
            doc.row("tasks", "1"),
        )
        assertEquals(task, doc.rowAs<Task>("tasks", "1"))
        doc.upsert("tasks", "1", task.copy(level = Level.LOW, minutes = null))
        assertEquals(Value.Text("low") to Value.Null, doc.get("tasks", "1", "level") to doc.get("tasks", "1", "minutes"))
        assertNull(doc.rowAs<Task>("tasks", "2"))
        doc.insertMany("tasks", mapOf("2" to Task("a"), "3" to Task("b")))
        assertEquals(listOf("1", "2", "3") to "b", doc.rowsAs<Task>("tasks").map { it.id }.toList() to doc.rowsAs<Task>("tasks").last().value.title)
        doc.transaction { tx ->
            tx.insert("tasks", "4", Task("c"))
            tx.insertMany("tasks", mapOf("5" to Task("d")))
            assertEquals(Task("d"), tx.rowAs<Task>("tasks", "5"))
        }
        val photo = Photo(byteArrayOf(1, 2), null)
        doc.insert("photos", "1", photo)
        assertEquals(Value.Bytes(byteArrayOf(1, 2)) to Value.Null, doc.get("photos", "1", "bytes") to doc.get("photos", "1", "thumb"))
        assertEquals(photo, doc.rowAs<Photo>("photos", "1"))
        doc.update("photos", "1", "thumb", ByteArray(0))
        assertEquals(0, doc.rowAs<Photo>("photos", "1")?.thumb?.size)
    }

    @Test
    fun `a row of another version is read as far as it goes`() {
        doc.insert("tasks", "1", "title" to "old", "weight" to 2, "of a newer app" to 1)
        assertEquals(Task("old", weight = 2.0), doc.rowAs<Task>("tasks", "1"))
        doc.insert("musts", "1", "n" to 1)
        assertEquals(Must(1, null), doc.rowAs<Must>("musts", "1"))
        for (cells in listOf(mapOf("maybe" to "x"), mapOf("n" to "text"), mapOf("n" to 1.0), mapOf("n" to null))) {
            doc.upsert("odd", "1", cells)
            throws<SerializationException> { doc.rowAs<Must>("odd", "1") }
        }
        doc.insert("numbers", "1", "weight" to (1L shl 62), "few" to 0.1)
        assertEquals(Numbers((1L shl 62).toDouble(), 0.1f), doc.rowAs<Numbers>("numbers", "1"))
        for (odd in listOf("weight" to Long.MAX_VALUE, "weight" to (1L shl 53) + 1, "few" to 1e300)) {
            doc.upsert("numbers", "1", "weight" to 1, "few" to 1)
            doc.update("numbers", "1", odd.first, odd.second)
            throws<SerializationException> { doc.rowAs<Numbers>("numbers", "1") }
        }
        doc.insert("tasks", "2", "title" to "x", "small" to 40_000)
        throws<SerializationException> { doc.rowAs<Task>("tasks", "2") }
        doc.insert("tasks", "3", "title" to "x", "level" to "middle")
        throws<SerializationException> { doc.rowAs<Task>("tasks", "3") }
    }

    @Test
    fun `what no cell holds is refused`() {
        throws<InvalidValueException> { doc.insert("t", "1", Nested(Must(1, null))) }
        throws<InvalidValueException> { doc.insert("t", "1", Listed(listOf(1))) }
        throws<InvalidValueException> { doc.insert("t", "1", listOf(1)) }
        throws<InvalidValueException> { doc.insert("t", "1", 5) }
        throws<InvalidValueException> { doc.insert("t", "1", Task("x", weight = Double.NaN)) }
        assertEquals(0, doc.events)
    }
}
