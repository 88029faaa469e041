"""A pool with known truth."""
import contextlib
import json
import subprocess

import run
from kernel import running
from piped import Piped
from tap import Failed, must_be_built, until

MASTER = 0

CLASSES = ("shared", "orphaned", "cow_broken", "cow_file", "new", "file", "swapped")
RESIDENT = CLASSES[:-1]


# ---- What a pool is told: the lines of tests/pool/mkpool (its `help` lists them), written nowhere but here. Workers
# are counted from 1 in the order in which they were forked; arenas are mappings of their own, shared by fork. `how`
# pages are written: "own" and "pairs" whole pages, "store", "read", "mem" a word a page; "chain_a" ... by call chains.

def _order(command, *words):
    return " ".join([command, *map(str, words)])


def new_arena(worker, kind, pages, arena=0):
    """Memory of a kind ("anon", "thp", "hugetlb", "file", "shm", "wipe", "brk"), untouched."""
    return _order("map", worker, arena, kind, pages)


def fill(worker, pages, arena=0, first=0, stride=1, how="own"):
    """Write whole pages."""
    return _order("fill", worker, arena, first, pages, stride, how)


def filled(worker, pages, arena=0, kind="anon"):
    """Two orders: a new arena, and all of its pages written."""
    return [new_arena(worker, kind, pages, arena), fill(worker, pages, arena)]


def write(worker, pages, arena=0, first=0, stride=1, how="store"):
    """Write a word a page."""
    return _order("write", worker, arena, first, pages, stride, how)


def read(worker, pages, arena=0, first=0, stride=1):
    """Read a byte a page."""
    return _order("read", worker, arena, first, pages, stride)


def free(worker, pages, arena=0, first=0, stride=1):
    """MADV_DONTNEED."""
    return _order("free", worker, arena, first, pages, stride)


def free_lazily(worker, pages, arena=0, first=0, stride=1):
    """MADV_FREE."""
    return _order("lazyfree", worker, arena, first, pages, stride)


def refill(worker, pages, arena=0, first=0, stride=1):
    """MADV_DONTNEED, then write whole pages, without a stop in between."""
    return _order("refill", worker, arena, first, pages, stride)


def protect(worker, pages, arena=0, first=0):
    """mprotect(PROT_NONE)."""
    return _order("protect", worker, arena, first, pages)


def move(worker, pages, to, arena=0, first=0):
    """mremap() to where arena `to` would be."""
    return _order("move", worker, arena, first, pages, to)


def collapse(worker, pages, arena=0, first=0):
    """MADV_COLLAPSE."""
    return _order("collapse", worker, arena, first, pages)


def want_huge(worker, pages, arena=0, first=0):
    """MADV_HUGEPAGE: khugepaged may collapse it from now on."""
    return _order("hint", worker, arena, first, pages)


def was_collapsed(worker, pages, arena=0, first=0):
    """No order: khugepaged has done it, and the truth follows."""
    return _order("collapsed", worker, arena, first, pages)


def offer_to_merge(worker, pages, arena=0, first=0):
    """MADV_MERGEABLE."""
    return _order("mergeable", worker, arena, first, pages)


def page_out(worker, pages, arena=0, first=0, stride=1):
    """MADV_PAGEOUT."""
    return _order("pageout", worker, arena, first, pages, stride)


def poke(worker, victim, pages, arena=0, first=0, stride=1):
    """Write a word a page of another process, from outside."""
    return _order("poke", worker, arena, first, pages, stride, victim)


def fork(worker=MASTER):
    """A child in the next free slot."""
    return _order("fork", worker)


def fork_twice(worker=MASTER):
    """The same by a fork of a fork that has ended: no child of `worker`."""
    return _order("twice", worker)


def reap(worker=MASTER):
    """It waits for its children that end, as those that it forks from now on do."""
    return _order("reap", worker)


def adopt(worker=MASTER):
    """Children of its descendants become its own when those end."""
    return _order("adopt", worker)


def hold(worker):
    """A child in the same address space."""
    return _order("hold", worker)


def spawn(worker):
    """An exec'ed child."""
    return _order("spawn", worker)


def leave(worker):
    """It ends."""
    return _order("exit", worker)


class Mkpool(Piped):
    """tests/pool/mkpool; every order gives what is then true, also kept as .truth (by slot)."""

    def __init__(self, *orders, prefix=(), env=None):
        must_be_built(run.MKPOOL)
        super().__init__([*prefix, run.MKPOOL], env=env)
        self._take(self.answer(), "start")
        self.do(*orders)

    def end(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            super().end()
        gone = [p["pid"] for p in self.truth.values()]
        until("the pool goes away", lambda: not any(running(pid) for pid in gone))

    def _take(self, line, order):
        answer = json.loads(line)
        if "error" in answer:
            raise MkpoolError(f"mkpool: {order}: {answer['error']}")
        self.truth = {p["slot"]: p for p in answer["processes"]}
        return self.truth

    def do(self, *orders):
        for order in orders:
            self._take(self.ask(order), order)
        return self.truth

    @property
    def master(self):
        return self.truth[0]["pid"]

    def pid(self, slot):
        return self.truth[slot]["pid"]

    def pages(self):
        """{pid: {class: pages}} inside the arenas."""
        return {p["pid"]: p["pages"] for p in self.truth.values()}


class MkpoolError(Failed):
    pass
