package dev.convergedb

import dev.convergedb.ffi.Waker as FfiWaker
import java.util.concurrent.CancellationException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CopyOnWriteArraySet
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicReference
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/** What a reader is told. */
internal sealed class Told<out T> {
    class News<T>(val value: T) : Told<T>()

    data object Nothing : Told<kotlin.Nothing>()

    data object End : Told<kotlin.Nothing>()
}

/** All that was queued, oldest first, or that the reader [lagged]: then there is nothing, and it reads afresh. */
public data class Drained<T>(public val changes: List<T>, public val lagged: Boolean)

/**
 * A subscription, from the moment it is made: oldest first, to be read by [next], by a `for` loop that waits, or as a [Flow]. It is one
 * queue: of several who read it each gets some of the changes. It ends with [close], and when what it is about is closed.
 */
public abstract class Reader<T : Any>
internal constructor(
    /** So often, in milliseconds, [idle] is called while somebody reads, whether there is news or not; null for never. */
    pauseMs: Long?
) : AutoCloseable {
    private val pauseNs: Long? = pauseMs?.let { minOf(it, Long.MAX_VALUE / 4_000_000) * 1_000_000 }
    @Volatile private var dueNs: Long = System.nanoTime() + (pauseNs ?: 0)

    /** What was fetched for a collector, until one is sure to get it. A collector that is cancelled meanwhile leaves it here. */
    private val fetched = ConcurrentLinkedQueue<T>()
    private val bells = Bells()
    private val rings = AtomicBoolean()
    @Volatile private var ended = false

    /** Whether nothing comes any more: it was closed, or what it is about was, and all that was queued has been read. */
    public val isOver: Boolean
        get() = ended && fetched.isEmpty()

    /** Milliseconds until [idle] is due, but not more than [mostMs]. */
    private fun untilDue(mostMs: Long): Long =
        if (pauseNs == null) mostMs else minOf(mostMs, maxOf((dueNs - System.nanoTime()) / 1_000_000 + 1, 0))

    private fun lookAtClock() {
        if (pauseNs == null || System.nanoTime() - dueNs < 0) return
        dueNs = System.nanoTime() + pauseNs
        idle()
    }

    /** Asks the library. Whoever calls takes care of one that was closed. */
    internal abstract fun ask(timeoutMs: ULong?): Told<T>

    internal abstract fun setWaker(waker: FfiWaker?)

    internal abstract fun shut()

    internal abstract fun isLagged(change: T): Boolean

    internal open fun idle() {}

    /** Runs a call of the library; [gone] where another thread has closed the reader. */
    private inline fun <R> unlessClosed(gone: R, call: () -> R): R =
        try {
            translating(call)
        } catch (_: ClosedException) {
            gone
        }

    private fun fetch(timeoutMs: Long): Told<T> {
        val told = unlessClosed(Told.End) { ask(timeoutMs.toULong()) }
        if (told == Told.End) ended = true
        return told
    }

    private fun told(timeoutMs: Long): Told<T> = fetched.poll()?.let { Told.News(it) } ?: fetch(timeoutMs)

    /** The next change if there is one now, else null. It does not wait. */
    public fun poll(): T? = (told(0) as? Told.News)?.value

    /**
     * The next change; null when none came within [timeoutMs] milliseconds, or nothing comes any more, which [isOver] tells. Without a
     * timeout it waits for it. An interrupted thread that would wait gets a [CancellationException].
     */
    @JvmOverloads
    public fun next(timeoutMs: Long? = null): T? {
        unsigned(timeoutMs, "a timeout")
        val begunNs = System.nanoTime()
        while (true) {
            val leftMs = if (timeoutMs == null) Long.MAX_VALUE else maxOf(timeoutMs - (System.nanoTime() - begunNs) / 1_000_000, 0)
            val told = told(untilDue(minOf(leftMs, SLICE_MS)))
            lookAtClock()
            if (told != Told.Nothing || leftMs == 0L) return (told as? Told.News)?.value
            lookForInterrupt()
        }
    }

    /** All changes that are queued. It does not wait. */
    public fun drain(): Drained<T> {
        val changes = ArrayList<T>()
        while (true) {
            val change = poll() ?: return Drained(changes, false)
            if (isLagged(change)) return Drained(emptyList(), true)
            changes.add(change)
        }
    }

    /** Waits for one change after the other, until it ends. An interrupted thread gets a [CancellationException]. */
    public operator fun iterator(): Iterator<T> =
        iterator {
            while (true) {
                when (val told = told(untilDue(SLICE_MS))) {
                    is Told.News -> yield(told.value)
                    Told.End -> return@iterator
                    Told.Nothing -> lookForInterrupt()
                }
                lookAtClock()
            }
        }

    /**
     * The changes for a `for` loop in Java, and for whoever wants to wait by the functions of lists: each step waits for a change, and the
     * last for the end.
     */
    public fun blocking(): Iterable<T> = Iterable { iterator() }

    /** A thread that waits inside the library does not notice an interrupt. */
    private fun lookForInterrupt() {
        if (Thread.currentThread().isInterrupted) throw CancellationException("the reading thread was interrupted")
    }

    /**
     * The changes as a flow, until it ends. Collecting does not begin a subscription and cancelling does not end it: [close] does. What no
     * collector got waits in the queue for the next, and nobody waits for a slow collector. The library is called on `Dispatchers.IO`.
     */
    public fun asFlow(): Flow<T> = news().mapNotNull { fetched.poll() }

    /** Says that something was fetched. It is taken only where nothing lies between that and the collector, not even a cancellation. */
    private fun news(): Flow<Unit> = flow {
        // It remembers one ring, so none between a look and the wait for the next is missed.
        val bell = bells.add()
        try {
            // One waker for all who collect, and for good: it is called at once if something is there.
            if (!rings.getAndSet(true)) unlessClosed(Unit) { setWaker(bells) }
            while (true) {
                val told = withContext(Dispatchers.IO) { fetchForFlow() }
                when (told) {
                    is Told.News -> emit(Unit)
                    Told.End -> return@flow
                    Told.Nothing -> if (pauseNs == null) bell.receive() else withTimeoutOrNull(untilDue(Long.MAX_VALUE)) { bell.receive() }
                }
            }
        } finally {
            bells.remove(bell)
            // Whoever else collects takes what this one leaves.
            if (!fetched.isEmpty()) bells.wake()
        }
    }

    private fun fetchForFlow(): Told<T> {
        val told = fetched.peek()?.let { Told.News(it) } ?: fetch(0).also { if (it is Told.News) fetched.add(it.value) }
        lookAtClock()
        return told
    }

    /** Ends the subscription. Whoever waits is told the end. Closing again does nothing. */
    override fun close() {
        unlessClosed(Unit) { shut() }
        ended = true
        fetched.clear()
    }

    private companion object {
        const val SLICE_MS = 250L
    }
}

/** Rings for all who wait for one reader, of which it knows nothing. It is called on the thread that writes, and is quick. */
private class Bells : FfiWaker {
    private val bells = CopyOnWriteArraySet<Channel<Unit>>()

    fun add(): Channel<Unit> = Channel<Unit>(Channel.CONFLATED).also(bells::add)

    fun remove(bell: Channel<Unit>) = bells.remove(bell)

    override fun wake() = bells.forEach { it.trySend(Unit) }
}

/** A flow with a subscription of its own for each collector. */
internal fun <T : Any> flowOf(subscribe: () -> Reader<T>): Flow<T> = flow {
    // Known before it is handed over: a collector that is cancelled meanwhile closes it too.
    val reader = AtomicReference<Reader<T>>()
    try {
        withContext(Dispatchers.IO) { reader.set(subscribe()) }
        emitAll(reader.get().asFlow())
    } finally {
        withContext(NonCancellable + Dispatchers.IO) { reader.get()?.close() }
    }
}
