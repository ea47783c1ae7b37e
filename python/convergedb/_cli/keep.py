"""Commands that check, copy and sync."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .. import open
from .. import sync as sync_docs
from .output import Progress, escaped, print_json
from .show import file_arguments, look


def backup_arguments(command: ArgumentParser) -> None:
    """The file and where the copy goes."""
    file_arguments(command)
    command.add_argument("to", help="the copy, where nothing is yet")


def sync_arguments(command: ArgumentParser) -> None:
    """The two files."""
    command.add_argument("a", help="a document's file")
    command.add_argument("b", help="another replica's file; made if it is not there")


def verify(options: Namespace) -> int:
    """Checks a file. The exit code is 1 when something is wrong."""
    with look(options.file) as doc:
        problems = doc.verify()
    if options.json:
        print_json({"problems": problems})
    else:
        print("\n".join(map(escaped, problems)) if problems else "all is well")
    return 1 if problems else 0


def backup(options: Namespace) -> None:
    """Copies a file."""
    with look(options.file) as doc:
        doc.backup(options.to)
    if options.json:
        print_json({"backup": options.to})
    else:
        print(f"{options.file} is copied to {options.to}, as a replica of its own")


def sync(options: Namespace) -> None:
    """Syncs two files."""
    with open(options.a, must_exist=True) as a, open(options.b) as b, Progress("syncing", None, options.quiet) as progress:
        counts = sync_docs(a, b, progress=progress.at)
        equal = a.digest() == b.digest()
    if options.json:
        print_json({"into_a": counts.into_a, "into_b": counts.into_b, "equal": equal})
    else:
        print(f"{counts.into_a:,} events into {options.a}, {counts.into_b:,} into {options.b}; both show the same: {'yes' if equal else 'no'}")
