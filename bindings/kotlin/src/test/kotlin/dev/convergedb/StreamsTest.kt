package dev.convergedb

import dev.convergedb.EphemeralChange.Kind
import java.io.File
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Changes, presence and the suspending view. */
class StreamsTest {
    @TempDir lateinit var folder: File

    @Test
    fun `changes say what and who`() {
        val (doc, other) = Pair(Doc.inMemory(), Doc.inMemory(DocOptions(peer = "zoe")))
        doc.subscribe().use { changes ->
            doc.insert("t", "1", "a" to 1)
            sync(doc, other)
            other.update("t", "1", "a", 3)
            sync(doc, other)
            assertEquals(Change(listOf(ChangePatch(Patch.InsertRow("t", "1", mapOf("a" to Value.Int(1))), null))), changes.next())
            assertEquals(listOf(Change(listOf(ChangePatch(Patch.SetCell("t", "1", "a", Value.Int(3)), "zoe")))), changes.drain().changes)
            assertEquals(null to null, changes.poll() to changes.next(10))
        }
        val (tables, rows) = Pair(doc.subscribe(tables = listOf("t")), doc.subscribe(rows = listOf("u" to "1")))
        for (row in listOf("t" to "2", "u" to "1", "u" to "2")) doc.insert(row.first, row.second)
        doc.close()
        assertEquals(listOf("2") to listOf("1"), tables.map { it.patches.single().patch.rowId } to rows.map { it.patches.single().patch.rowId })
    }

    @Test
    fun `a slow reader is told that it lagged`() = runBlocking {
        val doc = Doc.inMemory()
        val (few, bell) = Pair(doc.subscribe(patchesMax = 3), doc.subscribe(patchesMax = 0))
        repeat(10) { doc.insert("t", "$it") }
        assertEquals(Change(emptyList(), lagged = true), few.next())
        assertEquals(Drained<Change>(emptyList(), true), bell.drain())
        doc.insert("t", "x")
        assertEquals(false, few.asFlow().first().lagged)
    }

    @Test
    fun `a flow gives all in order, each collector its own`() = runBlocking {
        val doc = Doc.inMemory()
        val collectors = List(2) { async(Dispatchers.Default) { doc.changes().take(500).toList() } }
        delay(300)
        thread { repeat(500) { doc.insert("t", "$it") } }.join()
        for (collector in collectors) {
            val rows = withTimeout(20_000) { collector.await() }.map { it.patches.single().patch.rowId }
            assertEquals(List(500) { "$it" }, rows)
        }
    }

    @Test
    fun `a thread that waits can be interrupted`() {
        val changes = Doc.inMemory().subscribe()
        val error = AtomicReference<Throwable?>()
        val waiting = thread { error.set(runCatching { changes.iterator().next() }.exceptionOrNull()) }
        Thread.sleep(100)
        waiting.interrupt()
        waiting.join(10_000)
        assertInstanceOf(CancellationException::class.java, error.get())
    }

    @Test
    fun `presence comes, goes and ends`() = runBlocking {
        val (ann, ben) = Pair(EphemeralStore(EphemeralOptions(peer = "ann", ttlMs = 1000, manualClock = true)), EphemeralStore(EphemeralOptions(peer = "ben")))
        ann.setWall(50_000)
        val seen = ann.subscribe(expireEveryMs = 20)
        assertTrue(ann.set("cursors", "ann", 7))
        assertTrue(ann.set("cursors", "ann", "x"))
        assertTrue(ann.remove("cursors", "ann"))
        assertEquals(listOf(Kind.ADDED, Kind.UPDATED, Kind.REMOVED), seen.drain().changes.map { it.kind })
        ann.set("cursors", "ann", 1.5)
        assertEquals(Value.Float(1.5) to "ann", ann.get("cursors", "ann")?.let { it.value to it.peer })
        val update = ann.encodeSince(0)
        assertEquals(1, EphemeralStore(EphemeralOptions(wallClock = false)).mergeBytes(update.bytes).changed)
        assertEquals(emptyMap<String, Any>(), ann.changedSince(update.mark))
        assertEquals(ann.getAll("cursors"), ben.merge(mapOf("cursors" to ann.getAll("cursors")))["cursors"])
        assertEquals(listOf("cursors") to 1L, ben.namespaces() to ben.entries)
        assertTrue(ben.removePeer("ann").getValue("cursors").getValue("ann").removed)
        assertEquals(Kind.ADDED, seen.next()?.kind)
        ann.advance(2000)
        val expired = withTimeout(10_000) { seen.asFlow().first() }
        assertEquals(Kind.EXPIRED to "ann", expired.kind to expired.key)
        assertNull(ann.get("cursors", "ann"))
        assertTrue(ann.setJson("n", "k", "[1]".drop(1).dropLast(1)) && ann.getJson("n", "k")!!.contains("\"value\":1"))
        val told = async(Dispatchers.Default) { ann.changes().toList() }
        delay(200)
        ann.close()
        assertEquals(0, withTimeout(10_000) { told.await() }.size)
        assertEquals("EphemeralStore(closed)", ann.toString())
    }

    @Test
    fun `what ends is told while there is other news all the time`() = runBlocking {
        EphemeralStore(EphemeralOptions(ttlMs = 1000, manualClock = true)).use { store ->
            val seen = store.subscribe(expireEveryMs = 20)
            store.set("cursors", "ann", 7)
            store.advance(2000)
            var moves = 0L
            val expired = withTimeout(10_000) { seen.asFlow().onEach { store.set("cursors", "ben", moves++) }.first { it.kind == Kind.EXPIRED } }
            assertEquals("ann", expired.key)

            store.set("cursors", "cem", 7)
            store.advance(2000)
            val told = generateSequence { store.set("cursors", "ben", moves++); seen.next(1_000) }.take(100_000)
            assertTrue(told.any { it.kind == Kind.EXPIRED && it.key == "cem" })
        }
    }

    @Test
    fun `the suspending view keeps the order of calls and the main thread free`() = runBlocking {
        val doc = SuspendingDoc.open(folder.db(), DocOptions(durability = Durability.RELAXED))
        val caller = Thread.currentThread()
        List(50) { launch { doc.insert("t", "%02d".format(it), "n" to it) } }.forEach { it.join() }
        assertEquals(List(50) { "%02d".format(it) }, doc.doc.log().map { it.op.rowId }.toList())
        assertTrue(doc.withDoc { Thread.currentThread() } !== caller)
        assertEquals(49L, doc.transaction { tx -> tx.update("t", "00", "n", 100); tx.count("t") - 1 })
        val mine = throws<IllegalStateException> { runBlocking { doc.transaction { tx -> tx.insert("t", "x"); error("mine") } } }
        assertEquals("mine" to null, mine.message to doc.row("t", "x"))
        assertEquals(50, doc.rows("t").size)
        val copy = Doc.inMemory().suspending()
        copy.mergeRemote(doc.getPending(copy.encodeRequest()).bytes)
        assertEquals(doc.withDoc { it.digest() }, copy.withDoc { it.digest() })
        doc.suspend()
        doc.resume()
        val cancelled = launch(start = kotlinx.coroutines.CoroutineStart.UNDISPATCHED) {
            doc.close()
        }
        cancelled.cancel()
        cancelled.join()
        throws<ClosedException> { doc.doc.count("t") }
        Unit
    }
}
