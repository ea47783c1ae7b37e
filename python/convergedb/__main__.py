"""`python -m convergedb`: for people who have a file in front of them."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from typing import List, Optional

from . import ConvergeError, __version__
from ._cli import COMMANDS
from ._cli.output import complain


def parser() -> argparse.ArgumentParser:
    """The command line, as `--help` shows it."""
    made = argparse.ArgumentParser(prog="convergedb", description="Look into, fill, check and sync documents in files.")
    made.add_argument("--version", action="version", version=f"convergedb {__version__}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (about, add_arguments, run) in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("--json", action="store_true", help="print JSON, for programs")
        command.add_argument("--quiet", action="store_true", help="show no progress")
        add_arguments(command)
        command.set_defaults(run=run)
    return made


def forget_output() -> None:
    """What was not written to stdout yet goes nowhere: the end of the process would complain of it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Optional[List[str]] = None) -> int:
    """Runs one command and gives its exit code: 0, 1 when it failed or found something wrong, 2 for a wrong command line."""
    options = parser().parse_args(arguments)
    if sys.stdout is None:
        complain("standard output is closed")
        return 1
    try:
        code = int(options.run(options) or 0)
        # Here and not at the end of the process, so that a full disk is told like any other error.
        sys.stdout.flush()
        return code
    except ConvergeError as error:
        complain(f"{error.kind}: {error}")
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        forget_output()
        return 1
    except (OSError, ValueError, KeyError, csv.Error) as error:
        complain(str(error))
        try:
            sys.stdout.flush()
        except OSError:
            forget_output()
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
