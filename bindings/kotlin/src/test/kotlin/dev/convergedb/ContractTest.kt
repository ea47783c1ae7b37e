package dev.convergedb

import java.io.File
import java.nio.file.Files
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The contract of a language package, by its numbers (tests/contract.md). */
class ContractTest {
    @TempDir lateinit var folder: File

    private fun doc() = Doc.inMemory().apply { insert("t", "1", "a" to 0) }

    @Test
    fun `C1 closing twice is fine, and so is not closing`() {
        for (doc in listOf(doc(), Doc.open(folder.db()))) {
            val changes = doc.subscribe()
            val tx = doc.begin()
            // This thread would wait for itself.
            throws<InvalidArgumentException> { doc.close() }
            tx.insert("u", "1")
            repeat(2) { tx.close() }
            repeat(2) { changes.close() }
            List(4) { thread { doc.close() } }.forEach(Thread::join)
            doc.close()
        }
        // A reader that several threads read and close at once: none is told of anything but the end.
        val (shared, store) = Pair(doc(), EphemeralStore())
        repeat(200) {
            val readers = listOf(shared.subscribe(), store.subscribe(expireEveryMs = 1))
            val failed = ConcurrentLinkedQueue<Throwable>()
            fun attempt(call: () -> Unit) = thread { runCatching(call).onFailure(failed::add) }
            val threads = readers.flatMap { reader ->
                listOf<() -> Unit>({ reader.close() }, { reader.close() }, { for (change in reader) error("$change") }, { reader.next() }, { reader.drain() })
                    .map(::attempt) + attempt { runBlocking { reader.asFlow().collect {} } }
            }
            threads.forEach(Thread::join)
            assertEquals(emptyList<Throwable>(), failed.toList())
        }
        EphemeralStore().apply { repeat(2) { close() } }
        Doc.inMemory()
        EphemeralStore().subscribe()
    }

    @Test
    fun `C2 a call after closing is closed`() {
        val doc = doc()
        val (rows, tx) = Pair(doc.rows("t").iterator(), doc.begin())
        tx.rollback()
        doc.close()
        val calls: List<() -> Unit> =
            listOf(
                { doc.get("t", "1", "a") }, { doc.row("t", "1") }, { doc.rows("t").toList() }, { doc.page("t", 1) }, { doc.tables() }, { doc.count("t") },
                { doc.insert("t", "2") }, { doc.update("t", "1", "a", 1) }, { doc.delete("t", "1") }, { doc.insertMany("t", emptyMap()) },
                { doc.begin() }, { doc.transaction { } }, { tx.insert("t", "2") }, { tx.commit() }, { tx.size }, { doc.subscribe() },
                { doc.versions() }, { doc.getPending(emptyMap()) }, { doc.mergeRemote(ByteArray(1)) }, { doc.digest() }, { doc.peer }, { doc.events },
                { doc.encodeReplica() }, { doc.rowHistory("t", "1") }, { doc.rowsJson() }, { doc.verify() }, { doc.flush() }, { doc.path },
                { doc.opened }, { doc.query("SELECT 1") }, { doc.newRowId() }, { doc.check() }, { rows.next() },
            )
        for (call in calls) assertEquals(11, throws<ClosedException>(call).code)
        assertEquals("Doc(in memory, closed)", doc.toString())
        val store = EphemeralStore()
        store.close()
        for (call in listOf<() -> Unit>({ store.set("n", "k", 1) }, { store.getAll("n") }, { store.encodeAll() }, { store.subscribe() })) {
            throws<ClosedException>(call)
        }
    }

    @Test
    fun `C3 each kind has its number, its name and its class`() {
        val kinds = dev.convergedb.ffi.errorKinds()
        assertEquals((1..18).toList(), kinds.map { it.number })
        val details = ErrorDetails(EventId("p", 1), "q", 2, 3, "x")
        for (kind in kinds) {
            val error = throws<ConvergeException> { Hooks.failWith(kind.number) }
            val name = kind.name.split('_').joinToString("") { it.replaceFirstChar(Char::uppercase) } + "Exception"
            assertEquals(listOf(kind.number, kind.name, name), listOf(error.code, error.kind, error.javaClass.simpleName))
            assertEquals("a test asked for it", error.message)
            assertEquals(details, ErrorDetails(error.eventId, error.peer, error.limit, error.offset, error.path))
        }
    }

    @Test
    fun `C3 errors arrive with their fields`() {
        val doc = doc()
        throws<InvalidArgumentException> { doc.insert("", "1") }
        throws<InvalidValueException> { doc.update("t", "1", "a", Double.NaN) }
        assertEquals(1024L, throws<LimitExceededException> { doc.insert("t".repeat(1025), "1") }.limit)
        throws<RowExistsException> { doc.insert("t", "1") }
        throws<RowNotFoundException> { doc.delete("t", "2") }
        assertEquals("[0].peer", throws<MalformedException> { doc.mergeJson("""[{"peer":1}]""") }.path)
        assertTrue(checkNotNull(throws<MalformedException> { doc.mergeJson("[,]") }.offset) > 0)
        val other = Doc.inMemory().apply { insert("t", "1") }
        throws<OtherDocumentException> { doc.mergeRemote(other.getPending(emptyMap()).bytes) }
        val twin = Doc.decode(doc.encodeReplica(), DocOptions(peer = doc.peer))
        doc.update("t", "1", "a", 1)
        twin.update("t", "1", "a", 2)
        val conflict = throws<ConflictingEventException> { doc.mergeRemote(twin.getPending(emptyMap()).bytes) }
        assertEquals(EventId(doc.peer, 1), conflict.eventId)
        val store = EphemeralStore(EphemeralOptions(manualClock = true)).apply { setWall(1000) }
        throws<FromTheFutureException> { store.set("n", "k", 1, 1e9) }
        val path = folder.db()
        Doc.open(path).use {
            it.insert("t", "1")
            throws<AlreadyOpenException> { Doc.open(path) }
        }
        Doc.open(path, DocOptions(readOnly = true)).use { throws<ReadOnlyException> { it.insert("t", "2") } }
        assertTrue(throws<StorageException> { Doc.open("/nowhere/at/all.db") }.message!!.isNotEmpty())
        val bytes = doc.encodeReplica()
        bytes[bytes.size / 2] = (bytes[bytes.size / 2] + 1).toByte()
        assertTrue(throws<ConvergeException> { Doc.decode(bytes).check() }.code in listOf(6, 13))
    }

    @Test
    fun `C4 an unknown number is shown`() {
        val error = throws<OtherException> { Hooks.failWith(99) }
        assertEquals(99, error.code)
        assertEquals("newer_kind", error.kind)
        assertEquals("newer_kind (99): a test asked for it", error.message)
        assertEquals(ErrorDetails(EventId("p", 1), "q", 2, 3, "x"), ErrorDetails(error.eventId, error.peer, error.limit, error.offset, error.path))
    }

    @Test
    fun `C5 a panic is internal, and the process lives`() {
        val (doc, other) = Pair(doc(), doc())
        val (changes, rows) = Pair(doc.subscribe(), doc.rows("t").iterator())
        val waiting = AtomicReference<Throwable?>()
        val reader = thread { waiting.set(runCatching { changes.next() }.exceptionOrNull()) }
        Thread.sleep(100)
        assertEquals(18, throws<InternalException> { Hooks.panicIn(doc) }.code)
        reader.join(10_000)
        assertInstanceOf(InternalException::class.java, waiting.get())
        for (call in listOf<() -> Unit>({ changes.poll() }, { rows.next() }, { doc.begin() }, { doc.transaction { } })) throws<InternalException>(call)
        throws<InternalException> { doc.get("t", "1", "a") }
        throws<InternalException> { doc.insert("t", "2") }
        throws<InternalException> { Hooks.panicOutside() }
        assertEquals(Value.Int(0), other.get("t", "1", "a"))
    }

    @Test
    fun `C6 a child outlives its parent`() {
        fun orphans(): Pair<Iterator<Row>, Changes> {
            val doc = doc()
            val changes = doc.subscribe()
            doc.insert("t", "2")
            return Pair(doc.rows("t").iterator(), changes)
        }
        val (rows, changes) = orphans()
        collect()
        assertEquals("1", rows.next().id)
        assertInstanceOf(Patch.InsertRow::class.java, changes.poll()?.patches?.single()?.patch)
        val tx = doc().begin()
        collect()
        tx.insert("t", "2")
        assertEquals(1, tx.commit().events)
        // Closed by another thread as soon as it could.
        val doc = doc()
        val (second, left) = Pair(doc.begin(), doc.rows("t").iterator())
        val closing = thread { doc.close() }
        second.rollback()
        closing.join()
        throws<ClosedException> { second.insert("t", "2") }
        throws<ClosedException> { left.next() }
    }

    @Test
    fun `C7 two threads on one document lose nothing`() {
        val doc = Doc.inMemory()
        List(2) { number ->
                thread {
                    repeat(500) { doc.insert("t", "$number-$it", "n" to it) }
                    repeat(100) { doc.transaction { tx -> tx.update("t", "$number-$it", "n", -1) } }
                }
            }
            .forEach(Thread::join)
        assertEquals(1000, doc.count("t"))
        assertEquals(200, doc.rows("t").count { it["n"] == Value.Int(-1) })
    }

    @Test
    fun `C8 a library of another version does not load, and both are named`() {
        val source = folder.resolve("other.c")
        source.writeText(
            """
            #include <stdint.h>
            typedef struct { uint64_t capacity, len; uint8_t *data; } buffer;
            static uint8_t text[] = VERSION;
            buffer uniffi_converge_uniffi_fn_func_version(void *status) { return (buffer){sizeof text - 1, sizeof text - 1, text}; }
            void ffi_converge_uniffi_rustbuffer_free(buffer it, void *status) {}
            uint32_t uniffi_converge_uniffi_fn_func_abi_version(void *status) { return ABI; }
            """
                .trimIndent()
        )
        val library = folder.resolve("libother.so").path
        fun said(version: String, abi: Int): String {
            val compiler = listOf("cc", "-shared", "-fPIC", "-DVERSION=\"$version\"", "-DABI=$abi", "-o", library, source.path)
            assertEquals(0, ProcessBuilder(compiler).inheritIO().start().waitFor())
            return saidBy(library)
        }
        for ((version, abi, what) in
            listOf(
                Triple("9.8.7", 0, "9.8.7: "),
                Triple(VERSION, 7, "$VERSION too, but its binary interface is 7, not 0: "),
                Triple(VERSION, 0, "$VERSION too, but of another build, with another interface: "),
            )) {
            val said = said(version, abi)
            val wanted = "LinkageError: this is convergedb $VERSION for Kotlin, and the native library is of version $what"
            assertEquals(2, Regex.fromLiteral(wanted).findAll(said).count(), said)
        }
    }

    /** What a process says that loads this library twice. */
    private fun saidBy(library: String): String {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val classes = listOf(Doc::class, ContractTest::class, kotlin.Unit::class, com.sun.jna.Native::class, Dispatchers::class, kotlinx.serialization.KSerializer::class)
        val path = classes.map { File(it.java.protectionDomain.codeSource.location.toURI()).path }.distinct().joinToString(File.pathSeparator)
        val child =
            ProcessBuilder(java, "-Duniffi.component.converge_uniffi.libraryOverride=$library", "-cp", path, "dev.convergedb.LoadsTwiceKt")
                .redirectErrorStream(true)
                .start()
        val said = child.inputStream.reader().readText()
        assertTrue(child.waitFor(1, TimeUnit.MINUTES))
        return said
    }

    @Test
    fun `C9 a buffer that changes after the call changes nothing inside`() {
        val doc = doc()
        val bytes = byteArrayOf(1, 2)
        doc.update("t", "1", "a", bytes)
        val list = mutableListOf<Operation>(Operation.Update("t", "1", "b", Value.Bytes(bytes)))
        doc.apply(list)
        bytes.fill(9)
        list.clear()
        for (column in listOf("a", "b")) assertArrayEquals(byteArrayOf(1, 2), doc.get("t", "1", column)?.bytesOrNull)
        doc.get("t", "1", "a")?.bytesOrNull?.fill(9)
        assertEquals(Value.Bytes(byteArrayOf(1, 2)), doc.get("t", "1", "a"))
        val update = doc.getPending(emptyMap()).bytes
        val copy = Doc.inMemory().apply { mergeRemote(update) }
        update.fill(0)
        assertEquals(doc.digest(), copy.digest())
    }

    @Test
    fun `C10 values come back as they went in`() {
        val values: List<Any?> =
            listOf(
                Long.MIN_VALUE, Long.MAX_VALUE, -0.0, 0.0, 9_007_199_254_740_993, Double.MIN_VALUE, Double.MAX_VALUE, "a\u0000b", "", "ü€😀\uFFFF",
                ByteArray(0), byteArrayOf(0, -1), true, false, null, "x".repeat(1 shl 20), ByteArray(1 shl 20),
            )
        val path = folder.db()
        for (doc in listOf(Doc.inMemory(), Doc.open(path))) {
            for ((at, value) in values.withIndex()) doc.insert("t\u0000", "$at\u0000", "c\u0000ü😀" to value)
            doc.insertMany("many", values.withIndex().associate { (at, value) -> "$at" to mapOf("c" to value) })
            for ((at, value) in values.withIndex()) {
                val wanted = Value.of(value)
                assertEquals(wanted, doc.get("t\u0000", "$at\u0000", "c\u0000ü😀"))
                assertEquals(mapOf("c\u0000ü😀" to wanted), doc.row("t\u0000", "$at\u0000"))
                assertEquals(wanted, doc.row("many", "$at")?.get("c"))
                doc.transaction { tx -> assertEquals(wanted, tx.get("many", "$at", "c")) }
            }
            doc.close()
        }
        assertEquals(Value.Float(-0.0).hashCode() == Value.Float(0.0).hashCode(), false)
        Doc.open(path).use { assertEquals(Value.Float(-0.0), it.get("many", "2", "c")) }
    }

    @Test
    fun `C11 absent, null and empty are four things`() {
        val doc = Doc.inMemory()
        doc.insert("t", "1", "null" to null, "text" to "", "bytes" to ByteArray(0))
        assertEquals(mapOf("bytes" to Value.Bytes(ByteArray(0)), "null" to Value.Null, "text" to Value.Text("")), doc.row("t", "1"))
        assertEquals(listOf(null, Value.Null), listOf("absent", "null").map { doc.get("t", "1", it) })
        assertNull(doc.row("t", "2"))
        doc.insert("t", "2")
        assertEquals(emptyMap<String, Value>(), doc.row("t", "2"))
    }

    @Test
    fun `C12 text with half a surrogate pair is refused, and nothing is left behind`() {
        val path = folder.db()
        refuseHalves(path)
        // What was never closed is closed by the collector, unless a call that failed still holds it.
        for (attempt in 1..50) {
            collect()
            try {
                return Doc.open(path).use { assertEquals(1, it.count("t")) }
            } catch (error: AlreadyOpenException) {
                if (attempt == 50) throw error
            }
        }
    }

    private fun refuseHalves(path: String) {
        val doc = Doc.open(path).apply { insert("t", "1", "a" to 0) }
        val store = EphemeralStore()
        val before = doc.digest()
        for (half in listOf("\uD800", "\uDFFF", "a\uD800b", "\uD800\uD800")) {
            val id = EventId(half, 1)
            val calls: List<() -> Unit> =
                listOf(
                    { doc.insert(half, "2") }, { doc.insert("t", half) }, { doc.insert("t", "2", half to 1) }, { doc.update("t", "1", half, 1) },
                    { doc.get(half, "1", "a") }, { doc.row("t", half) }, { doc.delete("t", half) }, { doc.deleteAll(half) }, { doc.count(half) },
                    { doc.contains("t", half) }, { doc.columns(half) }, { doc.page(half, 1) }, { doc.rows(half).toList() },
                    { doc.rows("t", RowRange.prefix(half)).toList() }, { doc.rows("t", RowRange(start = half)).toList() },
                    { doc.page("t", 1, RowRange(stop = half)) }, { doc.page("t", 1, RowRange(after = half)) },
                    { doc.insertMany(half, emptyMap()) }, { doc.insertMany("t", mapOf(half to emptyMap())) },
                    { doc.updateMany(half, listOf(Cell("1", "a", 1))) }, { doc.updateMany("t", listOf(Cell("1", half, 1))) },
                    { doc.subscribe(tables = listOf(half)) }, { doc.subscribe(rows = listOf("t" to half)) },
                    { doc.apply(listOf(Operation.Delete("t", half))) }, { doc.apply(listOf(Operation.Insert(half, "1", emptyMap()))) },
                    { doc.mergeRemote(listOf(EventRun(half, 0, 1, emptyList(), listOf(Operation.Delete("t", "1"))))) },
                    { doc.mergeRemote(listOf(EventRun("p", 0, 1, listOf(id), listOf(Operation.Delete("t", "1"))))) },
                    { doc.getPending(mapOf(half to 1L)) }, { doc.getPendingRuns(mapOf(half to 1L)) }, { doc.logPage(mapOf(half to 1L)) },
                    { doc.event(id) }, { doc.compare(listOf(id), listOf(id)) }, { doc.commonAncestors(listOf(id), listOf(id)) },
                    { doc.eventsBetween(listOf(id), listOf(id)) }, { doc.rowHistory("t", half) }, { doc.cellHistory("t", "1", half) },
                    { doc.rowAsOf("t", half, emptyMap()) }, { doc.tableAsOf(half, emptyMap()) }, { doc.backup(half) }, { doc.query(half) },
                    { doc.createIndex(half, listOf("a")) }, { doc.createIndex("t", listOf(half)) }, { Doc.open(half) }, { Doc.salvage(half) },
                    { Doc.inMemory(DocOptions(peer = half)) }, { Doc.open(path, DocOptions(markFolder = half)) },
                    { EphemeralStore(EphemeralOptions(peer = half)) },
                    { doc.insertJson("t", "2", half) }, { doc.upsertJson("t", half, "{}") }, { doc.updateJson("t", "1", half, "1") },
                    { doc.updateColumnsJson("t", "1", half) }, { doc.applyJson(half) }, { doc.mergeJson(half) }, { doc.getPendingJson(half) },
                    { doc.getJson("t", "1", half) }, { doc.rowJson(half, "1") }, { doc.pageJson(half, 1) }, { doc.pageJson("t", 1, RowRange.prefix(half)) },
                    { doc.eventJson(id) }, { doc.logJson(half) }, { doc.rowHistoryJson("t", half) }, { doc.cellHistoryJson("t", "1", half) },
                    { doc.rowAsOfJson("t", "1", half) }, { doc.tableAsOfJson("t", half) },
                    { store.set(half, "k", 1) }, { store.set("n", half, 1) }, { store.remove("n", half) }, { store.get("n", half) }, { store.getAll(half) },
                    { store.encode(listOf(half)) }, { store.merge(mapOf("n" to mapOf(half to Entry(null, 1.0, "p")))) }, { store.removePeer(half) },
                    { store.merge(mapOf("n" to mapOf("k" to Entry(null, 1.0, half)))) }, { store.setJson("n", "k", half) }, { store.getJson("n", half) },
                    { store.getAllJson(half) }, { store.mergeJson(half) }, { store.removePeerJson(half) },
                )
            for ((at, call) in calls.withIndex()) assertEquals(1, throws<InvalidArgumentException>(call).code, "call $at")
            doc.transaction { tx ->
                val inside: List<() -> Unit> =
                    listOf(
                        { tx.insert(half, "2") }, { tx.delete("t", half) }, { tx.count(half) }, { tx.contains("t", half) }, { tx.page(half, 1) },
                        { tx.get("t", "1", half) }, { tx.row("t", half) }, { tx.insertMany(half, emptyMap()) }, { tx.apply(listOf(Operation.Delete(half, "1"))) },
                        { tx.insertJson("t", "2", half) }, { tx.upsertJson(half, "2", "{}") }, { tx.updateJson("t", "1", half, "1") },
                        { tx.updateColumnsJson("t", half, "{}") }, { tx.rowJson("t", half) },
                    )
                for ((at, call) in inside.withIndex()) assertEquals(1, throws<InvalidArgumentException>(call).code, "call $at inside")
            }
            // A value is no argument's name: that is another kind.
            throws<InvalidValueException> { doc.update("t", "1", "a", half) }
            throws<InvalidValueException> { doc.apply(listOf(Operation.Update("t", "1", "a", Value.Text(half)))) }
            throws<InvalidValueException> { doc.insertMany("t", mapOf("2" to mapOf("a" to half))) }
            throws<InvalidValueException> { doc.query("SELECT ?1", listOf(half)) }
            throws<InvalidValueException> { store.set("n", "k", half) }
        }
        assertEquals(before, doc.digest())
    }

    @Test
    fun `C13 what is over a bound or no number is refused whole`() {
        val doc = doc()
        val before = doc.digest()
        assertEquals(1L shl 20, throws<LimitExceededException> { doc.update("t", "1", "a", "x".repeat((1 shl 20) + 1)) }.limit)
        assertEquals(1L shl 20, throws<LimitExceededException> { doc.insertMany("t", mapOf("2" to emptyMap(), "3" to mapOf("a" to ByteArray((1 shl 20) + 1)))) }.limit)
        for (bad in listOf(Double.NaN, Double.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, listOf(1), Any(), 1.toBigInteger())) {
            throws<InvalidValueException> { doc.insert("t", "2", "ok" to 1, "a" to bad) }
            throws<InvalidValueException> { doc.transaction { tx -> tx.insert("t", "2"); tx.update("t", "2", "a", bad) } }
        }
        assertEquals(65_536L, throws<LimitExceededException> { doc.updateMany("t", List(65_537) { Cell("1", "a", it) }) }.limit)
        // What does not fit into the buffer of a call, and would take 2.4 GB of it.
        val text = "x".repeat(1 shl 20)
        val tooMuch = List(800) { text }
        val update = Operation.Update("t", "1", "a", Value.Text(text))
        for (call in
            listOf<() -> Unit>(
                { doc.updateMany("t", tooMuch.map { Cell("1", "a", it) }) }, { doc.apply(tooMuch.map { update }) }, { doc.query("SELECT 1", tooMuch) },
                { doc.mergeRemote(listOf(EventRun("p", 0, 1, emptyList(), tooMuch.map { update }))) }, { doc.subscribe(tables = tooMuch) },
                { EphemeralStore().use { it.merge(mapOf("n" to List(800) { at -> "$at" to Entry(Value.Text(text), 1.0, "p") }.toMap())) } },
            )) assertEquals(Int.MAX_VALUE.toLong(), throws<LimitExceededException>(call).limit)
        throws<InvalidArgumentException> { doc.page("t", -1) }
        throws<InvalidArgumentException> { doc.getPending(mapOf("p" to -1L)) }
        throws<InvalidArgumentException> { doc.insertMany("t", listOf("2"), mapOf("a" to listOf())) }
        assertEquals(before, doc.digest())
    }

    @Test
    fun `C14 bytes that are none of ours are malformed`() {
        val (doc, store) = Pair(doc(), EphemeralStore())
        val before = doc.digest()
        val whole = doc.getPending(emptyMap()).bytes
        val random = java.util.Random(14)
        val inputs = List(50) { ByteArray(random.nextInt(100)).also(random::nextBytes) } + listOf(ByteArray(0), whole.copyOf(whole.size - 1), ByteArray(1 shl 20))
        for (input in inputs) {
            if (input.isNotEmpty()) throws<MalformedException> { doc.mergeRemote(input) }
            throws<MalformedException> { doc.getPending(input) }
            throws<MalformedException> { store.mergeBytes(input) }
            throws<MalformedException> { Doc.decode(input) }
        }
        for (text in listOf("", "[", "{}", "null", "[{}]", "[".repeat(100_000))) throws<MalformedException> { doc.mergeJson(text) }
        assertEquals(before, doc.digest())
        assertEquals(0, store.entries)
    }

    @Test
    fun `C15 ten thousand cycles leave nothing behind`() {
        val update = doc().getPending(emptyMap()).bytes
        // In memory where there is a folder of that: to wait for a disk ten thousand times proves nothing more.
        val memory = File("/dev/shm").takeIf(File::canWrite)
        val files = if (memory == null) folder else Files.createTempDirectory(memory.toPath(), "converge").toFile()
        var at = 0
        fun use(doc: Doc) {
            val changes = doc.subscribe()
            doc.upsert("t", "1", "a" to at)
            if (changes.drain().changes.size != 1) throw AssertionError("a change was lost")
            if (at % 2 == 0) changes.close()
            if (!doc.rows("t").iterator().hasNext()) throw AssertionError("a row was lost")
            doc.begin().close()
        }
        fun cycle() {
            at++
            Doc.open(files.db("cycle-${at % 4}.db"), DocOptions(durability = Durability.RELAXED)).use(::use)
            val doc = Doc.inMemory()
            doc.mergeRemote(update)
            use(doc)
            if (at % 3 != 0) doc.close()
            EphemeralStore().use { it.set("n", "k", at) }
        }
        // A leak grows in every quarter; compiled code, and what the allocators keep, in one or the other. The same bytes a cycle are allowed.
        val footprints = List(5) { repeat(CYCLES / 4) { cycle() }; collect(); footprint() }
        files.deleteRecursively()
        val (before, after) = footprints.first() to footprints.last()
        assertTrue(footprints.zipWithNext { one, next -> next.kilobytes - one.kilobytes }.min() < 2_000, "$footprints")
        println("C15: $footprints")
        // Java's own come and go.
        assertTrue(after.files <= before.files + 2, "$footprints")
        assertTrue(after.threads <= before.threads + 2, "$footprints")
    }

    private data class Footprint(val kilobytes: Int, val files: Int, val threads: Int)

    private fun footprint(): Footprint {
        val memory = File("/proc/self/status").readLines().first { it.startsWith("VmRSS") }.filter(Char::isDigit).toInt()
        return Footprint(memory, File("/proc/self/fd").list().orEmpty().size, File("/proc/self/task").list().orEmpty().size)
    }

    /** Has what nobody holds any more collected, and its native side with it. */
    private fun collect() = repeat(5) {
        System.gc()
        Thread.sleep(100)
    }

    @Test
    fun `C16 whoever waits is told the end, and a cancelled stream ends`() = runBlocking {
        val doc = doc()
        val changes = doc.subscribe()
        val last = AtomicReference<Change?>()
        val waiting = thread { while (true) last.set(changes.next() ?: break) }
        val collected = launch(Dispatchers.Default) { assertEquals(1, changes2(doc).toList().size) }
        yield()
        Thread.sleep(300)
        doc.insert("t", "2")
        doc.close()
        waiting.join(10_000)
        assertFalse(waiting.isAlive)
        assertEquals("2", last.get()?.patches?.single()?.patch?.rowId)
        withTimeout(10_000) { collected.join() }

        val (other, cancelled) = Pair(doc(), doc().subscribe())
        val job = launch(Dispatchers.Default) { other.changes().collect {} }
        val second = launch(Dispatchers.Default) { cancelled.asFlow().collect {} }
        Thread.sleep(200)
        for (one in listOf(job, second)) {
            one.cancel()
            withTimeout(10_000) { one.join() }
        }
        other.insert("t", "3")
        other.close()

        // Closing the reader itself tells all who wait on it, in whatever way.
        val (shut, store) = Pair(doc().subscribe(), EphemeralStore())
        val quiet = store.subscribe(expireEveryMs = null)
        val readers = listOf(shut, quiet)
        val flows = readers.flatMap { reader -> List(2) { async(Dispatchers.Default) { reader.asFlow().toList().size } } }
        val loops = readers.flatMap { reader -> listOf(thread { for (change in reader) error("$change") }, thread { reader.next() }) }
        Thread.sleep(300)
        for (reader in readers) reader.close()
        for (flow in flows) assertEquals(0, withTimeout(10_000) { flow.await() })
        for (loop in loops) loop.join(10_000)
        assertEquals(listOf(false, false, false, false) to true, loops.map { it.isAlive } to (shut.isOver && quiet.isOver))
    }

    private fun changes2(doc: Doc) = doc.changes(tables = listOf("t"))

    @Test
    fun `C17 a consumer of changes may call the document`() = runBlocking {
        val doc = doc()
        val changes = doc.subscribe()
        val seen = launch(Dispatchers.Default) {
            changes.asFlow().first { change ->
                val row = change.patches.single().patch.rowId
                if (row == "2") doc.insert("t", "3", "because of" to row)
                row == "3"
            }
        }
        doc.insert("t", "2")
        withTimeout(10_000) { seen.join() }
        assertEquals(Value.Text("2"), doc.get("t", "3", "because of"))
        // A waker runs on the thread that writes, while its call is not done.
        val inside = mutableListOf<Long>()
        val waker = object : dev.convergedb.ffi.Waker {
            override fun wake() {
                if (inside.isEmpty()) inside.add(doc.count("t"))
                doc.upsert("u", "1", "a" to "from a waker")
            }
        }
        changes.setWaker(waker)
        changes.drain()
        doc.insert("t", "4", "a" to "x".repeat(100))
        assertEquals(listOf(4L), inside)
        assertEquals("x".repeat(100), doc.get("t", "4", "a")?.textOrNull)
        changes.setWaker(null)
    }

    @Test
    fun `C18 a transaction whose body fails is rolled back, and its own error arrives`() {
        val doc = doc()
        val before = doc.digest()
        val mine = IllegalStateException("mine")
        assertSame(mine, throws<IllegalStateException> { doc.transaction { tx -> tx.insert("t", "2"); throw mine } })
        throws<RowExistsException> { doc.transaction { tx -> tx.insert("t", "2"); tx.insert("t", "1") } }
        throws<InvalidArgumentException> { doc.transaction { tx -> tx.insert("t", "2"); doc.count("t") ; doc.insert("t", "5") } }
        assertSame(mine, throws<IllegalStateException> { doc.transaction { tx -> tx.rollback(); throw mine } })
        assertEquals(before, doc.digest())
        val (value, result) = doc.transaction { tx -> tx.insert("t", "2"); tx.commit(); 5 to tx.result }
        assertEquals(5, value)
        assertEquals(1, result?.events)
    }

    private companion object {
        const val CYCLES = 10_000
    }
}
