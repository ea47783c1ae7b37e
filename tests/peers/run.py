#!/usr/bin/env python3
"""Runs engines and workloads in interleaved rounds, a process each, and appends a JSON line of each to a file.

  run.py BIN OUT ROUNDS SET[,SET…] [--only ENGINE,…]

Sets:  a     local writes, scans, presence                  b    exchange, save and load
       c     beyond the cache, by handle, in a batch call, with patches, many peers, hard histories
       ours  everything that converge has, beside the floor (a build without peers will do)
       crs   cr-sqlite (needs CRSQLITE_SO)                  w9   files (PEERBENCH_DIR: a directory on the disk)
Slow engines get a smaller n; the n used is in every line.
"""
import glob
import json
import os
import platform
import subprocess
import sys
import time

ALL = ["limit", "converge", "loro", "yrs", "yrs-hist", "automerge", "dt", "sqlite"]
SYNC = [engine for engine in ALL if engine != "sqlite"]
OURS = ["limit", "converge"]
FILES = ["converge", "sqlite-table"]
TIMEOUT_S = 240
MILLION = {"PEERBENCH_ROWS": "1000000"}

# engine -> workload -> n, where the default would take too long
SMALLER = {
    "automerge": {"w1": 10_000, "w1b": 50_000, "w2": 50_000, "w2b": 200_000, "w3": 50_000, "w3b": 200_000,
                  "w4": 5_000, "w4b": 50_000, "w4d": 10_000, "w5": 2_000, "w6": 50, "w7": 20_000, "w7b": 100_000, "w10": 5_000},
    "yrs": {"w4d": 100_000, "w5": 2_000, "w10": 5_000},
    "yrs-hist": {"w4d": 100_000, "w5": 2_000, "w10": 5_000},
    "loro": {"w4d": 100_000, "w10": 50_000},
    "dt": {"w3": 200_000, "w3b": 200_000, "w4d": 10_000, "w5": 5_000, "w10": 10_000},
}
# What a job overrides: its n, or its environment.
FIFTY, MANY = {"n": 50}, {"n": 5_000}
WIDE = {"env": MILLION}

# set -> jobs of (workload, engines, overrides)
SETS = {
    "a": [("w2", ALL, {}), ("w1", ALL, {}), ("w7", ALL, {}), ("w8", ["limit", "converge", "loro", "yrs"], {}),
          ("w2b", ALL, {}), ("w1b", ALL, {}), ("w7b", ALL, {})],
    "b": [("w4", SYNC, {}), ("w5", SYNC, {}), ("w3", ALL, {}), ("w6", SYNC, {}), ("w4b", SYNC, {}), ("w3b", SYNC, {})],
    "c": [("w2", ["limit", "converge", "loro", "dt", "sqlite"], WIDE), ("w2h", ["converge"], WIDE), ("w2m", ["converge"], WIDE),
          ("w2h", ["converge"], {}), ("w2m", ["converge"], {}), ("w4p", ["converge"], {}), ("w4pb", ["converge"], {}),
          ("w6", SYNC, FIFTY), ("w6", OURS, MANY), ("w4d", SYNC, {}), ("w10", SYNC, {})],
    "w9": [(workload, ["raw", "raw-prealloc", "sqlite-full", "converge", "sqlite-table", "redb", "sqlite-normal", "raw-nosync", "redb-none"], {})
           for workload in ("w9x1", "w9x100", "w9x1000")],
}
# Events and rows of a file that is opened.
SETS["w9"] += [("w9open", FILES, {"n": events, "env": {"PEERBENCH_ROWS": str(rows)}})
               for events, rows in ((10_000, 10_000), (100_000, 10_000), (1_000_000, 10_000), (100_000, 1_000), (100_000, 100_000))]
SETS["w9"] += [("w9q", FILES + ["converge-sql"], {}), ("w9ub", FILES, {}), ("w9u", FILES, {}), ("w9ib", FILES, {})]
SETS["ours"] = [(workload, [engine for engine in engines if engine in OURS], more)
                for name in "abc" for workload, engines, more in SETS[name]]
# In this set everybody gets the n that cr-sqlite can do.
CRS = {"w1": 20_000, "w1b": 20_000, "w2": 100_000, "w2b": 100_000, "w3": 100_000, "w4": 20_000, "w4b": 20_000,
       "w5": 2_000, "w6": 50, "w7": 50_000, "w7b": 50_000}
SETS["crs"] = [(workload, ["crsqlite", "sqlite", "loro", "converge", "limit"], {"n": CRS[workload]})
               for workload in ("w2", "w1", "w7", "w2b", "w1b", "w7b")]
SETS["crs"] += [(workload, ["crsqlite", "loro", "converge", "limit"], {"n": CRS[workload]})
                for workload in ("w4", "w4b", "w5", "w6", "w3")]


def first_line(path, start=""):
    """The first line of a file that begins so, or nothing."""
    try:
        with open(path) as file:
            return next((line.strip() for line in file if line.startswith(start)), "")
    except OSError:
        return ""


def machine():
    """What the figures are of, in words."""
    model = first_line("/proc/cpuinfo", "model name").partition(": ")[2] or platform.machine()
    caches = {first_line(f"{cache}/level"): first_line(f"{cache}/size") for cache in sorted(glob.glob("/sys/devices/system/cpu/cpu0/cache/index*"))}
    sizes = [f"L{level} {size}" for level, size in caches.items() if level in ("2", "3")]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split(" (")[0]
    return ", ".join([model, f"{os.cpu_count()} cores", *sizes, f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}", rustc])


def measure(binary, engine, workload, n, env):
    """One process: its line, or the reason why there is none."""
    command = [binary, engine, workload] + ([str(n)] if n else [])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, env={**os.environ, **env})
    except subprocess.TimeoutExpired:
        return {"engine": engine, "workload": workload, "error": f"timeout {TIMEOUT_S} s"}
    if done.returncode == 0 and done.stdout.strip():
        return json.loads(done.stdout.strip().splitlines()[-1])
    return {"engine": engine, "workload": workload, "error": done.stderr.strip()[-200:]}


def main():
    arguments = sys.argv[1:]
    only = None
    if "--only" in arguments:
        at = arguments.index("--only")
        only = arguments[at + 1].split(",")
        del arguments[at:at + 2]
    if len(arguments) != 4 or any(name not in SETS for name in arguments[3].split(",")):
        sys.exit(__doc__)
    binary, out, rounds, sets = arguments[0], arguments[1], int(arguments[2]), arguments[3].split(",")
    where = machine()
    for number in range(rounds):
        for workload, engines, more in (job for name in sets for job in SETS[name]):
            for engine in engines:
                if only and engine not in only:
                    continue
                n = more.get("n") or SMALLER.get(engine, {}).get(workload)
                start = time.time()
                line = measure(binary, engine, workload, n, more.get("env", {}))
                line.update(round=number, wall_total_s=round(time.time() - start, 2), load=os.getloadavg()[0], machine=where)
                with open(out, "a") as file:
                    file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
