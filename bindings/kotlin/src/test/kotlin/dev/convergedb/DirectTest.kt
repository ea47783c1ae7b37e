package dev.convergedb

import java.io.File
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The calls that cross as numbers alone: they do what those of the generated code do, and no handle outlives its object. */
class DirectTest {
    @TempDir lateinit var folder: File

    private val values: List<Any?> =
        listOf(null, true, false, 0, Long.MIN_VALUE, Long.MAX_VALUE, 1.0, -0.0, Double.MIN_VALUE, "", "a\u0000b", "ü€😀\uFFFF", ByteArray(0), byteArrayOf(0, -1))

    /** Texts and bytes around the size of the thread's buffer, where the two ways meet. */
    private val long: List<Any> = (Direct.CAPACITY - 80..Direct.CAPACITY + 8).map { "x".repeat(it) } + "€".repeat(100_000) + ByteArray(1 shl 20) { it.toByte() }

    /** All that an error says. */
    private fun told(call: () -> Unit): List<Any?> {
        val error = throws<ConvergeException>(call)
        return listOf(error.javaClass, error.code, error.kind, error.message, error.eventId, error.peer, error.limit, error.offset, error.path)
    }

    private fun packedRow(table: String, rowId: String, vararg cells: Pair<String, Any?>) = packed(table, rowId).also { it.cells(cells) }

    @Test
    fun `values of any kind and length come back, and each write is made once`() {
        val doc = Doc.inMemory()
        for ((at, value) in (values + long).withIndex()) {
            val events = doc.events
            doc.insert("t\u0000", "$at", "c\u0000" to null)
            doc.update("t\u0000", "$at", "c\u0000", value)
            assertEquals(Value.of(value), doc.get("t\u0000", "$at", "c\u0000"))
            doc.upsert("t\u0000", "$at", "c\u0000" to 1)
            doc.updateColumns("t\u0000", "$at", "c\u0000" to value, "d" to value)
            assertEquals(mapOf("c\u0000" to Value.of(value), "d" to Value.of(value)), doc.row("t\u0000", "$at"))
            assertEquals(events + 5, doc.events)
            doc.transaction { tx ->
                tx.update("t\u0000", "$at", "d", 1)
                tx.updateColumns("t\u0000", "$at", "d" to value)
                tx.insert("u", "$at", "c" to value)
                tx.upsert("u", "$at", "d" to value)
                assertEquals(Value.of(value), tx.get("u", "$at", "c"))
                assertEquals(mapOf("c" to Value.of(value), "d" to Value.of(value)), tx.row("u", "$at"))
                assertEquals(4, tx.size)
            }
            assertTrue(doc.contains("u", "$at"))
            val deleted = doc.delete("u", "$at")
            assertEquals(1 to doc.events - 1, deleted.events to deleted.counter)
            assertFalse(doc.contains("u", "$at"))
            assertNull(doc.row("u", "$at"))
            assertNull(doc.get("u", "$at", "c"))
        }
    }

    @Test
    fun `a row whose names fill the buffer is read and written`() {
        val doc = Doc.inMemory()
        val row = (0 until 200).associate { "%04d".format(it).padEnd(1000, 'c') to it.toLong() }
        doc.insert("t".repeat(1024), "r".repeat(1024), row)
        assertEquals(row, doc.row("t".repeat(1024), "r".repeat(1024))?.toAny())
        assertTrue(doc.contains("t".repeat(1024), "r".repeat(1024)))
    }

    @Test
    fun `errors are those of the generated code, with all that they say`() {
        val doc = Doc.inMemory().apply { insert("t", "1", "a" to 0) }
        val before = doc.digest()
        val (huge, far) = Pair("x".repeat((1 shl 20) + 1), "t".repeat(1025))
        val pairs: List<Pair<() -> Unit, () -> Unit>> =
            listOf(
                Pair({ doc.insert("t", "1", "a" to 1) }, { packedRow("t", "1", "a" to 1).send { doc.ffi.insertPacked(it) } }),
                Pair({ doc.insert(far, "1") }, { packedRow(far, "1").send { doc.ffi.insertPacked(it) } }),
                Pair({ doc.insert("", "1") }, { packedRow("", "1").send { doc.ffi.insertPacked(it) } }),
                Pair({ doc.upsert("t", "", "a" to 1) }, { packedRow("t", "", "a" to 1).send { doc.ffi.upsertPacked(it) } }),
                Pair({ doc.upsert("t", "1", "a" to huge) }, { packedRow("t", "1", "a" to huge).send { doc.ffi.upsertPacked(it) } }),
                Pair({ doc.updateColumns("t", "1", "a" to Double.NaN) }, { packedRow("t", "1", "a" to Double.NaN).send { doc.ffi.updateColumnsPacked(it) } }),
                Pair({ doc.updateColumns("t", "2", "a" to 1) }, { packedRow("t", "2", "a" to 1).send { doc.ffi.updateColumnsPacked(it) } }),
                Pair({ doc.delete("t", "2\u0000") }, { doc.ffi.delete("t", "2\u0000") }),
            )
        for ((direct, generated) in pairs) assertEquals(told { translating(generated) }, told(direct))
        assertEquals(1024L, throws<LimitExceededException> { doc.insert(far, "1") }.limit)
        assertEquals("row \"1\" of table \"t\" shows already", throws<RowExistsException> { doc.insert("t", "1") }.message)
        doc.transaction { tx ->
            throws<RowExistsException> { tx.insert("t", "1") }
            throws<RowNotFoundException> { tx.update("t", "2", "a", 1) }
            throws<RowNotFoundException> { tx.delete("t", "2") }
            throws<InvalidValueException> { tx.upsert("t", "2", "a" to Double.NaN) }
            throws<InvalidArgumentException> { doc.begin() }
            throws<InvalidArgumentException> { doc.get("t", "1", "a") }
            assertEquals(0, tx.size)
        }
        assertEquals(before, doc.digest())
        for (half in listOf("\uD800", "a\uDC00")) {
            throws<InvalidArgumentException> { doc.contains(half, "1") }
            throws<InvalidArgumentException> { doc.contains("t", half) }
            throws<InvalidArgumentException> { doc.delete(half, "1") }
            throws<InvalidArgumentException> { EphemeralStore().set(half, "k", 1) }
            throws<InvalidArgumentException> { EphemeralStore().get("n", half) }
            throws<InvalidValueException> { EphemeralStore().set("n", "k", half) }
        }
        val path = folder.db()
        Doc.open(path).use { it.insert("t", "1") }
        Doc.open(path, DocOptions(readOnly = true)).use { throws<ReadOnlyException> { it.insert("t", "2") } }
    }

    @Test
    fun `a panic is an error, and nothing is asked again`() {
        val doc = Doc.inMemory()
        var again = 0
        val panic = throws<InternalException> { translating { doc.share.done(1000, Packer()) { again++ } } }
        assertEquals("a panic inside was caught: a test asked for a panic beside the document", panic.message)
        throws<InvalidArgumentException> { translating { doc.share.done(999, Packer()) { again++ } } }
        // What was packed for another call is no crash.
        throws<InvalidArgumentException> { translating { doc.share.done(Share.UPDATE, packed("t", "1")) { again++ } } }
        throws<InvalidArgumentException> { translating { doc.share.done(Share.GET, packed("t", "1", "a", "b")) { again++ } } }
        assertEquals(0, again)
        doc.insert("t", "1")
        throws<InternalException> { Hooks.panicIn(doc) }
        throws<InternalException> { doc.get("t", "1", "a") }
        throws<InternalException> { doc.update("t", "1", "a", 1) }
    }

    @Test
    fun `ids and transactions are made directly too`() {
        val doc = Doc.inMemory()
        val ids = List(1000) { doc.newRowId() } + doc.transaction { tx -> List(1000) { tx.newRowId() } }
        assertEquals(ids.distinct().sorted(), ids)
        for (at in listOf(null, 0, Long.MAX_VALUE, -5)) {
            val commit = doc.begin(at).use { tx ->
                tx.upsert("t", "1", "a" to at)
                tx.commit().also { assertEquals(it, tx.result) }
            }
            assertEquals(commit.counter + commit.events, doc.events)
            if (at != null) assertEquals(at, doc.rowHistory("t", "1").last().at)
        }
    }

    @Test
    fun `presence crosses whole`() {
        val store = EphemeralStore(EphemeralOptions(peer = "ann", manualClock = true)).apply { setWall(1000) }
        for (value in values + long.filter { it !is ByteArray }) {
            assertTrue(store.set("n\u0000", "k\u0000", value))
            assertEquals(Value.of(value) to "ann", store.get("n\u0000", "k\u0000")?.let { it.value to it.peer })
        }
        assertTrue(store.set("n", "k", 1, 5000.5))
        assertFalse(store.set("n", "k", 2, 10.0))
        assertEquals(Entry(Value.Int(1), 5000.5, "ann"), store.get("n", "k"))
        throws<FromTheFutureException> { store.set("n", "k", 1, 1e9) }
        throws<InvalidArgumentException> { store.set("n", "k", 1, Double.NaN) }
        throws<InvalidArgumentException> { store.set("", "k", 1) }
        throws<InvalidValueException> { store.set("n", "k", Double.NaN) }
        throws<InvalidValueException> { store.set("n", "k", listOf(1)) }
        assertTrue(store.remove("n", "k"))
        assertNull(store.get("n", "k"))
        assertNull(store.get("none", "k"))
    }

    @Test
    fun `who wakes up inside a write has a buffer of its own`() {
        val doc = Doc.inMemory().apply { insert("t", "1", "a" to "before") }
        val changes = doc.subscribe()
        val seen = mutableListOf<Value?>()
        changes.setWaker(
            object : dev.convergedb.ffi.Waker {
                override fun wake() {
                    seen.add(doc.get("t", "1", "a"))
                    throws<RowNotFoundException> { doc.delete("t", "x".repeat(100)) }
                    if (seen.size == 1) doc.update("t", "1", "b", "y".repeat(1000))
                }
            }
        )
        val events = doc.events
        assertEquals(events, doc.update("t", "1", "a", "after").counter)
        assertEquals(Value.Text("after"), seen.first())
        assertEquals(events + 2, doc.events)
        changes.close()
    }

    /** Runs calls on several threads while another closes, round by round: each call is done, or says that it is closed. */
    private fun <T : AutoCloseable> race(rounds: Int, make: () -> T, calls: List<(T, Int) -> Unit>) {
        val current = AtomicReference<T>()
        val barrier = CyclicBarrier(calls.size + 1)
        val wrong = AtomicReference<Throwable?>()
        val threads =
            calls.map { call ->
                thread {
                    repeat(rounds) {
                        barrier.await()
                        try {
                            val one = current.get()
                            repeat(1000) { call(one, it) }
                        } catch (_: ClosedException) {
                            // As it should.
                        } catch (error: Throwable) {
                            wrong.compareAndSet(null, error)
                        }
                        barrier.await()
                    }
                }
            }
        repeat(rounds) {
            current.set(make())
            barrier.await()
            for (spin in 0 until it % 64 * 20) Thread.onSpinWait()
            current.get().close()
            throws<ClosedException> { calls.first()(current.get(), 0) }
            barrier.await()
        }
        threads.forEach(Thread::join)
        wrong.get()?.let { throw AssertionError("a call while closing", it) }
    }

    @Test
    fun `a document that is closed during calls does not crash them`() =
        race(
            3000,
            { Doc.inMemory().apply { insert("t", "1", "a" to 0) } },
            listOf(
                { doc, _ -> assertEquals(1, doc.row("t", "1")?.size) },
                { doc, at -> doc.update("t", "1", "a", at) },
                { doc, at -> doc.upsert("u", "$at", "a" to "x".repeat(at)); doc.delete("u", "$at") },
            ),
        )

    @Test
    fun `a transaction that ends during calls does not crash them`() {
        val doc = Doc.inMemory().apply { insert("t", "1", "a" to 0) }
        race(2000, { doc.begin() }, listOf({ tx, _ -> tx.get("t", "1", "a") }, { tx, at -> tx.update("t", "1", "a", at) }))
        assertEquals(Value.Int(0), doc.get("t", "1", "a"))
    }

    @Test
    fun `a store that is closed during calls does not crash them`() =
        race(2000, { EphemeralStore() }, listOf({ store, at -> store.set("n", "k", at) }, { store, _ -> store.get("n", "k") }))

    @Test
    fun `what nobody holds is let go of, and not before its calls are done`() {
        repeat(4) { round ->
            val threads =
                List(2) {
                    thread {
                        repeat(100) { at ->
                            // Nobody but the call holds it.
                            Doc.inMemory().insert("t", "$at", "a" to round)
                            EphemeralStore().set("n", "k", at)
                        }
                    }
                }
            while (threads.any(Thread::isAlive)) System.gc()
        }
    }
}
