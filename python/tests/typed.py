"""What a type checker has to take, and to know. `mypy --strict` reads it, and a test runs it."""

from __future__ import annotations

import convergedb


def title(patch: convergedb.Patch, op: convergedb.Operation) -> str:
    """Where the type of a patch is known, so are its fields."""
    if patch.type == "set_cell":
        return patch.col
    return op.col if op.type == "update" else patch.row_id


def fill(doc: convergedb.Doc) -> None:
    """A table takes mappings, and gives rows."""
    todos = doc["todos"]
    todos["1"] = {"title": "milk"}
    todos.update({"2": {"title": "bread"}})
    row: convergedb.Row = todos.setdefault("3", {"title": "oats"})
    row["title"] = "oat milk"
    todos["1"] = row
    with doc.transaction() as tx:
        tx.insert_many("t", [("4", {"a": 4})])
