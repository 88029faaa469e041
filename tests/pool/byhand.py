#!/usr/bin/python3
"""The case that one would try by hand: a worker writes 700 and the master 300 of 2000 inherited pages.
Prints the figures beside mkpool's truth. scripts/vm-check runs it first on every kernel."""
import json
import os
from cases import FILLED, FIRST_SLACK, forks, ledger, outside, wait_history
from mkpool import CLASSES, MASTER, Mkpool, write
from run import NOBODY, readable_binaries, rows, sample, Stream, write_file
from tap import fail, main, need, need_root, test

STEPS = [write(worker=1, pages=700), write(worker=MASTER, first=1000, pages=300)]


def play_by_hand():
    return Mkpool(*FILLED, *forks(2))


def show(what, document, pool):
    """Figures (and the truth inside the arenas); where $OUT is set the whole document."""
    for p in document["processes"]:
        truth = next((q["pages"] for q in pool.truth.values() if q["pid"] == p["pid"]), None)
        if truth:
            print(f"{what}: {p['role']} ({p['exactness']}): " +
                  ", ".join(f"{c} {p['pages'][c]} ({truth[c]})" for c in CLASSES if c != "swapped"))
    if os.environ.get("OUT"):
        write_file(f"{os.environ['OUT']}/{what.replace(' ', '-')}.json", json.dumps(document))


def errors(document, pool, base):
    """{pid: how far cow_broken is from the truth}; `base` has what lies outside the arenas."""
    got = rows(document)
    return {p["pid"]: got[p["pid"]]["pages"]["cow_broken"] - base[slot > 0]["cow_broken"] - p["pages"]["cow_broken"]
            for slot, p in pool.truth.items()}


@test
def watched():
    """watched: every page"""
    need_root()
    with play_by_hand() as pool:
        truth0 = pool.truth
        with Stream(pool.master, 0.1) as stream:
            before = stream.fresh()
            pool.do(*STEPS)
            lines = wait_history(stream, ledger(before), truth0, pool, (), 0)
            show("watched", stream.fresh(), pool)
    if lines:
        fail("\n".join(lines))


def unprivileged(what, prefix):
    """Figures of a user who may read pagemap, but no frames: (errors, document)."""
    with Mkpool(*forks(2), prefix=prefix) as pool:
        seen = rows(sample(pool.master, prefix=prefix))
        base = seen[pool.master]["pages"], seen[pool.pid(1)]["pages"]
    with Mkpool(*FILLED, *forks(2), *STEPS, prefix=prefix) as pool:
        document = sample(pool.master, prefix=prefix)
        show(what, document, pool)
        return {slot: errors(document, pool, base)[p["pid"]] for slot, p in pool.truth.items()}


@test
def late():
    """late: a figure called exact is, another is no worse than without privileges"""
    need_root()
    need("setpriv")
    with readable_binaries():
        known = unprivileged("late without privileges", NOBODY)
    with play_by_hand() as pool:
        pool.do(*STEPS)
        document = sample(pool.master)
        show("late", document, pool)
        got, wrong = rows(document), []
        off = errors(document, pool, outside())
        for slot, p in pool.truth.items():
            label, error = got[p["pid"]]["exactness"], off[p["pid"]]
            bound = FIRST_SLACK + (0 if label == "exact" else abs(known[slot]))
            if abs(error) > bound:
                wrong.append(f"process {slot}: cow_broken is {error:+} off, called {label}, "
                             f"{known[slot]:+} without privileges")
    if wrong:
        fail("\n".join(wrong))


main()
