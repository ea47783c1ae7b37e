"""Documents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Tuple, Union

from . import _convergedb
from ._changes import Changes
from ._errors import ConvergeError
from ._transaction import Transaction
from ._types import Event, Values, Versions
from ._views import Table

if TYPE_CHECKING:
    from typing_extensions import Self


class Doc(_convergedb.Doc):
    """A document: tables of rows, and every write that made them.

    `Doc()` is a new one in memory, `Doc(path)` or `convergedb.open(path)` one in a file.

    * `peer`: write under this peer id. No other replica may, ever; a random one, the default, is the safe choice.
    * `document`: the document's id; random unless given, or that of the first update that is merged.
    * `wall_clock`: stamp each transaction with the time of day, for people to see in the history.
    * `replica`: begin with what `encode_replica` or `encode_state` made, in memory; `Doc.decode` is the same.
    * `waiting_events`, `waiting_bytes`: the most that waits for events that did not come yet.

    For files: `durability` "full" returns from a write once it is on the disk, "relaxed" before; `read_only` opens beside whoever writes it;
    `must_exist` refuses to make a file; `mark_folder` is where the mark lies that tells a file from a copy of it.

    It is a context manager, which closes it at the end. After that every call raises `Closed`. Any thread may use it.
    """

    __slots__ = ()

    @classmethod
    def decode(cls, replica: bytes, **options: Any) -> "Self":
        """A document in memory from what `encode_replica` or `encode_state` made.

        With `peer` given as the stored peer id it resumes as that peer: safe only where the bytes are the latest of it, and nobody else
        resumes too. Without, it is a new replica of the same document.
        """
        return cls(replica=replica, **options)

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        try:
            # A transaction that this thread left open would keep the document from being closed.
            self._roll_back()
            self.close()
        except ConvergeError:
            # The exception of the block is the one that arrives.
            if error is None:
                raise

    def __getitem__(self, tbl: str) -> Table:
        """A table as a mapping of rows."""
        return Table(self, tbl)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables())

    def __contains__(self, tbl: object) -> bool:
        return isinstance(tbl, str) and self.count(tbl) > 0

    def __len__(self) -> int:
        """The number of tables that have rows."""
        return len(self.tables())

    def __bool__(self) -> bool:
        return True

    def transaction(self, at: Optional[int] = None) -> Transaction:
        """Many writes as one, for a `with` statement: all or nothing. `at` is its wall-clock time in milliseconds since the Unix epoch."""
        return Transaction(self, at)

    def begin(self, at: Optional[int] = None) -> Transaction:
        """A transaction that is open already, for `commit()` or `rollback()`."""
        transaction = Transaction(self, at)
        transaction.begin()
        return transaction

    def changes(
        self,
        tables: Optional[Iterable[str]] = None,
        rows: Optional[Iterable[Tuple[str, str]]] = None,
        *,
        patches_max: int = 65_536,
    ) -> Changes:
        """What changes from now on, for `for` and `async for`: everything, or that of some tables and rows `(table, row_id)`.

        At most `patches_max` patches are kept for a slow reader; then it is told that it lagged. With 0 it is told just that something changed.
        """
        wanted = None if tables is None else [tables] if isinstance(tables, str) else list(tables)
        return Changes(self.subscribe(wanted, None if rows is None else list(rows), patches_max=patches_max))

    def log(self, since: Optional[Versions] = None) -> Iterator[Event]:
        """The applied events that `since` does not know, in causal order, fetched page by page."""
        known = {} if since is None else since
        while True:
            page = self.log_page(known, 1000)
            yield from page.events
            if not page.has_more:
                return
            known = page.next

    def _replace(self, tbl: str, row_id: str, values: Values) -> None:
        with self.transaction() as tx:
            tx._replace(tbl, row_id, values)

    def _clear(self, tbl: str) -> None:
        self.delete_all(tbl)

    def __reduce__(self) -> Any:
        raise TypeError("a Doc cannot be pickled: it is a handle. Send encode_replica() instead, or the path of its file")

    def __repr__(self) -> str:
        try:
            where = self.path
            return f"<Doc {str(where) if where else 'in memory'}, peer {self.peer}, {self.events} events>"
        except ConvergeError as error:
            return f"<Doc, {error.kind}>"


def open(path: Union[str, "os.PathLike[str]"], **options: Any) -> Doc:
    """Open a document in a file, which is made if it is not there. The options are those of `Doc`.

    One handle at a time may write a file, in this process or another; any number may read beside it with `read_only=True`.
    """
    return Doc(path, **options)
