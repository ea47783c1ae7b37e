"""Readers of changes, for `for` and for `async for`."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Generic, List, Optional, Tuple, TypeVar

from ._types import Change, EphemeralChange

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

# A thread that waits looks up so often, so that Ctrl-C gets through.
_SLICE_SECONDS = 0.25


class _Reader(Generic[T]):
    """What `Changes` and `EphemeralChanges` share. A reader is one queue: of several who read it each gets some of the changes."""

    __slots__ = ("_native", "_pause", "_idle", "_due", "_waiting", "_lock", "__weakref__")

    def __init__(self, native: Any, pause: Optional[float] = None, idle: Optional[Callable[[], object]] = None) -> None:
        self._native = native
        # Every `pause` seconds of reading `idle` is called, whether there is news or not.
        self._pause = pause
        self._idle = idle
        self._due = 0.0 if pause is None else time.monotonic() + pause
        # Who waits for news in an event loop.
        self._waiting: "Dict[asyncio.Future[None], asyncio.AbstractEventLoop]" = {}
        self._lock = threading.Lock()

    def __iter__(self) -> "Self":
        return self

    def __next__(self) -> T:
        while True:
            what, change = self._native.next(min(_SLICE_SECONDS, self._until_due()))
            self._look_at_clock()
            if what == "change":
                return change  # type: ignore[no-any-return]
            if what == "closed":
                raise StopIteration

    def __aiter__(self) -> "Self":
        return self

    async def __anext__(self) -> T:
        while True:
            what, change = self._native.try_next()
            self._look_at_clock()
            if what == "change":
                return change  # type: ignore[no-any-return]
            if what == "closed":
                raise StopAsyncIteration
            await self._news()

    def _until_due(self) -> float:
        return math.inf if self._pause is None else max(self._due - time.monotonic(), 0.0)

    def _look_at_clock(self) -> None:
        if self._pause is not None and time.monotonic() >= self._due:
            self._due = time.monotonic() + self._pause
            if self._idle is not None:
                self._idle()

    async def _news(self) -> None:
        loop = asyncio.get_running_loop()
        came: "asyncio.Future[None]" = loop.create_future()
        try:
            with self._lock:
                self._waiting[came] = loop
                # It is called at once if something came meanwhile.
                self._native.set_waker(self._wake)
            await asyncio.wait({came}, timeout=None if self._pause is None else self._until_due())
        finally:
            with self._lock:
                del self._waiting[came]
                if not self._waiting:
                    self._native.set_waker(None)
            came.cancel()

    def _wake(self) -> None:
        # On the thread that writes. All are woken: the first finds one change, and there may be another for the next.
        for came, loop in list(self._waiting.items()):
            try:
                loop.call_soon_threadsafe(_settle, came)
            except RuntimeError:
                pass  # The loop is closed, and nobody waits any more.

    def poll(self) -> Optional[T]:
        """The next change if there is one now, else None. It does not wait."""
        return self._native.try_next()[1]  # type: ignore[no-any-return]

    def wait(self, timeout: Optional[float] = None) -> Optional[T]:
        """The next change; None when none came within `timeout` seconds, or the document was closed."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            # In slices, so that Ctrl-C gets through. The native half refuses a time that is no number.
            left = end - time.monotonic()
            what, change = self._native.next(left if math.isnan(left) else min(max(left, 0.0), _SLICE_SECONDS, self._until_due()))
            self._look_at_clock()
            if what != "timeout" or time.monotonic() >= end:
                return change  # type: ignore[no-any-return]

    def drain(self) -> Tuple[List[T], bool]:
        """All changes that are queued, and whether the reader lagged: then there are none."""
        return self._native.drain()  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the subscription. Whoever waits is told the end."""
        self._native.close()
        self._wake()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} cannot be pickled: it is a handle in this process")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def _settle(came: "asyncio.Future[None]") -> None:
    if not came.done():
        came.set_result(None)


class Changes(_Reader[Change]):
    """What changes in a document, oldest first: `for change in doc.changes()`, or `async for`. It ends when the document is closed.

    It begins when it is made, so nothing between that and the first look is lost.
    """

    __slots__ = ()


class EphemeralChanges(_Reader[EphemeralChange]):
    """What changes in an ephemeral store, oldest first: `for change in store.changes()`, or `async for`."""

    __slots__ = ()
