"""Reads the result files of run.py. Shared by summarize.py, table.py and plot.py."""
import json
import statistics

ROWS = 10_000  # of a table, where a line does not say


def read(files):
    """Lines by (workload, engine, n, rows of the table). Costs are not linear in n or in rows, so each stands for itself."""
    groups = {}
    for name in files:
        with open(name) as file:
            for text in file:
                line = json.loads(text)
                key = (line["workload"], line["engine"], line.get("n", 0), int(line.get("table_rows", ROWS)))
                groups.setdefault(key, []).append(line)
    return groups


class Medians:
    """The medians of a run."""

    def __init__(self, files):
        self.groups = read(files)

    def all(self, workload, engine, value, rows=ROWS):
        """{n: median} of a value, for each n that an engine was given. `value` takes a line and gives a number or None."""
        found = {}
        for (a_workload, an_engine, n, a_rows), lines in self.groups.items():
            if (a_workload, an_engine, a_rows) == (workload, engine, rows):
                values = [got for got in map(value, lines) if got is not None]
                if values:
                    found[n] = statistics.median(values)
        return found

    def rounds(self):
        """How many rounds the run had."""
        return 1 + max((line.get("round", 0) for line in self.lines()), default=0)

    def measured_on(self):
        """Where, as a line of text, if the run says."""
        machines = sorted({line["machine"] for line in self.lines() if "machine" in line})
        loads = [line["load"] for line in self.lines() if "load" in line]
        return [f"Measured on: {'; '.join(machines)}; load average {statistics.median(loads):.1f}."] if machines else []

    def lines(self):
        return (line for lines in self.groups.values() for line in lines)


def field(name, scale=1.0):
    """A field of a line, times `scale`."""
    return lambda line: line[name] * scale if isinstance(line.get(name), (int, float)) else None


def significant(value):
    """A number with three figures, or whole."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
