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
