"""A client of the relay in `relay.py`, with nothing but the standard library."""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Optional, Tuple

import convergedb


def call(url: str, body: Optional[bytes] = None) -> Tuple[bytes, bool]:
    """An answer, and whether there is more."""
    with urllib.request.urlopen(urllib.request.Request(url, data=body)) as answer:
        return answer.read(), answer.headers.get("Has-More") == "yes"


def sync(doc: convergedb.Doc, server: str) -> None:
    """Brings a replica and the server's to the same state. Offline, nothing is lost: the next sync carries it."""
    has_more = True
    while has_more:
        update, has_more = call(f"{server}/pull", doc.encode_request())
        doc.merge_remote(update)
    has_more = True
    while has_more:
        page = doc.get_pending(call(f"{server}/known")[0])
        if page:
            answer = json.loads(call(f"{server}/push", page)[0])
            print(f"pushed {answer['applied']} events")
        has_more = page.has_more


if __name__ == "__main__":
    with convergedb.open(sys.argv[1]) as opened:
        sync(opened, sys.argv[2])
        print(opened)
