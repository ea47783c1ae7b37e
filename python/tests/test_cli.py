from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import convergedb
import pytest
from convergedb.__main__ import main

COMMAND = [sys.executable, "-m", "convergedb"]


def run(*arguments: object, code: int = 0, given: str = "") -> str:
    """What a command prints, run in this process: starting one takes a hundred times as long."""
    standard = [io.TextIOWrapper(io.BytesIO(held), "utf-8", write_through=True) for held in (given.encode(), b"", b"")]
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = standard
    try:
        ended = main([*map(str, arguments)])
    except SystemExit as end:
        ended = int(end.code or 0)
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
    out, errors = (file.buffer.getvalue().decode() for file in standard[1:])  # type: ignore[attr-defined]
    assert ended == code, errors + out
    return out if code == 0 else errors + out


def run_apart(*arguments: object) -> str:
    """The same, in a process of its own."""
    ran = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, env={"PYTHONIOENCODING": "utf-8"})
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    return ran.stdout


def lines(*arguments: object) -> List[Any]:
    return [json.loads(line) for line in run(*arguments, "--json").splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    with convergedb.open(path, wall_clock=True) as doc:
        doc.insert_many("todos", [(str(at), {"title": f"thing {at}", "n": at, "raw": b"\0"}) for at in range(5)])
        doc.update("todos", "1", "title", "milk\nand bread")
        doc.insert("people", "ann", {"name": "Ann"})
    return path


def test_looks(file: Path) -> None:
    assert "events      7" in run("info", file) and lines("info", file)[0]["rows"] == 6
    assert "todos" in run("tables", file) and lines("tables", file)[0][1] == {"table": "todos", "rows": 5, "columns": ["n", "raw", "title"]}
    shown = run("rows", file, "todos", "--limit", 2)
    assert shown.splitlines()[0].split() == ["row", "id", "n", "raw", "title"] and '"milk\\nand bread"' in shown and "3 more" in shown
    assert lines("rows", file, "todos", "--prefix", "4") == [["4", {"n": 4, "raw": {"$bytes": "AA=="}, "title": "thing 4"}]]
    assert "insert" in run("log", file) and len(lines("log", file, "--limit", "0")) == 7
    assert [event["op"]["type"] for event in lines("history", file, "todos", "1")] == ["insert", "update"]
    assert "milk" in run("history", file, "todos", "1") and "20" in run("history", file, "todos", "1")
    assert run("verify", file) == "all is well\n" and lines("verify", file) == [{"problems": []}]


def test_import_and_export(file: Path, tmp_path: Path) -> None:
    source = tmp_path / "cities.csv"
    source.write_text("id,name,people,area,capital,note\nber,Berlin,3700000,891.5,true,\nrom,Rom,2800000,1e3,false,007\n", encoding="utf-8")
    assert run("import", file, source, "--key", "id") == "2 rows are in table cities\n"
    with convergedb.open(file) as doc:
        assert doc.row("cities", "ber") == {"name": "Berlin", "people": 3_700_000, "area": 891.5, "capital": True, "note": None}
        assert doc.row("cities", "rom") == {"name": "Rom", "people": 2_800_000, "area": 1000.0, "capital": False, "note": "007"}
    assert run("export", file, "cities").splitlines()[1] == "ber,891.5,true,Berlin,,3700000"
    assert lines("export", file, "cities")[0]["row_id"] == "ber" and len(run("export", file).splitlines()) == 8
    run("export", file, "cities", "--to", tmp_path / "out.csv")
    run("import", tmp_path / "new.db", tmp_path / "out.csv", "--table", "cities", "--key", "row_id")
    assert run("export", tmp_path / "new.db", "cities") == run("export", file, "cities")
    assert run("import", file, "-", "--table", "texts", "--text", given="a,b\n1,\n") == "1 rows are in table texts\n"
    with convergedb.open(file) as doc:
        assert [row for _, row in doc.scan("texts")] == [{"a": "1", "b": ""}]


def test_backup_and_sync(file: Path, tmp_path: Path) -> None:
    run("backup", file, tmp_path / "copy.db")
    with convergedb.open(tmp_path / "copy.db") as doc:
        doc.insert("todos", "9", {})
    assert lines("sync", file, tmp_path / "copy.db") == [{"into_a": 1, "into_b": 0, "equal": True}]
    assert "both show the same: yes" in run("sync", file, tmp_path / "new.db")
    assert lines("info", tmp_path / "new.db")[0]["digest"] == lines("info", file)[0]["digest"]


def test_what_is_wrong_is_said(file: Path, tmp_path: Path) -> None:
    assert "storage" in run("info", tmp_path / "nothing.db", code=1)
    assert "required" in run(code=2) and "invalid choice" in run("nonsense", code=2)
    assert "no column" in run("import", file, __file__, "--key", "nothing", "--table", "t", code=1)
    assert "row_exists" in run("import", file, "-", "--table", "todos", "--key", "id", code=1, given="id\n1\n")
    assert "more values" in run("import", file, "-", "--table", "t", code=1, given="a\n1,2\n")
    with convergedb.open(file):
        assert "already_open" in run("sync", file, tmp_path / "b.db", code=1)
        assert "todos" in run("tables", file)
    assert run_apart("--version").startswith("convergedb 0.") and run_apart("verify", file) == "all is well\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals here")
def test_progress_goes_to_a_terminal_alone(tmp_path: Path) -> None:
    import os
    import pty

    source = tmp_path / "many.csv"
    source.write_text("n\n" + "".join(f"{at}\n" for at in range(60_000)), encoding="utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "convergedb", "import", tmp_path / "many.db", source]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=60)
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ran.returncode == 0 and ran.stdout == "60,000 rows are in table many\n"
    assert "importing [" in drawn and "%" in drawn and drawn.endswith("\r")


def test_tables_fit_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from convergedb._cli import output

    monkeypatch.setattr("shutil.get_terminal_size", lambda fallback: type("Size", (), {"columns": 40})())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    output.print_table(["a", "text"], [[1, "x" * 100], [22, "y"]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40 and lines[2].endswith("…") and lines[3].startswith("22")


def test_a_damaged_file_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(file.read_bytes())
    at = data.rindex(b"thing 3")
    data[at : at + 5] = b"THING"
    file.write_bytes(data)
    assert "corrupt" in run("verify", file, code=1)

    class Damaged(convergedb.Doc):
        def verify(self) -> List[str]:
            return ["page 7 is damaged", "so is \x1b[2J"]

    monkeypatch.setattr("convergedb._cli.keep.look", lambda file: Damaged())
    assert run("verify", file, code=1) == "page 7 is damaged\nso is \\u001b[2J\n"
    assert lines_of(run("verify", file, "--json", code=1)) == [{"problems": ["page 7 is damaged", "so is \x1b[2J"]}]


def lines_of(text: str) -> List[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_whole_history_is_shown(file: Path) -> None:
    with convergedb.open(file) as doc:
        for at in range(150):
            doc.update("todos", "1", "n", at)
    assert len(lines("history", file, "todos", "1")) == 152 and len(run("history", file, "todos", "1").splitlines()) == 154
    assert len(lines("log", file)) == 100 and len(lines("log", file, "--limit", 0)) == 157


def test_what_is_not_there_is_an_error(file: Path) -> None:
    assert "no table 'nothing'" in run("rows", file, "nothing", code=1) and "no table 'nothing'" in run("export", file, "nothing", code=1)
    assert "no row '9'" in run("history", file, "todos", "9", code=1)
    for command in (["rows", file, "todos"], ["log", file]):
        assert "not negative" in run(*command, "--limit", "-1", code=2)


def test_terminals_are_told_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    evil = "\x1b[2Jx\x9b31m\x7f\u202e"
    with convergedb.open(path) as doc:
        doc.insert(evil, evil, {evil: evil})
    for command in (["tables"], ["rows", evil], ["log"], ["history", evil, evil], ["info"]):
        for options in ([], ["--json"]):
            said = run(command[0], path, *command[1:], *options)
            assert said.replace("\n", "").isprintable(), said
    assert lines("rows", path, evil) == [[evil, {evil: evil}]]
    assert not [line for line in run("log", path).splitlines() if '""' in line]


def test_wide_characters_stand_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    from convergedb._cli import output

    output.print_table(["a", "b"], [["漢字", "x"], ["e\u0301", "x"], ["ab", "x"]])
    shown = capsys.readouterr().out.splitlines()
    assert shown[2:] == ["漢字  x", "e\u0301     x", "ab    x"] and output.clip("漢字漢字", 5) == "漢字…"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals here")
def test_a_sync_shows_how_far_it_is(tmp_path: Path) -> None:
    import os
    import pty

    with convergedb.open(tmp_path / "a.db") as doc:
        doc.insert_many("t", [(str(at), {}) for at in range(100_000)])
    ours, theirs = pty.openpty()
    command = [*COMMAND, "sync", tmp_path / "a.db", tmp_path / "b.db"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=60)
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ran.returncode == 0 and "syncing 65,536" in drawn, drawn
