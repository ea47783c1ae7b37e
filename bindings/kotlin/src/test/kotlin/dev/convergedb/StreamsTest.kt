package dev.convergedb

import dev.convergedb.EphemeralChange.Kind
import java.io.File
import java.util.concurrent.CancellationException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
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
        assertEquals(listOf("2") to listOf("1"), tables.blocking().map { it.patches.single().patch.rowId } to rows.blocking().map { it.patches.single().patch.rowId })
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
    fun `a collector that stops takes nothing with it`() = runBlocking {
        val doc = Doc.inMemory()
        val changes = doc.subscribe()
        repeat(6) { doc.insert("t", "$it") }
        fun row(change: Change?) = change?.patches?.single()?.patch?.rowId
        assertEquals(listOf("0", "1"), List(2) { row(withTimeout(10_000) { changes.asFlow().first() }) })
        assertEquals(listOf("2", "3"), withTimeout(10_000) { changes.asFlow().take(2).toList() }.map(::row))
        assertEquals("4" to listOf("5"), row(changes.next()) to changes.drain().changes.map(::row))

        // Cancelled at whatever moment, also between the look and the delivery: each change arrives once, and in order.
        val seen = mutableListOf<String?>()
        val total = 2000
        val writing = thread { repeat(total) { doc.insert("u", "$it") } }
        withTimeout(60_000) {
            while (seen.size < total) {
                val job = launch(Dispatchers.Default) { changes.asFlow().collect { synchronized(seen) { seen.add(row(it)) } } }
                delay(1)
                job.cancelAndJoin()
            }
        }
        writing.join()
        assertEquals(List(total) { "$it" }, seen)
        assertNull(changes.poll())
    }

    @Test
    fun `of two collectors of one reader neither sleeps`() = runBlocking {
        val doc = Doc.inMemory()
        val changes = doc.subscribe()
        val seen = ConcurrentLinkedQueue<String>()
        val long = launch(Dispatchers.Default) { changes.asFlow().collect { seen.add(it.patches.single().patch.rowId) } }
        delay(200)
        val short = launch(Dispatchers.Default) { changes.asFlow().collect { seen.add(it.patches.single().patch.rowId) } }
        delay(200)
        suspend fun told(row: String) = withTimeout(10_000) {
            doc.insert("t", row)
            while (row !in seen) delay(5)
        }
        told("1")
        // Whoever is left goes on.
        short.cancelAndJoin()
        told("2")
        val third = async(Dispatchers.Default) { changes.asFlow().first() }
        delay(200)
        long.cancelAndJoin()
        doc.insert("t", "3")
        assertEquals("3", withTimeout(10_000) { third.await() }.patches.single().patch.rowId)
    }

    @Test
    fun `a reader tells whether there is nothing yet or nothing more`() {
        val doc = Doc.inMemory()
        val (changes, other) = Pair(doc.subscribe(), doc.subscribe())
        assertEquals(null to false, changes.next(1) to changes.isOver)
        doc.insert("t", "1")
        doc.close()
        assertEquals(false, changes.isOver)
        val seen = generateSequence { if (changes.isOver) null else changes.next(1000) ?: Change(emptyList()) }.map { it.patches.size }
        assertEquals(listOf(1, 0), seen.toList())
        other.close()
        assertTrue(other.isOver)
    }

    @Test
    fun `a thread that waits can be interrupted`() {
        val changes = Doc.inMemory().subscribe()
        for (wait in listOf<() -> Any?>({ changes.iterator().next() }, { changes.next() }, { changes.next(60_000) })) {
            val error = AtomicReference<Throwable?>()
            val waiting = thread { error.set(runCatching(wait).exceptionOrNull()) }
            Thread.sleep(100)
            waiting.interrupt()
            waiting.join(10_000)
            assertInstanceOf(CancellationException::class.java, error.get())
        }
    }

    @Test
    fun `printing an object waits for nobody`() {
        val path = folder.db()
        val (doc, store) = Pair(Doc.open(path), EphemeralStore())
        val printed = AtomicReference<String>()
        doc.transaction {
            assertEquals("Doc($path)", doc.toString())
            val other = thread { printed.set("$doc $store") }
            other.join(10_000)
            assertEquals("Doc($path) EphemeralStore(open)", printed.get())
        }
        doc.close()
        store.close()
        assertEquals("Doc($path, closed) EphemeralStore(closed)", "$doc $store")
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
        val merged = ben.merge(mapOf("cursors" to ann.getAll("cursors")))
        assertEquals(ann.getAll("cursors") to 1L, merged.changed["cursors"] to merged.counts.changed)
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
    }

    @Test
    fun `an entry that is handed on keeps its age`() {
        val stores = List(3) { EphemeralStore(EphemeralOptions(peer = "p$it", ttlMs = 1000, manualClock = true)).apply { setWall(50_000) } }
        fun later(ms: Long) = stores.forEach { it.advance(ms) }
        val (first, second, third) = stores
        first.set("n", "k", 1)
        later(400)
        assertEquals(1, second.merge(first.changedSince()).counts.changed)
        later(400)
        val handedOn = second.changedSince()
        assertEquals(800L, handedOn.getValue("n").getValue("k").ageMs)
        assertEquals(1, third.merge(handedOn).counts.changed)
        later(300)
        for (store in stores) {
            store.expire()
            assertNull(store.get("n", "k"))
        }
        // What was not stored is told.
        val counts = third.merge(handedOn.mapValues { (_, keys) -> keys.mapValues { it.value.copy(ageMs = 1000) } + ("late" to Entry(Value.Null, 1e9, "p0")) }).counts
        assertEquals(listOf(0L, 1L, 1L), listOf(counts.changed, counts.agedOut, counts.fromTheFuture))
    }

    @Test
    fun `a message of no namespaces says nothing`() {
        val (store, other) = Pair(EphemeralStore(), EphemeralStore())
        for (ns in listOf("a", "b")) store.set(ns, "k", 1)
        val counts = listOf(store.encode(emptyList()), store.encode(listOf("a")), store.encodeAll()).map { other.mergeBytes(it).changed }
        assertEquals(listOf(0L, 1L, 1L), counts)
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
