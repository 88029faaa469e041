#!/usr/bin/python3
"""Pages that the kernel moves to other frames while one looks: through a shim (moving.c), which shows them on their
way, to the first look; and with a kernel that compacts memory all the time."""
import json
import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
from mkpool import filled, fork, MASTER, Mkpool, write
from run import cowtop, folder, through
from tap import equal, main, must_be_built, need_root, need_writable, ROOT, Skip, test, true

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "moving.so")
COMPACT = "/proc/sys/vm/compact_memory"
LOOKS = 25

# Pages that are shared, that a worker copied, that the master copied, and that a worker has alone.
POOL = [*filled(worker=MASTER, pages=3000), fork(), fork(), write(worker=1, pages=600), write(worker=2, pages=300),
        write(worker=MASTER, first=1000, pages=600), *filled(worker=1, arena=1, pages=500)]


def figures(text):
    """What nobody else can change."""
    return {p["pid"]: (p["pages"], p["exactness"], p["memory"]["rss_bytes"]) for p in json.loads(text)["processes"]}


def look(pool, **more):
    status, out, err = cowtop("--json", pool.master, **more)
    equal(f"end: {err}", status, 0)
    return figures(out)


def moving(what):
    need_root()
    must_be_built(SHIM)
    with Mkpool(*POOL) as pool, folder() as place:
        log = f"{place}/log"
        pids = "".join(f" {p['pid']} " for p in pool.truth.values())
        got = look(pool, env=through(SHIM, MOVING=what, MOVING_PIDS=pids, MOVING_LOG=log))
        with open(log, encoding="ascii") as file:
            shown = int(file.read())
        if not shown and os.environ.get("SAN"):
            raise Skip("the sanitizer hides the shim")
        true("pages were shown on their way", shown > 100, shown)
        equal("figures", got, look(pool))


@test
def on_their_way():
    """Every third private page is on its way when it is read: the same figures"""
    moving("entries")


@test
def just_gone():
    """Every third frame is free when its flags are read, as the page has just left it: the same figures"""
    moving("flags")


@test
def in_two_places():
    """Every third shared page is moved between the readings of two processes: the same figures and labels"""
    moving("places")


def never_still(what):
    need_root()
    must_be_built(SHIM)
    with Mkpool(*POOL) as pool, folder() as place:
        pids = "".join(f" {p['pid']} " for p in pool.truth.values())
        before = look(pool)
        status, out, err = cowtop("--json", pool.master, env=through(SHIM, MOVING=what, MOVING_PIDS=pids,
                                                                     MOVING_LOG=f"{place}/log"))
        equal(f"end: {err}", status, 0)
        for process in json.loads(out)["processes"]:
            equal("label", process["exactness"], "estimate")
            true("a reason", "pages at rest" in [u["what"] for u in process["unreadable"]], process["unreadable"])
        equal("afterwards", look(pool), before)


@test
def restless():
    """Pages that never stand still: the sample says that it is an estimate, and why"""
    never_still("restless")


@test
def stuck():
    """Pages that never arrive: the sample says that it is an estimate, and why"""
    never_still("stuck")


@test
def compaction():
    """Beside a kernel that compacts memory all the time: every look the same pages and sums"""
    need_root()
    need_writable(COMPACT)
    end = threading.Event()

    def compact():
        while not end.is_set():
            with open(COMPACT, "w", encoding="ascii") as file:
                file.write("1")

    with Mkpool(*POOL) as pool:
        wanted = look(pool)
        thread = threading.Thread(target=compact)
        thread.start()
        try:
            for number in range(LOOKS):
                equal(f"look {number}", look(pool), wanted)
        finally:
            end.set()
            thread.join()


main()
