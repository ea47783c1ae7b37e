from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import convergedb
import pytest


def run(*arguments: object, code: int = 0, given: str = "") -> str:
    command = [sys.executable, "-m", "convergedb", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, input=given, timeout=60, env={"PYTHONIOENCODING": "utf-8"})
    assert ran.returncode == code, ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr
    return ran.stdout if code == 0 else ran.stderr + ran.stdout


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
    assert run("--version").startswith("convergedb 0.")


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
