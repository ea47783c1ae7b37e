from __future__ import annotations

import convergedb
import pytest
from convergedb import Doc


def test_tables_are_mappings(doc: Doc) -> None:
    todos = doc["todos"]
    assert len(todos) == 0 and list(todos) == [] and not todos and "todos" not in doc
    todos["1"] = {"title": "milk", "done": False}
    todos.insert("2", {"title": "bread"})
    assert "1" in todos and "3" not in todos and 1 not in todos and len(todos) == 2
    assert list(todos) == ["1", "2"] and list(todos.keys()) == ["1", "2"]
    assert [(row_id, row["title"]) for row_id, row in todos.items()] == [("1", "milk"), ("2", "bread")]
    assert [row.id for row in todos.values()] == ["1", "2"]
    assert "todos" in doc and list(doc) == ["todos"] and len(doc) == 1
    todos["1"]["done"] = True
    assert doc.get("todos", "1", "done") is True
    del todos["2"]
    assert todos == {"1": {"title": "milk", "done": True}} and todos.to_dict() == {"1": {"title": "milk", "done": True}}
    with pytest.raises(KeyError):
        todos["2"]
    with pytest.raises(convergedb.RowNotFound):
        del todos["2"]
    assert todos.get("2") is None


def test_assignment_replaces_a_row(doc: Doc) -> None:
    table = doc["t"]
    table["1"] = {"a": 1, "b": 2}
    table["1"] = {"a": 3}
    assert table["1"] == {"a": 3}
    table.upsert("1", {"c": 4})
    assert table["1"] == {"a": 3, "c": 4}
    table["2"] = table["1"]
    assert table["2"] == table["1"]
    events = doc.events
    with pytest.raises(convergedb.InvalidValue):
        table["1"] = {"a": float("inf")}
    assert table["1"] == {"a": 3, "c": 4} and doc.events == events


def test_rows_are_mappings(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1, "b": None})
    row = doc["t"]["1"]
    assert dict(row) == {"a": 1, "b": None} and list(row) == ["a", "b"] and len(row) == 2
    assert row["a"] == 1 and row.get("c", 5) == 5 and "b" in row and "c" not in row and 3 not in row
    assert list(row.items()) == [("a", 1), ("b", None)] and list(row.values()) == [1, None]
    row.update({"a": 2}, c="x")
    assert row == {"a": 2, "b": None, "c": "x"} and row != {"a": 2}
    with pytest.raises(KeyError) as caught:
        row["nothing"]
    assert not isinstance(caught.value, convergedb.ConvergeError)
    with pytest.raises(TypeError):
        del row["a"]
    row.delete()
    with pytest.raises(convergedb.RowNotFound):
        dict(row)
    with pytest.raises(KeyError):
        row["a"] = 1
    assert "RowNotFound" in repr(row) or "None" in repr(row)


def test_the_rest_of_a_mutable_mapping(doc: Doc) -> None:
    table = doc["t"]
    table.update({"1": {"a": 1}, "2": {"a": 2}})
    table.update([("5", {"a": 5})], x={"a": 6})
    assert table.pop("5") == {"a": 5} and table.pop("x") == {"a": 6}
    assert table.setdefault("1", {"a": 9})["a"] == 1 and table.setdefault("3", {"a": 3})["a"] == 3
    assert table.pop("1") == {"a": 1} and table.pop("1", None) is None
    with pytest.raises(KeyError):
        table.pop("1")
    assert table.popitem() == ("2", {"a": 2})
    row_id = table.add({"a": 4})
    assert len(row_id) == 15 and table[row_id]["a"] == 4
    table.clear()
    assert len(table) == 0 and not table
    with pytest.raises(KeyError):
        table.popitem()
    with pytest.raises(TypeError):
        hash(table)


def test_rows_may_vanish_while_a_table_is_read(doc: Doc) -> None:
    """Another thread, or a merge, removes what comes next."""
    for view in (lambda: doc["t"].items(), lambda: ((row.id, row) for row in doc["t"].values())):
        doc["t"].clear()
        doc.insert_many("t", [(f"{at:04}", {"a": at}) for at in range(300)])
        seen = 0
        for row_id, row in view():
            assert row.id == row_id
            if not seen:
                doc.delete("t", "0001")
            elif row_id == "0001":
                with pytest.raises(convergedb.RowNotFound):
                    row["a"]
                assert row.get("a", "none") == "none"
            seen += 1
        assert seen in (299, 300)


def test_views_of_a_table_are_views(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1})
    table = doc["t"]
    assert len(table.items()) == len(table.values()) == 1 and ("1", {"a": 1}) in table.items() and ("2", {}) not in table.items()
    assert {"a": 1} in table.values() and {"a": 2} not in table.values() and "Table" in repr(table.items())
    assert dict(table.items())["1"] == {"a": 1} and [row["a"] for row in table.values()] == [1]


def test_a_row_that_vanished_says_so(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1})
    row = doc["t"]["1"]
    doc.delete("t", "1")
    with pytest.raises(convergedb.RowNotFound, match="does not show"):
        row["a"]


def test_views_of_a_transaction(doc: Doc) -> None:
    doc.insert_many("t", [(f"{at:04}", {"a": at}) for at in range(600)])
    with doc.transaction() as tx:
        tx["t"]["0000"]["a"] = -1
        tx["t"]["x"] = {"b": 1}
        assert "t" in tx and "u" not in tx and len(tx["t"]) == 601 and tx["t"]["x"] == {"b": 1}
        assert [row_id for row_id, _ in tx.scan("t", start="0598")] == ["0598", "0599", "x"]
        assert sum(1 for _ in tx["t"].items()) == 601
        assert tx["t"][tx["t"].add({"c": 2})] == {"c": 2}
        tx["t"].clear()
        assert len(tx["t"]) == 0
    assert doc.count("t") == 0
