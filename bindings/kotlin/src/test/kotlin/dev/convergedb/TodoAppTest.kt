package dev.convergedb

import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.Serializable
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

@Serializable data class Todo(val title: String, val done: Boolean = false)

/** What a screen of a to-do app stands on: a list that follows the document, commands, sync by bytes, and who is here. */
private class TodoList(private val doc: SuspendingDoc, private val presence: EphemeralStore, scope: CoroutineScope) {
    private val shown = MutableStateFlow<Map<String, Todo>>(emptyMap())
    val todos: StateFlow<Map<String, Todo>> = shown
    val people: Flow<EphemeralChange> = presence.changes()

    init {
        val changes = doc.doc.subscribe(tables = listOf("todos"))
        scope.launch {
            show()
            // Whatever came, the list is small: read it afresh.
            changes.asFlow().collect { show() }
        }
    }

    private suspend fun show() {
        shown.value = doc.withDoc { doc -> doc.rowsAs<Todo>("todos").associate { it.id to it.value } }
    }

    suspend fun add(title: String): String = doc.withDoc { doc -> doc.newRowId().also { doc.insert("todos", it, Todo(title)) } }

    suspend fun check(id: String) = doc.update("todos", id, "done", true)

    suspend fun clearDone() = doc.transaction { tx ->
        val done = tx.rows("todos").filter { it["done"] == Value.Bool(true) }.map { it.id }.toList()
        done.onEach { tx.delete("todos", it) }.size
    }

    suspend fun request() = doc.encodeRequest()

    suspend fun answer(request: ByteArray) = doc.getPending(request)

    suspend fun take(update: ByteArray) = doc.mergeRemote(update)

    fun here(name: String) = presence.set("here", doc.doc.peer, name)

    fun hello(): ByteArray = presence.encodeAll()

    fun heard(message: ByteArray) = presence.mergeBytes(message)

    suspend fun background() = doc.suspend()

    suspend fun foreground() = doc.resume()

    suspend fun close() {
        presence.close()
        doc.close()
    }
}

class TodoAppTest {
    @TempDir lateinit var folder: File

    private suspend fun pull(to: TodoList, from: TodoList) {
        do {
            val page = from.answer(to.request())
            to.take(page.bytes)
        } while (page.hasMore)
    }

    private suspend fun TodoList.shows(vararg titles: String) =
        withTimeout(10_000) { todos.first { shown -> shown.values.map { (if (it.done) "✓ " else "") + it.title }.sorted() == titles.sorted() } }

    @Test
    fun `two devices and presence`() = runBlocking {
        val scope = CoroutineScope(Dispatchers.Default)
        suspend fun device(name: String) =
            TodoList(SuspendingDoc.open(folder.db("$name.db")), EphemeralStore(EphemeralOptions(peer = name)), scope)
        val (phone, laptop) = Pair(device("phone"), device("laptop"))

        val milk = phone.add("milk")
        phone.add("bread")
        pull(laptop, phone)
        laptop.shows("milk", "bread")

        // Both are offline now.
        phone.check(milk)
        laptop.add("eggs")
        pull(phone, laptop)
        pull(laptop, phone)
        phone.shows("✓ milk", "bread", "eggs")
        laptop.shows("✓ milk", "bread", "eggs")

        phone.background()
        delay(10)
        phone.foreground()
        assertEquals(1, laptop.clearDone())
        pull(phone, laptop)
        phone.shows("bread", "eggs")

        val seen = async(Dispatchers.Default) { laptop.people.first() }
        delay(300)
        phone.here("Ann")
        laptop.heard(phone.hello())
        assertEquals("Ann", withTimeout(10_000) { seen.await() }.entry?.value?.textOrNull)

        scope.cancel()
        for (device in listOf(phone, laptop)) device.close()
        Doc.open(folder.db("phone.db")).use { assertEquals(2, it.count("todos")) }
    }
}
