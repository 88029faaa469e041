#!/usr/bin/python3
"""A report of new memory that only grows, levels off, or does neither; and what is no growth of a master."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from mkpool import fill, filled, fork, MASTER, Mkpool, new_arena, write
from recorder import has, Recorder, report
from records import samples
from run import cowtop
from tap import equal, main, near, need_root, test, true

TICKS = 60
PAGE = 4096
LEAKS, WARMS_UP, STANDS_STILL, COPIES = 1, 2, 3, 4
# Of the leak, in each tick; of the cache, in all, half of it in so many ticks; inherited by everybody.
LEAK, CACHE, HALF, INHERITED = 20, 2000, 8, 2400


def cached(tick):
    return int(CACHE * (1 - 2 ** (-tick / HALF)))


def recorded(folder, pool, steps):
    """The path of a recording with a sample, at the least, behind each of the steps."""
    path = os.path.join(folder, "pool.ct")
    with Recorder("-o", path, "-i", "0.05", "--fixed", "--budget", "none", pool.truth[MASTER]["pid"]) as recorder:
        has(path, 2)
        for orders in steps:
            pool.do(*orders)
            has(path, len(samples(path)) + 1)
        equal("ended", recorder.ended(2)[0], 0)
    return path


def of_roles(document):
    """The processes by their slot, the master as 0."""
    return {p["slot"] or MASTER: p for p in document["processes"]}


@test
def shapes():
    """Of four workers one leaks, one fills a cache, one stands still, one copies: each is told as what it is"""
    need_root()
    arenas = [new_arena(worker, "anon", CACHE, worker) for worker in (LEAKS, WARMS_UP, STANDS_STILL)]
    steps = [[fill(LEAKS, LEAK, LEAKS, tick * LEAK),
              fill(WARMS_UP, max(cached(tick + 1) - cached(tick), 1), WARMS_UP, cached(tick)),
              fill(STANDS_STILL, 100, STANDS_STILL),
              write(COPIES, INHERITED // TICKS, 0, tick * INHERITED // TICKS)] for tick in range(TICKS)]
    with tempfile.TemporaryDirectory() as folder, \
         Mkpool(*filled(MASTER, INHERITED), *[fork()] * 4, *arenas) as pool:
        path = recorded(folder, pool, steps)
        document, _ = report(path)
        found = {slot: p["new_memory"] for slot, p in of_roles(document).items()}
        equal("each", {slot: new["trend"] for slot, new in found.items()},
              {MASTER: "none", LEAKS: "grows", WARMS_UP: "levels_off", STANDS_STILL: "none", COPIES: "none"})
        leaked = TICKS * LEAK * PAGE
        near("the leak in all", of_roles(document)[LEAKS]["gained_bytes"], leaked, 0.02 * leaked)
        # a machine that was busy at first made it slower then, and it is told since it has its pace
        true("since it has its pace", 0.4 * leaked < found[LEAKS]["gained_bytes"] < 1.02 * leaked, found)
        near("where the cache ends", found[WARMS_UP]["end_bytes"], CACHE * PAGE, 0.15 * CACHE * PAGE)
        growth = document["growth"]
        equal("all together", (growth["workers_growing"], growth["workers_levelling_off"],
                               growth["workers_watched"], growth["master_growing"]), (1, 1, 4, False))
        equal("of it", growth["gained_bytes"], found[LEAKS]["gained_bytes"])
        true("until the host is full", 0 < growth["full_in_s"] < growth["room_bytes"] / PAGE, growth)
        finding = [f for f in document["findings"] if f["kind"] == "growth"]
        equal("the finding", [f["pid"] for f in finding], [pool.truth[LEAKS]["pid"]])
        text = " ".join(cowtop("report", path)[1].split())
        true("a line", "leak worker 1, 1 of 4 workers, gets more and more memory of its own: +" in text, text)
        true("another", "warm-up 1 of 4 workers got " in text and "levels off, at about" in text, text)
        page = cowtop("report", "--html", "-", path)[1]
        true("a tile", "<span>Leak</span><strong>+" in page)


@test
def master():
    """A master that leaks is named; pages that became its own as workers copied theirs are no growth of it"""
    need_root()
    grows = [[fill(MASTER, LEAK, 1, tick * LEAK)] for tick in range(TICKS)]
    left = [[write(worker, INHERITED) for worker in (1, 2)]] * 2
    with tempfile.TemporaryDirectory() as folder, \
         Mkpool(*filled(MASTER, INHERITED), *[fork()] * 2, new_arena(MASTER, "anon", LEAK * TICKS, 1)) as pool:
        document, _ = report(recorded(folder, pool, grows))
        equal("it grows", (document["growth"]["master_growing"], document["growth"]["workers_growing"]), (True, 0))
        true("said", document["growth"]["leak"].startswith("the master gets "), document["growth"])
        true("found", "grows in the master: " in document["findings"][0]["text"], document["findings"])
    with tempfile.TemporaryDirectory() as folder, Mkpool(*filled(MASTER, INHERITED), *[fork()] * 2) as pool:
        document, _ = report(recorded(folder, pool, left))
        of_master = of_roles(document)[MASTER]
        near("orphaned", of_master["last"]["orphaned_bytes"] - of_master["first"]["orphaned_bytes"], INHERITED * PAGE,
             0.02 * INHERITED * PAGE)
        true("private to it", of_master["last"]["private_bytes"] > INHERITED * PAGE, of_master)
        near("no growth", of_master["gained_bytes"], 0, 0.02 * INHERITED * PAGE)
        near("of a worker", of_roles(document)[1]["gained_bytes"], INHERITED * PAGE, 0.02 * INHERITED * PAGE)


main()
