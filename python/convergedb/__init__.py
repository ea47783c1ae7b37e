"""A local-first database: tables of rows that any number of devices write offline and merge without conflict.

Open a document, or make one in memory; write rows; exchange bytes with other replicas by whatever transport there is::

    import convergedb

    with convergedb.open("notes.db") as doc:
        doc.insert("todos", "1", {"title": "milk", "done": False})
        doc["todos"]["1"]["done"] = True
        update = doc.get_pending(versions_of_the_other)   # bytes
        result = doc.merge_remote(update_of_the_other)    # .patches, .applied, ...

* `Doc` is a document, `open` opens one in a file. Its methods are the plain way; `doc["table"]["row"]["column"]` is the mapping way.
* `Doc.transaction` makes many writes one: all or nothing.
* `Doc.changes` tells what changed, to `for` and to `async for`.
* `EphemeralStore` holds what need not last: presence, cursors.
* Every error is a `ConvergeError`, with one subclass for each kind.

A cell holds None, a bool, an int of 64 bits, a finite float, a str or bytes, and gives back what it was given. Any thread may use any object;
calls on one document take turns, and let go of the GIL where they wait. After a fork the child has to open documents of its own.
"""

from __future__ import annotations

import os as _os

from . import _convergedb
from ._version import VERSION as _VERSION

if _convergedb.__version__ != _VERSION:
    # Their calls may differ, and so may what they write.
    raise ImportError(
        f"convergedb {_VERSION} found its native half {_convergedb.__file__} of version {_convergedb.__version__}: install convergedb again"
    )

from ._changes import Changes, EphemeralChanges
from ._convergedb import Commit, Scan, __version__, salvage
from ._doc import Doc, open
from ._ephemeral import EphemeralStore, Namespace
from ._errors import (
    AlreadyOpen,
    Closed,
    ConflictingEvent,
    ConvergeError,
    Corrupt,
    FromTheFuture,
    Internal,
    InvalidArgument,
    InvalidHandle,
    InvalidValue,
    LimitExceeded,
    Malformed,
    OtherDocument,
    ReadOnly,
    RowExists,
    RowNotFound,
    Storage,
    Unauthentic,
    UnsupportedVersion,
)
from ._sync import SyncCounts, sync
from ._transaction import Transaction
from ._types import (
    Change,
    ChangePatch,
    Delete,
    DeleteRow,
    Entry,
    EphemeralChange,
    EphemeralCounts,
    Event,
    EventId,
    EventRange,
    EventRun,
    Insert,
    InsertRow,
    LogPage,
    MergeResult,
    OpenReport,
    Operation,
    Page,
    Patch,
    QueryRows,
    Salvage,
    SetCell,
    StoreStats,
    SyncState,
    Update,
    UpdateBytes,
    Value,
    Values,
    Versions,
)
from ._views import Row, Table

# They are shown, and pickled, under the name by which they are imported.
for _public in list(globals().values()):
    if isinstance(_public, type) and _public.__module__.startswith(__name__ + "._"):
        try:
            _public.__module__ = __name__
        except TypeError:
            pass  # A class of the native half.
del _public
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_convergedb.forked)

__all__ = [
    "AlreadyOpen",
    "Change",
    "ChangePatch",
    "Changes",
    "Closed",
    "Commit",
    "ConflictingEvent",
    "ConvergeError",
    "Corrupt",
    "Delete",
    "DeleteRow",
    "Doc",
    "Entry",
    "EphemeralChange",
    "EphemeralChanges",
    "EphemeralCounts",
    "EphemeralStore",
    "Event",
    "EventId",
    "EventRange",
    "EventRun",
    "FromTheFuture",
    "Insert",
    "InsertRow",
    "Internal",
    "InvalidArgument",
    "InvalidHandle",
    "InvalidValue",
    "LimitExceeded",
    "LogPage",
    "Malformed",
    "MergeResult",
    "Namespace",
    "OpenReport",
    "Operation",
    "OtherDocument",
    "Page",
    "Patch",
    "QueryRows",
    "ReadOnly",
    "Row",
    "RowExists",
    "RowNotFound",
    "Salvage",
    "Scan",
    "SetCell",
    "Storage",
    "StoreStats",
    "SyncCounts",
    "SyncState",
    "Table",
    "Transaction",
    "Unauthentic",
    "UnsupportedVersion",
    "Update",
    "UpdateBytes",
    "Value",
    "Values",
    "Versions",
    "__version__",
    "open",
    "salvage",
    "sync",
]
