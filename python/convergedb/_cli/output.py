"""How commands print: tables for people, JSON for programs, progress on stderr."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import time
from typing import Any, Iterable, List, Optional, Sequence


def plain(value: Any) -> Any:
    """A value as JSON can hold it: bytes become {"$bytes": base64}."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def print_json(value: Any) -> None:
    """One line of JSON."""
    print(json.dumps(plain(value), ensure_ascii=False))


def shown(value: Any) -> str:
    """A value in a cell of a table. Kinds stay apart: a str that looks like something else is quoted."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value if value.isprintable() and value.strip() == value and value else json.dumps(value, ensure_ascii=False)
        return json.dumps(value) if text in ("True", "False") else text
    return repr(value)


def clip(text: str, width: int) -> str:
    """The text, cut to a width."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def print_table(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    """Columns as wide as they need to be, cut so that a line fits the terminal. Numbers stand to the right."""
    raw = [list(line) for line in lines]
    cells: List[List[str]] = [[shown(value) for value in line] for line in raw]
    widths = [max([len(head)] + [len(line[at]) for line in cells]) for at, head in enumerate(heads)]
    room = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 10_000
    while sum(widths) + 2 * len(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    right = [bool(raw) and all(isinstance(line[at], (int, float)) or line[at] is None for line in raw) for at in range(len(heads))]

    def print_line(line: Sequence[str]) -> None:
        parts = [clip(text, width).rjust(width) if to_right else clip(text, width).ljust(width) for text, width, to_right in zip(line, widths, right)]
        print("  ".join(parts).rstrip())

    print_line(heads)
    print_line(["-" * width for width in widths])
    for line in cells:
        print_line(line)


class Progress:
    """A bar on stderr, where that is a terminal. It draws at most ten times a second."""

    def __init__(self, what: str, total: Optional[int], quiet: bool) -> None:
        self.what = what
        self.total = total
        self.shows = sys.stderr.isatty() and not quiet
        self.drawn = 0.0

    def at(self, done: int) -> None:
        """Tells how much is done."""
        now = time.monotonic()
        if not self.shows or now - self.drawn < 0.1:
            return
        self.drawn = now
        if self.total:
            part = min(done / self.total, 1.0)
            bar = "#" * int(30 * part)
            print(f"\r{self.what} [{bar:<30}] {part:4.0%}", end="", file=sys.stderr, flush=True)
        else:
            print(f"\r{self.what} {done:,}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.shows and self.drawn:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
