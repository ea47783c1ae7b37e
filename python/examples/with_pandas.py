"""A table to pandas and back."""

from __future__ import annotations

import convergedb
import pandas


def to_frame(doc: convergedb.Doc, table: str) -> pandas.DataFrame:
    """A table as a frame, with the row ids as its index."""
    ids, rows = [], []
    for row_id, values in doc.scan(table):
        ids.append(row_id)
        rows.append(values)
    return pandas.DataFrame(rows, index=pandas.Index(ids, name="row_id"))


def from_frame(doc: convergedb.Doc, table: str, frame: pandas.DataFrame) -> int:
    """Inserts a frame, whose index holds the row ids, in one call. What pandas has as missing becomes None."""
    columns = {str(col): [None if missing else value for value, missing in zip(frame[col], frame[col].isna())] for col in frame.columns}
    columns["row_id"] = [str(row_id) for row_id in frame.index]
    return doc.insert_many(table, columns, key="row_id").events
