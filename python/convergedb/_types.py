"""Plain data: named tuples that compare, unpack, print and pickle."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Literal, Mapping, NamedTuple, Optional, Tuple, Union

Value = Union[None, bool, int, float, str, bytes]
"""What a cell holds."""

Values = Union[Mapping[str, Any], Iterable[Tuple[str, Any]]]
"""The cells of a row as a caller gives them: a mapping of columns and values, or pairs of them."""

Versions = Dict[str, int]
"""For each peer the highest counter that is known."""


class EventId(NamedTuple):
    """Names an event: its author and the author's counter."""

    peer: str
    counter: int


class Insert(NamedTuple):
    """Makes a row show, with these columns and values, in the order in which they were written."""

    tbl: str
    row_id: str
    values: List[Tuple[str, Value]]

    @property
    def type(self) -> Literal["insert"]:
        """The name of the operation."""
        return "insert"


class Update(NamedTuple):
    """Writes one cell of a row."""

    tbl: str
    row_id: str
    col: str
    value: Value

    @property
    def type(self) -> Literal["update"]:
        """The name of the operation."""
        return "update"


class Delete(NamedTuple):
    """Removes a row."""

    tbl: str
    row_id: str

    @property
    def type(self) -> Literal["delete"]:
        """The name of the operation."""
        return "delete"


Operation = Union[Insert, Update, Delete]
"""A row operation of plain data."""


class Event(NamedTuple):
    """One row operation, with who made it and after what.

    `deps` are the events that it follows, `lamport` its place in the order of all writes, `at` its transaction's wall-clock time in
    milliseconds since the Unix epoch, for people.
    """

    id: EventId
    deps: List[EventId]
    lamport: int
    at: Optional[int]
    op: Operation


class EventRun(NamedTuple):
    """Consecutive events of one peer, each but the first depending on just the one before it.

    Operation i has counter `counter_start + i` and Lamport time `lamport_start + i`. `tx` are the lengths of the transactions, empty when each
    operation is its own; `at` are their wall-clock times, empty when none has one.
    """

    peer: str
    counter_start: int
    lamport_start: int
    deps: List[EventId]
    ops: List[Operation]
    tx: List[int] = []
    at: List[Optional[int]] = []


class EventRange(NamedTuple):
    """The events of one peer with counters from `start` up to, not including, `end`."""

    peer: str
    start: int
    end: int


class Page(NamedTuple):
    """A part of what a peer lacks, as plain data. While `has_more`, ask again with the new versions."""

    runs: List[EventRun]
    has_more: bool


class UpdateBytes(bytes):
    """What another replica lacks, as bytes for its `merge_remote`. While `has_more` is true, ask again once this is merged."""

    has_more: bool

    def __new__(cls, data: bytes = b"", has_more: bool = False) -> "UpdateBytes":
        made = super().__new__(cls, data)
        made.has_more = has_more
        return made

    def __repr__(self) -> str:
        return f"<UpdateBytes, {len(self)} bytes{', has more' if self.has_more else ''}>"

    def __reduce__(self) -> Tuple[Any, ...]:
        return (UpdateBytes, (bytes(self), self.has_more))


class SetCell(NamedTuple):
    """A cell of a row that stays appeared or changed its value."""

    tbl: str
    row_id: str
    col: str
    value: Value

    @property
    def type(self) -> Literal["set_cell"]:
        """The name of the patch."""
        return "set_cell"


class InsertRow(NamedTuple):
    """A row appeared, with all its cells."""

    tbl: str
    row_id: str
    values: Dict[str, Value]

    @property
    def type(self) -> Literal["insert_row"]:
        """The name of the patch."""
        return "insert_row"


class DeleteRow(NamedTuple):
    """A row vanished. An InsertRow of the same row follows when the row stayed but lost a cell."""

    tbl: str
    row_id: str

    @property
    def type(self) -> Literal["delete_row"]:
        """The name of the patch."""
        return "delete_row"


Patch = Union[SetCell, InsertRow, DeleteRow]
"""One step that turns the visible state before a call into the one after it."""


class MergeResult(NamedTuple):
    """What a merge did. All counts are events.

    `patches` turn the rows before into the rows after; `pending` events wait for others; `fresh_peer` says that the next write goes on under
    a fresh peer id.
    """

    patches: List[Patch]
    applied: int
    duplicates: int
    pending: int
    rejected: int
    fresh_peer: bool


class SyncState(NamedTuple):
    """How far a replica is."""

    frontier: List[EventId]
    versions: Versions


class ChangePatch(NamedTuple):
    """A patch, and who is behind it: another peer, or None for this replica itself."""

    patch: Patch
    peer: Optional[str]


class Change(NamedTuple):
    """What one transaction or one merge changed in the rows.

    With `lagged` the reader was too slow and changes were dropped: read again what is of interest, then go on.
    """

    patches: List[ChangePatch]
    lagged: bool = False


class LogPage(NamedTuple):
    """A part of the log. `next` asks for the page after it."""

    events: List[Event]
    next: Versions
    has_more: bool


class QueryRows(NamedTuple):
    """What a query found. SQLite has no bool: one is the int 0 or 1."""

    columns: List[str]
    rows: List[Tuple[Value, ...]]


class OpenReport(NamedTuple):
    """What opening a file came to.

    `fresh_peer` says why it goes on under a fresh peer id, if it does: "asked", "no_mark", "other_file", "moved", "rolled_back" or "damaged".
    `rebuilt` says why the rows were made again from the log, if they were.
    """

    created: bool
    fresh_peer: Optional[str]
    rebuilt: Optional[str]


class StoreStats(NamedTuple):
    """What a file takes, in bytes: the database, its write-ahead log, and what of the database is free inside."""

    file_bytes: int
    wal_bytes: int
    free_bytes: int


class Salvage(NamedTuple):
    """What is left of a damaged file: rows `(table, row_id, values)`, the log up to the first damage, and what is damaged, in words."""

    rows: List[Tuple[str, str, Dict[str, Value]]]
    events: List[EventRun]
    problems: List[str]


class Entry(NamedTuple):
    """What an ephemeral key holds. A removed one has no value."""

    value: Value
    timestamp: float
    peer: str
    removed: bool = False


class EphemeralChange(NamedTuple):
    """What happened to a key: "added", "updated", "removed" or "expired"; or "lagged": changes were dropped, read again what is of interest."""

    kind: Literal["added", "updated", "removed", "expired", "lagged"]
    ns: str
    key: str
    entry: Optional[Entry]
    local: bool


class EphemeralCounts(NamedTuple):
    """What became of the entries of a message. `before` is a mark for `changed_since`."""

    changed: int
    unchanged: int
    aged_out: int
    from_the_future: int
    before: int
