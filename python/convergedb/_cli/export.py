"""The command that brings tables out."""

from __future__ import annotations

import builtins
import csv
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from contextlib import contextmanager
from typing import Dict, Iterator, TextIO

from .. import Value
from .cells import text_of
from .output import Progress, plain
from .show import check_table, file_arguments, look

SIDES = ("", "-wal", "-shm", "-journal", "-lock", "-peer")
"""What a document's file has beside it."""


def export_arguments(command: ArgumentParser) -> None:
    """The file, the table and where it goes."""
    file_arguments(command)
    command.add_argument("table", nargs="?", help="the table; without it all of them, as JSON lines, which keep the kinds of values")
    command.add_argument("--to", help="the file to write; standard output without it")


def is_the_document(path: str, document: str) -> bool:
    """Whether writing a file would destroy the document, or what lies beside it."""
    for side in SIDES:
        if os.path.realpath(path) == os.path.realpath(document + side):
            return True
        if os.path.exists(path) and os.path.exists(document + side) and os.path.samefile(path, document + side):
            return True
    return False


@contextmanager
def target(options: Namespace) -> Iterator[TextIO]:
    """Where the tables go. A file is put in place once it is whole."""
    if not options.to:
        yield sys.stdout
        return
    to = os.path.realpath(options.to)
    if os.path.exists(to) and not os.path.isfile(to):
        # A pipe or a terminal.
        with builtins.open(to, "w", newline="", encoding="utf-8") as file:
            yield file
        return
    part = f"{to}.part"
    for path in (to, part):
        if is_the_document(path, options.file):
            raise ValueError(f"{path} belongs to the document itself")
    try:
        with builtins.open(part, "w", newline="", encoding="utf-8") as file:
            yield file
        os.replace(part, to)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def export(options: Namespace) -> None:
    """Writes tables."""
    with look(options.file) as doc:
        if options.table:
            check_table(doc, options.table)
        names = [options.table] if options.table else doc.tables()
        total, done = sum(doc.count(table) for table in names), 0
        as_csv = bool(options.table) and not options.json
        columns = doc.columns(options.table) if as_csv else []
        with target(options) as file, Progress("exporting", total, options.quiet or not options.to) as progress:
            writer = csv.writer(file, lineterminator="\n")
            if as_csv:
                writer.writerow(["row_id", *columns])
            for table in names:
                for row_id, values in doc.scan(table):
                    if as_csv:
                        writer.writerow([row_id, *(text_of(values.get(col)) for col in columns)])
                    else:
                        print(json_line(table, row_id, values), file=file)
                    done += 1
                    progress.at(done)


def json_line(table: str, row_id: str, values: Dict[str, Value]) -> str:
    """A row as a line of JSON."""
    return json.dumps({"table": table, "row_id": row_id, "values": plain(values)}, ensure_ascii=False)
