"""Two replicas in one process."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

from ._doc import Doc


class SyncCounts(NamedTuple):
    """How many events each of two replicas got from the other."""

    into_a: int
    into_b: int


def sync(a: Doc, b: Doc, *, progress: Optional[Callable[[int], object]] = None) -> SyncCounts:
    """Bring two replicas of one document to the same state, page by page. `progress` is called with the events applied so far."""
    applied = [0, 0]
    for at, (to, source) in enumerate(((a, b), (b, a))):
        while True:
            page = source.get_pending(to.encode_request())
            applied[at] += to.merge_remote(page, patches=False).applied
            if progress is not None:
                progress(sum(applied))
            if not page.has_more:
                break
    return SyncCounts(*applied)
