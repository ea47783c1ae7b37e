"""W2 from Python, one call an update: convergedb, loro and pycrdt in the same run; and insert_many beside Rust.

    pip install convergedb loro pycrdt
    cargo run --release -p convergedb-python --example insert_many    # prints nanoseconds a row in Rust
    python bench/compare.py [ROUNDS]

W2: a table of 10,000 rows with 5 cells; 100,000 updates of one int cell, rows at random, each a call and a write of its own. Rounds take turns;
the best of each is printed, in nanoseconds of the process's own time, with the empty loop taken off. For loro and pycrdt a row is a map in a map, and an
update sets a key of it: loro commits by itself when it has to, pycrdt makes a transaction of every write, as convergedb does.
"""

from __future__ import annotations

import random
import sys
import time
from typing import Any, Callable, Dict, List, Tuple

import convergedb

ROWS, UPDATES = 10_000, 100_000


def row(at: int) -> Dict[str, Any]:
    return {"title": f"thing {at}", "done": False, "n": at, "weight": at / 2, "note": None}


def prepare_converge() -> Callable[[List[str]], None]:
    doc = convergedb.Doc()
    doc.insert_many("todos", [(f"row-{at}", row(at)) for at in range(ROWS)])

    def run(ids: List[str]) -> None:
        update = doc.update
        for number, row_id in enumerate(ids):
            update("todos", row_id, "n", number)

    return run


def prepare_loro(commit: bool) -> Callable[[List[str]], None]:
    import loro

    doc = loro.LoroDoc()
    table = doc.get_map("todos")
    rows = {}
    for at in range(ROWS):
        rows[f"row-{at}"] = made = table.insert_container(f"row-{at}", loro.LoroMap())
        for col, value in row(at).items():
            made.insert(col, value)
    doc.commit()

    def run(ids: List[str]) -> None:
        for number, row_id in enumerate(ids):
            rows[row_id].insert("n", number)
            if commit:
                doc.commit()
        doc.commit()

    return run


def prepare_pycrdt() -> Callable[[List[str]], None]:
    import pycrdt

    doc = pycrdt.Doc()
    doc["todos"] = table = pycrdt.Map()
    rows = {}
    with doc.transaction():
        for at in range(ROWS):
            table[f"row-{at}"] = pycrdt.Map(row(at))
    for at in range(ROWS):
        rows[f"row-{at}"] = table[f"row-{at}"]

    def run(ids: List[str]) -> None:
        for number, row_id in enumerate(ids):
            rows[row_id]["n"] = number

    return run


def empty(ids: List[str]) -> None:
    for number, row_id in enumerate(ids):
        pass


def timed(body: Callable[[], object]) -> float:
    start = time.process_time()
    body()
    return time.process_time() - start


def main(rounds: int) -> None:
    random.seed(7)
    ids = [f"row-{random.randrange(ROWS)}" for _ in range(UPDATES)]
    peers: List[Tuple[str, Callable[[], Callable[[List[str]], None]]]] = [
        ("empty loop", lambda: empty),
        ("convergedb", prepare_converge),
        ("loro, one commit", lambda: prepare_loro(False)),
        ("loro, commit each", lambda: prepare_loro(True)),
        ("pycrdt", prepare_pycrdt),
    ]
    best: Dict[str, float] = {}
    for _ in range(rounds):
        for name, prepare in peers:
            run = prepare()
            best[name] = min(best.get(name, 1e9), timed(lambda: run(ids)) / UPDATES * 1e9)
    own = best["convergedb"] - best["empty loop"]
    print(f"{'W2, one call an update':<28} {'ns':>8} {'times':>8}")
    for name, nanoseconds in best.items():
        if name != "empty loop":
            print(f"{name:<28} {nanoseconds - best['empty loop']:8.0f} {(nanoseconds - best['empty loop']) / own:8.1f}")

    pairs = [(f"row-{at:06}", row(at)) for at in range(100_000)]
    columns = {"id": [row_id for row_id, _ in pairs]}
    for col in pairs[0][1]:
        columns[col] = [values[col] for _, values in pairs]
    mappings = [{"id": row_id, **values} for row_id, values in pairs]
    ways: List[Tuple[str, Callable[[convergedb.Doc], object]]] = [
        ("pairs", lambda doc: doc.insert_many("todos", pairs)),
        ("mappings", lambda doc: doc.insert_many("todos", mappings, key="id")),
        ("columns", lambda doc: doc.insert_many("todos", columns, key="id")),
    ]
    print(f"\n{'insert_many, 100k rows of 5':<28} {'ns/row':>8}")
    for name, way in ways:
        times = []
        for _ in range(rounds):
            doc = convergedb.Doc()
            times.append(timed(lambda: way(doc)) / 100_000 * 1e9)
        print(f"{name:<28} {min(times):8.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
