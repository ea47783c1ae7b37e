from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List

import convergedb
from convergedb import Doc, EphemeralStore


def test_two_threads_write_and_nothing_is_lost(doc: Doc) -> None:
    """C7."""
    def write(name: str) -> None:
        for at in range(300):
            doc.insert(name, str(at), {"a": at})
            doc.update(name, str(at), "a", -at)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert doc.events == 4 * 600 and all(doc.count(name) == 300 for name in "abcd")
    doc.check()


def test_threads_read_write_merge_and_scan_at_once() -> None:
    doc, source = Doc(), Doc()
    source.insert_many("s", [(f"{at:05}", {"a": at}) for at in range(5_000)])
    doc.merge_remote(source.get_pending({}))
    errors: List[BaseException] = []
    stop = threading.Event()

    def loop(body: "object") -> None:
        try:
            while not stop.is_set():
                body()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    other = Doc(document=doc.document_id)
    bodies = [
        lambda: doc.upsert("t", "1", {"a": 1}),
        lambda: other.merge_remote(doc.get_pending(other.encode_request())),
        lambda: doc.merge_remote(other.get_pending(doc.versions())),
        lambda: sum(1 for _ in doc.scan("s")),
        lambda: other.upsert("u", "1", {"b": 2}),
        lambda: doc.digest(),
        lambda: doc.get("t", "1", "a"),
    ]
    threads = [threading.Thread(target=loop, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads) and errors == []
    convergedb.sync(doc, other)
    assert doc.digest() == other.digest()
    doc.check()


def test_others_wait_for_the_end_of_a_transaction(doc: Doc) -> None:
    order: List[str] = []

    def write() -> None:
        doc.insert("t", "2", {})
        order.append("other")

    with doc.transaction() as tx:
        tx.insert("t", "1", {})
        thread = threading.Thread(target=write)
        thread.start()
        # The other thread waits without the GIL: this one goes on.
        time.sleep(0.1)
        order.append("mine")
    thread.join(10)
    assert not thread.is_alive() and order == ["mine", "other"] and doc.count("t") == 2


def test_transactions_of_many_threads_take_turns(doc: Doc) -> None:
    doc.insert("t", "1", {"n": 0})

    def add(_: int) -> None:
        for _ in range(25):
            with doc.transaction() as tx:
                value = tx.get("t", "1", "n")
                assert isinstance(value, int)
                tx.update("t", "1", "n", value + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert doc.get("t", "1", "n") == 100


def test_a_transaction_goes_from_thread_to_thread(doc: Doc) -> None:
    tx = doc.begin()
    threads = [threading.Thread(target=tx.insert, args=("t", str(at), {})) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert tx.commit().events == 8


def test_long_calls_let_go_of_the_gil() -> None:
    """Goal: a long call holds up no other thread. Method: a thread counts while one merges; it must get on."""
    source, ticks, done = Doc(), [0], threading.Event()
    source.insert_many("t", [(f"{at:06}", {"a": at, "b": "text"}) for at in range(60_000)])
    update = source.get_pending({}, events_max=1_000_000)

    def count() -> None:
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    doc = Doc()
    before = ticks[0]
    for _ in range(5):
        Doc().merge_remote(update, patches=False)
    doc.merge_remote(update, patches=False)
    got_on = ticks[0] - before
    done.set()
    thread.join(10)
    assert got_on > 3


def test_one_iterator_read_by_many_threads_gives_each_row_once() -> None:
    doc = Doc()
    doc.insert_many("t", [(f"{at:05}", {}) for at in range(2_000)])
    scan, seen, lock = doc.scan("t"), [], threading.Lock()  # type: ignore[var-annotated]

    def read(_: int) -> None:
        while True:
            try:
                row_id, _values = next(scan)
            except StopIteration:
                return
            except RuntimeError:
                continue  # Another thread reads just now.
            with lock:
                seen.append(row_id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    assert len(seen) == len(set(seen)) == 2_000


def test_close_while_others_work(tmp_path: Path) -> None:
    for where in (None, tmp_path / "doc.db"):
        doc = Doc(where, durability="relaxed")
        outcomes: List[str] = []

        def write(name: str, doc: Doc = doc, outcomes: List[str] = outcomes) -> None:
            try:
                for at in range(100_000):
                    doc.insert(name, str(at), {})
            except convergedb.Closed:
                outcomes.append("closed")

        threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        doc.close()
        for thread in threads:
            thread.join(20)
        assert outcomes == ["closed"] * 2


def test_asyncio_with_threads(doc: Doc) -> None:
    async def run() -> None:
        await asyncio.gather(*(asyncio.to_thread(doc.insert, "t", str(at), {"a": at}) for at in range(100)))

    asyncio.run(run())
    assert doc.count("t") == 100


def test_stores_of_many_threads() -> None:
    store = EphemeralStore(ttl_ms=None)

    def write(name: str) -> None:
        for at in range(500):
            store.set(name, str(at % 10), at)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert [len(store[name]) for name in "abcd"] == [10] * 4
    store.check()
