package dev.convergedb

import dev.convergedb.ffi.Waker as FfiWaker
import java.util.concurrent.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
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
) : Iterable<T>, AutoCloseable {
    private val pauseNs: Long? = pauseMs?.let { minOf(it, Long.MAX_VALUE / 4_000_000) * 1_000_000 }
    @Volatile private var dueNs: Long = System.nanoTime() + (pauseNs ?: 0)

    /** Milliseconds until [idle] is due, but not more than [mostMs]. */
    private fun untilDue(mostMs: Long): Long =
        if (pauseNs == null) mostMs else minOf(mostMs, maxOf((dueNs - System.nanoTime()) / 1_000_000 + 1, 0))

    private fun lookAtClock() {
        if (pauseNs == null || System.nanoTime() - dueNs < 0) return
        dueNs = System.nanoTime() + pauseNs
        idle()
    }

    internal abstract fun told(timeoutMs: ULong?): Told<T>

    internal abstract fun setWaker(waker: FfiWaker?)

    internal abstract fun shut()

    internal abstract fun isLagged(change: T): Boolean

    internal open fun idle() {}

    /** The next change if there is one now, else null. It does not wait. */
    public fun poll(): T? = (told(0UL) as? Told.News)?.value

    /**
     * The next change; null when none came within [timeoutMs] milliseconds, or nothing comes any more. Without a timeout it waits for it.
     */
    @JvmOverloads
    public fun next(timeoutMs: Long? = null): T? {
        unsigned(timeoutMs, "a timeout")
        val begunNs = System.nanoTime()
        while (true) {
            val leftMs = if (timeoutMs == null) Long.MAX_VALUE else maxOf(timeoutMs - (System.nanoTime() - begunNs) / 1_000_000, 0)
            val told = told(untilDue(leftMs).toULong())
            lookAtClock()
            if (told != Told.Nothing || leftMs == 0L) return (told as? Told.News)?.value
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
    override fun iterator(): Iterator<T> =
        iterator {
            while (true) {
                when (val told = told(untilDue(SLICE_MS).toULong())) {
                    is Told.News -> yield(told.value)
                    Told.End -> return@iterator
                    // A thread that waits inside the library does not notice an interrupt.
                    Told.Nothing ->
                        if (Thread.currentThread().isInterrupted) throw CancellationException("the reading thread was interrupted")
                }
                lookAtClock()
            }
        }

    /**
     * The changes as a flow, until it ends. Collecting does not begin a subscription and cancelling does not end it: [close] does. The flow
     * holds one change; the rest waits in the queue, and nobody waits for a slow collector. The library is called on `Dispatchers.IO`.
     */
    public fun asFlow(): Flow<T> = told().buffer(Channel.RENDEZVOUS).flowOn(Dispatchers.IO)

    internal fun told(): Flow<T> = flow {
        // It remembers one ring, so none between a look and the wait for the next is missed.
        val bell = Channel<Unit>(Channel.CONFLATED)
        setWaker(Bell(bell))
        try {
            while (true) {
                when (val told = told(0UL)) {
                    is Told.News -> emit(told.value)
                    Told.End -> return@flow
                    Told.Nothing -> if (pauseNs == null) bell.receive() else withTimeoutOrNull(untilDue(Long.MAX_VALUE)) { bell.receive() }
                }
                lookAtClock()
            }
        } finally {
            setWaker(null)
        }
    }

    /** Ends the subscription. Whoever waits is told the end. */
    override fun close(): Unit = shut()

    private companion object {
        const val SLICE_MS = 250L
    }
}

/** Is rung on the thread that writes, and has to be quick. */
private class Bell(private val bell: Channel<Unit>) : FfiWaker {
    override fun wake() {
        bell.trySend(Unit)
    }
}

/** A flow with a subscription of its own for each collector. */
internal fun <T : Any> flowOf(subscribe: () -> Reader<T>): Flow<T> =
    flow { subscribe().use { emitAll(it.told()) } }.buffer(Channel.RENDEZVOUS).flowOn(Dispatchers.IO)
