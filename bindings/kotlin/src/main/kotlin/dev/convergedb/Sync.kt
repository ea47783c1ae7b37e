@file:JvmName("Sync")

package dev.convergedb

/** How many events each of two replicas got from the other. */
public data class SyncCounts(public val intoA: Long, public val intoB: Long)

/**
 * Brings two replicas of one document in this process to the same state, page by page. [progress] is called with the number of events
 * applied so far.
 */
@JvmOverloads
public fun sync(a: Doc, b: Doc, progress: ((Long) -> Unit)? = null): SyncCounts {
    var applied = 0L
    fun pull(to: Doc, from: Doc): Long {
        val before = applied
        do {
            val page = from.getPending(to.encodeRequest())
            applied += to.mergeRemote(page.bytes, patches = false).applied
            progress?.invoke(applied)
        } while (page.hasMore)
        return applied - before
    }
    return SyncCounts(pull(a, b), pull(b, a))
}
