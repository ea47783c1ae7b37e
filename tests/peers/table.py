#!/usr/bin/env python3
"""The tables of README.md from ONE run: table.py OUT.jsonl [README.md]

Prints them, or puts each that the run has something for between its markers in the README: `<!-- table -->` and `<!-- /table -->`, below
plot.svg if that is there; `<!-- files -->` and `<!-- /files -->`.
"""
import os
import statistics
import sys

from files import files_table
from goals import GOALS, NS_PER_OP, PEERS
from lines import Medians, field, significant

NOTES = {"yrs": "keeps no overwritten values", "sqlite": "in memory, no CRDT", "crsqlite": "keeps no history"}


def pick(found, n):
    """(n, value) at that n, or else at the greatest there is."""
    if not found:
        return None
    at = n if n in found else max(found)
    return at, found[at]


def best_peer(run, goal, n):
    """The best peer at one goal: (engine, n, value)."""
    candidates = []
    for engine in PEERS:
        found = run.all(goal.instead or goal.workload, engine, goal.value, goal.rows)
        if goal.history:
            found = {} if engine in NOTES else found
        if goal.total or goal.n:
            found = {at: value for at, value in found.items() if at == n}
        got = pick(found, n)
        if got:
            candidates.append((engine, *got))
    choose = max if goal.most else min
    return choose(candidates, key=lambda candidate: candidate[2], default=None)


def goal_row(run, goal, factors):
    """One line of the table, or None where the run has nothing for it."""
    ours = pick(run.all(goal.workload, "converge", goal.ours or goal.value, goal.rows), goal.n)
    if not ours:
        return None
    n, mine = ours
    floor = pick(run.all(goal.instead or goal.workload, "limit", goal.value, goal.rows), n) if goal.has_floor else None
    if floor and goal.floor_then:
        factors.append(goal.floor_then / floor[1] if goal.most else floor[1] / goal.floor_then)
    peer = best_peer(run, goal, n) if goal.has_peers else None
    to_goal = goal.goal / mine if goal.most else mine / goal.goal
    cells = [
        goal.title,
        f"{significant(floor[1])} {goal.unit}" if floor else "–",
        "–",
        f"{'≥' if goal.most else '≤'} {significant(goal.goal)} {goal.unit}",
        f"{significant(mine)} {goal.unit}",
        f"{to_goal:.2f} ×",
        "–",
    ]
    if peer:
        engine, peer_n, value = peer
        smaller = f", n = {peer_n:,}" if peer_n != n else ""
        cells[2] = f"{significant(value)} {goal.unit} ({engine}{smaller})"
        cells[6] = f"{significant(mine / value if goal.most else value / mine)} ×"
    return "| " + " | ".join(cells) + " |"


def goals_table(run):
    """The table, and what is to be said below it; nothing where the run has none of it."""
    factors = []
    rows = [row for row in (goal_row(run, goal, factors) for goal in GOALS) if row]
    if not rows:
        return []
    lines = ["| work | floor | best peer | goal | converge | of the goal | the peer takes |", "|---|---|---|---|---|---|---|", *rows, ""]
    lines.append(f"Medians of {run.rounds()} interleaved rounds of one run. *Of the goal*: up to 1 is reached. *The peer takes*: so many times as long, or")
    lines.append("as much; under 1.3 × is a tie. " + "; ".join(f"{engine}: {note}" for engine, note in NOTES.items() if engine != "crsqlite") + ".")
    lines += run.measured_on()
    if factors:
        lines.append(f"The floor itself took {statistics.median(factors):.2f} × of what it took on the machine that the goals were set on.")
    return lines


def scaling_table(run):
    """Costs that must not grow: with the peers, and with the size of the document."""
    lines = ["", "| ns per operation | converge | floor | loro | dt | yrs-hist | automerge |", "|---|---|---|---|---|---|---|"]
    engines = ["converge", "limit", "loro", "dt", "yrs-hist", "automerge"]

    def row(title, values):
        if values[0] is not None:
            lines.append(f"| {title} | " + " | ".join("–" if value is None else significant(value) for value in values) + " |")

    for peers in (50, 1000, 5000):
        row(f"W6 {peers:,} peers, delta by delta", [run.all("w6", engine, NS_PER_OP).get(peers) for engine in engines])
    for what, title in (
        ("near", "W4 a delta of 1,000 updates into {} rows"),
        ("spread", "W4 the same, spread over all {} rows"),
        ("loaded", "W4 the first import after loading {} rows"),
    ):
        for rows in (1_000, 10_000, 100_000, 1_000_000):
            got = [list(run.all("w4d", engine, field(f"{what}_ns_{rows}")).values()) for engine in engines]
            row(title.format(f"{rows:,}"), [min(values) if values else None for values in got])
    return lines if len(lines) > 3 else []


def put_between(text, begin, end, lines):
    """The text with other lines between two markers."""
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return "\n".join([before + begin, *lines, end + after])


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    run = Medians([sys.argv[1]])
    tables = {"table": goals_table(run) + scaling_table(run), "files": files_table(run)}
    if len(sys.argv) == 2:
        print("\n".join(line for lines in tables.values() for line in lines))
        return
    if tables["table"] and os.path.exists(os.path.join(os.path.dirname(sys.argv[2]), "plot.svg")):
        tables["table"] = ["![CPU time per operation](plot.svg)", "", *tables["table"]]
    with open(sys.argv[2]) as file:
        text = file.read()
    for name, lines in tables.items():
        if lines:
            text = put_between(text, f"<!-- {name} -->", f"<!-- /{name} -->", lines)
    with open(sys.argv[2], "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
