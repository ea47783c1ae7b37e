"""The snippets of README.md run, in order and in one folder, as a reader would run them."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
PROJECT_README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(language: str, readme: Path = README) -> "list[str]":
    return re.findall(rf"^```{language}\n(.*?)^```", readme.read_text(encoding="utf-8"), re.S | re.M)


@pytest.mark.parametrize(("readme", "count"), [(README, 5), (PROJECT_README, 1)])
def test_python_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readme: Path, count: int) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks("python", readme)
    assert len(found) >= count
    names: "dict[str, object]" = {"__name__": "__main__"}
    for number, code in enumerate(found):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, f"README.md, snippet {number}", "exec"), names)
        # What a snippet prints stands behind its prints.
        wanted = re.findall(r"print\(.*\) +# (.*)$", code, re.M)
        assert said.getvalue().splitlines() == wanted, code


def test_shell_snippets_run(tmp_path: Path) -> None:
    ran = 0
    for block in blocks("sh"):
        for line in block.splitlines():
            if line.startswith("python -m convergedb"):
                command = line.split("  #")[0].replace("python -m convergedb", f"{sys.executable} -m convergedb")
                done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60)
                assert done.returncode == 0, (line, done.stderr)
                ran += 1
            elif line.startswith("printf"):
                subprocess.run(line, shell=True, cwd=tmp_path, check=True)
    assert ran >= 5
