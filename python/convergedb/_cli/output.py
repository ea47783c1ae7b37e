"""How commands print: tables for people, JSON for programs, progress on stderr."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import time
import unicodedata
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


def escaped(text: str) -> str:
    """The text without what a terminal might obey: such characters become \\u0000, as JSON writes them."""
    if text.isprintable():
        return text
    # JSON leaves DEL as it is.
    return "".join(char if char.isprintable() else "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1] for char in text)


def complain(text: str) -> None:
    """A line on stderr, if there is one."""
    if sys.stderr is not None:
        print(f"convergedb: {escaped(text)}", file=sys.stderr)


def print_json(value: Any) -> None:
    """One line of JSON."""
    print(escaped(json.dumps(plain(value), ensure_ascii=False)))


def shown(value: Any) -> str:
    """A value in a cell of a table. Kinds stay apart: a str that looks like something else is quoted."""
    if value is None:
        return ""
    if isinstance(value, str):
        is_plain = value.isprintable() and value.strip() == value and value not in ("", "True", "False")
        return value if is_plain else escaped(json.dumps(value, ensure_ascii=False))
    return escaped(repr(value))


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes: two for a wide character, none for a mark on the one before."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def clip(text: str, width: int) -> str:
    """The text, cut to a width."""
    if width_of(text) <= width:
        return text
    while text and width_of(text) > max(width - 1, 0):
        text = text[: min(len(text) - 1, max(width - 1, 0))]
    return text + "…"


def print_table(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    """Columns as wide as they need to be, cut so that a line fits the terminal. Numbers stand to the right."""
    raw = [list(line) for line in lines]
    cells: List[List[str]] = [[shown(value) for value in line] for line in raw]
    heads = [escaped(head) for head in heads]
    widths = [max([width_of(head)] + [width_of(line[at]) for line in cells]) for at, head in enumerate(heads)]
    room = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 10_000
    while sum(widths) + 2 * len(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    right = [bool(raw) and all(isinstance(line[at], (int, float)) or line[at] is None for line in raw) for at in range(len(heads))]

    def print_line(line: Sequence[str]) -> None:
        parts = []
        for text, width, to_right in zip(line, widths, right):
            text = clip(text, width)
            space = " " * (width - width_of(text))
            parts.append(space + text if to_right else text + space)
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
        self.shows = sys.stderr is not None and sys.stderr.isatty() and not quiet
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
