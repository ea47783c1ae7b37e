"""What the command line brings in and out, and what it must not do on the way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import convergedb
import pytest
from test_cli import COMMAND, file, run, run_apart  # noqa: F401

NUMBERS: List[Any] = [
    0, -1, 10, 2**53 + 1, 2**63 - 1, -(2**63), 10**17, 10**18, 0.0, -0.0, 1.0, -2.5, 1e16, 1e22, 1e-7, 5e-324, 1.7976931348623157e308,
    0.1 + 0.2, True, False, None, "-0", "007", "+1", " 1", "1 ", "12345678901234567890", "-9223372036854775809", "1e", "1.", ".5", "0x10",
    "1_000", "１２", "٣", "nan", "inf", "1e999", "-", "--1", "milk", 'a "quoted", text', "two\nlines", "ä€𝄞", "TrUe",
]  # fmt: skip


def test_what_is_exported_is_imported_again(tmp_path: Path) -> None:
    with convergedb.open(tmp_path / "a.db") as doc:
        doc.insert_many("t", [(f"{at:03}", {"value": value}) for at, value in enumerate(NUMBERS)])
    run("export", tmp_path / "a.db", "t", "--to", tmp_path / "t.csv")
    run("import", tmp_path / "b.db", tmp_path / "t.csv", "--key", "row_id")
    with convergedb.open(tmp_path / "b.db") as doc:
        values = [row["value"] for _, row in doc.scan("t")]
    assert list(map(repr, values)) == list(map(repr, NUMBERS))
    assert run("export", tmp_path / "b.db", "t") == (tmp_path / "t.csv").read_text(encoding="utf-8")


def test_bytes_are_exported_as_digits(file: Path) -> None:  # noqa: F811
    assert run("export", file, "todos").splitlines()[1] == "0,0,00,thing 0"


def test_an_export_destroys_nothing(file: Path, tmp_path: Path) -> None:  # noqa: F811
    before = file.read_bytes()
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    hard = tmp_path / "hard.csv"
    os.link(file, hard)
    for target in (file, link, hard, Path(f"{file}-peer"), tmp_path / "sub" / ".." / file.name):
        (tmp_path / "sub").mkdir(exist_ok=True)
        assert "document itself" in run("export", file, "todos", "--to", target, code=1)
    assert file.read_bytes() == before and run("verify", file) == "all is well\n"
    # Nor what another file held, where the export fails.
    out = tmp_path / "out.csv"
    out.write_text("kept")
    assert "no table" in run("export", file, "nothing", "--to", out, code=1)
    assert "storage" in run("export", tmp_path / "nothing.db", "t", "--to", out, code=1)
    assert out.read_text() == "kept"
    run("export", file, "people", "--to", out)
    assert out.read_text() == "row_id,name\nann,Ann\n" and not list(tmp_path.glob("*.part"))
    if os.path.exists("/dev/stdout"):
        assert run_apart("export", file, "people", "--to", "/dev/stdout") == "row_id,name\nann,Ann\n"


def rows_of(path: Path, table: str) -> Dict[str, Any]:
    with convergedb.open(path, read_only=True) as doc:
        return dict(doc.scan(table))


def test_what_a_csv_may_be(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    marked = tmp_path / "marked.csv"
    marked.write_bytes(b"\xef\xbb\xbfid,a\n1,x\n")
    run("import", db, marked, "--key", "id")
    ran = subprocess.run([*COMMAND, "import", db, "-", "--table", "piped", "--key", "id"], input=marked.read_bytes(), capture_output=True)
    assert ran.returncode == 0, ran.stderr
    assert rows_of(db, "marked") == rows_of(db, "piped") == {"1": {"a": "x"}}
    old = tmp_path / "old.csv"
    old.write_bytes("id;a\n1;grün\n".encode("latin-1"))
    run("import", db, old, "--key", "id", "--delimiter", ";", "--encoding", "latin-1")
    tabs = tmp_path / "tabs.csv"
    tabs.write_text("id\ta\tb\n1\tx\n", encoding="utf-8")
    run("import", db, tabs, "--key", "id", "--delimiter", "\\t")
    assert rows_of(db, "old") == {"1": {"a": "grün"}} and rows_of(db, "tabs") == {"1": {"a": "x", "b": None}}
    long = tmp_path / "long.csv"
    long.write_text(f"id,a\n1,{'x' * 200_000}\n", encoding="utf-8")
    run("import", db, long, "--key", "id")
    assert len(rows_of(db, "long")["1"]["a"]) == 200_000


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"id,id,a\n1,2,3\n", ["--key", "id"], "names the column 'id' twice"),
        (b"", [], "is empty"),
        (b"id,a\n1,x\n\xff,y\n", ["--key", "id"], "decode"),
        (b"id,a\n" + b"1,x\n" * 100_000 + b"\xff,y\n", [], "decode"),
        (b"a,id\nx\n", ["--key", "id"], "line 2 has no row id"),
        (b"a,id\nx,\n", ["--key", "id"], "line 2 has no row id"),
        (b'id,a\n1,"x\n', ["--key", "id"], "end of data"),
        (b"id,a\n1,2,3\n", ["--key", "id"], "more values"),
        (b"id\n1\n", ["--upsert"], "needs --key"),
    ],
)
def test_a_wrong_csv_leaves_no_document(tmp_path: Path, content: bytes, arguments: List[str], words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert words in run("import", tmp_path / "new.db", tmp_path / "t.csv", *arguments, code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize("arguments", [["--delimiter", "ab"], ["--delimiter", '"'], ["--encoding", "nonsense"], ["--encoding", "hex"]])
def test_wrong_options_are_told(tmp_path: Path, arguments: List[str]) -> None:
    assert "error: argument" in run("import", tmp_path / "a.db", __file__, *arguments, code=2)


def test_an_import_that_stops_can_go_on(tmp_path: Path) -> None:
    db, source = tmp_path / "a.db", tmp_path / "t.csv"
    good = [[str(at), str(at), "text" * 10] for at in range(25_000)]
    for rows in ([*good, ["x", "y", "z", "too many"]], good):
        with source.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened).writerows([["id", "n", "a"], *rows])
        if len(rows) > len(good):
            said = run("import", db, source, "--key", "id", code=1)
            assert "20,000 rows were written before" in said and "--upsert" in said and "more values" in said
            assert len(rows_of(db, "t")) == 20_000
            assert "row_exists" in run("import", db, source, "--key", "id", code=1)
    assert run("import", db, source, "--key", "id", "--upsert") == "25,000 rows are in table t\n"
    rows = rows_of(db, "t")
    assert len(rows) == 25_000 and rows["24999"] == {"n": 24_999, "a": "text" * 10}


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    with convergedb.open(tmp_path / "a.db") as doc:
        doc.insert_many("t", [(f"{at:06}", {"a": "text" * 20}) for at in range(20_000)])
    with subprocess.Popen([*COMMAND, "export", tmp_path / "a.db", "t"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait(30) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_output_that_cannot_be_written(file: Path) -> None:  # noqa: F811
    with open("/dev/full", "w") as full:
        ran = subprocess.run([*COMMAND, "info", file], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 1 and ran.stderr.count("\n") == 1 and "space" in ran.stderr
    ran = subprocess.run(f'{COMMAND[0]} -m convergedb rows "{file}" todos >&-', shell=True, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 1 and ran.stderr == "convergedb: standard output is closed\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals here")
def test_ctrl_c_ends_a_command(tmp_path: Path) -> None:
    command = [*COMMAND, "import", tmp_path / "a.db", "-", "--table", "t"]
    pipe = subprocess.PIPE
    # A shell's background job begins with the signal ignored, and would hand that on.
    def heed() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=heed) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(b"a\n1\n")
        process.stdin.flush()
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130 and process.stderr.read() == b""
