"""What converge's files are beside plain SQLite's: W9, the second table in README.md."""
from lines import ROWS, field, significant

US = field("us_per_txn")
CPU_US = field("cpu_us_per_txn")
NS = field("ns_per_op")
BYTES = field("file_bytes_per_op")
COMPACT = field("compact_bytes_per_op")
OPEN = field("open_ms")
OPEN_CPU = field("open_cpu_ms")
OPEN_READ = field("open_read_cpu_ms")

# What there is to reach: so many times SQLite's log of the same bytes, and so many bytes for an update.
COMMIT_GOAL, BYTES_GOAL = 1.1, 45


def shown(value, unit):
    return "–" if value is None else f"{significant(value)} {unit}"


def times(value, other):
    return "–" if value is None or not other else f"{value / other:.2f} ×"


def only(run, workload, engine, value, n=None, rows=ROWS):
    """The median at that n, or at the only one there is."""
    found = run.all(workload, engine, value, rows)
    return found.get(n) if n else next(iter(found.values()), None)


def commits(run):
    """Durable commits, beside what they are made of."""
    lines = []
    for events in (1, 100, 1000):
        work = f"w9x{events}"
        raw, log, redb = (only(run, work, engine, US) for engine in ("raw", "sqlite-full", "redb"))
        ours, table = (only(run, work, engine, US) for engine in ("converge", "sqlite-table"))
        if ours is not None:
            cells = [shown(value, "µs") for value in (raw, redb, log, table, ours)] + [times(ours, log), times(ours, table)]
            lines.append(f"| {events:,} {'event' if events == 1 else 'events'} | " + " | ".join(cells) + " |")
    if not lines:
        return []
    return ["| a durable commit of | raw append, fdatasync | redb | SQLite, a log | SQLite, a table | converge | of SQLite's log | of its table |",
            "|---|---|---|---|---|---|---|---|", *lines, "",
            f"Wall time. The goal is {COMMIT_GOAL} × SQLite's log, which keeps 32 bytes an event and no rows; all that wait for the disk, wait for the same disk.", ""]


def opening(run):
    """What opening costs with the events, and with the rows."""
    lines = []
    for events, rows in ((10_000, 10_000), (100_000, 10_000), (1_000_000, 10_000), (100_000, 1_000), (100_000, 100_000)):
        values = [only(run, "w9open", "converge", value, events, rows) for value in (OPEN, OPEN_CPU, OPEN_READ)]
        if values[0] is not None:
            values.append(only(run, "w9open", "sqlite-table", OPEN_READ, events, rows))
            lines.append(f"| {events:,} events, {rows:,} rows | " + " | ".join(shown(value, "ms") for value in values) + " |")
    if not lines:
        return []
    return ["| opening a file of | converge, wall | CPU | CPU, and every column read | plain SQLite, the same |", "|---|---|---|---|---|", *lines, ""]


def beside_sqlite(run):
    """CPU time and bytes beside one table in plain SQLite."""
    rows = []

    def row(title, ours, plain, unit, goal="–"):
        if ours is not None:
            rows.append(f"| {title} | {shown(ours, unit)} | {shown(plain, unit)} | {times(ours, plain)} | {goal} |")

    def both(work, value):
        return [only(run, work, engine, value) for engine in ("converge", "sqlite-table")]

    bytes_goal = f"≤ {BYTES_GOAL} B"
    for events in (1, 100, 1000):
        row(f"a durable commit of {events:,} update{'s' if events > 1 else ''}", *both(f"w9x{events}", CPU_US), "µs")
    row("update on disk, 1,000 in a transaction", *both("w9ub", NS), "ns")
    row("update on disk, each a transaction", *both("w9u", NS), "ns")
    row("insert on disk, 1,000 in a transaction", *both("w9ib", NS), "ns")
    row("file for an update, 1,000 in a transaction", only(run, "w9ub", "converge", BYTES), None, "B", bytes_goal)
    row("the same, compacted", only(run, "w9ub", "converge", COMPACT), None, "B", bytes_goal)
    row("file for an update, each a transaction", only(run, "w9u", "converge", BYTES), None, "B", bytes_goal)
    row("file for an inserted row", *both("w9ib", BYTES), "B")
    for name, title in (("sql_scan_ms", "SQL scan of 10,000 rows"), ("sql_indexed_us", "SQL lookup by an index"), ("sql_by_name_us", "SQL lookup by row id")):
        unit = "ms" if name.endswith("_ms") else "µs"
        value = field(name)
        ours, plain = both("w9q", value)
        row(f"{title}, `Doc::query`", ours, plain, unit)
        row(f"{title}, SQLite reads the file", only(run, "w9q", "converge-sql", value), plain, unit)
    if not rows:
        return []
    return ["| CPU time, and bytes | converge | plain SQLite | of SQLite | goal |", "|---|---|---|---|---|", *rows, ""]


def files_table(run):
    """The tables, and what is to be said below them; nothing where the run has none of it."""
    lines = commits(run) + opening(run) + beside_sqlite(run)
    if not lines:
        return []
    return [*lines, f"Medians of {run.rounds()} interleaved rounds of one run.", *run.measured_on()]
