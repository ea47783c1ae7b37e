"""Every test that takes `doc` runs in memory and in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import convergedb
import pytest


@pytest.fixture(params=["memory", "file"])
def doc(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[convergedb.Doc]:
    if request.param == "memory":
        made = convergedb.Doc()
    else:
        made = convergedb.open(tmp_path / "doc.db", durability="relaxed")
    with made:
        yield made
