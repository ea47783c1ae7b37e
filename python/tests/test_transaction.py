from __future__ import annotations

import gc
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import convergedb
import pytest
from convergedb import Doc


def test_commits_at_the_end_of_the_block(doc: Doc) -> None:
    with doc.transaction(at=5) as tx:
        assert tx.is_open and tx.result is None and tx
        tx.insert("t", "1", {"a": 1})
        tx.upsert("t", "2", {"a": 2})
        tx.update("t", "1", "a", 3)
        tx.update_columns("t", "2", {"b": 1, "c": 2})
        tx.apply([convergedb.Delete("t", "2")])
        assert len(tx) == 6 and tx.count("t") == 1 and tx.contains("t", "1") and tx.has("t", "1", "a")
        assert tx.get("t", "1", "a") == 3 and tx.row("t", "2") is None and tx.get("t", "2", "a", "none") == "none"
    assert tx.result is not None and tx.result.events == 6 and not tx.is_open
    assert dict(doc.scan("t")) == {"1": {"a": 3}} and next(doc.log()).at == 5
    with pytest.raises(convergedb.Closed):
        tx.insert("t", "9", {})


def test_rolls_back_on_an_exception(doc: Doc) -> None:
    """C18."""
    doc.insert("t", "1", {"a": 1})
    before, events = doc.digest(), doc.events
    for error in (ZeroDivisionError, KeyboardInterrupt, GeneratorExit):
        with pytest.raises(error):
            with doc.transaction() as tx:
                tx.update("t", "1", "a", 2)
                raise error
    assert doc.digest() == before and doc.events == events and tx.result is None


def test_a_failed_operation_leaves_it_open(doc: Doc) -> None:
    with doc.transaction() as tx:
        tx.insert("t", "1", {})
        with pytest.raises(convergedb.RowExists):
            tx.insert("t", "1", {})
        with pytest.raises(convergedb.RowNotFound):
            tx.update("t", "2", "a", 1)
        tx.insert("t", "2", {})
    assert doc.count("t") == 2


def test_empty_transactions_make_nothing(doc: Doc) -> None:
    with doc.transaction() as tx:
        pass
    assert tx.result is not None and tx.result.events == 0 and doc.events == 0


def test_by_hand(doc: Doc) -> None:
    tx = doc.begin()
    tx.insert("t", "1", {})
    assert tx.commit().events == 1
    tx = doc.begin()
    tx.insert("t", "2", {})
    tx.rollback()
    assert doc.count("t") == 1
    with pytest.raises(convergedb.Closed):
        tx.rollback()
    with pytest.raises(convergedb.Closed):
        tx.begin()
    with doc.transaction() as tx:
        tx.insert("t", "3", {})
        tx.commit()
    with doc.transaction() as tx:
        tx.insert("t", "4", {})
        tx.rollback()
    assert [row_id for row_id, _ in doc.scan("t")] == ["1", "3"]
    with pytest.raises(convergedb.InvalidArgument):
        doc.transaction().insert("t", "5", {})


def test_the_document_itself_refuses_meanwhile(doc: Doc) -> None:
    with doc.transaction() as tx:
        tx.insert("t", "1", {})
        with pytest.raises(convergedb.InvalidArgument):
            doc.insert("t", "2", {})
        with pytest.raises(convergedb.InvalidArgument):
            doc.get("t", "1", "a")
        with pytest.raises(convergedb.InvalidArgument):
            doc.begin()
    assert doc.count("t") == 1


def test_dropped_ones_roll_back(doc: Doc) -> None:
    tx = doc.begin()
    tx.insert("t", "1", {})
    del tx
    assert doc.events == 0 and doc.insert("t", "1", {}).events == 1


def test_keeps_its_document() -> None:
    """C6."""
    tx = Doc().begin()
    tx.insert("t", "1", {})
    assert tx.commit().events == 1


def test_leaving_the_document_with_one_open(tmp_path: Path) -> None:
    """C18: what the block raised arrives, the transaction is rolled back, and the file is let go of."""
    path = tmp_path / "doc.db"
    with pytest.raises(ZeroDivisionError):
        with convergedb.open(path) as doc:
            doc.insert("t", "1", {})
            tx = doc.begin()
            tx.insert("t", "2", {})
            1 / 0
    assert not tx.is_open and tx.result is None
    with pytest.raises(convergedb.Closed):
        tx.insert("t", "3", {})
    with pytest.raises(convergedb.Closed):
        doc.count("t")
    with convergedb.open(path) as doc:
        assert list(doc["t"]) == ["1"]
        tx = doc.begin()
        tx.insert("t", "2", {})
    with convergedb.open(path) as doc:
        assert list(doc["t"]) == ["1"]
    memory = convergedb.Doc()
    with memory:
        memory.begin()
    with pytest.raises(convergedb.Closed):
        memory.count("t")


def test_the_document_waits_for_another_threads_transaction(doc: Doc) -> None:
    ended = []

    def write() -> None:
        with doc.transaction() as tx:
            tx.insert("t", "1", {})
            began.set()
            time.sleep(0.2)
        ended.append(tx.result)

    began = threading.Event()
    thread = threading.Thread(target=write)
    thread.start()
    assert began.wait(10)
    changes = doc.changes()
    with doc:
        pass
    thread.join(10)
    assert ended and ended[0] is not None and list(changes) == []


def test_many_at_once(doc: Doc) -> None:
    doc.insert_many("t", [(f"{at:05}", {"a": at}) for at in range(2_500)])
    with doc.transaction() as tx:
        tx.insert_many("u", [("1", {"a": 1}), ["2", [["a", 2]]]])
        tx.insert_many("u", {"id": ["3", "4"], "a": [3, 4]}, key="id")
        tx.insert_many("u", [{"a": 5}])
        tx.update_many("u", [("1", "a", -1), ["2", "b", "text"]])
        tx.delete_all("t")
        tx.insert("t", "new", {})
        with pytest.raises(convergedb.RowExists):
            tx.insert_many("u", [("6", {}), ("1", {})])
        with pytest.raises(convergedb.RowNotFound):
            tx.update_many("u", [("7", "a", 1)])
    rows = dict(doc.scan("u"))
    assert len(rows) == 6 and rows["1"] == {"a": -1} and rows["2"] == {"a": 2, "b": "text"} and rows["4"] == {"a": 4} and rows["6"] == {}
    assert list(doc["t"]) == ["new"] and tx.result is not None and tx.result.events == 2_500 + 5 + 2 + 1 + 1


def test_cycles_with_one_are_collected() -> None:
    class Holder(Doc):
        tx: Any

    holders = []
    for _ in range(20):
        doc = Holder()
        doc.tx = doc.begin()
        doc.tx.insert("t", "1", {})
        holders.append(weakref.ref(doc))
    del doc
    gc.collect()
    assert all(holder() is None for holder in holders)


def test_nobody_waits_for_a_commit_with_the_gil(tmp_path: Path) -> None:
    """While a commit waits for the disk, another thread's call on the transaction ends at once: with the GIL it would stop everybody."""
    parts = []
    with convergedb.open(tmp_path / "doc.db") as doc:
        for at in range(5):
            tx = doc.begin()
            tx.insert_many("t", [(f"{at}-{row}", {"a": "x" * 500}) for row in range(15_000)])
            longest, ended = [0.0], []

            def ask(tx: convergedb.Transaction = tx) -> None:
                while not ended:
                    before = time.perf_counter()
                    try:
                        tx.has("t", "1", "a")
                    except convergedb.Closed as error:
                        ended.append(error)
                    longest[0] = max(longest[0], time.perf_counter() - before)

            thread = threading.Thread(target=ask)
            thread.start()
            before = time.perf_counter()
            tx.commit()
            took = time.perf_counter() - before
            thread.join(10)
            assert ended and doc.count("t") == 15_000 * (at + 1)
            parts.append(longest[0] / took)
    assert min(parts) < 0.3, parts
