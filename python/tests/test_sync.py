from __future__ import annotations

import convergedb
import pytest
from convergedb import Doc


def test_two_replicas(doc: Doc) -> None:
    doc.insert("todos", "1", {"title": "milk", "done": False})
    other = Doc(peer="zoe")
    result = other.merge_remote(doc.get_pending(other.versions()))
    assert (result.applied, result.duplicates, result.pending, result.rejected, result.fresh_peer) == (1, 0, 0, 0, False)
    assert result.patches == [convergedb.InsertRow("todos", "1", {"done": False, "title": "milk"})]
    doc.update("todos", "1", "done", True)
    other.update("todos", "1", "title", "oat milk")
    assert convergedb.sync(doc, other) == (1, 1)
    assert doc.digest() == other.digest() and doc.row("todos", "1") == {"done": True, "title": "oat milk"}
    assert doc.sync_state() == other.sync_state() and len(doc.frontier()) == 2
    assert doc.get_pending(other.versions()) == b"" and not doc.get_pending(other.encode_request()).has_more
    assert doc.merge_remote(b"").applied == 0


def test_pages(doc: Doc) -> None:
    doc.insert_many("t", [(f"{at:05}", {"a": at}) for at in range(1000)])
    for at in range(100):
        doc.update("t", f"{at:05}", "a", -at)
    other, pages = Doc(), 0
    while True:
        page = doc.get_pending(other.encode_request(), events_max=10)
        other.merge_remote(page, patches=False)
        pages += 1
        if not page.has_more:
            break
    assert pages > 5 and other.digest() == doc.digest()


def test_plain_runs_and_patches(doc: Doc) -> None:
    doc.insert("t", "1", {"a": 1})
    doc.update("t", "1", "a", 2)
    page = doc.get_pending_runs({})
    assert not page.has_more and len(page.runs) == 1
    run = page.runs[0]
    assert run.peer == doc.peer and run.counter_start == 0 and [op.type for op in run.ops] == ["insert", "update"]
    other = Doc(document=doc.document_id)
    assert other.merge_remote(page.runs).applied == 2
    assert other.merge_remote(page.runs).duplicates == 2
    doc.update("t", "1", "a", 3)
    doc.delete("t", "1")
    doc.insert("t", "2", {})
    patches = other.merge_remote(doc.get_pending(other.versions())).patches
    assert [patch.type for patch in patches] == ["delete_row", "insert_row"]
    assert doc.get_pending({doc.peer: -1}) == doc.get_pending({})


def test_waiting_events(doc: Doc) -> None:
    source = Doc(peer="source", document=doc.document_id)
    source.insert("t", "1", {"a": 1})
    source.update("t", "1", "a", 2)
    late = source.get_pending_runs({"source": 0}).runs
    result = doc.merge_remote(late)
    assert result.applied == 0 and result.pending == 1 and doc.waiting_events == 1 and doc.missing() == [("source", 0)]
    assert doc.drop_waiting() == 1 and doc.missing() == []
    doc.merge_remote(late)
    assert doc.merge_remote(source.get_pending({})).applied == 2 and doc.waiting_events == 0


def test_a_reused_peer_id_is_noticed_and_forked() -> None:
    document = "0" * 32
    a, b = Doc(peer="same", document=document), Doc(peer="same", document=document)
    a.insert("t", "a", {})
    b.insert("t", "b", {})
    with pytest.raises(convergedb.ConflictingEvent) as caught:
        a.merge_remote(b.get_pending({}))
    assert caught.value.event_id == ("same", 0) and caught.value.peer == "same"
    assert a.count("t") == 1
    b.fork(0)
    assert b.peer != "same"
    convergedb.sync(a, b)
    assert a.digest() == b.digest() and a["t"] == {"a": {}, "b": {}}


def test_own_events_from_another_device() -> None:
    old = Doc(peer="same", document="0" * 32)
    old.insert("t", "1", {})
    new = Doc(peer="same", document="0" * 32)
    assert new.merge_remote(old.get_pending({})).fresh_peer and new.needs_fresh_peer
    new.insert("t", "2", {})
    assert new.peer != "same"


@pytest.mark.parametrize("bad", [b"x", b"\0" * 100, bytes(range(256)), bytearray(b"zz"), memoryview(b"yy")])
def test_malformed_updates(doc: Doc, bad: bytes) -> None:
    """C14."""
    with pytest.raises((convergedb.Malformed, convergedb.UnsupportedVersion)):
        doc.merge_remote(bad)
    with pytest.raises((convergedb.Malformed, convergedb.UnsupportedVersion)):
        doc.get_pending(bad)
    assert doc.events == 0


def test_every_flipped_byte_is_refused_or_harmless(doc: Doc) -> None:
    """C14."""
    source = Doc(document=doc.document_id)
    source.insert_many("t", [(str(at), {"a": at, "b": "text"}) for at in range(20)])
    update = source.get_pending({})
    for at in range(len(update)):
        broken = bytearray(update)
        broken[at] ^= 0x55
        with pytest.raises(convergedb.ConvergeError):
            doc.merge_remote(broken)
    assert doc.merge_remote(update).applied == 20
