package dev.convergedb

import java.io.File
import java.math.BigInteger
import java.util.Base64
import kotlin.system.exitProcess
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/**
 * Runs the conformance vectors through the package, each in every mode, and prints one line for each failure.
 *
 * The vectors are the *.json of the folder that is given as the argument. The last line is `N passed, N failed`; the exit code is 0 when
 * all passed and there was at least one.
 */
fun main(arguments: Array<String>) {
    val vectors = File(arguments.single()).listFiles { file -> file.name.endsWith(".json") }.orEmpty().sorted()
    var (passed, failed) = Pair(0, 0)
    for (vector in vectors) {
        val failures = MODES.mapNotNull { run(vector, it) }
        for (failure in failures) println("FAILED ${vector.name.removeSuffix(".json")}: $failure")
        if (failures.isEmpty()) passed++ else failed++
    }
    println("$passed passed, $failed failed")
    exitProcess(if (passed > 0 && failed == 0) 0 else 1)
}

private val DOCUMENT = "07".repeat(16)

/**
 * Replicas in memory or in files; how what `getPending` gives travels: as JSON text, as plain data, or as bytes, by versions or by request.
 */
private val MODES = listOf("memory, json", "memory, plain", "memory, bytes", "file, json", "file, request")

private class Mismatch(message: String) : Exception(message)

private fun ensure(holds: Boolean, what: () -> String) {
    if (!holds) throw Mismatch(what())
}

private fun JsonElement.text(key: String): String = ((this as JsonObject)[key] as JsonPrimitive).content

private fun number(value: Any) = Json.parseToJsonElement(value.toString())

/** A number by its text, so that 1 and 1.0 stay different and nothing is rounded. */
private fun key(number: String): Any =
    if (number.any { it in ".eE" }) number.toDouble().toRawBits() else BigInteger(number)

private fun same(expected: JsonElement, actual: JsonElement, timestamps: Boolean, name: String = ""): Boolean =
    when {
        expected is JsonObject && actual is JsonObject ->
            expected.keys == actual.keys && expected.all { (key, value) -> same(value, actual.getValue(key), timestamps, key) }
        expected is JsonArray && actual is JsonArray ->
            expected.size == actual.size && expected.indices.all { same(expected[it], actual[it], timestamps) }
        expected is JsonPrimitive && actual is JsonPrimitive -> {
            val numbers = listOf(expected, actual).count { !it.isString && it.content.first() in "-0123456789" }
            when {
                numbers == 1 || expected.isString != actual.isString -> false
                numbers == 0 -> expected.content == actual.content
                timestamps && name == "timestamp" -> expected.content.toDouble() == actual.content.toDouble()
                else -> key(expected.content) == key(actual.content)
            }
        }
        else -> false
    }

private class Peer(val name: String, mode: String, folder: File) {
    val file = if (mode.startsWith("file")) File(folder, "replica.db").path else null
    var doc = open()
    val ephemeral = EphemeralStore(EphemeralOptions(peer = name, ttlMs = null, wallClock = false))

    private fun open(replica: ByteArray? = null): Doc {
        val options = DocOptions(peer = name, document = DOCUMENT, durability = Durability.RELAXED)
        return when {
            file != null -> Doc.open(file, options)
            replica != null -> Doc.decode(replica, options)
            else -> Doc.inMemory(options)
        }
    }

    fun reopen() {
        val replica = if (file == null) doc.encodeReplica() else null
        doc.close()
        doc = open(replica)
    }

    /** Everything that a refused call must leave as it was. */
    fun fingerprint(): Any =
        listOf(
            doc.digest(), doc.syncState(), doc.waitingEvents, doc.missing(), doc.needsFreshPeer, doc.events, ephemeral.entries, ephemeral.bytes,
            ephemeral.namespaces().map { it to ephemeral.getAllJson(it) },
        )

    fun made(commit: Commit): List<JsonElement> =
        List(commit.events) { at ->
            val id = EventId(doc.peer, commit.counter + at)
            val event = Json.parseToJsonElement(checkNotNull(doc.eventJson(id))) as JsonObject
            ensure(event.text("lamport") == (commit.lamport + at).toString()) { "a commit says other than the event" }
            ensure(doc.event(id)?.lamport == commit.lamport + at) { "the plain event says other than the commit" }
            JsonObject(listOf("id", "deps", "lamport").associateWith { event.getValue(it) })
        }

    fun close() {
        doc.close()
        ephemeral.close()
    }
}

private class World(vector: JsonElement, private val mode: String, folder: File) {
    private val peers =
        ((vector as JsonObject).getValue("peers") as JsonArray).withIndex().associate { (at, peer) ->
            val name = (peer as JsonPrimitive).content
            name to Peer(name, mode, File(folder, "peer-$at").apply { mkdir() })
        }

    fun close() = peers.values.forEach(Peer::close)

    fun step(step: JsonObject) {
        val action = step.text("do")
        val peer = peers.getValue(step.text(if ("to" in step) "to" else "at"))
        val before = peer.fingerprint()
        val wanted = (step["error"] as JsonPrimitive?)?.content
        val given =
            try {
                act(action, peer, step)
            } catch (error: ConvergeException) {
                ensure(wanted == error.kind) { "expected ${wanted ?: "no error"}, got ${error.kind}: ${error.message}" }
                ensure(peer.fingerprint() == before) { "it failed, but changed something: ${error.message}" }
                peer.doc.check()
                return
            }
        peer.doc.check()
        ensure(wanted == null) { "expected the error $wanted, got $given" }
        val expected = step["expect"] ?: JsonNull
        ensure(same(expected, given, action.startsWith("ephemeral"))) { "expected ${expected.toString().take(300)}, got ${given.toString().take(300)}" }
    }

    private fun act(action: String, peer: Peer, step: JsonObject): JsonElement {
        val doc = peer.doc
        fun text(key: String) = step.text(key)
        fun tree(key: String) = step.getValue(key).toString()
        val timestamp = (step["timestamp"] as JsonPrimitive?)?.content?.toDouble()
        return when (action) {
            "insert" -> peer.made(doc.insertJson(text("tbl"), text("row_id"), tree("values"))).single()
            "update" -> peer.made(doc.updateJson(text("tbl"), text("row_id"), text("col"), tree("value"))).single()
            "delete" -> peer.made(doc.delete(text("tbl"), text("row_id"))).single()
            "transaction" -> JsonArray(peer.made(doc.applyJson(tree("ops"), (step["at_ms"] as JsonPrimitive?)?.content?.toLong())))
            "sync" -> merged(sync(peers.getValue(text("from")).doc, doc))
            "deliver" -> merged(doc.mergeJson(text("runs")))
            "state" -> state(doc)
            "sync_state" -> Json.parseToJsonElement(doc.syncStateJson())
            "get_pending" -> pending(doc, tree("known"))
            "reopen" -> JsonNull.also { peer.reopen() }
            "insert_as_fresh_peer" -> {
                val commit = doc.insertJson(text("tbl"), text("row_id"), tree("values"))
                ensure(doc.peer != peer.name) { "the insert did not go on under another peer id" }
                JsonObject(mapOf("counter" to number(commit.counter)))
            }
            "ephemeral_set" -> stored(peer.ephemeral.setJson(text("ns"), text("key"), tree("value"), timestamp))
            "ephemeral_remove" -> stored(peer.ephemeral.remove(text("ns"), text("key"), timestamp))
            "ephemeral_merge" -> Json.parseToJsonElement(peer.ephemeral.mergeJson(text("entries")))
            "ephemeral_get_all" -> Json.parseToJsonElement(peer.ephemeral.getAllJson(text("ns")))
            else -> throw Mismatch("this runner does not know the step")
        }
    }

    private fun sync(from: Doc, to: Doc): MergeResult {
        if (mode.endsWith("json")) {
            val known = JsonObject(to.versions().mapValues { number(it.value) }).toString()
            return to.mergeJson(from.getPendingJson(known).also { ensure(!it.hasMore) { "a vector fits into one page" } }.runs)
        }
        if (mode.endsWith("plain")) {
            return to.mergeRemote(from.getPendingRuns(to.versions()).also { ensure(!it.hasMore) { "a vector fits into one page" } }.runs)
        }
        val page = if (mode.endsWith("request")) from.getPending(to.encodeRequest()) else from.getPending(to.versions())
        ensure(!page.hasMore) { "a vector fits into one page" }
        return to.mergeRemote(page.bytes)
    }

    private fun state(doc: Doc): JsonElement {
        val rows = Json.parseToJsonElement(doc.rowsJson())
        val scanned = JsonObject(doc.tables().associateWith { table -> JsonObject(doc.rows(table).associate { it.id to plain(it.values) }) })
        ensure(same(rows, scanned, false)) { "the plain form and the JSON form tell other rows: $rows, $scanned" }
        for (table in doc.tables()) {
            for (row in doc.page(table, 1000)) ensure(doc.row(table, row.id) == row.values) { "a row read alone says other than a page" }
        }
        return JsonObject(mapOf("rows" to rows, "digest" to JsonPrimitive(doc.digest())))
    }

    private fun pending(doc: Doc, known: String): JsonElement {
        val page = doc.getPendingJson(known)
        ensure(!page.hasMore) { "a vector fits into one page" }
        val ids =
            (Json.parseToJsonElement(page.runs) as JsonArray).flatMap { run ->
                val start = run.text("counter_start").toLong()
                ((run as JsonObject).getValue("ops") as JsonArray).indices.map { run.text("peer") to start + it }
            }
        val byBytes = Comparator<Pair<String, Long>> { a, b -> java.util.Arrays.compareUnsigned(a.first.toByteArray(), b.first.toByteArray()) }
        val sorted = ids.sortedWith(byBytes.thenComparingLong { it.second })
        return JsonObject(mapOf("ids" to JsonArray(sorted.map { (peer, counter) -> JsonArray(listOf(JsonPrimitive(peer), number(counter))) })))
    }
}

private fun stored(stored: Boolean) = JsonObject(mapOf("stored" to JsonPrimitive(stored)))

private fun plain(values: Map<String, Value>) = JsonObject(values.mapValues { plain(it.value) })

/** A value as JSON tells it. */
private fun plain(value: Value): JsonElement =
    when (value) {
        Value.Null -> JsonNull
        is Value.Bool -> JsonPrimitive(value.value)
        is Value.Int -> number(value.value)
        is Value.Float -> number(value.value)
        is Value.Text -> JsonPrimitive(value.value)
        is Value.Bytes -> JsonObject(mapOf("\$bytes" to JsonPrimitive(Base64.getEncoder().encodeToString(value.value))))
    }

private fun merged(result: MergeResult): JsonElement {
    val patches =
        result.patches.map { patch ->
            val at = mapOf("tbl" to JsonPrimitive(patch.table), "row_id" to JsonPrimitive(patch.rowId))
            JsonObject(
                at +
                    when (patch) {
                        is Patch.SetCell ->
                            mapOf("type" to JsonPrimitive("set_cell"), "col" to JsonPrimitive(patch.column), "value" to plain(patch.value))
                        is Patch.InsertRow -> {
                            val cells = patch.values.map { (column, value) -> JsonArray(listOf(JsonPrimitive(column), plain(value))) }
                            mapOf("type" to JsonPrimitive("insert_row"), "values" to JsonArray(cells))
                        }
                        is Patch.DeleteRow -> mapOf("type" to JsonPrimitive("delete_row"))
                    }
            )
        }
    return JsonObject(
        mapOf(
            "patches" to JsonArray(patches),
            "applied" to number(result.applied),
            "duplicates" to number(result.duplicates),
            "pending" to number(result.pending),
            "rejected" to number(result.rejected),
        )
    )
}

/** What went wrong in one mode, in one line. */
private fun run(file: File, mode: String): String? {
    val vector = Json.parseToJsonElement(file.readText()) as JsonObject
    if (vector.text("format") != "1") return "the format is ${vector["format"]}, and this runner knows 1"
    // What a power cut leaves is not the point here: memory will do where there is a file system of it.
    val folder = kotlin.io.path.createTempDirectory(File("/dev/shm").takeIf(File::isDirectory)?.toPath(), "vectors").toFile()
    try {
        val world = World(vector, mode, folder)
        try {
            for ((number, step) in (vector.getValue("steps") as JsonArray).withIndex()) {
                try {
                    world.step(step as JsonObject)
                } catch (error: Exception) {
                    return "[$mode] step $number (${step.text("do")}): ${error.toString().replace('\n', ' ')}"
                }
            }
        } finally {
            world.close()
        }
    } finally {
        folder.deleteRecursively()
    }
    return null
}
