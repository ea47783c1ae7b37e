"""Commands that bring tables in and out."""

from __future__ import annotations

import builtins
import csv
import json
import os
import re
import sys
from argparse import ArgumentParser, Namespace
from contextlib import nullcontext
from itertools import islice
from typing import Any, ContextManager, Dict, Iterator, List, TextIO

from .. import Value, open
from .output import Progress, plain, print_json
from .show import file_arguments, look

BATCH_ROWS = 10_000
INT = re.compile(r"-?(0|[1-9]\d{0,17})")
FLOAT = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def import_arguments(command: ArgumentParser) -> None:
    """The file, the CSV and how it is read."""
    file_arguments(command)
    command.add_argument("csv", help="a CSV file whose first line names the columns; - for standard input")
    command.add_argument("--table", help="the table (the CSV file's name)")
    command.add_argument("--key", help="the column that holds the row ids; without it rows get fresh ids")
    command.add_argument("--text", action="store_true", help="keep every value as text, instead of telling numbers, true, false and nothing")
    command.add_argument("--delimiter", default=",", help="what separates columns (,)")


def export_arguments(command: ArgumentParser) -> None:
    """The file, the table and where it goes."""
    file_arguments(command)
    command.add_argument("table", nargs="?", help="the table; without it all of them, as JSON lines")
    command.add_argument("--to", help="the file to write; standard output without it")


def value_of(text: str) -> Value:
    """The value that a text of a CSV file stands for."""
    if text == "":
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if INT.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text) and "inf" not in repr(float(text)) and not re.match(r"-?0\d", text):
        return float(text)
    return text


def read_rows(reader: "csv.DictReader[str]", options: Namespace) -> Iterator[Dict[str, Value]]:
    """The lines of a CSV file as rows."""
    for line in reader:
        if None in line:
            raise ValueError(f"line {reader.line_num} has more values than the first line has names")
        if options.text:
            yield {col: text or "" for col, text in line.items()}
        else:
            yield {col: text if col == options.key else value_of(text or "") for col, text in line.items()}


def import_csv(options: Namespace) -> None:
    """Inserts the lines of a CSV file."""
    from_stdin = options.csv == "-"
    table = options.table or (None if from_stdin else os.path.splitext(os.path.basename(options.csv))[0])
    if not table:
        raise ValueError("--table is needed where the CSV comes from standard input")
    source: ContextManager[TextIO] = nullcontext(sys.stdin) if from_stdin else builtins.open(options.csv, newline="", encoding="utf-8-sig")
    total = None if from_stdin else os.path.getsize(options.csv)
    done = 0
    with open(options.file) as doc, source as file, Progress("importing", total, options.quiet) as progress:
        reader = csv.DictReader(file, delimiter=options.delimiter)
        if options.key is not None and options.key not in (reader.fieldnames or []):
            raise ValueError(f"{options.csv} has no column {options.key!r}")
        rows = read_rows(reader, options)
        while True:
            batch: List[Dict[str, Any]] = list(islice(rows, BATCH_ROWS))
            if not batch:
                break
            doc.insert_many(table, batch, key=options.key)
            done += len(batch)
            progress.at(file.buffer.tell() if total else done)
    if options.json:
        print_json({"table": table, "rows": done})
    else:
        print(f"{done:,} rows are in table {table}")


def export(options: Namespace) -> None:
    """Writes tables."""
    target: ContextManager[TextIO] = nullcontext(sys.stdout)
    if options.to:
        target = builtins.open(options.to, "w", newline="", encoding="utf-8")
    with look(options.file) as doc, target as file:
        names = [options.table] if options.table else doc.tables()
        total, done = sum(doc.count(table) for table in names), 0
        with Progress("exporting", total, options.quiet or not options.to) as progress:
            as_csv = bool(options.table) and not options.json
            columns = doc.columns(options.table) if as_csv else []
            writer = csv.writer(file, lineterminator="\n")
            if as_csv:
                writer.writerow(["row_id", *columns])
            for table in names:
                for row_id, values in doc.scan(table):
                    if as_csv:
                        writer.writerow([row_id, *(csv_text(values.get(col)) for col in columns)])
                    else:
                        print(json_line(table, row_id, values), file=file)
                    done += 1
                    progress.at(done)


def csv_text(value: Value) -> str:
    """A value as an import reads it back; bytes as hexadecimal digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.hex() if isinstance(value, bytes) else str(value)


def json_line(table: str, row_id: str, values: Dict[str, Value]) -> str:
    """A row as a line of JSON."""
    return json.dumps({"table": table, "row_id": row_id, "values": plain(values)}, ensure_ascii=False)
