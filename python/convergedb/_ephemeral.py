"""Presence: what need not last."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Iterator, MutableMapping, Optional

from . import _convergedb
from ._changes import EphemeralChanges
from ._errors import ConvergeError
from ._types import Value

if TYPE_CHECKING:
    from typing_extensions import Self


class EphemeralStore(_convergedb.EphemeralStore):
    """Presence: registers `namespace -> key -> entry` that age, end by themselves and are never on disk.

    `ttl_ms` is how long an entry lives, in milliseconds, or None for ever; `peer` the peer id to write under, usually the document's;
    `entries_max` and `bytes_max` bound what it holds. `wall_clock=False` counts timestamps up from 0; `manual_clock` is for tests.

    `store["cursors"]["alice"] = 7` writes, `store.encode_since(mark)` and `store.merge_bytes(message)` carry it to others.
    """

    __slots__ = ()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getitem__(self, ns: str) -> "Namespace":
        """A namespace as a mapping of keys and values."""
        return Namespace(self, ns)

    def __iter__(self) -> Iterator[str]:
        return iter(self.namespaces())

    def __contains__(self, ns: object) -> bool:
        return isinstance(ns, str) and ns in self.namespaces()

    def __len__(self) -> int:
        return len(self.namespaces())

    def __bool__(self) -> bool:
        return True

    def changes(self, *, limit: int = 65_536, expire_every: Optional[float] = 1.0) -> EphemeralChanges:
        """What changes from now on, for `for` and `async for`.

        While it is read it calls `expire()` every `expire_every` seconds, so that what ends is told; with None somebody else has to.
        """
        # A reader keeps no store open: it ends with the last handle.
        own = weakref.ref(self)

        def expire() -> None:
            store = own()
            try:
                if store is not None:
                    store.expire()
            except ConvergeError:
                pass  # It was closed: the reader is told so by itself.

        return EphemeralChanges(self.subscribe(limit=limit), expire_every, None if expire_every is None else expire)

    def __reduce__(self) -> Any:
        raise TypeError("an EphemeralStore cannot be pickled: it is a handle. Send encode() instead")

    def __repr__(self) -> str:
        try:
            return f"<EphemeralStore, peer {self.peer}, {self.entries} entries>"
        except ConvergeError as error:
            return f"<EphemeralStore, {error.kind}>"


class Namespace(MutableMapping[str, Value]):
    """A namespace as a mapping of keys and values, in the order of the keys. `store.get` tells timestamps and peers too."""

    __slots__ = ("_store", "_name")

    def __init__(self, store: EphemeralStore, name: str) -> None:
        self._store = store
        self._name = name

    def __getitem__(self, key: str) -> Value:
        entry = self._store.get(self._name, key)
        if entry is None:
            raise KeyError(key)
        return entry.value

    def __setitem__(self, key: str, value: Any) -> None:
        self._store.set(self._name, key, value)

    def __delitem__(self, key: str) -> None:
        if self._store.get(self._name, key) is None:
            raise KeyError(key)
        self._store.remove(self._name, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.get_all(self._name))

    def __len__(self) -> int:
        return len(self._store.get_all(self._name))

    def __repr__(self) -> str:
        return f"<Namespace {self._name!r} of {self._store!r}>"
