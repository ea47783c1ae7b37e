"""Runs the conformance vectors through the Python API, each in every mode, and prints one line for each that fails.

The vectors are the *.json of tests/vectors in the repository, or of the folder that CONVERGE_VECTORS names. The last line is
`N passed, N failed`; the exit code is 0 when all passed and there was at least one.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import convergedb
from convergedb import ConvergeError, Doc, EphemeralStore, EventId

DOCUMENT = bytes([7] * 16)
# Replicas in memory or in files; how what `get_pending` gives travels: as JSON text, as plain data, or as bytes, by versions or by request.
MODES = ["memory, json", "memory, plain", "memory, bytes", "file, json", "file, request"]


class Number:
    """A number by its text, so that 1 and 1.0 stay different and nothing is rounded."""

    def __init__(self, text: str) -> None:
        self.text = text

    def key(self) -> Any:
        is_float = any(c in self.text for c in ".eE")
        return ("float", struct.pack("<d", float(self.text))) if is_float else ("int", int(self.text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return self.text


def parse(text: str) -> Any:
    return json.loads(text, parse_int=Number, parse_float=Number)


def text_of(tree: Any) -> str:
    if isinstance(tree, Number):
        return tree.text
    if isinstance(tree, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{text_of(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(text_of, tree)) + "]"
    return json.dumps(tree)


def same(expected: Any, actual: Any, timestamps: bool, key: str = "") -> bool:
    if isinstance(expected, Number) and isinstance(actual, Number):
        if timestamps and key == "timestamp":
            return float(expected.text) == float(actual.text)
        return expected == actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[k], actual[k], timestamps, k) for k in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(same(e, a, timestamps) for e, a in zip(expected, actual))
    return type(expected) is type(actual) and bool(expected == actual)


class Peer:
    def __init__(self, name: str, mode: str, folder: Path) -> None:
        self.name = name
        self.mode = mode
        self.file: Optional[Path] = folder / f"{len(list(folder.iterdir()))}.db" if mode.startswith("file") else None
        self.doc = self.open()
        self.ephemeral = EphemeralStore(peer=name, ttl_ms=None, wall_clock=False)

    def open(self, replica: Optional[bytes] = None) -> Doc:
        if self.file is not None:
            return Doc(self.file, peer=self.name, document=DOCUMENT, durability="relaxed")
        return Doc(peer=self.name, document=DOCUMENT, replica=replica)

    def reopen(self) -> None:
        replica = None if self.file is not None else self.doc.encode_replica()
        self.doc.close()
        self.doc = self.open(replica)

    def fingerprint(self) -> Any:
        """Everything that a refused call must leave as it was."""
        doc, store = self.doc, self.ephemeral
        spaces = [(ns, store.get_all_json(ns)) for ns in store.namespaces()]
        state = (doc.digest(), doc.sync_state(), doc.waiting_events, doc.missing(), doc.needs_fresh_peer)
        return state, spaces, store.entries, store.bytes

    def made(self, commit: convergedb.Commit) -> List[Dict[str, Any]]:
        events = []
        for at in range(commit.events):
            text = self.doc.event_json(EventId(self.doc.peer, commit.counter + at))
            assert text is not None
            event = parse(text)
            assert event["lamport"].text == str(commit.lamport + at), "a commit says what the event says"
            plain = self.doc.event(EventId(self.doc.peer, commit.counter + at))
            assert plain is not None and plain.lamport == commit.lamport + at
            events.append({key: event[key] for key in ("id", "deps", "lamport")})
        return events

    def close(self) -> None:
        self.doc.close()
        self.ephemeral.close()


class World:
    def __init__(self, vector: Dict[str, Any], mode: str, folder: Path) -> None:
        self.mode = mode
        self.peers = {}
        for name in vector["peers"]:
            own = folder / f"peer-{len(self.peers)}"
            own.mkdir()
            self.peers[name] = Peer(name, mode, own)

    def close(self) -> None:
        for peer in self.peers.values():
            peer.close()

    def step(self, step: Dict[str, Any]) -> None:
        action = step["do"]
        peer = self.peers[step.get("to", step.get("at"))]
        call: Optional[Callable[[Peer, Dict[str, Any]], Any]] = getattr(self, "do_" + action, None)
        if call is None:
            raise AssertionError("this runner does not know the step")
        before = peer.fingerprint()
        try:
            given = call(peer, step)
        except ConvergeError as error:
            if step.get("error") != error.kind:
                raise AssertionError(f"expected {step.get('error') or 'no error'}, got {error.kind}: {error}") from error
            if peer.fingerprint() != before:
                raise AssertionError(f"it failed, but changed something: {error}") from error
            peer.doc.check()
            return
        peer.doc.check()
        if "error" in step:
            raise AssertionError(f"expected the error {step['error']}, got {given!r}")
        if not same(step.get("expect"), given, action.startswith("ephemeral")):
            raise AssertionError(f"expected {text_of(step.get('expect'))[:300]}, got {text_of(given)[:300]}")

    def do_insert(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return peer.made(peer.doc.insert_json(step["tbl"], step["row_id"], text_of(step["values"])))[0]

    def do_update(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return peer.made(peer.doc.update_json(step["tbl"], step["row_id"], step["col"], text_of(step["value"])))[0]

    def do_delete(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return peer.made(peer.doc.delete(step["tbl"], step["row_id"]))[0]

    def do_transaction(self, peer: Peer, step: Dict[str, Any]) -> Any:
        at = int(step["at_ms"].text) if "at_ms" in step else None
        return peer.made(peer.doc.apply_json(text_of(step["ops"]), at=at))

    def do_sync(self, peer: Peer, step: Dict[str, Any]) -> Any:
        source = self.peers[step["from"]].doc
        if self.mode.endswith("json"):
            runs, has_more = source.get_pending_json(json.dumps(peer.doc.versions()))
            assert not has_more
            return parse(peer.doc.merge_json(runs))
        if self.mode.endswith("plain"):
            page = source.get_pending_runs(peer.doc.versions())
            return merged(peer.doc.merge_remote(page.runs))
        known = peer.doc.encode_request() if self.mode.endswith("request") else peer.doc.versions()
        update = source.get_pending(known)
        assert not update.has_more, "a vector fits into one page"
        return merged(peer.doc.merge_remote(update))

    def do_deliver(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return parse(peer.doc.merge_json(step["runs"]))

    def do_state(self, peer: Peer, step: Dict[str, Any]) -> Any:
        rows = parse(peer.doc.rows_json())
        scanned = {tbl: {row_id: {col: plain(value) for col, value in row.items()} for row_id, row in peer.doc.scan(tbl)} for tbl in peer.doc}
        assert same(rows, scanned, False), "the plain form and the JSON form tell the same rows"
        return {"rows": rows, "digest": peer.doc.digest()}

    def do_sync_state(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return parse(peer.doc.sync_state_json())

    def do_get_pending(self, peer: Peer, step: Dict[str, Any]) -> Any:
        text, has_more = peer.doc.get_pending_json(text_of(step["known"]))
        assert not has_more
        ids = []
        for run in parse(text):
            start = int(run["counter_start"].text)
            ids += [(run["peer"], start + at) for at in range(len(run["ops"]))]
        ids.sort(key=lambda id: (id[0].encode(), id[1]))
        return {"ids": [[peer_id, Number(str(counter))] for peer_id, counter in ids]}

    def do_reopen(self, peer: Peer, step: Dict[str, Any]) -> None:
        peer.reopen()

    def do_insert_as_fresh_peer(self, peer: Peer, step: Dict[str, Any]) -> Any:
        commit = peer.doc.insert_json(step["tbl"], step["row_id"], text_of(step["values"]))
        assert peer.doc.peer != peer.name, "the insert went on under the peer id as named"
        return {"counter": Number(str(commit.counter))}

    def do_ephemeral_set(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return {"stored": peer.ephemeral.set_json(step["ns"], step["key"], text_of(step["value"]), timestamp(step))}

    def do_ephemeral_remove(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return {"stored": peer.ephemeral.remove(step["ns"], step["key"], timestamp(step))}

    def do_ephemeral_merge(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return parse(peer.ephemeral.merge_json(step["entries"]))

    def do_ephemeral_get_all(self, peer: Peer, step: Dict[str, Any]) -> Any:
        return parse(peer.ephemeral.get_all_json(step["ns"]))


def timestamp(step: Dict[str, Any]) -> Optional[float]:
    return float(step["timestamp"].text) if "timestamp" in step else None


def plain(value: Any) -> Any:
    """A Python value as JSON tells it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return Number(repr(value))


def merged(result: convergedb.MergeResult) -> Any:
    patches = []
    for patch in result.patches:
        tree: Dict[str, Any] = {"type": patch.type, "tbl": patch.tbl, "row_id": patch.row_id}
        if isinstance(patch, convergedb.SetCell):
            tree.update(col=patch.col, value=plain(patch.value))
        elif isinstance(patch, convergedb.InsertRow):
            tree["values"] = [[col, plain(value)] for col, value in patch.values.items()]
        patches.append(tree)
    counts = {name: Number(str(getattr(result, name))) for name in ("applied", "duplicates", "pending", "rejected")}
    return {"patches": patches, **counts}


def run(path: Path, mode: str) -> Optional[str]:
    """What went wrong in one mode, in one line."""
    vector = parse(path.read_text(encoding="utf-8"))
    if vector["format"].text != "1":
        return f"the format is {vector['format']}, and this runner knows 1"
    # What a power cut leaves is not the point here: memory will do where there is a file system of it.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        world = World(vector, mode, Path(folder))
        try:
            for number, step in enumerate(vector["steps"]):
                try:
                    world.step(step)
                except Exception as error:
                    return f"[{mode}] step {number} ({step['do']}): {error!r}"
        finally:
            world.close()
    return None


def folder() -> Path:
    named = os.environ.get("CONVERGE_VECTORS")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "tests" / "vectors"


def main() -> int:
    passed = failed = 0
    for path in sorted(folder().glob("*.json")):
        failures = [failure for failure in (run(path, mode) for mode in MODES) if failure]
        for failure in failures:
            print(f"FAILED {path.stem}: {failure}")
        passed, failed = passed + (not failures), failed + bool(failures)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
