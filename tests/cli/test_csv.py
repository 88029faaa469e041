#!/usr/bin/python3
"""--csv: a second reader of it, against the JSON of the same samples."""
import csv
import io
import json
import math

from smallpool import SmallPool, fails
import made_recordings
from run import cowtop
from tap import equal, main, test, true

FORMULA = ("=", "+", "-", "@")


def parsed(text):
    """(names, rows as dicts); every row has all cells, and every line ends as RFC 4180 says."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    for row in rows:
        equal("cells", len(row), len(rows[0]))
    equal("line ends", (text.count("\r\n"), text.count("\r"), text.count("\n")), (len(rows),) * 3)
    return rows[0], [dict(zip(rows[0], row)) for row in rows[1:]]


def at(value, path):
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def number(cell):
    return float(cell) if cell else None


def same(what, cell, value):
    if value is None or isinstance(value, bool):
        equal(what, number(cell), None if value is None else float(value))
    else:
        true(what, cell != "" and math.isclose(float(cell), value, rel_tol=1e-15), (cell, value))


def text_of(value):
    """A text of the JSON as its cell says it."""
    clean = (value or "").lstrip(" ")
    return f"'{value}" if clean.startswith((*FORMULA, "'")) else value or ""


def compare(names, rows, documents):
    """Each document against its rows: the pool's, then one of each process."""
    equal("the last", names[-1], "bounds")
    figures = names[names.index("cmdline") + 1:-1]
    rows = iter(rows)
    for document in documents:
        pool = next(rows)
        equal("of the pool", (pool["role"], pool["pid"], pool["time"]), ("pool", "", document["time"]))
        equal("command", pool["command"], text_of(document["pool"]["command"]))
        same("elapsed", pool["elapsed_s"], document["elapsed_s"])
        for key in figures:
            same(key, pool[key], at(document["pool"], key.removeprefix("memory.")))
        compare_bounds(pool["bounds"], document["pool"]["bounds"], True)
        for process in document["processes"]:
            row = next(rows)
            for key in ("pid", "ppid", "slot"):
                same(key, row[key], process[key])
            for key in ("role", "start_time", "exactness", "user", "command", "cmdline", "state"):
                equal(key, row[key], text_of(process[key]))
            equal("forked", row["forked"], str(process["forked"]).lower())
            for key in figures:
                value = at(process, key)
                if key.startswith("gc.") and value is not None and not isinstance(value, bool):
                    value = float(value)
                same(key, row[key], value)
            compare_bounds(row["bounds"], process["bounds"])
    equal("rows left", list(rows), [])


def bounds_of(text):
    """{key: (label, low, high)} of a cell."""
    cells = (entry.partition("=")[::2] for entry in text.split())
    return {key: tuple(value.split(":")) for key, value in cells}


def compare_bounds(cell, said, pool=False):
    """The labels of a row are those of the JSON."""
    found = bounds_of(cell)
    equal("keys", sorted(k.removeprefix("memory.") if pool else k for k in found), sorted(said))
    for key, bound in said.items():
        label, *ends = found.get(key) or found["memory." + key]
        equal(key, label, bound["label"])
        for end, value in zip(ends or (None, None), (bound["low"], bound["high"])):
            if value is None:
                equal(f"{key} has no bounds", end, None)
            else:
                same(key, end, value)


@test
def as_the_json():
    """Every figure of the JSON has its cell, of the pool and of each process, in every sample"""
    for name in ("ordinary", "hostile", "little"):
        end = ("-e", "+10m") if name == "ordinary" else ()
        text = cowtop("replay", "--csv", *end, made_recordings.path_of(name))[1]
        documents = [json.loads(line) for line in cowtop("replay", "--json", *end,
                                                         made_recordings.path_of(name))[1].splitlines()]
        names, rows = parsed(text)
        equal("names once", len(set(names)), len(names))
        compare(names, rows, documents)


@test
def of_a_pool():
    """cowtop --csv: the names once, whether one sample is taken or three"""
    with SmallPool(2) as pool:
        for arguments, samples in (((), 1), (("-n", "3", "-i", "0.05"), 3)):
            status, out, err = cowtop("--csv", *arguments, pool.master)
            equal("status", (status, err), (0, ""))
            names, rows = parsed(out)
            equal("rows", [row["role"] for row in rows], ["pool", "master", "worker", "worker"] * samples)
            equal("master", rows[1]["pid"], str(pool.master))
            true("figures", float(rows[0]["memory.rss_bytes"]) > 0, rows[0])
            true("names are no row", all(row["time"] != names[0] for row in rows))


@test
def formulas():
    """A name that a spreadsheet would take for a formula is a text"""
    for name in ("=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", " =1", "'x", "a,\"b\"\r\n=1", "plain"):
        with SmallPool(1, argv0=name) as pool:
            status, out, err = cowtop("--csv", pool.master)
            equal("status", (status, err), (0, ""))
            _, rows = parsed(out)
            cell = rows[1]["cmdline"]
            true(f"{name!r} is {cell!r}", not cell.lstrip(" ").startswith(FORMULA), cell)
            wanted = text_of(name.replace("\r", "\\r").replace("\n", "\\n"))
            true("and is the name", cell.startswith(wanted), cell)


@test
def one_form():
    """--json and --csv do not go together"""
    with SmallPool(1) as pool:
        true("both", "not both" in fails(2, "--json", "--csv", pool.master))


if __name__ == "__main__":
    main()
