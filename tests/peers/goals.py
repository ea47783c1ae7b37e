"""What converge is to reach, row by row of the table in README.md."""
from dataclasses import dataclass
from typing import Callable, Optional

from lines import ROWS, field

# Peers that keep every overwritten value, as converge does, and the others.
FULL_HISTORY = ["loro", "automerge", "yrs-hist", "dt"]
PEERS = FULL_HISTORY + ["yrs", "sqlite", "crsqlite"]

NS_PER_OP = field("ns_per_op")
US_PER_OP = field("ns_per_op", 1e-3)
RSS = field("rss_mb")
SINGLE = field("merge_single_ns_per_msg")
OPEN = field("decode_scan_ms")


def bytes_per_op(line):
    """Of a save."""
    return line["bytes"] / line["n"] if line.get("bytes") else None


def smallest(line):
    """Megabytes of the smaller of an engine's full encodings."""
    sizes = [line[name] for name in ("bytes", "alt_bytes") if line.get(name)]
    return min(sizes) / 1e6 if sizes else None


def open_with_history(line):
    """Milliseconds until everything is decoded and read. Loro's snapshot leaves history for later, its list of updates does not."""
    return line.get("alt_load_scan_ms") if line.get("alt") == "all_updates" else line.get("decode_scan_ms")


def beside_names(line):
    """Bytes of a delta without the peers' names in it."""
    return line["bytes_per_delta"] - line.get("peer_name_bytes", 0) if "bytes_per_delta" in line else None


@dataclass
class Goal:
    """One row: what is done, what of a line is looked at, and what to reach."""

    title: str
    workload: str
    value: Callable
    unit: str
    goal: float
    # What the floor took where the goals were set, if it does this work: it tells how that machine compares.
    floor_then: Optional[float] = None
    n: Optional[int] = None
    rows: int = ROWS
    # What floor and peers run in its place: they have one call for both.
    instead: Optional[str] = None
    # The value of converge's own lines, where it is another one.
    ours: Optional[Callable] = None
    has_floor: bool = True
    has_peers: bool = True
    # Only peers that keep all history do the same.
    history: bool = False
    # Totals compare only at the same n, costs per operation also at a smaller one that flatters whose cost grows.
    total: bool = False
    # More is better.
    most: bool = False


GOALS = [
    Goal("W1 insert a row of 5 columns", "w1", NS_PER_OP, "ns", 400, 212),
    Goal("W1 memory for 100,000 rows", "w1", RSS, "MB", 25, history=True, total=True),
    Goal("W1 save of inserts alone, per row", "w1", bytes_per_op, "B", 90, history=True, total=True),
    Goal("W1b insert, 1,000 in a transaction", "w1b", NS_PER_OP, "ns", 350, 200),
    Goal("W2 update an Int", "w2", NS_PER_OP, "ns", 55, 23),
    Goal("W2 by row handle", "w2h", NS_PER_OP, "ns", 30, instead="w2"),
    Goal("W2 memory for a million updates", "w2", RSS, "MB", 8, history=True, total=True),
    Goal("W2b update, 1,000 in a transaction", "w2b", NS_PER_OP, "ns", 50, 23),
    Goal("W2b update, 1,000 in a batch call", "w2m", NS_PER_OP, "ns", 50, instead="w2b"),
    Goal("W2 among a million rows", "w2", NS_PER_OP, "ns", 350, 183, rows=1_000_000),
    Goal("W2 among a million rows, by row handle", "w2h", NS_PER_OP, "ns", 130, rows=1_000_000, instead="w2"),
    Goal("W2 among a million rows, in a batch call", "w2m", NS_PER_OP, "ns", 220, rows=1_000_000, instead="w2"),
    Goal("W3 save a million updates, whole history", "w3", smallest, "MB", 5.6, history=True, total=True),
    Goal("W3 encode it, cold", "w3", field("encode_ms"), "ms", 8, 13, history=True, total=True),
    Goal("W3 open it and read every column", "w3", OPEN, "ms", 5, 28, history=True, total=True),
    Goal("W3 the same, buffer handed over", "w3", OPEN, "ms", 2.5, ours=field("owned_scan_ms"), history=True, total=True),
    Goal("W3 the same, all history decoded", "w3", open_with_history, "ms", 30, ours=field("history_scan_ms"), history=True, total=True),
    Goal("W3 state only", "w3", field("state_bytes", 1e-6), "MB", 0.30, has_floor=False, total=True),
    Goal("W3 load the state and read it", "w3", field("state_load_scan_ms"), "ms", 2, has_floor=False, total=True),
    Goal("W4 import 50,000 concurrent updates", "w4", NS_PER_OP, "ns", 85, 43),
    Goal("W4 the same, with patches", "w4p", NS_PER_OP, "ns", 130, instead="w4"),
    Goal("W4 export", "w4", field("export_ns_per_op"), "ns", 50),
    Goal("W4 bytes per operation", "w4", field("bytes_per_op"), "B", 4.8),
    Goal("W5 a write, its delta, its import", "w5", US_PER_OP, "µs", 0.5, 0.13),
    Goal("W5 delta, with two random names of peers", "w5", field("bytes_per_delta"), "B", 22 + 2 * 26),
    Goal("W5 delta, beside those names", "w5", beside_names, "B", 22, has_floor=False, has_peers=False),
    Goal("W6 1,000 peers, delta by delta", "w6", NS_PER_OP, "ns", 110, 24, n=1000),
    Goal("W7 inserts, updates, deletes, 10:80:10", "w7", NS_PER_OP, "ns", 110, 51),
    Goal("W7 scan every column", "w7", field("scan_rows_per_s", 1e-6), "M rows/s", 25, 57, most=True),
    Goal("W8 ephemeral set", "w8", NS_PER_OP, "ns", 32, 21),
    Goal("W8 ephemeral set, the time read once a frame", "w8", NS_PER_OP, "ns", 32, ours=field("frame_set_ns")),
    Goal("W8 merge, 1,000 in a message", "w8", field("merge_blob_ns_per_entry"), "ns", 32, 29),
    Goal("W8 merge, one in a message", "w8", SINGLE, "ns", 45, 29),
    Goal("W8 merge, one in a message, once a frame", "w8", SINGLE, "ns", 45, ours=field("frame_merge_single_ns")),
    Goal("W8 encode 1,000", "w8", field("encode_all_us"), "µs", 15, 11),
    Goal("W10 import a million one-event spans", "w10", NS_PER_OP, "ns", 200),
    Goal("W10 import after them", "w10", field("after_import_ns_per_op"), "ns", 200),
    Goal("W10 memory per event", "w10", field("kept_bytes_per_event"), "B", 70, total=True),
]
