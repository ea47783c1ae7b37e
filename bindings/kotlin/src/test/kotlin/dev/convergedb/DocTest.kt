package dev.convergedb

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class DocTest {
    @TempDir lateinit var folder: File

    @Test
    fun `rows are written and read`() {
        Doc.inMemory(DocOptions(peer = "ann")).use { doc ->
            assertEquals(Commit(0, 1, 1), doc.insert("t", "1", "title" to "milk", "n" to 1))
            doc.insert("t", "2", mapOf("title" to "bread", "n" to 2L))
            assertEquals(Commit(2, 3, 1), doc.upsert("t", "2", "n" to 3))
            doc.updateColumns("t", "1", "n" to 5, "done" to true)
            assertEquals(mapOf("done" to Value.Bool(true), "n" to Value.Int(5), "title" to Value.Text("milk")), doc.row("t", "1"))
            assertEquals(mapOf("n" to 3L, "title" to "bread"), doc.row("t", "2")?.toAny())
            assertEquals(listOf("t") to listOf("done", "n", "title"), doc.tables() to doc.columns("t"))
            assertTrue(doc.contains("t", "1"))
            doc.apply(listOf(Operation.Insert("u", "1", mapOf("a" to 1)), Operation.Update("u", "1", "a", Value.Int(2)), Operation.Delete("t", "1")), at = 7)
            assertEquals(listOf(null, 2L), listOf(doc.get("t", "1", "n")?.toAny(), doc.get("u", "1", "a")?.toAny()))
            doc.deleteAll("u")
            assertEquals(0, doc.count("u"))
            assertEquals("""{"t":{"2":{"n":3,"title":"bread"}}}""", doc.rowsJson())
            assertEquals(doc.rowJson("t", "2"), """{"n":3,"title":"bread"}""")
            assertEquals(Doc.inMemory().documentId.length, 32)
        }
    }

    @Test
    fun `many rows are fetched page by page`() {
        val doc = Doc.inMemory()
        doc.insertMany("t", List(1000) { "%04d".format(it) }, mapOf("n" to List(1000) { it }, "s" to List(1000) { if (it % 3 == 0) "ü$it" else null }))
        assertEquals(List(1000) { it.toLong() }, doc.rows("t").map { it["n"]?.longOrNull }.toList())
        assertEquals(listOf("0010", "0011"), doc.rows("t", RowRange(start = "0010", stop = "0012")).map { it.id }.toList())
        assertEquals(100, doc.rows("t", RowRange.prefix("01")).count())
        assertEquals(listOf("0501"), doc.page("t", 1, RowRange(after = "0500")).map { it.id })
        assertEquals(doc.page("t", 1000), doc.rows("t").toList())
        doc.transaction { tx ->
            tx.insertMany("t", listOf(Row.of("x", "n" to 1)))
            assertEquals(1001, tx.rows("t").count())
            assertEquals(1L, tx.row("t", "x")?.get("n")?.longOrNull)
        }
        // An odd row among its like: the columns are others, or in another number.
        doc.insertMany("v", mapOf("1" to mapOf("a" to 1, "b" to 2), "2" to mapOf("b" to 1), "3" to emptyMap(), "4" to mapOf("a" to 1, "ü" to 2)))
        assertEquals(listOf("a,b", "b", "", "a,ü"), doc.rows("v").map { it.values.keys.joinToString(",") }.toList())
        assertEquals(100_000, Doc.inMemory().insertMany("t", List(100_000) { Row.of("$it") }).events)
    }

    @Test
    fun `replicas sync by bytes, by plain data and by JSON`() {
        val (a, b) = Pair(Doc.inMemory(DocOptions(peer = "a")), Doc.inMemory(DocOptions(peer = "b")))
        a.insert("t", "1", "x" to 1, "y" to 1.5)
        val result = b.mergeRemote(a.getPending(b.versions()).bytes)
        assertEquals(listOf(Patch.InsertRow("t", "1", mapOf("x" to Value.Int(1), "y" to Value.Float(1.5)))), result.patches)
        b.update("t", "1", "x", 2)
        assertEquals(Patch.SetCell("t", "1", "x", Value.Int(2)), a.mergeRemote(b.getPendingRuns(a.versions()).runs).patches.single())
        b.delete("t", "1")
        assertEquals(Patch.DeleteRow("t", "1"), a.mergeJson(b.getPendingJson("""{"a":0,"b":0}""").runs).patches.single())
        assertEquals(SyncState(listOf(EventId("b", 1)), mapOf("a" to 0L, "b" to 1L)), a.syncState())
        a.insertMany("t", List(100) { Row.of("r$it", "n" to it) })
        repeat(20) { a.upsert("t", "r1", "n" to it) }
        val page = a.getPending(b.encodeRequest(), eventsMax = 5)
        assertTrue(page.hasMore)
        val told = mutableListOf<Long>()
        assertEquals(SyncCounts(0, 120), sync(a, b, told::add))
        assertEquals(a.digest() to 120L, b.digest() to told.last())
        assertEquals(0, a.mergeRemote(b.getPending(emptyMap()).bytes, patches = false).patches.size)
    }

    @Test
    fun `what waits applies when its past comes`() {
        val id = "0f".repeat(16)
        val (a, b) = Pair(Doc.inMemory(DocOptions(peer = "a", document = id)), Doc.inMemory(DocOptions(document = id)))
        a.insert("t", "1")
        val first = a.getPending(emptyMap()).bytes
        val known = a.versions()
        a.update("t", "1", "n", 1)
        assertEquals(1, b.mergeRemote(a.getPendingRuns(known).runs).pending)
        assertEquals(listOf(EventId("a", 0)) to 1L, b.missing() to b.waitingEvents)
        assertEquals(2, b.mergeRemote(first).applied)
        b.mergeRemote(a.apply { update("t", "1", "n", 2); update("t", "1", "n", 3) }.getPendingRuns(mapOf("a" to 2L)).runs)
        assertEquals(1, b.dropWaiting())
    }

    @Test
    fun `history tells who wrote what`() {
        val doc = Doc.inMemory(DocOptions(peer = "ann"))
        doc.insert("t", "1", "n" to 1)
        val then = doc.versions()
        doc.transaction(at = 99) { tx -> tx.update("t", "1", "n", 2) }
        assertEquals(listOf("Insert", "Update"), doc.cellHistory("t", "1", "n").map { it.op.javaClass.simpleName })
        assertEquals(99, doc.rowHistory("t", "1").last().at)
        assertEquals(mapOf("n" to Value.Int(1)), doc.rowAsOf("t", "1", then))
        assertEquals(listOf(Row("1", mapOf("n" to Value.Int(1)))), doc.tableAsOf("t", then))
        assertNull(doc.rowAsOf("t", "1", emptyMap()))
        assertEquals(doc.log().toList(), doc.logPage().events)
        assertEquals(listOf(EventId("ann", 1)), doc.log(then).map { it.id }.toList())
        val (old, new) = Pair(listOf(EventId("ann", 0)), doc.frontier())
        assertEquals(Relation.BEFORE to Relation.EQUAL, doc.compare(old, new) to doc.compare(new, new))
        assertEquals(listOf(EventRange("ann", 1, 2)) to old, doc.eventsBetween(old, new) to doc.commonAncestors(old, new))
        assertEquals(doc.event(EventId("ann", 0))?.op, Operation.Insert("t", "1", mapOf("n" to 1)))
        assertNull(doc.event(EventId("ann", 9)))
    }

    @Test
    fun `a file keeps everything, and can be copied, suspended and read by SQL`() {
        val path = folder.db()
        val digest = Doc.open(path).use { doc ->
            assertTrue(doc.opened.created)
            doc.insertMany("t", List(10) { Row.of("$it", "n" to it, "s" to "text $it") })
            doc.createIndex("t", listOf("n"))
            assertEquals(QueryRows(listOf("row_id", "s"), listOf(listOf(Value.Text("7"), Value.Text("text 7")))), doc.query("SELECT row_id, s FROM t WHERE n = ?1", listOf(7)))
            doc.backup(folder.db("copy.db"))
            doc.suspend()
            assertEquals(10, doc.count("t"))
            doc.resume()
            doc.update("t", "1", "n", 100)
            doc.flush()
            assertEquals(emptyList<String>(), doc.verify())
            doc.rebuild()
            doc.compact()
            assertTrue(doc.stats().fileBytes > 0)
            assertEquals(path to false, doc.path to doc.isReadOnly)
            doc.digest()
        }
        Doc.open(File(path).toPath(), DocOptions(mustExist = true)).use { assertEquals(digest to false, it.digest() to it.opened.created) }
        Doc.open(folder.db("copy.db")).use { assertEquals(Value.Int(1), it.get("t", "1", "n")) }
        assertEquals(10, Doc.salvage(path).rows.getValue("t").size)
        throws<StorageException> { Doc.open(folder.db("none.db"), DocOptions(mustExist = true)) }
    }

    @Test
    fun `two devices under one peer id fork`() {
        val a = Doc.inMemory(DocOptions(peer = "a")).apply { insert("t", "1", "n" to 0) }
        val twin = Doc.decode(a.encodeReplica(), DocOptions(peer = "a"))
        a.update("t", "1", "n", 1)
        twin.update("t", "1", "m", 2)
        val conflict = throws<ConflictingEventException> { a.getPending(twin.encodeRequest()) }
        assertEquals("a", conflict.peer ?: conflict.eventId?.peer)
        twin.fork(1)
        assertNotEquals("a", twin.peer)
        sync(a, twin)
        assertEquals(mapOf("m" to 2L, "n" to 1L), a.row("t", "1")?.toAny())
        assertEquals(a.digest(), Doc.decode(a.encodeState()).digest())
    }
}
