"""The command that brings a CSV file in."""

from __future__ import annotations

import builtins
import csv
import io
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import contextmanager
from itertools import islice
from typing import Any, Dict, Iterator, List, TextIO

from .. import ConvergeError, Doc, Value, open
from .cells import value_of
from .output import Progress, complain, print_json
from .show import file_arguments

BATCH_ROWS = 10_000
# A text is at most 1 MiB, which the document itself says; this is for the memory of whoever forgot a quotation mark.
FIELD_CHARACTERS_MAX = 64 << 20
# Half of what a transaction may hold.
UPSERT_CELLS_MAX = 32_768
UPSERT_CHARACTERS_MAX = 2 << 20


def delimiter(text: str) -> str:
    """One character; \\t is a tabulator."""
    text = "\t" if text == "\\t" else text
    if len(text) != 1 or text in '"\r\n':
        raise ArgumentTypeError("a delimiter is one character, and neither a quotation mark nor the end of a line")
    return text


def encoding(name: str) -> str:
    """An encoding of texts. UTF-8 may begin with a mark."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except LookupError:
        raise ArgumentTypeError(f"there is no encoding {name}") from None
    return "utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name


def import_arguments(command: ArgumentParser) -> None:
    """The file, the CSV and how it is read."""
    file_arguments(command)
    command.add_argument("csv", help="a CSV file whose first line names the columns; - for standard input")
    command.add_argument("--table", help="the table (the CSV file's name)")
    command.add_argument("--key", help="the column that holds the row ids; without it rows get fresh ids")
    command.add_argument("--upsert", action="store_true", help="write into rows that are there already; with --key")
    command.add_argument("--text", action="store_true", help="keep all values as text, instead of telling numbers, true, false and nothing")
    command.add_argument("--delimiter", type=delimiter, default=",", help="what separates columns (,)")
    command.add_argument("--encoding", type=encoding, default="utf-8-sig", help="the CSV's encoding (utf-8)")


@contextmanager
def source(options: Namespace) -> Iterator[TextIO]:
    """The CSV. A file is read through once before anything is written, so that one of another encoding changes nothing."""
    if options.csv == "-":
        if sys.stdin is None:
            raise ValueError("standard input is closed")
        file = io.TextIOWrapper(sys.stdin.buffer, encoding=options.encoding, newline="")
        try:
            yield file
        finally:
            file.detach()
        return
    with builtins.open(options.csv, newline="", encoding=options.encoding) as file:
        while file.read(1 << 20):
            pass
    with builtins.open(options.csv, newline="", encoding=options.encoding) as file:
        yield file


def check_names(names: List[str], options: Namespace) -> None:
    """Whether the first line can name columns."""
    if not names:
        raise ValueError(f"{options.csv} is empty: its first line names the columns")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{options.csv} names the column {twice[0]!r} twice")
    if options.key is not None and options.key not in names:
        raise ValueError(f"{options.csv} has no column {options.key!r}")


def read_rows(reader: "csv.DictReader[str]", options: Namespace) -> Iterator[Dict[str, Value]]:
    """The lines of a CSV file as rows. A line may be shorter than the first: then it has nothing in the last columns."""
    for line in reader:
        if None in line:
            raise ValueError(f"line {reader.line_num} has more values than the first line has names")
        if options.key is not None and not line[options.key]:
            raise ValueError(f"line {reader.line_num} has no row id in the column {options.key!r}")
        if options.text:
            yield {col: text or "" for col, text in line.items()}
        else:
            yield {col: text if col == options.key else value_of(text or "") for col, text in line.items()}


def upsert_rows(doc: Doc, table: str, rows: List[Dict[str, Any]], key: str) -> None:
    """Writes rows over those that show, in as few transactions as hold them."""
    part: List[Dict[str, Any]] = []
    cells = characters = 0
    for row in [*rows, None]:
        size = 0 if row is None else sum(len(value) if isinstance(value, str) else 8 for value in row.values())
        if part and (row is None or cells + len(row) > UPSERT_CELLS_MAX or characters + size > UPSERT_CHARACTERS_MAX):
            with doc.transaction() as tx:
                for each in part:
                    tx.upsert(table, each[key], {col: value for col, value in each.items() if col != key})
            part, cells, characters = [], 0, 0
        if row is not None:
            part.append(row)
            cells, characters = cells + len(row), characters + size


def import_csv(options: Namespace) -> None:
    """Inserts the lines of a CSV file."""
    from_stdin = options.csv == "-"
    table = options.table or (None if from_stdin else os.path.splitext(os.path.basename(options.csv))[0])
    if not table:
        raise ValueError("--table is needed where the CSV comes from standard input")
    if options.upsert and options.key is None:
        raise ValueError("--upsert needs --key: rows with fresh ids are never there already")
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    total = None if from_stdin or not os.path.isfile(options.csv) else os.path.getsize(options.csv)
    done = 0
    with source(options) as file:
        reader = csv.DictReader(file, delimiter=options.delimiter, strict=True)
        check_names(list(reader.fieldnames or []), options)
        rows = read_rows(reader, options)
        # What is wrong at once is so before there is a document.
        first = list(islice(rows, BATCH_ROWS))
        with open(options.file) as doc, Progress("importing", total, options.quiet) as progress:
            batch = first
            try:
                while batch:
                    if options.upsert:
                        upsert_rows(doc, table, batch, options.key)
                    else:
                        doc.insert_many(table, batch, key=options.key)
                    done += len(batch)
                    progress.at(file.buffer.tell() if total else done)
                    batch = list(islice(rows, BATCH_ROWS))
            except (ConvergeError, OSError, ValueError, csv.Error, KeyboardInterrupt):
                if done:
                    complain(f"{done:,} rows were written before. To go on, run it again with --key and --upsert.")
                raise
    if options.json:
        print_json({"table": table, "rows": done})
    else:
        print(f"{done:,} rows are in table {table}")
