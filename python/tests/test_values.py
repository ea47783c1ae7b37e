"""What is shown, compared, copied and pickled."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import pydoc
import sqlite3
from typing import Any

import convergedb
import pytest
from convergedb import Doc, EphemeralStore


def examples() -> Any:
    doc = Doc(peer="alice")
    commit = doc.insert("t", "1", {"a": 1, "b": b"x"})
    doc.update("t", "1", "a", 2.5)
    changes = doc.changes()
    doc.delete("t", "1")
    other = Doc()
    update = doc.get_pending({}, events_max=1)
    store = EphemeralStore(peer="p")
    told = store.changes()
    store.set("n", "k", 1)
    return [
        commit, *doc.log(), doc.sync_state(), doc.frontier(), update, doc.get_pending_runs({}), other.merge_remote(doc.get_pending({})),
        next(changes), doc.opened, doc.stats(), doc.log_page(), store.get("n", "k"), next(told), store.merge_bytes(store.encode()),
        convergedb.QueryRows(["a"], [(1,)]), convergedb.Salvage([], [], []), convergedb.SyncCounts(1, 2), doc.events_between([], doc.frontier()),
    ]  # fmt: skip


@pytest.mark.parametrize("value", examples(), ids=lambda value: type(value).__name__)
def test_plain_data_pickles_copies_and_shows(value: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(value, protocol))
        assert again == value and type(again) is type(value)
    assert copy.deepcopy(value) == value
    assert repr(value) and "object at 0x" not in repr(value)


def test_the_program_for_the_type_checker_runs() -> None:
    from typed import fill, title

    doc = Doc()
    with doc.changes() as changes:
        fill(doc)
        patches = [title(patch.patch, convergedb.Insert("t", "1", [])) for change in changes.drain()[0] for patch in change.patches]
    assert patches and doc.count("todos") == 3


def test_rows_of_other_libraries(doc: Doc) -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    rows = connection.execute("SELECT 'x' AS id, 1 AS a UNION SELECT 'y', 2").fetchall()
    connection.close()
    doc.insert_many("t", rows, key="id")
    doc.upsert("t", "z", rows[0])
    assert dict(doc.scan("t")) == {"x": {"a": 1}, "y": {"a": 2}, "z": {"a": 1, "id": "x"}}
    doc.insert_many("u", json.loads('[["1", {"a": 1}], ["2", [["a", 2], ["b", null]]]]'))
    doc.update_many("u", json.loads('[["1", "a", 3]]'))
    assert dict(doc.scan("u")) == {"1": {"a": 3}, "2": {"a": 2, "b": None}}


def test_pages_keep_whether_there_is_more() -> None:
    update = convergedb.UpdateBytes(b"x", True)
    assert pickle.loads(pickle.dumps(update)).has_more and copy.copy(update).has_more and update == b"x"


def test_handles_refuse_to_be_pickled() -> None:
    doc, store = Doc(), EphemeralStore()
    doc.insert("t", "1", {})
    for handle in (doc, store, doc["t"], doc["t"]["1"], doc.transaction(), doc.changes(), store.changes(), store["n"], doc.scan("t"), doc.subscribe()):
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(handle)
        with pytest.raises(TypeError):
            copy.deepcopy(handle)


def test_reprs(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1})
    assert doc.peer in repr(doc) and "1 events" in repr(doc)
    assert repr(doc["t"]).startswith("<Table 't' of <Doc ") and repr(doc["t"]["1"]) == "<Row '1' of 't': {'a': 1}>"
    with doc.transaction() as tx:
        tx.insert("t", "2", {})
        assert repr(tx) == "<Transaction of 1 operations>"
    assert "Commit(counter=1" in repr(tx) and repr(doc.changes()) == "<Changes>"
    store = EphemeralStore(peer="p")
    assert "peer p" in repr(store) and "Namespace 'n'" in repr(store["n"])
    store.close()
    assert repr(store) == "<EphemeralStore, closed>"


def test_everything_public_is_documented() -> None:
    missing = []
    for name in convergedb.__all__:
        item = getattr(convergedb, name)
        if inspect.isclass(item) or inspect.isroutine(item):
            if not item.__doc__:
                missing.append(name)
            members = {key: value for base in getattr(item, "__mro__", ()) if base.__module__.startswith("convergedb") for key, value in vars(base).items()}
            for key, value in members.items():
                if not key.startswith("_") and (callable(value) or isinstance(value, property) or inspect.isgetsetdescriptor(value)):
                    if not inspect.getdoc(value):
                        missing.append(f"{name}.{key}")
    assert missing == []
    text = pydoc.plain(pydoc.render_doc(convergedb))
    assert "local-first" in text and "insert_many(self, /, tbl, rows, *, key=None)" in text.replace("(self, tbl", "(self, /, tbl")


def test_weak_references_and_identity() -> None:
    import gc
    import weakref

    doc = Doc()
    seen = weakref.ref(doc)
    del doc
    gc.collect()
    assert seen() is None
