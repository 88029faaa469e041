#!/usr/bin/python3
"""cowtop try of a variant that changes nothing, in 20 experiments: a difference is called in one of them at most.

The load is another one each time, so that the runs differ by chance, as those of a real pool do.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trying import by_name, document, MIB, pool, row, verdict
from tap import add_test, main, need_root, Skip, test, true

EXPERIMENTS, KINDS = 20, ("references", "collector", "holes", "nothing")
CALLS, CALLED = ("better", "worse", "lower", "higher"), []


def experiment(kind):
    def run():
        need_root()
        with pool(kind) as of:
            trial = document(of, "env:COWTOP_NOTHING=1", runs=3, load=of.load(80))
        v = by_name(trial)["env:COWTOP_NOTHING=1"]
        rows = [k for k, r in v["against_baseline"]["figures"].items() if r["verdict"] in CALLS]
        CALLED.append((verdict(v) in CALLS or trial["best"] is not None, rows))
        of_pool = row(v, "footprint_bytes")
        print(f"# {kind:10} {verdict(v):12} {of_pool['difference'] / MIB:+.2f} MiB {' '.join(rows)}", flush=True)
    return run


for n in range(EXPERIMENTS):
    add_test(f"experiment {n + 1}", experiment(KINDS[n % len(KINDS)]))


@test
def one_in_twenty():
    """a difference is called in one of the experiments at most"""
    if len(CALLED) < EXPERIMENTS:
        raise Skip("too few experiments")
    wrong = sum(c for c, _ in CALLED)
    rows = sum(bool(r) for _, r in CALLED)
    print(f"# {EXPERIMENTS} experiments: called {wrong} times, a figure in {rows} of them", flush=True)
    true("called", wrong <= 1, wrong)
    true("a figure of it", rows <= 1, [r for _, r in CALLED if r])


main()
