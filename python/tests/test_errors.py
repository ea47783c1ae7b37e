from __future__ import annotations

import math
import pickle
from typing import Any, Callable, List, Tuple

import convergedb
import pytest
from convergedb import ConvergeError, Doc, EphemeralStore

KINDS = [
    "invalid_argument", "invalid_value", "limit_exceeded", "row_exists", "row_not_found", "malformed", "unsupported_version",
    "conflicting_event", "other_document", "from_the_future", "closed", "already_open", "corrupt", "storage", "read_only", "unauthentic",
    "invalid_handle", "internal",
]  # fmt: skip


def test_every_kind_has_its_class_and_number() -> None:
    assert sorted(ConvergeError.BY_CODE) == list(range(1, 19))
    for code, kind in enumerate(KINDS, 1):
        known = ConvergeError.BY_CODE[code]
        assert known.code == code and known.kind == kind
        assert known.__name__ == "".join(word.title() for word in kind.split("_")) and getattr(convergedb, known.__name__) is known
        assert issubclass(known, ConvergeError) and issubclass(known, Exception) and known.__doc__


def test_python_names_for_kinds() -> None:
    doc = Doc()
    with pytest.raises(KeyError, match='^row "1" of table "t" does not show$'):
        doc.update("t", "1", "a", 1)
    with pytest.raises(ValueError):
        doc.insert("", "1", {})
    with pytest.raises(ValueError):
        doc.insert("t", "1", {"a": math.nan})
    with pytest.raises(OSError):
        convergedb.open("/nowhere/at/all.db")


def test_fields() -> None:
    with pytest.raises(convergedb.LimitExceeded) as caught:
        Doc().insert("t" * 1025, "1", {})
    error = caught.value
    assert error.limit == 1024 and error.code == 3 and error.kind == "limit_exceeded" and "1025" in str(error)
    assert error.path is None and error.offset is None and error.event_id is None and error.peer is None
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and again.limit == 1024 and str(again) == str(error)


def test_an_unknown_number_is_shown() -> None:
    from convergedb import _errors

    error = _errors.make(99, "new_kind", "what is this", {"limit": 5})
    assert type(error) is ConvergeError and error.code == 99 and error.kind == "new_kind" and error.limit == 5
    assert "99" in str(error) and "new_kind" in str(error)


BAD_CALLS: List[Tuple[type, Callable[[Doc], Any]]] = [
    (convergedb.InvalidArgument, lambda doc: doc.insert("", "1", {})),
    (convergedb.InvalidArgument, lambda doc: doc.insert("t", "", {})),
    (convergedb.InvalidArgument, lambda doc: doc.insert("t", "x", {"": 1})),
    (convergedb.InvalidArgument, lambda doc: doc.insert("\ud800", "x", {})),
    (convergedb.InvalidArgument, lambda doc: doc.insert("t", "\udfff", {})),
    (convergedb.InvalidArgument, lambda doc: doc.update("t", "1", "a\ud800", 1)),
    (convergedb.InvalidArgument, lambda doc: doc.get("\ud800", "1", "a")),
    (convergedb.InvalidArgument, lambda doc: doc.scan("t", prefix="\ud800")),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", "\ud800")),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", [1])),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", {})),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", object())),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", 1j)),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", 2**63)),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", -(2**63) - 1)),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", 10**400)),
    (convergedb.InvalidValue, lambda doc: doc.update("t", "1", "a", math.inf)),
    (convergedb.LimitExceeded, lambda doc: doc.update("t", "1", "a", "x" * (2**20 + 1))),
    (convergedb.LimitExceeded, lambda doc: doc.update("t", "1", "a", b"x" * (2**20 + 1))),
    (convergedb.LimitExceeded, lambda doc: doc.update_many("t", [("1", "a", 1)] * 65_537)),
    (convergedb.RowExists, lambda doc: doc.insert("t", "1", {})),
    (convergedb.RowNotFound, lambda doc: doc.delete("t", "2")),
    (TypeError, lambda doc: doc.insert(1, "1", {})),
    (TypeError, lambda doc: doc.insert("t", 1, {})),
    (TypeError, lambda doc: doc.insert(b"t", "1", {})),
    (TypeError, lambda doc: doc.insert("t", None, {})),
    (TypeError, lambda doc: doc.insert("t", "2", None)),
    (TypeError, lambda doc: doc.insert("t", "2", "ab")),
    (TypeError, lambda doc: doc.insert("t", "2", {1: 2})),
    (TypeError, lambda doc: doc.insert("t", "2", [1, 2])),
    (ValueError, lambda doc: doc.insert("t", "2", [(1, 2, 3)])),
    (TypeError, lambda doc: doc.insert("t", "2")),
    (TypeError, lambda doc: doc.insert_many("t", 5)),
    (TypeError, lambda doc: doc.insert_many("t", [5])),
    (TypeError, lambda doc: doc.insert_many("t", [(5, {})])),
    (TypeError, lambda doc: doc.insert_many("t", {"a": 5})),
    (TypeError, lambda doc: doc.insert_many("t", {"a": "text"})),
    (TypeError, lambda doc: doc.insert_many("t", [{"id": 5}], key="id")),
    (TypeError, lambda doc: doc.update_many("t", [1])),
    (TypeError, lambda doc: doc.apply([1])),
    (TypeError, lambda doc: doc.apply(None)),
    (TypeError, lambda doc: doc.merge_remote("text")),
    (TypeError, lambda doc: doc.merge_remote(None)),
    (TypeError, lambda doc: doc.merge_remote([1])),
    (TypeError, lambda doc: doc.get_pending(1)),
    (convergedb.InvalidArgument, lambda doc: doc.get_pending({"a": 2**70})),
    (TypeError, lambda doc: doc.get_pending({1: 2})),
    (TypeError, lambda doc: doc.event("x")),
    (OverflowError, lambda doc: doc.page("t", -1)),
    (OverflowError, lambda doc: doc.log_page({}, -1)),
    (TypeError, lambda doc: doc.page("t", "1")),
    (convergedb.InvalidArgument, lambda doc: Doc(durability="never")),
    (convergedb.InvalidArgument, lambda doc: Doc(peer="")),
    (convergedb.LimitExceeded, lambda doc: Doc(peer="p" * 2000)),
    (TypeError, lambda doc: Doc(nonsense=1)),
    (TypeError, lambda doc: Doc("path", replica=b"")),
    (convergedb.Malformed, lambda doc: Doc(replica=b"")),
    (convergedb.InvalidArgument, lambda doc: doc.subscribe().next(float("nan"))),
]


@pytest.mark.parametrize("number", range(len(BAD_CALLS)))
def test_bad_calls_change_nothing(number: int) -> None:
    kind, call = BAD_CALLS[number]
    doc = Doc()
    doc.insert("t", "1", {"a": 0})
    before = (doc.digest(), doc.events)
    with pytest.raises(kind) as caught:
        call(doc)
    assert isinstance(caught.value, Exception)
    assert (doc.digest(), doc.events) == before
    doc.check()


def test_what_an_iterable_raises_goes_on() -> None:
    class Broken(dict):  # type: ignore[type-arg]
        def items(self) -> Any:
            raise KeyboardInterrupt

    class Odd:
        def __index__(self) -> int:
            raise RuntimeError("no index today")

    from collections import UserDict

    doc = Doc()
    doc.insert("t", "0", UserDict(a=1))
    assert doc.get("t", "0", "a") == 1
    with pytest.raises(ZeroDivisionError):
        doc.insert("t", "1", ((str(at), 1 // at) for at in range(2)))
    with pytest.raises(convergedb.InvalidValue):
        doc.insert("t", "1", {"a": Odd()})
    assert doc.events == 1


def test_everything_is_closed_after_close(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1})
    scan, changes, table, tx = doc.scan("t"), doc.changes(), doc["t"], doc.transaction()
    row = table["1"]
    doc.close()
    doc.close()
    calls: List[Callable[[], Any]] = [
        lambda: doc.insert("t", "2", {}), lambda: doc.get("t", "1", "a"), lambda: doc.peer, lambda: doc.events, lambda: doc.tables(),
        lambda: doc.versions(), lambda: doc.get_pending({}), lambda: doc.merge_remote(b""), lambda: doc.digest(), lambda: doc.verify(),
        lambda: list(doc.scan("t")), lambda: doc.page("t", 1), lambda: doc.row_history("t", "1"), lambda: doc.encode_replica(),
        lambda: doc.rows_json(), lambda: doc.begin(), lambda: doc.changes(), lambda: doc.new_row_id(), lambda: doc.flush(),
        lambda: doc.backup("/tmp/x"), lambda: next(scan), lambda: len(table), lambda: row["a"], lambda: tx.begin(), lambda: doc.insert_many("t", []),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(convergedb.Closed):
            call()
    assert list(changes) == [] and repr(doc) == "<Doc, closed>" and repr(row)
    with pytest.raises(convergedb.Closed):
        with tx:
            pass


def test_children_outlive_their_document() -> None:
    doc = Doc()
    doc.insert("t", "1", {"a": 1})
    scan, table = doc.scan("t"), doc["t"]
    del doc
    assert dict(scan) == {"1": {"a": 1}} and table["1"]["a"] == 1
    store = EphemeralStore()
    changes = store.changes()
    del store
    assert list(changes) == []
