#!/usr/bin/env python3
"""A bar chart of ONE run, log scale, shorter is faster: plot.py OUT.jsonl plot.svg"""
import math
import sys

from goals import GOALS, PEERS
from lines import Medians, significant
from table import pick

# What is drawn: the title of a goal, and how the group is called.
GROUPS = {
    "W1 insert a row of 5 columns": "insert a row",
    "W2 update an Int": "update a cell",
    "W4 import 50,000 concurrent updates": "import, per update",
    "W6 1,000 peers, delta by delta": "import from 1,000 peers",
    "W5 a write, its delta, its import": "write, send, import",
    "W7 scan every column": "read a row",
}
ORDER = ["converge", *(peer for peer in PEERS if peer not in ("yrs", "crsqlite"))]
COLOURS = {"converge": "#d1495b", "loro": "#30638e", "dt": "#5b8e7d", "yrs-hist": "#8d6a9f", "automerge": "#b08d57", "sqlite": "#8a8f98"}
NAMES = {"dt": "diamond-types", "yrs-hist": "yrs with history", "sqlite": "SQLite, no CRDT", "loro": "Loro", "automerge": "Automerge"}

LEFT, RIGHT, TOP, BAR, GAP = 190, 100, 66, 13, 16
WIDTH = 820


def ns(goal, value):
    """A value of a goal in nanoseconds for one operation or row."""
    return {"ns": value, "µs": value * 1e3, "M rows/s": 1e3 / value if value else 0}[goal.unit]


def text(x, y, words, size=11, anchor="start", colour="#444", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
            f'font-weight="{weight}">{words}</text>')


def time_text(value):
    for unit, scale in (("ns", 1), ("µs", 1e3), ("ms", 1e6)):
        if value < 1000 * scale or unit == "ms":
            return f"{significant(value / scale)} {unit}"


def collect(run):
    """(name, goal in ns, floor in ns, [(engine, ns, its n if that is smaller)]) of each group that the run has."""
    groups = []
    for goal in GOALS:
        if goal.title not in GROUPS:
            continue
        ours = pick(run.all(goal.workload, "converge", goal.value, goal.rows), goal.n)
        if not ours:
            continue
        values = []
        for engine in ORDER:
            got = pick(run.all(goal.workload, engine, goal.value, goal.rows), ours[0])
            if got and (got[0] == ours[0] or not goal.n):
                values.append((engine, ns(goal, got[1]), "" if got[0] == ours[0] else f" (n = {got[0]:,})"))
        floor = pick(run.all(goal.workload, "limit", goal.value, goal.rows), ours[0])
        groups.append((GROUPS[goal.title], ns(goal, goal.goal), ns(goal, floor[1]) if floor else None, values))
    return groups


def draw(groups):
    everything = [value for _, goal, floor, values in groups for value in [goal, floor or goal, *(value for _, value, _ in values)]]
    low, high = math.floor(math.log10(min(everything))), math.ceil(math.log10(max(everything)))
    height = TOP + sum(len(values) * BAR + GAP for *_, values in groups) + 34

    def x(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
           'font-family="system-ui, sans-serif">', f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>']
    out.append(text(12, 24, "CPU time per operation, log scale: shorter is faster", 14, weight="bold", colour="#222"))
    at = 12
    for engine in ORDER:
        name = NAMES.get(engine, engine)
        out.append(f'<rect x="{at}" y="36" width="10" height="10" fill="{COLOURS[engine]}"/>')
        out.append(text(at + 14, 45, name))
        at += 26 + 6.3 * len(name)
    out.append(f'<line x1="{at}" y1="41" x2="{at + 10}" y2="41" stroke="#222" stroke-width="2"/>' + text(at + 14, 45, "goal"))
    out.append(f'<line x1="{at + 52}" y1="41" x2="{at + 62}" y2="41" stroke="#222" stroke-dasharray="2 2"/>' + text(at + 66, 45, "floor"))
    for power in range(low, high + 1):
        out.append(f'<line x1="{x(10 ** power):.1f}" y1="{TOP - 8}" x2="{x(10 ** power):.1f}" y2="{height - 26}" stroke="#ddd"/>')
        out.append(text(x(10 ** power), height - 12, time_text(10 ** power), anchor="middle"))
    y = TOP
    for name, goal, floor, values in groups:
        bottom = y + len(values) * BAR
        out.append(text(LEFT - 10, (y + bottom) / 2 + 4, name, 12, "end", "#222"))
        for engine, value, smaller in values:
            out.append(f'<rect x="{LEFT}" y="{y}" width="{x(value) - LEFT:.1f}" height="{BAR - 3}" fill="{COLOURS[engine]}"/>')
            out.append(text(x(value) + 5, y + BAR - 4, time_text(value) + smaller, 10))
            y += BAR
        for value, style in ((goal, 'stroke-width="2"'), (floor, 'stroke-dasharray="2 2"')):
            if value:
                out.append(f'<line x1="{x(value):.1f}" y1="{bottom - len(values) * BAR - 3}" x2="{x(value):.1f}" y2="{bottom}" stroke="#222" {style}/>')
        y = bottom + GAP
    return "\n".join([*out, "</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    groups = collect(Medians([sys.argv[1]]))
    if not groups:
        sys.exit("the run has nothing of converge")
    with open(sys.argv[2], "w") as file:
        file.write(draw(groups))


if __name__ == "__main__":
    main()
