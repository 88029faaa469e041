#!/usr/bin/python3
"""The table of what cowtop why foretells and what is true, of pools that are drawn by lot: `make why-table`.

Each is run twice under one seeded load, as it is and frozen; they differ in kind, Python, size, number of workers,
when which collections come and by whom, how much a request reads, and in which order it lies in memory.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "gc"))
from asking import Variant
from interpreters import ordinary
from predict import amount, is_near, predict, transfer
from tap import Failed

RATE = 100
KINDS = ("rnd", "cold", "hot", "zipf", "neigh", "scan", "keep", "mut", "holes", "conv", "app", "inst", "points", "deep",
         "strs", "untr", "bigstr", "lists", "mix")
# Records a request where it is not a few of them.
READS = {"neigh": (20, 200), "strs": (5, 60), "scan": (5, 30), "app": (1, 2), "conv": (1, 3)}

Row = collections.namedtuple("Row", "variant version worker result only first")


def draw(choice, kind, python):
    """One variant. Every fifth is left to its own collector."""
    first = choice.choice([20, 60, 100, 150, 200, 250])
    few, many = READS.get(kind, (1, 10))
    return Variant(
        python=python, kind=kind, first=first, every=choice.choice([0, 60, 100, 150, 300]),
        reads=choice.randint(few, many), requests=first + choice.choice([200, 350, 500, 800]), rate=RATE,
        workers=choice.choice([2, 2, 3, 4, 8]), size=choice.choice([0.4, 0.7, 1, 1.5]),
        stagger=choice.choice([0, 0, 10, 30]), seed=choice.randrange(1 << 30), shuffled=choice.random() < 0.4)


def variants(seed, count, pythons):
    """So many, each kind as often as others, and each Python."""
    choice = random.Random(seed)
    kinds, drawn = sorted(KINDS), []
    while len(drawn) < count:
        if len(drawn) % len(kinds) == 0:
            choice.shuffle(kinds)
        drawn.append(draw(choice, kinds[len(drawn) % len(kinds)], pythons[len(drawn) % len(pythons)].path))
    return drawn


def rows_of(variant, old, version):
    """What is said of the pool; `old`: of each worker that had served before one looked, by a young one."""
    result = (transfer if old else predict)(variant)
    asked = result.why["workers"] if old else [result.why]
    return [Row(variant, version, w.get("pid"), result, amount(w["causes"], "collector_only"),
                amount(w["causes"], "collector_first")) for w in asked]


def told(row):
    return row.only.get("bytes") is not None


def near(row, old):
    if old:
        return abs(row.only["bytes"] - row.result.gain) <= 0.1 * row.result.copied
    return is_near(row.only["bytes"], row.result.gain, row.result.copied)


def inside(row):
    return row.only["low"] <= row.result.gain <= row.only["high"]


def show(row, old):
    v, r = row.variant, row.result
    full = f"gc {v.first}+{v.every}" if v.every else f"gc ~{v.first}"
    how = (f"{v.workers} x {v.size:g}, {full}{f' stag {v.stagger}' if v.stagger else ''}, "
           f"{v.reads} of {v.requests}{', shuffled' if v.shuffled else ''}")
    if not row.only or row.only["low"] is None:
        said, verdict = "no bounds", ""
    elif not told(row):
        said, verdict = "cannot tell", "" if inside(row) else "outside"
    else:
        said = f"{row.only['bytes']:.0f}"
        verdict = " ".join([*([] if near(row, old) else ["FAR"]), *([] if inside(row) else ["outside"])])
    bounds = f"{row.only.get('low') or 0:.0f}..{row.only.get('high') or 0:.0f}"
    took = (row.only.get("bytes") or 0) + (row.first.get("bytes") or 0) if told(row) else 0
    print(f"{row.version:8} {v.kind:7} {how:48} {r.copied:7.0f} {r.gain:7.0f} {took:7.0f} {said:>11} {bounds:>13} "
          f"{verdict}", flush=True)


def sum_up(rows, old):
    said = [r for r in rows if told(r)]
    bounded = [r for r in rows if r.only.get("low") is not None]
    print(f"# {len(rows)}: told {len(said)}, near {sum(near(r, old) for r in said)}, "
          f"inside their bounds {sum(map(inside, bounded))} of {len(bounded)}, "
          f"of those told {sum(map(inside, said))}")
    if said:
        errors = [abs(r.only["bytes"] - r.result.gain) / r.result.copied for r in said]
        took = [(r.only["bytes"] + r.first["bytes"] - r.result.gain) / r.result.copied for r in said]
        width = [(r.only["high"] - r.only["low"]) / r.result.copied for r in said]
        print(f"# of the copies: error {100 * sum(errors) / len(said):.1f} %, {100 * max(errors):.1f} % at most; "
              f"bounds {100 * sum(width) / len(said):.1f} % wide; "
              f"what a collection took first is {100 * sum(took) / len(said):.1f} % too much")
    return said and min(sum(near(r, old) for r in said), sum(map(inside, said))) >= int(0.9 * len(said))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=36)
    parser.add_argument("--jobs", type=int, default=2, help="pools that run at a time")
    parser.add_argument("--old", action="store_true", help="of workers that had served before, by a young one")
    args = parser.parse_args()
    if os.geteuid():
        sys.exit("why-table: needs root, which sees frame numbers")
    found = ordinary((3, 7))
    versions = {i.path: i.version for i in found}
    rows = []
    print(f"{'python':8} {'kind':7} {'workers, size, collections, reads':48} {'copied':>7} {'true':>7} {'first':>7} "
          f"{'foretold':>11} {'bounds':>13}")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as jobs:
        running = {jobs.submit(rows_of, v, args.old, versions[v.python]): v
                   for v in variants(args.seed, args.count, found)}
        for done in concurrent.futures.as_completed(running):
            try:
                got = done.result()
            except Failed as e:
                got = []
                print(f"# {running[done]}: {e}", flush=True)
            for row in got:
                show(row, args.old)
            rows += got
    return 0 if sum_up(rows, args.old) else 1


if __name__ == "__main__":
    sys.exit(main())
