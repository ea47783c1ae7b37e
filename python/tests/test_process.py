"""Forks, garbage, memory, and processes that end."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import convergedb
import pytest
from convergedb import Doc, EphemeralStore

FILE_CYCLES = 10_000
"""A millisecond each."""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def in_child(body: "object") -> str:
    """What a forked child says."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = body()  # type: ignore[operator]
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, str(said).encode()[:1000])
        gc.collect()
        os._exit(0)
    os.close(write)
    deadline = time.monotonic() + 20
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return "it hangs"
        time.sleep(0.01)
    with os.fdopen(read) as pipe:
        return pipe.read()


@needs_fork
def test_handles_do_not_work_in_a_forked_child(tmp_path: Path) -> None:
    path = tmp_path / "doc.db"
    doc, memory, store = convergedb.open(path), Doc(), EphemeralStore()
    doc.insert("t", "1", {})
    memory.insert("t", "1", {})
    scan, changes = memory.scan("t"), doc.changes()
    calls = [lambda: doc.count("t"), lambda: memory.count("t"), lambda: store.set("n", "k", 1), lambda: next(scan), lambda: next(changes), doc.close]
    for call in calls:
        assert in_child(call).startswith("Closed"), call

    def fresh() -> str:
        own = Doc()
        own.insert("t", "1", {})
        return f"{own.count('t')} row"

    assert in_child(fresh) == "1 row"

    def drop() -> str:
        nonlocal doc, memory, store, scan, changes
        del doc, memory, store, scan, changes
        gc.collect()
        return "dropped"

    assert in_child(drop) == "dropped"
    # The parent goes on, and its file is whole.
    doc.insert("t", "2", {})
    doc.close()
    with convergedb.open(path) as doc:
        assert doc.count("t") == 2 and doc.verify() == []


@needs_fork
def test_a_fork_while_other_threads_hold_locks() -> None:
    doc, stop = Doc(), threading.Event()

    def write() -> None:
        while not stop.is_set():
            doc.insert_many("t", [(doc.new_row_id(), {}) for _ in range(50)])

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            assert in_child(lambda: doc.count("t")).startswith("Closed")
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    doc.check()


def child_count(path: str) -> int:
    with convergedb.open(path, read_only=True) as doc:
        return doc.count("t")


def test_spawned_workers_open_files_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "doc.db"
    with convergedb.open(path) as doc:
        doc.insert_many("t", [(str(at), {}) for at in range(10)])
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            assert pool.map(child_count, [str(path)] * 4) == [10] * 4


def test_cycles_are_collected() -> None:
    import weakref

    class Holder:
        pass

    holders = []
    for _ in range(50):
        holder = Holder()
        holder.doc = Doc()  # type: ignore[attr-defined]
        holder.me = holder  # type: ignore[attr-defined]
        holder.table = holder.doc["t"]  # type: ignore[attr-defined]
        holder.tx = holder.doc.begin()  # type: ignore[attr-defined]
        holders.append(weakref.ref(holder.doc))  # type: ignore[attr-defined]
    del holder
    gc.collect()
    assert all(holder() is None for holder in holders)


def test_a_finalizer_may_call_the_document() -> None:
    doc = Doc()
    doc.insert("t", "1", {"n": 0})

    class Late:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            doc.upsert("late", "1", {"n": 1})

    gc.collect()
    threshold = gc.get_threshold()
    gc.set_threshold(5)
    try:
        for at in range(300):
            Late()
            doc.insert_many("u", [(f"{at}-{n}", {"a": [str(n)][0]}) for n in range(20)])
            assert len(doc.page("u", 10)) == 10
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert doc.get("late", "1", "n") == 1


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc here")
def test_ten_thousand_documents_leave_no_memory() -> None:
    """C15, in memory: documents, transactions, scans, readers and stores."""
    def cycle() -> None:
        doc = Doc()
        doc.insert("t", "1", {"a": "text" * 10})
        with doc.transaction() as tx:
            tx["t"]["1"]["a"] = 2
        changes = doc.changes()
        doc.upsert("t", "1", {"b": 1})
        changes.drain()
        list(doc.scan("t"))
        try:
            doc.insert("t", "1", {})
        except convergedb.RowExists:
            pass
        doc.close()
        store = EphemeralStore()
        told = store.changes()
        store.set("n", "k", 1)
        told.close()

    for _ in range(1_000):
        cycle()
    gc.collect()
    before, threads, files = resident(), len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
    for _ in range(10_000):
        cycle()
    gc.collect()
    assert resident() - before < 4 << 20
    assert len(os.listdir("/proc/self/task")) <= threads and len(os.listdir("/proc/self/fd")) <= files


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc here")
def test_files_opened_and_closed_leave_no_memory_and_no_descriptors(tmp_path: Path) -> None:
    """C15, in files."""
    place = "/dev/shm" if os.path.isdir("/dev/shm") else str(tmp_path)
    path = os.path.join(place, f"convergedb-{os.getpid()}.db")
    try:
        with convergedb.open(path) as doc:
            doc.insert("t", "1", {})

        def cycle(number: int) -> None:
            doc = convergedb.open(path, durability="relaxed")
            assert doc.count("t") == 1
            if number % 2:
                doc.close()

        for number in range(200):
            cycle(number)
        before, threads, files = resident(), len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
        for number in range(FILE_CYCLES):
            cycle(number)
        assert len(os.listdir("/proc/self/task")) <= threads and len(os.listdir("/proc/self/fd")) <= files
        assert resident() - before < 4 << 20
    finally:
        for name in os.listdir(place):
            if name.startswith(os.path.basename(path)):
                os.remove(os.path.join(place, name))


def test_an_interpreter_may_end_with_everything_open(tmp_path: Path) -> None:
    """C1."""
    code = f"""
import convergedb, threading
doc = convergedb.open({str(tmp_path / "doc.db")!r})
doc.insert("t", "1", {{}})
changes, scan, store = doc.changes(), doc.scan("t"), convergedb.EphemeralStore()
tx = doc.begin()
tx.insert("t", "2", {{}})
threading.Thread(target=lambda: [None for _ in changes], daemon=True).start()
print("end")
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and ran.stdout == "end\n" and ran.stderr == ""
    with convergedb.open(tmp_path / "doc.db") as doc:
        assert doc.count("t") == 1


@pytest.mark.parametrize("wait", ["for change in doc.changes(): pass", "doc.changes().wait()", "doc.changes().wait(60)"])
def test_ctrl_c_gets_through_a_wait(wait: str) -> None:
    code = f"""
import convergedb, os, signal, threading
doc = convergedb.Doc()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    {wait}
except KeyboardInterrupt:
    print("interrupted")
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert ran.stdout == "interrupted\n", ran.stderr


def test_halves_of_two_versions_do_not_load(tmp_path: Path) -> None:
    """C8."""
    copy = tmp_path / "convergedb"
    shutil.copytree(os.path.dirname(convergedb.__file__), copy, ignore=shutil.ignore_patterns("__pycache__"))
    version = (copy / "_version.py").read_text()
    assert f'"{convergedb.__version__}"' in version
    (copy / "_version.py").write_text(version.replace(convergedb.__version__, "9.9.9"))
    ran = subprocess.run([sys.executable, "-c", "import convergedb"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1 and "ImportError" in ran.stderr, ran.stderr
    assert "9.9.9" in ran.stderr and convergedb.__version__ in ran.stderr, ran.stderr
