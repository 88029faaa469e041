#!/usr/bin/python3
"""A worker forks after the processes were listed and before its pages are read: through a shim (holdup.c) that holds
the reading up. What it shares with a child that is in no walk yet is new, not inherited."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
from mkpool import filled, fork, MASTER, Mkpool, write
from run import cowtop, folder, Stream
from tap import equal, main, must_be_built, need_root, ROOT, Skip, test, until

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "holdup.so")
POOL = [*filled(worker=MASTER, pages=2000), fork(), fork()]
NEW = filled(worker=1, arena=1, pages=700)
COPIES = [write(worker=1, pages=600)]


def pages(document, pid):
    return next(p["pages"] for p in document["processes"] if p["pid"] == pid)


def compare(name, got, wanted):
    """To the pages that a fork costs the one who forks."""
    equal(f"{name}: {got} of {wanted} wanted", abs(got - wanted) <= 60, True)


class HeldUp:
    """A cowtop that waits, in the sample that begins next, before it reads a worker's pages."""

    def __init__(self, pool, place):
        need_root()
        must_be_built(SHIM)
        if os.environ.get("SAN"):
            raise Skip("the sanitizer hides the shim")
        self.pool, self.place, self.worker = pool, place, pool.pid(1)

    def stream(self):
        return Stream(self.pool.master, prefix=["env", f"LD_PRELOAD={SHIM}", f"HOLDUP={self.place}",
                                                f"HOLDUP_PID={self.worker}"])

    def begin(self):
        with open(f"{self.place}/now", "w", encoding="ascii"):
            pass

    def look(self, stream, *commands):
        """The worker's pages once it has done that meanwhile, and all are listed."""
        until("it is held up", lambda: os.path.exists(f"{self.place}/held"))
        self.pool.do(*commands)
        listed = {p["pid"] for p in self.pool.truth.values()}
        os.unlink(f"{self.place}/held")
        document = stream.fresh()
        equal("processes", {p["pid"] for p in document["processes"]}, listed)
        return pages(document, self.worker)


def later(step, commands, wanted):
    """How classes of the worker's pages change when it does a step, and then, held up, the rest."""
    with Mkpool(*POOL) as pool, folder() as place:
        held_up = HeldUp(pool, place)
        with held_up.stream() as stream:
            before = pages(stream.next(), held_up.worker)
            pool.do(*step)
            held_up.begin()
            after = held_up.look(stream, *commands)
            for name, change in wanted.items():
                compare(name, after[name] - before[name], change)


@test
def new_pages():
    """New pages that are shared with a child that was forked meanwhile: new"""
    later(NEW, [fork(worker=1)], {"new": 700, "shared": 0})


@test
def copies():
    """Copies that are shared with a child that was forked meanwhile: copies"""
    later(COPIES, [fork(worker=1)], {"new": 0, "shared": -600, "cow_broken": 600})


@test
def alone():
    """The same without a child"""
    later(NEW + COPIES, [], {"new": 700, "shared": -600, "cow_broken": 600})


@test
def first_look():
    """In the first sample of all: as before the fork"""
    with Mkpool(*POOL, *NEW, *COPIES) as pool, folder() as place:
        held_up = HeldUp(pool, place)
        wanted = pages(json.loads(cowtop("--json", pool.master)[1]), held_up.worker)
        held_up.begin()
        with held_up.stream() as stream:
            got = held_up.look(stream, fork(worker=1))
        for name in ("new", "shared", "cow_broken"):
            compare(name, got[name], wanted[name])


main()
