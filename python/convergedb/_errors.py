"""What can go wrong, by what the caller can do about it."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Optional, Type

from ._types import EventId


class ConvergeError(Exception):
    """An error of convergedb. `code` and `kind` are its number and name, the same in every language.

    The message says what and where, for people. What a program needs is in the fields, which are None where they say nothing.
    After any error the replica is as it was before the call.
    """

    code: int = 0
    """The number of the kind."""
    kind: str = "unknown"
    """The name of the kind, such as "row_exists"."""
    event_id: Optional[EventId] = None
    """The event that the error is about."""
    peer: Optional[str] = None
    """The peer that the error is about."""
    limit: Optional[int] = None
    """The bound that was passed."""
    offset: Optional[int] = None
    """Where in the input the error lies, in bytes."""
    path: Optional[str] = None
    """The file that the error is about, or the place inside a JSON text, such as "[0].ops[2].value"."""

    BY_CODE: ClassVar[Dict[int, Type["ConvergeError"]]] = {}
    """The class of each kind, by its number."""

    def __str__(self) -> str:
        # Not KeyError's, which shows the repr of its argument.
        return Exception.__str__(self)


class InvalidArgument(ConvergeError, ValueError):
    """An argument breaks a documented rule. Fix the call; a retry cannot help."""

    code = 1
    kind = "invalid_argument"


class InvalidValue(ConvergeError, ValueError):
    """A value is of no kind that a cell holds: NaN, an infinity, an int outside 64 bits, a list."""

    code = 2
    kind = "invalid_value"


class LimitExceeded(ConvergeError, ValueError):
    """A bound would be passed; it stands in `limit`."""

    code = 3
    kind = "limit_exceeded"


class RowExists(ConvergeError, ValueError):
    """The row of an insert shows already. Use `upsert` to write over it."""

    code = 4
    kind = "row_exists"


class RowNotFound(ConvergeError, KeyError):
    """The row of an update or delete does not show."""

    code = 5
    kind = "row_not_found"


class Malformed(ConvergeError, ValueError):
    """A message breaks its form. Nothing of it was applied; its sender is broken or hostile."""

    code = 6
    kind = "malformed"


class UnsupportedVersion(ConvergeError):
    """A message or file was written by a newer version."""

    code = 7
    kind = "unsupported_version"


class ConflictingEvent(ConvergeError):
    """An event id is taken by other content; it stands in `event_id`. Two devices share a peer id: `Doc.fork`."""

    code = 8
    kind = "conflicting_event"


class OtherDocument(ConvergeError, ValueError):
    """The message belongs to another document."""

    code = 9
    kind = "other_document"


class FromTheFuture(ConvergeError, ValueError):
    """An ephemeral timestamp is too far ahead of the local wall clock."""

    code = 10
    kind = "from_the_future"


class Closed(ConvergeError):
    """The document, store or transaction was closed, or belongs to the process that this one was forked from."""

    code = 11
    kind = "closed"


class AlreadyOpen(ConvergeError):
    """Another handle or process has the file open for writing."""

    code = 12
    kind = "already_open"


class Corrupt(ConvergeError):
    """Stored bytes are damaged; what can still be read `salvage` reads."""

    code = 13
    kind = "corrupt"


class Storage(ConvergeError, OSError):
    """The disk or the file system refused; the message carries its words."""

    code = 14
    kind = "storage"


class ReadOnly(ConvergeError):
    """The replica was opened for reading only."""

    code = 15
    kind = "read_only"


class Unauthentic(ConvergeError):
    """A signature or hash does not hold."""

    code = 16
    kind = "unauthentic"


class InvalidHandle(ConvergeError):
    """Of the C library alone: a handle is not live. Python never raises it."""

    code = 17
    kind = "invalid_handle"


class Internal(ConvergeError):
    """A panic inside was caught. The object is of no further use."""

    code = 18
    kind = "internal"


ConvergeError.BY_CODE.update({kind.code: kind for kind in ConvergeError.__subclasses__()})


def make(code: int, kind: str, message: str, fields: Dict[str, Any]) -> ConvergeError:
    """The exception for an error. A number that this version does not know is a plain ConvergeError that shows it."""
    known = ConvergeError.BY_CODE.get(code)
    error = known(message) if known else ConvergeError(f"{kind} ({code}): {message}")
    if known is None:
        error.code, error.kind = code, kind
    for name, value in fields.items():
        setattr(error, name, value)
    return error
