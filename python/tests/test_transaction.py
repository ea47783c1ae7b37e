from __future__ import annotations

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
    tx = Doc().begin()
    tx.insert("t", "1", {})
    assert tx.commit().events == 1
