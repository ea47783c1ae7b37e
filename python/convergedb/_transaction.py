"""Transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, NoReturn, Optional, Tuple

from . import _convergedb
from ._types import Value, Values
from ._views import _PAGE_ROWS, Table

if TYPE_CHECKING:
    from typing_extensions import Self


class Transaction(_convergedb.Transaction):
    """A transaction: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.

    In a `with` statement it begins at the start of the block, is committed at the end, and is rolled back when the block raises::

        with doc.transaction() as tx:
            tx.insert("todos", "1", {"title": "milk"})
            tx["todos"]["1"]["done"] = False

    While it is open other threads' calls on the document wait for its end; on the thread that began it they raise `InvalidArgument`, since
    they would wait for ever. So keep the block short, and do not await in it: whoever waits gets no Ctrl-C before it ends.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __enter__(self) -> Self: ...

    def __getitem__(self, tbl: str) -> Table:
        return Table(self, tbl)

    def scan(
        self,
        tbl: str,
        *,
        prefix: Optional[str] = None,
        start: Optional[str] = None,
        stop: Optional[str] = None,
        after: Optional[str] = None,
    ) -> Iterator[Tuple[str, Dict[str, Value]]]:
        """As `Doc.scan`, with what the transaction wrote so far."""
        while True:
            rows = self.page(tbl, _PAGE_ROWS, prefix=prefix, start=start, stop=stop, after=after)
            yield from rows
            if len(rows) < _PAGE_ROWS:
                return
            after = rows[-1][0]

    def _replace(self, tbl: str, row_id: str, values: Values) -> None:
        if self.contains(tbl, row_id):
            self.delete(tbl, row_id)
        self.insert(tbl, row_id, values)

    def _clear(self, tbl: str) -> None:
        self.delete_all(tbl)

    def __iter__(self) -> NoReturn:
        raise TypeError("a transaction cannot be iterated: scan a table of it")

    def __contains__(self, tbl: object) -> bool:
        return isinstance(tbl, str) and self.count(tbl) > 0

    def __reduce__(self) -> Any:
        raise TypeError("a Transaction cannot be pickled: it is a handle of a document in this process")

    def __repr__(self) -> str:
        if not self.is_open:
            return f"<Transaction, {'committed: ' + repr(self.result) if self.result else 'not open'}>"
        return f"<Transaction of {len(self)} operations>"
