"""The commands of `python -m convergedb`, one function each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Callable, Dict, Optional, Tuple

from . import export, import_csv, keep, show

Command = Tuple[str, Callable[[ArgumentParser], None], Callable[[Namespace], Optional[int]]]

COMMANDS: Dict[str, Command] = {
    "info": ("what a file is: document, peer, sizes, versions", show.file_arguments, show.info),
    "tables": ("the tables and how many rows each shows", show.file_arguments, show.tables),
    "rows": ("the rows of a table", show.rows_arguments, show.rows),
    "log": ("every write, oldest first", show.log_arguments, show.log),
    "history": ("every write of one row, oldest first", show.history_arguments, show.history),
    "import": ("insert the lines of a CSV file into a table", import_csv.import_arguments, import_csv.import_csv),
    "export": ("write a table, or all of them, as CSV or JSON lines", export.export_arguments, export.export),
    "verify": ("read everything and say what is wrong", show.file_arguments, keep.verify),
    "backup": ("write a consistent copy", keep.backup_arguments, keep.backup),
    "sync": ("bring two files to the same state", keep.sync_arguments, keep.sync),
}
"""Each command: what it does in a line, its arguments, and the function that runs it."""
