package dev.convergedb

import dev.convergedb.ffi.Changes as FfiChanges
import dev.convergedb.ffi.NextChange as FfiNextChange
import dev.convergedb.ffi.Waker as FfiWaker

/** What changes in a document since [Doc.subscribe]: what each local transaction and each merge changed in what shows. */
public class Changes internal constructor(private val ffi: FfiChanges) : Reader<Change>(null) {
    override fun ask(timeoutMs: ULong?): Told<Change> =
        when (val next = ffi.next(timeoutMs)) {
            is FfiNextChange.Change -> Told.News(Change(next.patches.map(ChangePatch::of)))
            FfiNextChange.Lagged -> Told.News(Change(emptyList(), true))
            FfiNextChange.Timeout -> Told.Nothing
            FfiNextChange.Closed -> Told.End
        }

    override fun setWaker(waker: FfiWaker?): Unit = ffi.setWaker(waker)

    override fun isLagged(change: Change): Boolean = change.lagged

    override fun shut() {
        ffi.shut()
        ffi.close()
    }
}
