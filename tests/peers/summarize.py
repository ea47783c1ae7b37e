#!/usr/bin/env python3
"""Median (min - max) of one field per workload, engine, n and table size: summarize.py FILE… [--key ns_per_op]"""
import statistics
import sys

from lines import ROWS, read

key = "ns_per_op"
files = sys.argv[1:]
if "--key" in files:
    at = files.index("--key")
    key = files[at + 1]
    del files[at:at + 2]
for (workload, engine, n, rows), lines in read(files).items():
    name = f"{workload}@{rows // 1000}k" if rows != ROWS else workload
    values = [line[key] for line in lines if isinstance(line.get(key), (int, float))]
    if values:
        median, low, high = statistics.median(values), min(values), max(values)
        spread = (high - low) / median * 100 if median else 0
        print(f"{name:8s} {engine:13s} n={n:<9} {key}={median:14.1f}  ({low:.1f} - {high:.1f}) x{len(values)}  spread={spread:.0f}%")
    else:
        print(f"{name:8s} {engine:13s} no {key}: {lines[0].get('error', '')[:80]}")
