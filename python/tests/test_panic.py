"""A panic inside, which a second build brings about: what is shipped has no such call."""

from __future__ import annotations

from pathlib import Path

import convergedb
import pytest

pytestmark = pytest.mark.skipif(not hasattr(convergedb.Doc, "_panic"), reason="this build panics nowhere on purpose")


def test_a_panic_is_internal_and_ends_its_document_alone(tmp_path: Path) -> None:
    """C5."""
    path = tmp_path / "doc.db"
    doc, other = convergedb.open(path), convergedb.Doc()
    doc.insert("t", "1", {"a": 1})
    changes, scan, tx = doc.changes(), doc.scan("t"), doc.transaction()
    with pytest.raises(convergedb.Internal, match="a test asked") as caught:
        doc._panic()  # type: ignore[attr-defined]
    assert isinstance(caught.value, Exception) and caught.value.code == 18
    calls = [
        lambda: doc.count("t"), lambda: doc.insert("t", "2", {}), lambda: tx.begin(), lambda: next(scan), lambda: next(changes),
        lambda: doc.digest(), lambda: doc.get_pending({}), lambda: doc.changes(),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(convergedb.Internal):
            call()
    assert repr(doc) == "<Doc, internal>"
    other.insert("t", "1", {})
    other.check()
    del scan, changes, tx, doc, calls, call, caught
    with convergedb.open(path) as again:
        assert again.row("t", "1") == {"a": 1} and again.verify() == []


def test_a_panic_beside_the_document_leaves_it_alone() -> None:
    doc = convergedb.Doc()
    with pytest.raises(convergedb.Internal, match="a test asked"):
        doc._panic_in_arguments()  # type: ignore[attr-defined]
    doc.insert("t", "1", {})
    doc.check()
