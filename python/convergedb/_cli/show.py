"""Commands that only look. They open files for reading, beside whoever writes them."""

from __future__ import annotations

import datetime
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from itertools import islice
from typing import Any, Dict, Iterable, List

from .. import Delete, Doc, Event, Update, open
from .output import escaped, plain, print_json, print_table


def file_arguments(command: ArgumentParser) -> None:
    """The file."""
    command.add_argument("file", help="the document's file")


def limit(text: str) -> int:
    """How many to show at most."""
    number = int(text)
    if number < 0:
        raise ArgumentTypeError("a limit is not negative")
    return number


def check_table(doc: Doc, table: str) -> None:
    """A table is there when it was ever written, whether it has rows now or not."""
    if not doc.count(table) and not doc.columns(table):
        raise ValueError(f"there is no table {table!r}")


def rows_arguments(command: ArgumentParser) -> None:
    """The file, the table and which of its rows."""
    file_arguments(command)
    command.add_argument("table")
    command.add_argument("--prefix", help="only rows whose ids begin with it")
    command.add_argument("--limit", type=limit, default=100, help="at most so many rows (100); 0 for all")


def log_arguments(command: ArgumentParser) -> None:
    """The file and how much of its log."""
    file_arguments(command)
    command.add_argument("--limit", type=limit, default=100, help="at most so many writes (100); 0 for all")


def history_arguments(command: ArgumentParser) -> None:
    """The file and the row."""
    file_arguments(command)
    command.add_argument("table")
    command.add_argument("row")


def look(file: str) -> Doc:
    """A document that is only read."""
    return open(file, read_only=True)


def info(options: Namespace) -> None:
    """What a file is."""
    with look(options.file) as doc:
        stats = doc.stats()
        known = {
            "file": str(doc.path),
            "document": doc.document_id,
            "peer": doc.peer,
            "events": doc.events,
            "waiting": doc.waiting_events,
            "tables": len(doc.tables()),
            "rows": sum(doc.count(table) for table in doc.tables()),
            "file_bytes": stats.file_bytes,
            "wal_bytes": stats.wal_bytes,
            "free_bytes": stats.free_bytes,
            "digest": doc.digest(),
            "versions": doc.versions(),
        }
    if options.json:
        print_json(known)
        return
    versions: Dict[str, int] = known.pop("versions")  # type: ignore[assignment]
    for name, value in known.items():
        print(f"{name.replace('_', ' '):<11} {value:,}" if isinstance(value, int) else f"{name:<11} {escaped(str(value))}")
    print()
    print_table(["peer", "highest counter"], versions.items())


def tables(options: Namespace) -> None:
    """The tables."""
    with look(options.file) as doc:
        found = [(table, doc.count(table), doc.columns(table)) for table in doc.tables()]
    if options.json:
        print_json([{"table": table, "rows": rows, "columns": columns} for table, rows, columns in found])
    else:
        print_table(["table", "rows", "columns"], [(table, rows, ", ".join(columns)) for table, rows, columns in found])


def rows(options: Namespace) -> None:
    """The rows of a table."""
    with look(options.file) as doc:
        check_table(doc, options.table)
        scan = doc.scan(options.table, prefix=options.prefix)
        found = islice(scan, options.limit or None)
        if options.json:
            for row_id, values in found:
                print_json([row_id, values])
            return
        listed = list(found)
        columns = sorted({col for _, values in listed for col in values})
        print_table(["row id", *columns], [[row_id, *(values.get(col) for col in columns)] for row_id, values in listed])
        left = doc.count(options.table) - len(listed)
        if options.limit and len(listed) == options.limit and left > 0 and options.prefix is None:
            print(f"… and {left:,} more (--limit 0 shows all)")


def told(event: Event) -> Dict[str, Any]:
    """An event as JSON tells it."""
    op = event.op
    what: Dict[str, Any] = {"type": op.type, "tbl": op.tbl, "row_id": op.row_id}
    if isinstance(op, Update):
        what.update(col=op.col, value=plain(op.value))
    elif not isinstance(op, Delete):
        what["values"] = plain(op.values)
    return {"id": list(event.id), "deps": [list(dep) for dep in event.deps], "lamport": event.lamport, "at": event.at, "op": what}


def print_events(events: Iterable[Event], as_json: bool) -> None:
    """Events, one a line."""
    if as_json:
        for event in events:
            print_json(told(event))
        return
    lines: List[List[Any]] = []
    for event in events:
        op = event.op
        when = None if event.at is None else datetime.datetime.fromtimestamp(event.at / 1000, datetime.timezone.utc).isoformat(" ", "seconds")
        if isinstance(op, Update):
            what = f"{op.col} = {op.value!r}"
        else:
            what = "" if isinstance(op, Delete) else ", ".join(f"{col} = {value!r}" for col, value in op.values)
        lines.append([event.lamport, event.id.peer, event.id.counter, when, op.type, op.tbl, op.row_id, what])
    print_table(["lamport", "peer", "counter", "time", "what", "table", "row", "values"], lines)


def log(options: Namespace) -> None:
    """The log."""
    with look(options.file) as doc:
        print_events(islice(doc.log(), options.limit or None), options.json)


def history(options: Namespace) -> None:
    """The history of a row."""
    with look(options.file) as doc:
        events = doc.row_history(options.table, options.row)
        if not events:
            raise ValueError(f"there is no row {options.row!r} in table {options.table!r}")
        print_events(events, options.json)
