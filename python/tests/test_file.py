from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import convergedb
import pytest
from convergedb import Doc


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


def test_opens_again(path: Path) -> None:
    with convergedb.open(path, wall_clock=True) as doc:
        assert doc.opened == (True, None, None) and doc.path == path.resolve() and not doc.is_read_only
        doc.insert("t", "1", {"a": 1})
        peer, digest, document = doc.peer, doc.digest(), doc.document_id
    with Doc(str(path)) as doc:
        assert (doc.peer, doc.digest(), doc.document_id) == (peer, digest, document)
        assert not doc.opened.created and doc.verify() == [] and next(doc.log()).at is not None
        stats = doc.stats()
        assert stats.file_bytes > 0
        doc.flush()
        doc.compact()
        doc.rebuild()
        assert doc.digest() == digest


def test_one_writer_any_readers(path: Path) -> None:
    with convergedb.open(path) as doc:
        doc.insert("t", "1", {})
        with pytest.raises(convergedb.AlreadyOpen):
            convergedb.open(path)
        with convergedb.open(path, read_only=True) as reader:
            assert reader.count("t") == 1 and reader.is_read_only
            with pytest.raises(convergedb.ReadOnly):
                reader.insert("t", "2", {})
            with pytest.raises(convergedb.ReadOnly):
                reader.begin()
    convergedb.open(path).close()


def test_must_exist(path: Path, tmp_path: Path) -> None:
    for options in ({"must_exist": True}, {"read_only": True}):
        with pytest.raises(convergedb.Storage) as caught:
            convergedb.open(path, **options)
        assert caught.value.path is not None and path.name in caught.value.path
    with pytest.raises(convergedb.Storage):
        convergedb.open(tmp_path)


def test_backup_is_a_replica_of_its_own(path: Path, tmp_path: Path) -> None:
    with convergedb.open(path) as doc:
        doc.insert("t", "1", {})
        doc.backup(tmp_path / "copy.db")
        with pytest.raises(convergedb.Storage):
            doc.backup(tmp_path / "copy.db")
        with convergedb.open(tmp_path / "copy.db") as copy:
            assert copy.digest() == doc.digest() and copy.peer != doc.peer and copy.opened.fresh_peer is not None
            copy.insert("t", "2", {})
            assert convergedb.sync(doc, copy) == (1, 0)


def test_a_copied_file_goes_on_under_a_fresh_peer_id(path: Path, tmp_path: Path) -> None:
    with convergedb.open(path) as doc:
        doc.insert("t", "1", {})
        peer = doc.peer
    shutil.copy(path, tmp_path / "copy.db")
    with convergedb.open(tmp_path / "copy.db") as copy:
        assert copy.opened.fresh_peer == "no_mark"
        copy.insert("t", "2", {})
        assert copy.peer != peer


def test_suspend_and_resume(path: Path) -> None:
    with convergedb.open(path) as doc:
        doc.insert("t", "1", {})
        doc.suspend()
        assert doc.contains("t", "1")
        with pytest.raises(convergedb.InvalidArgument):
            doc.insert("t", "2", {})
        code = f"import convergedb\nwith convergedb.open({str(path)!r}) as doc: doc.insert('t', '2', {{}})"
        subprocess.run([sys.executable, "-c", code], check=True)
        doc.resume()
        assert doc.count("t") == 2
        doc.insert("t", "3", {})


def test_queries(path: Path) -> None:
    with convergedb.open(path) as doc:
        doc.insert_many("todos", [(str(at), {"title": f"t{at}", "n": at, "done": at % 2 == 0}) for at in range(10)])
        found = doc.query("SELECT row_id, title, done FROM todos WHERE n > ?1 AND title <> ?2 ORDER BY n", [6, "t8"])
        assert found.columns == ["row_id", "title", "done"] and found.rows == [("7", "t7", 0), ("9", "t9", 0)]
        doc.create_index("todos", ["n"])
        assert doc.query("SELECT count(*) FROM todos").rows == [(10,)]
        for sql in ("DELETE FROM todos", "nonsense", "SELECT 1; SELECT 2", ""):
            with pytest.raises(convergedb.InvalidArgument):
                doc.query(sql)
        with pytest.raises(convergedb.LimitExceeded):
            doc.query("SELECT * FROM todos", rows_max=5)
        with pytest.raises(convergedb.LimitExceeded):
            doc.query("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c", timeout=0.2)
        with pytest.raises(convergedb.InvalidArgument):
            doc.create_index("todos", ["nothing"])
    for call in (lambda doc: doc.query("SELECT 1"), lambda doc: doc.create_index("t", ["a"]), lambda doc: doc.backup("x")):
        with pytest.raises(convergedb.InvalidArgument):
            call(Doc())


def test_files_calls_in_memory() -> None:
    doc = Doc()
    assert doc.path is None and doc.opened == (True, None, None) and doc.verify() == [] and doc.stats() == (0, 0, 0)
    doc.flush()
    doc.suspend()
    doc.resume()
    doc.compact()
    doc.rebuild()


def test_damage_is_noticed_and_salvaged(path: Path) -> None:
    with convergedb.open(path) as doc:
        doc.insert_many("t", [(f"{at:05}", {"text": f"some text {at}"}) for at in range(5_000)])
        doc.compact()
    whole = convergedb.salvage(path)
    assert len(whole.rows) == 5_000 and whole.problems == [] and sum(len(run.ops) for run in whole.events) == 5_000
    size = os.path.getsize(path)
    with path.open("r+b") as file:
        for at in range(size // 3, size, size // 7):
            file.seek(at)
            file.write(b"\xa5" * 64)
    left = convergedb.salvage(path)
    assert left.problems and len(left.rows) <= 5_000
    with pytest.raises(convergedb.ConvergeError):
        with convergedb.open(path) as doc:
            problems = doc.verify()
            raise convergedb.Corrupt("; ".join(problems)) if problems else AssertionError("the damage was not noticed")
    with pytest.raises(convergedb.Storage):
        convergedb.salvage(path.with_name("nothing.db"))


def test_other_programs_files_are_refused(tmp_path: Path) -> None:
    import sqlite3

    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(convergedb.ConvergeError):
        convergedb.open(other)
    (tmp_path / "text.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(convergedb.ConvergeError):
        convergedb.open(tmp_path / "text.db")


def test_mark_folder(path: Path, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    with convergedb.open(path, mark_folder=marks) as doc:
        doc.insert("t", "1", {})
    assert [mark.name for mark in marks.iterdir()] == ["notes.db-peer"]
    with convergedb.open(path, mark_folder=marks) as doc:
        assert doc.opened.fresh_peer is None


def test_what_was_written_survives_a_kill(path: Path) -> None:
    code = f"""
import convergedb, os
doc = convergedb.open({str(path)!r})
for at in range(20):
    doc.insert("t", str(at), {{}})
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    with convergedb.open(path) as doc:
        assert doc.count("t") == 20 and doc.verify() == []
