from __future__ import annotations

import math
import struct
from pathlib import Path

import convergedb
import pytest
from convergedb import Doc


def test_writes_and_reads(doc: Doc) -> None:
    commit = doc.insert("todos", "1", {"title": "milk", "done": False})
    assert (commit.counter, commit.lamport, commit.events) == (0, 1, 1)
    doc.update("todos", "1", "done", True)
    assert doc.get("todos", "1", "done") is True
    assert doc.row("todos", "1") == {"done": True, "title": "milk"}
    assert list(doc.row("todos", "1") or {}) == ["done", "title"]
    doc.upsert("todos", "1", [("title", "oat milk"), ("title", "soy milk")])
    assert doc.get("todos", "1", "title") == "soy milk"
    assert doc.update_columns("todos", "1", {"a": 1, "b": 2}).events == 2
    assert doc.contains("todos", "1") and not doc.contains("todos", "2")
    assert doc.count("todos") == 1 and doc.tables() == ["todos"] and doc.columns("todos") == ["a", "b", "done", "title"]
    doc.delete("todos", "1")
    assert doc.row("todos", "1") is None and doc.get("todos", "1", "a") is None and doc.tables() == []
    assert doc.get("todos", "1", "a", 7) == 7 and not doc.has("todos", "1", "a")
    doc.check()


VALUES = [
    None, True, False, 0, 1, -1, 2**63 - 1, -(2**63), 2**53 + 1, 0.0, -0.0, 1.0, 0.1, 5e-324, 1.7976931348623157e308, -1.5,
    "", "a", "\0", "ä€😀", "x" * 1024, b"", b"\0\xff", b"y" * 1000,
]  # fmt: skip


def bits(value: object) -> object:
    """A value that is equal only to one of the same kind and bits."""
    return (type(value), struct.pack("<d", value) if isinstance(value, float) else value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_values_keep_kind_and_bits(doc: Doc, value: convergedb.Value) -> None:
    """C10."""
    doc.insert("t", "1", {"v": value})
    doc.insert_many("t", [("2", {"v": value})])
    doc.insert("t", "3", {})
    doc.update("t", "3", "v", value)
    for row_id in "123":
        assert bits(doc.get("t", row_id, "v")) == bits(value)
    assert [bits(row["v"]) for _, row in doc.scan("t")] == [bits(value)] * 3
    other = Doc()
    other.merge_remote(doc.get_pending({}))
    assert bits(other.get("t", "1", "v")) == bits(value)
    assert other.digest() == doc.digest()


def test_values_survive_a_file(tmp_path: Path) -> None:
    """C10."""
    path = tmp_path / "values.db"
    with convergedb.open(path) as doc:
        doc.insert_many("t", [(f"{at:03}", {"v": value}) for at, value in enumerate(VALUES)])
        digest = doc.digest()
    with convergedb.open(path) as doc:
        assert [bits(row["v"]) for _, row in doc.scan("t")] == [bits(value) for value in VALUES]
        assert doc.digest() == digest and not doc.opened.created


def test_bytes_like_and_subclasses() -> None:
    import enum

    class Level(enum.IntEnum):
        HIGH = 3

    class Text(str):
        pass

    doc = Doc()
    doc.insert("t", "1", {"a": bytearray(b"xy"), "b": memoryview(b"zz"), "c": Level.HIGH, "d": Text("t")})
    assert doc.row("t", "1") == {"a": b"xy", "b": b"zz", "c": 3, "d": "t"}
    assert type(doc.get("t", "1", "c")) is int and type(doc.get("t", "1", "d")) is str


def test_changing_the_callers_buffer_changes_nothing_inside() -> None:
    """C9."""
    doc, buffer = Doc(), bytearray(b"before")
    doc.insert("t", "1", {"a": buffer})
    buffer[:] = b"after!"
    assert doc.get("t", "1", "a") == b"before"


def test_empty_and_absent_are_different(doc: Doc) -> None:
    """C11."""
    doc.insert("t", "1", {"none": None, "empty": "", "bytes": b""})
    assert doc.get("t", "1", "none", 1) is None and doc.has("t", "1", "none")
    assert doc.get("t", "1", "absent", 1) == 1 and not doc.has("t", "1", "absent")
    assert doc.get("t", "1", "empty") == "" and doc.get("t", "1", "bytes") == b""
    doc.insert("t", "2", {})
    assert doc.row("t", "2") == {} and doc.row("t", "3") is None


def test_insert_many_takes_pairs_mappings_and_columns(doc: Doc) -> None:
    wanted = {str(at): {"n": at, "half": at / 2} for at in range(10)}
    doc.insert_many("pairs", wanted.items())
    doc.insert_many("lists", ((row_id, list(row.items())) for row_id, row in wanted.items()))
    doc.insert_many("mappings", ({"id": row_id, **row} for row_id, row in wanted.items()), key="id")
    columns = {"id": list(wanted), "n": range(10), "half": (at / 2 for at in range(10))}
    assert doc.insert_many("columns", columns, key="id").events == 10
    for table in doc.tables():
        assert dict(doc.scan(table)) == wanted
    doc.insert_many("fresh", [{"n": at} for at in range(100)])
    doc.insert_many("fresh", {"n": range(100, 200)})
    assert [row["n"] for _, row in doc.scan("fresh")] == list(range(200))


def test_insert_many_is_all_or_nothing(doc: Doc) -> None:
    doc.insert("t", "5", {})
    before = doc.digest()
    with pytest.raises(convergedb.RowExists):
        doc.insert_many("t", [(str(at), {}) for at in range(10)])
    with pytest.raises(convergedb.InvalidValue):
        doc.insert_many("t", [("x", {"a": 1}), ("y", {"a": math.nan})])
    with pytest.raises(convergedb.InvalidArgument):
        doc.insert_many("t", {"a": [1, 2], "b": [1]})
    with pytest.raises(KeyError):
        doc.insert_many("t", [{"a": 1}], key="id")
    with pytest.raises(ZeroDivisionError):
        doc.insert_many("t", ((str(at), {"a": 1 // (50 - at)}) for at in range(40, 60)))
    assert doc.digest() == before and doc.events == 1


def test_more_rows_than_one_transaction_holds(doc: Doc) -> None:
    assert doc.insert_many("t", ((f"{at:06}", {"n": at}) for at in range(70_000))).events == 70_000
    assert doc.count("t") == 70_000
    assert doc.delete_all("t").events == 70_000
    assert doc.tables() == []


def test_update_many(doc: Doc) -> None:
    doc.insert_many("t", [("1", {}), ("2", {})])
    assert doc.update_many("t", [("1", "a", 1), ("2", "b", "x"), ("1", "a", 2)]).events == 3
    assert dict(doc.scan("t")) == {"1": {"a": 2}, "2": {"b": "x"}}
    with pytest.raises(convergedb.RowNotFound):
        doc.update_many("t", [("1", "a", 3), ("3", "a", 3)])
    assert doc.get("t", "1", "a") == 2


def test_apply_takes_operations(doc: Doc) -> None:
    ops = [convergedb.Insert("t", "1", [("a", 1)]), convergedb.Update("t", "1", "a", 2), convergedb.Insert("t", "2", []), convergedb.Delete("t", "2")]
    doc.apply(ops, at=1_700_000_000_000)
    events = list(doc.log())
    assert [event.op for event in events] == ops and {event.at for event in events} == {1_700_000_000_000}
    assert doc.apply([]).events == 0


def test_scans(doc: Doc) -> None:
    ids = [f"{letter}{at:03}" for letter in "abc" for at in range(300)]
    doc.insert_many("t", [(row_id, {"id": row_id}) for row_id in ids])
    assert [row_id for row_id, _ in doc.scan("t")] == ids
    assert [row_id for row_id, _ in doc.scan("t", prefix="b")] == ids[300:600]
    assert [row_id for row_id, _ in doc.scan("t", start="a010", stop="a012")] == ["a010", "a011"]
    assert [row_id for row_id, _ in doc.scan("t", prefix="c", after="c297")] == ["c298", "c299"]
    assert [row_id for row_id, _ in doc.page("t", 2, after="a298")] == ["a299", "b000"]
    assert list(doc.scan("nothing")) == []
    # Rows that go and come while a scan runs are met or missed; those that stay come once.
    seen = []
    for row_id, _ in doc.scan("t"):
        seen.append(row_id)
        if row_id == "a005":
            doc.delete_all("t")
            doc.insert("t", "z", {})
    assert seen[:6] == ids[:6] and seen[-1] == "z" and len(seen) == len(set(seen))


def test_history_and_as_of(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1})
    then = doc.versions()
    doc.update("t", "1", "a", 2)
    doc.delete("t", "1")
    doc.insert("u", "1", {})
    assert [event.op.type for event in doc.row_history("t", "1")] == ["insert", "update", "delete"]
    assert [event.id.counter for event in doc.cell_history("t", "1", "a")] == [0, 1, 2]
    assert doc.row_as_of("t", "1", then) == {"a": 1} and doc.row_as_of("t", "1", doc.versions()) is None
    assert doc.table_as_of("t", then) == [("1", {"a": 1})] and doc.table_as_of("t", {}) == []
    first = convergedb.EventId(doc.peer, 0)
    event = doc.event(first)
    assert event is not None and event.id == first and event.deps == [] and event.lamport == 1 and event.at is None
    assert doc.event((doc.peer, 99)) is None
    assert doc.compare([first], doc.frontier()) == "before" and doc.compare([first], [first]) == "equal"
    assert doc.common_ancestors([first], doc.frontier()) == [first]
    assert doc.events_between([first], doc.frontier()) == [(doc.peer, 1, 4)]
    page = doc.log_page(limit=3)
    assert page.has_more and len(page.events) == 3
    assert [event.op.tbl for event in doc.log(page.next)] == ["u"]
    with pytest.raises(convergedb.InvalidArgument):
        doc.compare([("nobody", 0)], [])


def test_decode_and_encode() -> None:
    doc = Doc(peer="alice")
    doc.insert("t", "1", {"a": 1})
    same = Doc.decode(doc.encode_replica(), peer="alice")
    assert same.digest() == doc.digest() and same.peer == "alice" and len(list(same.log())) == 1
    other = Doc.decode(doc.encode_state())
    assert other.digest() == doc.digest() and other.peer != "alice" and other.document_id == doc.document_id
    with pytest.raises(convergedb.Malformed):
        Doc.decode(b"nonsense")


def test_document_ids() -> None:
    named = Doc(document="00112233445566778899aabbccddeeff")
    assert named.document_id == "00112233445566778899aabbccddeeff"
    assert Doc(document=bytes.fromhex(named.document_id)).document_id == named.document_id
    for bad in ("", "xyz", b"short"):
        with pytest.raises(convergedb.InvalidArgument):
            Doc(document=bad)
    named.insert("t", "1", {})
    other = Doc(document="f" * 32)
    with pytest.raises(convergedb.OtherDocument):
        other.merge_remote(named.get_pending({}))


def test_json_forms(doc: Doc) -> None:
    doc.insert_json("t", "1", '{"i":1,"f":1.0,"b":{"$bytes":"AAE="}}')
    assert doc.row("t", "1") == {"i": 1, "f": 1.0, "b": b"\0\1"}
    assert doc.row_json("t", "1") == '{"b":{"$bytes":"AAE="},"f":1.0,"i":1}'
    doc.upsert_json("t", "1", '[["s","x"]]')
    doc.update_json("t", "1", "s", '"y"')
    doc.update_columns_json("t", "1", '{"p":null}')
    doc.apply_json('[{"type":"delete","tbl":"t","row_id":"1"},{"type":"insert","tbl":"t","row_id":"2","values":[]}]', at=5)
    assert doc.get_json("t", "2", "x") is None and doc.rows_json() == '{"t":{"2":{}}}' and doc.page_json("t", 10) == '[["2",{}]]'
    other = Doc(document=doc.document_id)
    runs, has_more = doc.get_pending_json("{}")
    assert not has_more and '"applied":6' in other.merge_json(runs) and other.digest() == doc.digest()
    assert doc.sync_state_json() == other.sync_state_json()
    event = doc.event_json((doc.peer, 0))
    assert event is not None and '"lamport":1' in event
    assert doc.log_json("{}", 1).endswith('"has_more":true}')
    assert doc.row_history_json("t", "2").count('"id"') == 1 and doc.cell_history_json("t", "2", "a") == doc.cell_history_json("t", "2", "b")
    versions = '{"%s":0}' % doc.peer
    assert doc.row_as_of_json("t", "1", versions) == '{"b":{"$bytes":"AAE="},"f":1.0,"i":1}'
    assert doc.table_as_of_json("t", "{}") == "[]"
    with pytest.raises(convergedb.Malformed) as caught:
        doc.merge_json('[{"peer":1}]')
    assert caught.value.path == "[0].peer"
