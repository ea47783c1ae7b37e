"""Mapping views: tables of a document, rows of a table, cells of a row. They hold nothing; each access is a call."""

from __future__ import annotations

from itertools import chain
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    Optional,
    Tuple,
    Union,
    ValuesView,
    cast,
)

from ._errors import RowNotFound
from ._types import Value, Values

if TYPE_CHECKING:
    from ._doc import Doc
    from ._transaction import Transaction

Owner = Union["Doc", "Transaction"]
_PAGE_ROWS = 256
_MISSING = object()


class Table(MutableMapping[str, "Row"]):
    """A table as a mapping of row ids and rows, in the order of the ids. It is there whether it has rows or not."""

    __slots__ = ("_owner", "_name")

    def __init__(self, owner: "Owner", name: str) -> None:
        self._owner = owner
        self._name = name

    @property
    def name(self) -> str:
        """The table's name."""
        return self._name

    def __getitem__(self, row_id: str) -> "Row":
        if not self._owner.contains(self._name, row_id):
            raise RowNotFound(f"row {row_id!r} of table {self._name!r} does not show")
        return Row(self._owner, self._name, row_id)

    def __setitem__(self, row_id: str, values: Union["Row", Values]) -> None:
        """Put a row in place of the one that shows, if one does. To keep its other cells use `upsert`."""
        if isinstance(values, Row):
            values = values.to_dict()
        self._owner._replace(self._name, row_id, values)

    def __delitem__(self, row_id: str) -> None:
        self._owner.delete(self._name, row_id)

    def __contains__(self, row_id: object) -> bool:
        return isinstance(row_id, str) and self._owner.contains(self._name, row_id)

    def __len__(self) -> int:
        return self._owner.count(self._name)

    def __iter__(self) -> Iterator[str]:
        for row_id, _ in self.scan():
            yield row_id

    def items(self) -> "_Items":
        """The ids and rows. A row that somebody else removes meanwhile may still come; reading it raises `RowNotFound`."""
        return _Items(self)

    def values(self) -> "_Rows":
        """The rows, as `items` tells them."""
        return _Rows(self)

    def scan(
        self,
        *,
        prefix: Optional[str] = None,
        start: Optional[str] = None,
        stop: Optional[str] = None,
        after: Optional[str] = None,
    ) -> Iterator[Tuple[str, Dict[str, Value]]]:
        """The rows as plain dicts, fetched page by page: the quick way to read many."""
        return self._owner.scan(self._name, prefix=prefix, start=start, stop=stop, after=after)

    def insert(self, row_id: str, values: Values) -> None:
        """Make a row show. Raises `RowExists` if it does already."""
        self._owner.insert(self._name, row_id, values)

    def upsert(self, row_id: str, values: Values) -> None:
        """Write these cells into a row, and make it show if it does not."""
        self._owner.upsert(self._name, row_id, values)

    def add(self, values: Values) -> str:
        """Insert a row under a fresh, time-ordered id, and give the id."""
        row_id: str = self._owner.new_row_id()
        self._owner.insert(self._name, row_id, values)
        return row_id

    def update(  # type: ignore[override]
        self,
        rows: Union[Mapping[str, Union["Row", Values]], Iterable[Tuple[str, Union["Row", Values]]]] = (),
        /,
        **more: Union["Row", Values],
    ) -> None:
        """Put each of these rows in place of the one that shows, if one does."""
        for row_id, values in chain(rows.items() if isinstance(rows, Mapping) else rows, more.items()):
            self[row_id] = values

    def setdefault(self, row_id: str, default: Union["Row", Values] = ()) -> "Row":
        """The row, which is inserted with these cells if it does not show."""
        if row_id not in self:
            self[row_id] = default
        return self[row_id]

    def pop(self, row_id: str, default: Any = _MISSING) -> Any:
        """Remove a row and give what it held, as a dict."""
        values = self._owner.row(self._name, row_id)
        if values is None:
            if default is not _MISSING:
                return default
            raise RowNotFound(f"row {row_id!r} of table {self._name!r} does not show")
        self._owner.delete(self._name, row_id)
        return values

    def popitem(self) -> Any:
        """Remove the first row and give its id and what it held."""
        for row_id, _ in self.scan():
            return row_id, self.pop(row_id)
        raise KeyError("the table is empty")

    def clear(self) -> None:
        """Remove every row."""
        self._owner._clear(self._name)

    def to_dict(self) -> Dict[str, Dict[str, Value]]:
        """All rows as plain dicts."""
        return dict(self.scan())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Table):
            return self.to_dict() == other.to_dict()
        return self.to_dict() == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Table {self._name!r} of {self._owner!r}>"


class _Items(ItemsView[str, "Row"]):
    """The items of a table. Unlike those of any mapping it asks for no row a second time, which may be gone by then."""

    __slots__ = ()
    _mapping: Table

    def __iter__(self) -> Iterator[Tuple[str, "Row"]]:
        for row_id in self._mapping:
            yield row_id, Row(self._mapping._owner, self._mapping._name, row_id)


class _Rows(ValuesView["Row"]):
    """The rows of a table, by the rules of its items."""

    __slots__ = ()
    _mapping: Table

    def __iter__(self) -> Iterator["Row"]:
        for row_id in self._mapping:
            yield Row(self._mapping._owner, self._mapping._name, row_id)

    def __contains__(self, row: object) -> bool:
        return any(row == values for _, values in self._mapping.scan())


class Row(Mapping[str, Value]):
    """A row as a mapping of columns and values. Assigning to a column writes the cell; cells cannot be removed, but they can be None."""

    __slots__ = ("_owner", "_table", "_id")

    def __init__(self, owner: "Owner", table: str, row_id: str) -> None:
        self._owner = owner
        self._table = table
        self._id = row_id

    @property
    def id(self) -> str:
        """The row's id."""
        return self._id

    @property
    def table(self) -> str:
        """The table's name."""
        return self._table

    def to_dict(self) -> Dict[str, Value]:
        """All cells at one moment. Raises `RowNotFound` if the row does not show."""
        values = self._owner.row(self._table, self._id)
        if values is None:
            raise RowNotFound(f"row {self._id!r} of table {self._table!r} does not show")
        return values

    def __getitem__(self, col: str) -> Value:
        value: Any = self._owner.get(self._table, self._id, col, _MISSING)
        if value is _MISSING:
            if not self._owner.contains(self._table, self._id):
                raise RowNotFound(f"row {self._id!r} of table {self._table!r} does not show")
            raise KeyError(col)
        return cast(Value, value)

    def get(self, col: str, default: Any = None) -> Any:
        """The value of a cell; `default` if it does not show."""
        return self._owner.get(self._table, self._id, col, default)

    def __setitem__(self, col: str, value: Any) -> None:
        self._owner.update(self._table, self._id, col, value)

    def __delitem__(self, col: str) -> None:
        raise TypeError("a cell cannot be removed: set it to None, or delete the row")

    def update(self, values: Optional[Values] = None, **more: Any) -> None:
        """Write several cells at once, all or none."""
        cells = dict(values) if values is not None else {}
        cells.update(more)
        self._owner.update_columns(self._table, self._id, cells)

    def delete(self) -> None:
        """Remove the row."""
        self._owner.delete(self._table, self._id)

    def __contains__(self, col: object) -> bool:
        return isinstance(col, str) and self._owner.has(self._table, self._id, col)

    def __len__(self) -> int:
        return len(self.to_dict())

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def keys(self) -> KeysView[str]:
        """The columns at one moment."""
        return self.to_dict().keys()

    def values(self) -> ValuesView[Value]:
        """The values at one moment."""
        return self.to_dict().values()

    def items(self) -> ItemsView[str, Value]:
        """The cells at one moment."""
        return self.to_dict().items()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Row):
            return self.to_dict() == other.to_dict()
        return self.to_dict() == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        try:
            return f"<Row {self._id!r} of {self._table!r}: {self._owner.row(self._table, self._id)!r}>"
        except Exception as error:
            return f"<Row {self._id!r} of {self._table!r}: {type(error).__name__}>"
