package dev.convergedb

import java.lang.management.ManagementFactory

/** Prints what calls cost, in nanoseconds of the thread's own time; the README's figures come from here. */
fun main() {
    println("update ${best { perUpdate() }}")
    println("update in a transaction ${best { perUpdateInTransaction() }}")
    println("transaction of one update ${best { perTransaction() }}")
    println("insert of 5 cells, then delete ${best { perInsertAndDelete() }}")
    println("get ${best { perGet() }}")
    println("contains ${best { perContains() }}")
    println("row of 5 cells ${best { perRow() }}")
    println("ephemeral set ${best { perEphemeralSet() }}")
    println("ephemeral get ${best { perEphemeralGet() }}")
    println("insertMany, maps, a row ${best { perInsertMany { doc -> doc.insertMany("todos", MAPS) } }}")
    println("insertMany, columns, a row ${best { perInsertMany { doc -> doc.insertMany("todos", IDS, COLUMNS) } }}")
    println("insertMany, objects, a row ${best { perInsertMany { doc -> doc.insertMany("todos", OBJECTS) } }}")
    println("rows(), a row ${best { perScan() }}")
}

private const val ROWS = 100_000
private const val CALLS = 10_000
private val threads = ManagementFactory.getThreadMXBean()

private val IDS = List(ROWS) { "row-%06d".format(it) }
private val COLUMNS: Map<String, List<Any?>> =
    mapOf(
        "title" to List(ROWS) { "thing $it" },
        "done" to List(ROWS) { false },
        "n" to List(ROWS) { it.toLong() },
        "weight" to List(ROWS) { it / 2.0 },
        "note" to List(ROWS) { null },
    )
private val MAPS = IDS.withIndex().associate { (at, id) -> id to COLUMNS.mapValues { (_, values) -> values[at] } }

@kotlinx.serialization.Serializable
private data class Thing(val title: String, val done: Boolean, val n: Long, val weight: Double, val note: String?)

private val OBJECTS = IDS.withIndex().associate { (at, id) -> id to Thing("thing $at", false, at.toLong(), at / 2.0, null) }

private fun best(round: () -> Double): String = "%.0f".format((1..6).minOf { round() })

private inline fun timed(times: Int, work: () -> Unit): Double {
    val before = threads.currentThreadCpuTime
    work()
    return (threads.currentThreadCpuTime - before).toDouble() / times
}

private fun small() = Doc.inMemory().apply { insertMany("todos", IDS.take(1000), COLUMNS.mapValues { it.value.take(1000) }) }

private fun perUpdate(): Double =
    small().use { doc -> timed(CALLS) { repeat(CALLS) { doc.update("todos", IDS[it % 1000], "n", it.toLong()) } } }

private fun perUpdateInTransaction(): Double =
    small().use { doc -> timed(CALLS) { doc.transaction { tx -> repeat(CALLS) { tx.update("todos", IDS[it % 1000], "n", it.toLong()) } } } }

private fun perTransaction(): Double =
    small().use { doc -> timed(CALLS) { repeat(CALLS) { doc.transaction { tx -> tx.update("todos", IDS[it % 1000], "n", it.toLong()) } } } }

private fun perInsertAndDelete(): Double =
    Doc.inMemory().use { doc ->
        timed(CALLS) {
            repeat(CALLS) {
                doc.insert("todos", IDS[it], MAPS.getValue(IDS[it]))
                doc.delete("todos", IDS[it])
            }
        }
    }

private fun perContains(): Double = small().use { doc -> timed(CALLS) { repeat(CALLS) { check(doc.contains("todos", IDS[it % 1000])) } } }

private fun perEphemeralSet(): Double =
    EphemeralStore().use { store -> timed(CALLS) { repeat(CALLS) { check(store.set("cursors", IDS[it % 1000], it)) } } }

private fun perEphemeralGet(): Double =
    EphemeralStore().use { store ->
        repeat(1000) { store.set("cursors", IDS[it], it) }
        timed(CALLS) { repeat(CALLS) { check(store.get("cursors", IDS[it % 1000]) != null) } }
    }

private fun perGet(): Double =
    small().use { doc -> timed(CALLS) { repeat(CALLS) { check(doc.get("todos", IDS[it % 1000], "n") != null) } } }

private fun perRow(): Double = small().use { doc -> timed(CALLS) { repeat(CALLS) { check(doc.row("todos", IDS[it % 1000])?.size == 5) } } }

private fun perInsertMany(insert: (Doc) -> Unit): Double = Doc.inMemory().use { doc -> timed(ROWS) { insert(doc) } }

private fun perScan(): Double =
    Doc.inMemory().use { doc ->
        doc.insertMany("todos", IDS, COLUMNS)
        timed(ROWS) { check(doc.rows("todos").sumOf { it.values.size } == ROWS * 5) }
    }
