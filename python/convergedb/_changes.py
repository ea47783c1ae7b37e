"""Readers of changes, for `for` and for `async for`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Generic, List, Optional, Tuple, TypeVar

from ._types import Change, EphemeralChange

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

# A thread that waits looks up so often, so that Ctrl-C gets through.
_SLICE_SECONDS = 0.25


class _Reader(Generic[T]):
    """What `Changes` and `EphemeralChanges` share. A reader is one queue: of several who read it each gets some of the changes."""

    __slots__ = ("_native", "_pause", "_idle", "__weakref__")

    def __init__(self, native: Any, pause: Optional[float] = None, idle: Optional[Callable[[], object]] = None) -> None:
        self._native = native
        # Every `pause` seconds without news `idle` is called.
        self._pause = pause
        self._idle = idle

    def __iter__(self) -> "Self":
        return self

    def __next__(self) -> T:
        slice_seconds = _SLICE_SECONDS if self._pause is None else min(_SLICE_SECONDS, self._pause)
        while True:
            what, change = self._native.next(slice_seconds)
            if what == "change":
                return change  # type: ignore[no-any-return]
            if what == "closed":
                raise StopIteration
            if self._idle is not None:
                self._idle()

    def __aiter__(self) -> "Self":
        return self

    async def __anext__(self) -> T:
        while True:
            what, change = self._native.try_next()
            if what == "change":
                return change  # type: ignore[no-any-return]
            if what == "closed":
                raise StopAsyncIteration
            await self._news()

    async def _news(self) -> None:
        loop = asyncio.get_running_loop()
        came: "asyncio.Future[None]" = loop.create_future()

        def settle() -> None:
            if not came.done():
                came.set_result(None)

        def wake() -> None:
            # On the thread that writes.
            try:
                loop.call_soon_threadsafe(settle)
            except RuntimeError:
                pass  # The loop is closed, and nobody waits any more.

        self._native.set_waker(wake)
        try:
            await asyncio.wait({came}, timeout=self._pause)
        finally:
            self._native.set_waker(None)
        if not came.done():
            came.cancel()
            if self._idle is not None:
                self._idle()

    def poll(self) -> Optional[T]:
        """The next change if there is one now, else None. It does not wait."""
        return self._native.try_next()[1]  # type: ignore[no-any-return]

    def wait(self, timeout: Optional[float] = None) -> Optional[T]:
        """The next change; None when none came within `timeout` seconds, or the document was closed."""
        return self._native.next(timeout)[1]  # type: ignore[no-any-return]

    def drain(self) -> Tuple[List[T], bool]:
        """All changes that are queued, and whether the reader lagged: then there are none."""
        return self._native.drain()  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the subscription. Whoever waits is told the end."""
        self._native.close()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} cannot be pickled: it is a handle in this process")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Changes(_Reader[Change]):
    """What changes in a document, oldest first: `for change in doc.changes()`, or `async for`. It ends when the document is closed.

    It begins when it is made, so nothing between that and the first look is lost.
    """

    __slots__ = ()


class EphemeralChanges(_Reader[EphemeralChange]):
    """What changes in an ephemeral store, oldest first: `for change in store.changes()`, or `async for`."""

    __slots__ = ()
