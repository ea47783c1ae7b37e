from __future__ import annotations

import asyncio
import threading
import time
from typing import List

import convergedb
import pytest
from convergedb import Change, ChangePatch, Doc, SetCell


def test_local_and_remote_changes(doc: Doc) -> None:
    with doc.changes() as changes:
        doc.insert("t", "1", {"a": 1})
        with doc.transaction() as tx:
            tx.update("t", "1", "a", 2)
            tx.insert("t", "2", {})
        other = Doc(peer="zoe")
        convergedb.sync(doc, other)
        other.update("t", "1", "a", 3)
        convergedb.sync(doc, other)
        first, second, third = (next(changes) for _ in range(3))
        assert first == Change([ChangePatch(convergedb.InsertRow("t", "1", {"a": 1}), None)])
        assert [patch.patch.type for patch in second.patches] == ["set_cell", "insert_row"]
        assert third.patches == [ChangePatch(SetCell("t", "1", "a", 3), "zoe")]
        assert changes.poll() is None and changes.wait(0.01) is None
    assert list(changes) == []


def test_filters(doc: Doc) -> None:
    tables, rows, strings = doc.changes(["t"]), doc.changes(rows=[("u", "1")]), doc.changes("t")
    doc.insert("t", "1", {})
    doc.insert("u", "1", {})
    doc.insert("u", "2", {})
    for changes, wanted in ((tables, [("t", "1")]), (rows, [("u", "1")]), (strings, [("t", "1")])):
        drained, lagged = changes.drain()
        assert [(c.patches[0].patch.tbl, c.patches[0].patch.row_id) for c in drained] == wanted and not lagged


def test_lagging(doc: Doc) -> None:
    changes = doc.changes(patches_max=3)
    for at in range(10):
        doc.insert("t", str(at), {})
    assert next(changes) == Change([], True)
    doc.insert("t", "x", {})
    assert not next(changes).lagged
    bell = doc.changes(patches_max=0)
    doc.insert("t", "y", {})
    assert bell.drain() == ([], True)


def test_iteration_ends_when_the_document_is_closed(doc: Doc) -> None:
    """C16."""
    changes = doc.changes()
    doc.insert("t", "1", {})
    doc.close()
    assert len(list(changes)) == 1 and list(changes) == []


def test_iteration_waits_in_a_thread(doc: Doc) -> None:
    changes, seen = doc.changes(), []  # type: ignore[var-annotated]
    thread = threading.Thread(target=lambda: seen.extend(changes))
    thread.start()
    for at in range(100):
        doc.insert("t", str(at), {})
    while len(seen) < 100:
        time.sleep(0.005)
    doc.close()
    thread.join(10)
    assert not thread.is_alive() and len(seen) == 100


def test_async_iteration(doc: Doc) -> None:
    async def run() -> List[Change]:
        changes = doc.changes()

        def write() -> None:
            for at in range(200):
                doc.insert("t", str(at), {})
                if at % 50 == 0:
                    time.sleep(0.01)
            doc.close()

        thread = threading.Thread(target=write)
        thread.start()
        seen = [change async for change in changes]
        thread.join()
        return seen

    assert len(asyncio.run(run())) == 200


def test_async_iteration_in_one_thread(doc: Doc) -> None:
    async def run() -> None:
        seen: List[Change] = []

        async def read() -> None:
            async for change in doc.changes():
                seen.append(change)

        task = asyncio.create_task(read())
        await asyncio.sleep(0)
        for at in range(50):
            doc.insert("t", str(at), {})
            await asyncio.sleep(0)
        while len(seen) < 50:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Nobody reads any more; the waker went with the reader.
        doc.insert("t", "x", {})

    asyncio.run(run())


def test_a_reader_may_be_read_in_two_loops(doc: Doc) -> None:
    changes = doc.changes()

    async def one() -> Change:
        return await changes.__anext__()

    for at in range(3):
        doc.insert("t", str(at), {})
        assert asyncio.run(one()).patches[0].patch.row_id == str(at)

    async def none() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(one(), 0.05)

    asyncio.run(none())
    doc.insert("t", "late", {})
    assert asyncio.run(one()).patches[0].patch.row_id == "late"


def test_wakers(doc: Doc) -> None:
    """C17."""
    native, calls = doc.subscribe(), []  # type: ignore[var-annotated]
    # It may call the document.
    native.set_waker(lambda: calls.append(doc.count("t")))
    doc.insert("t", "1", {})
    doc.insert("t", "2", {})
    assert calls == [1], "it is called again only once everything was read"
    assert len(native.drain()[0]) == 2
    doc.insert("t", "3", {})
    assert calls == [1, 3]
    native.set_waker(None)
    native.drain()
    doc.insert("t", "4", {})
    assert calls == [1, 3]


def test_a_waker_that_raises_is_reported(doc: Doc, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reported.append(report.exc_type))
    native = doc.subscribe()
    native.set_waker(lambda: 1 / 0)
    doc.insert("t", "1", {})
    assert reported == [ZeroDivisionError] and doc.count("t") == 1


def test_two_tasks_may_wait_on_one_reader(doc: Doc) -> None:
    async def run() -> None:
        changes = doc.changes()

        async def one() -> str:
            return (await changes.__anext__()).patches[0].patch.row_id

        tasks = [asyncio.create_task(one()) for _ in range(3)]
        await asyncio.sleep(0.02)
        for row_id in "12":
            doc.insert("t", row_id, {})
        for _ in range(500):
            done = [task for task in tasks if task.done()]
            if len(done) == 2:
                break
            await asyncio.sleep(0.01)
        # One that gives up takes nothing with it.
        left = [task for task in tasks if not task.done()]
        tasks.append(asyncio.create_task(one()))
        await asyncio.sleep(0.02)
        left[0].cancel()
        await asyncio.sleep(0.02)
        doc.insert("t", "3", {})
        assert await asyncio.wait_for(tasks[-1], 5) == "3"
        assert sorted(task.result() for task in done) == ["1", "2"]

    asyncio.run(asyncio.wait_for(run(), 20))


def test_two_loops_may_wait_on_one_reader(doc: Doc) -> None:
    changes, seen = doc.changes(), []  # type: ignore[var-annotated]

    async def read() -> None:
        async for change in changes:
            seen.append(change.patches[0].patch.row_id)

    threads = [threading.Thread(target=lambda: asyncio.run(read())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for at in range(200):
        doc.insert("t", str(at), {})
        time.sleep(0.0005)
    while len(seen) < 200:
        time.sleep(0.005)
    doc.close()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads) and sorted(seen) == sorted(map(str, range(200)))


def test_whoever_waits_is_told_the_end(doc: Doc) -> None:
    """C16."""

    async def run(close: "object") -> None:
        changes = doc.changes()
        reading = asyncio.create_task(anext_of(changes))
        await asyncio.sleep(0.02)
        close(changes)  # type: ignore[operator]
        assert await asyncio.wait_for(reading, 5) == "the end"
        assert await anext_of(changes) == "the end" and list(changes) == []

    async def anext_of(changes: convergedb.Changes) -> str:
        try:
            await changes.__anext__()
        except StopAsyncIteration:
            return "the end"
        return "a change"

    asyncio.run(run(lambda changes: changes.close()))
    asyncio.run(run(lambda changes: doc.close()))


def test_a_cancelled_stream_ends(doc: Doc) -> None:
    """C16: cancelling ends the wait and leaves no waker; letting go of the reader ends the subscription."""
    wakers = []

    class Native:
        def __init__(self) -> None:
            self.inner = doc.subscribe()

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def set_waker(self, waker: "object") -> None:
            wakers.append(waker)
            self.inner.set_waker(waker)  # type: ignore[arg-type]

    async def run() -> None:
        changes = convergedb.Changes(Native())
        task = asyncio.create_task(changes.__anext__())  # type: ignore[arg-type]
        await asyncio.sleep(0.02)
        assert wakers and wakers[-1] is not None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert wakers[-1] is None
        doc.insert("t", "1", {})
        assert (await changes.__anext__()).patches[0].patch.row_id == "1"
        assert wakers[-1] is None

    asyncio.run(run())


def test_a_wake_after_its_loop_is_nothing(doc: Doc, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    reported = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    changes, loop = doc.changes(), asyncio.new_event_loop()
    waiting = loop.create_future()
    changes._waiting[waiting] = loop
    changes._native.set_waker(changes._wake)
    loop.close()
    doc.insert("t", "1", {})
    assert reported == [] and changes.poll() is not None


def test_cycles_through_a_waker_are_collected(doc: Doc) -> None:
    import gc
    import weakref

    class Holder:
        pass

    holders = []
    for native in (doc.subscribe(), convergedb.EphemeralStore().subscribe()):
        holder = Holder()
        holder.native = native  # type: ignore[attr-defined]
        native.set_waker(lambda holder=holder: None)  # type: ignore[misc]
        holders.append(weakref.ref(holder))
    del holder, native
    gc.collect()
    assert all(holder() is None for holder in holders)
