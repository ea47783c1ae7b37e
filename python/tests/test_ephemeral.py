from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import convergedb
import pytest
from convergedb import Entry, EphemeralStore


def test_registers() -> None:
    with EphemeralStore(peer="alice") as store:
        assert store.set("cursors", "alice", 7)
        entry = store.get("cursors", "alice")
        assert entry is not None and entry.value == 7 and entry.peer == "alice" and not entry.removed
        assert not store.set("cursors", "alice", 7, entry.timestamp)
        store["cursors"]["bob"] = None
        assert dict(store["cursors"]) == {"alice": 7, "bob": None} and store.namespaces() == ["cursors"] and "cursors" in store
        assert list(store.get_all("cursors")) == ["alice", "bob"]
        assert store.remove("cursors", "alice") and store.get("cursors", "alice") is None
        del store["cursors"]["bob"]
        with pytest.raises(KeyError):
            del store["cursors"]["bob"]
        with pytest.raises(KeyError):
            store["cursors"]["bob"]
        assert list(store) == [] and len(store["cursors"]) == 0 and store
        store.check()
    with pytest.raises(convergedb.Closed):
        store.set("a", "b", 1)


def test_messages() -> None:
    a, b = EphemeralStore(peer="a"), EphemeralStore(peer="b")
    a.set("x", "1", "one")
    a.set("y", "1", b"two")
    counts = b.merge_bytes(a.encode("x"))
    assert counts.changed == 1 and b.namespaces() == ["x"]
    assert b.changed_since(counts.before)[0]["x"]["1"].value == "one"
    assert b.merge_bytes(a.encode()).changed == 1 and b.entries == 2 and b.bytes > 0
    message, mark = a.encode_since()
    assert b.merge_bytes(message).unchanged == 2
    a.set("x", "2", 1.5)
    message, mark = a.encode_since(mark)
    assert b.merge_bytes(message).changed == 1
    assert a.encode_since(mark)[1] == a.mark()
    changed = b.merge({"z": {"k": Entry(1, 5.0, "c"), "gone": Entry(None, 6.0, "c", True)}})
    assert changed["z"]["k"] == Entry(1, 5.0, "c") and changed["z"]["gone"].removed
    assert list(b.remove_peer("c")) == ["z"] and b.namespaces() == ["x", "y"]
    with pytest.raises(convergedb.Malformed):
        b.merge_bytes(b"nonsense")


def test_entries_end() -> None:
    store = EphemeralStore(ttl_ms=100, manual_clock=True)
    store.set("a", "b", 1)
    store.advance(99)
    assert store.get("a", "b") is not None
    store.advance(1)
    assert store.get("a", "b") is None
    assert store.expire()["a"]["b"].value == 1 and store.entries == 0
    assert EphemeralStore(ttl_ms=None).ttl_ms is None and EphemeralStore().ttl_ms == 30_000


def test_changes() -> None:
    a, b = EphemeralStore(peer="a"), EphemeralStore(peer="b")
    changes = b.changes()
    a.set("n", "k", 1)
    b.merge_bytes(a.encode())
    b.set("n", "k", 2)
    b.remove("n", "k")
    kinds = [next(changes) for _ in range(3)]
    assert [(change.kind, change.local) for change in kinds] == [("added", False), ("updated", True), ("removed", True)]
    assert kinds[0].entry is not None and kinds[0].entry.value == 1
    few = b.changes(limit=1)
    for at in range(5):
        b.set("n", str(at), at)
    assert next(few).kind == "lagged"
    b.close()
    assert [change.kind for change in changes] == ["added"] * 5


def test_async_changes_tell_what_ends() -> None:
    async def run() -> None:
        store = EphemeralStore(ttl_ms=50)
        changes = store.changes(expire_every=0.02)
        store.set("n", "k", 1)
        kinds = []
        async for change in changes:
            kinds.append(change.kind)
            if change.kind == "expired":
                break
        assert kinds == ["added", "expired"]

    asyncio.run(asyncio.wait_for(run(), 10))


def test_what_ends_is_told_while_the_store_is_busy() -> None:
    """A reader that never has to wait looks at the clock all the same."""
    store = EphemeralStore(ttl_ms=50)
    changes = store.changes(expire_every=0.02)
    store.set("n", "ends", 1)
    end = time.monotonic() + 10
    for change in changes:
        if change.kind == "expired" and change.key == "ends":
            break
        assert time.monotonic() < end, "it is never told"
        store.set("busy", "key", time.monotonic())

    async def run() -> None:
        store.set("n", "ends too", 1)
        async for change in changes:
            if change.kind == "expired" and change.key == "ends too":
                break
            assert time.monotonic() < end, "it is never told"
            store.set("busy", "key", time.monotonic())

    asyncio.run(run())


def test_it_expires_as_often_as_it_is_told() -> None:
    calls = []

    class Counted(EphemeralStore):
        __slots__ = ()

        def expire(self) -> Any:
            calls.append(1)
            return super().expire()

    store = Counted(ttl_ms=100)
    slow, quick = store.changes(expire_every=60.0), store.changes(expire_every=0.1)
    assert slow.wait(0.7) is None and calls == []
    for changes in (slow, quick):
        thread = threading.Thread(target=lambda changes=changes: list(changes))  # type: ignore[misc]
        thread.start()
        time.sleep(0.7)
        if changes is slow:
            assert calls == []
            slow.close()
        else:
            assert 2 <= len(calls) <= 8
            quick.close()
        thread.join(10)
        assert not thread.is_alive()


def test_json_forms() -> None:
    store = EphemeralStore(peer="p", wall_clock=False, ttl_ms=None)
    assert store.set_json("n", "k", "1.0", 5.0)
    assert store.get_json("n", "k") == '{"value":1.0,"timestamp":5.0,"peer":"p"}' and store.get_json("n", "x") is None
    assert "other" in store.merge_json('{"n":{"l":{"value":1,"timestamp":6.0,"peer":"other"}}}')
    assert store.get_all_json("n").startswith('{"k"') and store.expire_json() == "{}"
    assert "removed" in store.remove_peer_json("other")


def test_errors() -> None:
    store = EphemeralStore()
    with pytest.raises(convergedb.FromTheFuture):
        store.set("n", "k", 1, 9e14)
    for bad in (float("nan"), float("inf"), 2.0**60):
        with pytest.raises(convergedb.InvalidArgument):
            store.set("n", "k", 1, bad)
    with pytest.raises(convergedb.LimitExceeded) as caught:
        EphemeralStore(entries_max=1).merge({"n": {"a": Entry(1, 1.0, "p"), "b": Entry(1, 1.0, "p")}})
    assert caught.value.limit == 1
    with pytest.raises(convergedb.InvalidArgument):
        EphemeralStore(ttl_ms=-1)
    with pytest.raises(convergedb.InvalidValue):
        store.set("n", "k", [])
