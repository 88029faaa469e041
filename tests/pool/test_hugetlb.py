#!/usr/bin/python3
"""Huge pages of hugetlbfs in private mappings, first seen when the copies were made, as root and as nobody: a figure
is right, or what it says of itself holds the truth."""
import contextlib
import os
import subprocess
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import HUGE, kernel_setting, PAGE
from run import folder, NOBODY, sample, spawned
from tap import add_test, equal, main, need, need_root, Skip, true, until

# argv: where it is mapped, huge pages, workers, the huge pages that each worker writes, that the master does, and
# whether they write all of a page.
POOL = """
import mmap, os, sys, time
place, (pages, workers, copied, masters, whole), size = sys.argv[1], map(int, sys.argv[2:]), HUGE_PAGE
small = mmap.PAGESIZE
flags = mmap.MAP_PRIVATE
try:
    if place == "small":
        held = mmap.mmap(-1, pages * size, flags=flags | mmap.MAP_ANONYMOUS)
        held.madvise(15)               # MADV_NOHUGEPAGE
    elif place == "anonymous":
        held = mmap.mmap(-1, pages * size, flags=flags | mmap.MAP_ANONYMOUS | 0x40000)     # MAP_HUGETLB
    else:
        with open(place, "w+b") as f:
            os.ftruncate(f.fileno(), pages * size)
            held = mmap.mmap(f.fileno(), pages * size, flags=flags)
except OSError as error:
    print("none:", error, flush=True)
    sys.exit()

def write(first, n):
    for at in range(first * size, (first + n) * size, small):
        held[at:at + (small if whole else 1)] = os.urandom(small if whole else 1)
for at in range(0, pages * size, small):
    held[at:at + small] = os.urandom(small)
for _ in range(workers):
    if not os.fork():
        write(0, copied)
        break
else:
    write(pages - masters, masters)
os.write(1, b"ready\\n")
time.sleep(1000)
""".replace("HUGE_PAGE", str(HUGE * PAGE))
# What an interpreter writes by itself.
SLACK = 200
PAGES = 4


@contextlib.contextmanager
def pool(place, user, workers, copied, masters, whole):
    command = [*user, "/usr/bin/python3", "-c", POOL, place, *map(str, (PAGES, workers, copied, masters, whole))]
    with spawned(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        for _ in range(workers + 1):
            line = process.stdout.readline().decode()
            if line.startswith("none:"):
                raise Skip(line.strip())
            equal("the pool", line, "ready\n")
        yield process


@contextlib.contextmanager
def place_of(kind):
    if kind != "file":
        yield kind
        return
    with folder() as path:
        if subprocess.run(["mount", "-t", "hugetlbfs", "-o", "mode=1777", "none", path],
                          stderr=subprocess.DEVNULL).returncode:
            raise Skip("no hugetlbfs here")
        try:
            yield os.path.join(path, "file")
        finally:
            # those that were killed are about to let go of it
            until("it is unmounted", lambda: not subprocess.run(["umount", path], stderr=subprocess.DEVNULL).returncode)


def holds(what, process, truth):
    """Where a figure has bounds the truth is in them, and no other figure is far from it."""
    got = process["pages"]["cow_broken"]
    bound = process["bounds"].get("pages.cow_broken", {})
    low = bound["low"] if bound.get("low") is not None else got
    high = bound["high"] if bound.get("high") is not None else got
    true(f"{what}: {truth} copied pages of the {process['role']}", low - SLACK <= truth <= high + SLACK,
         {"pages": process["pages"], "bound": bound})


def make_case(kind, user, workers, copied, masters, whole):
    def run():
        need_root()
        need("setpriv", "mount")
        with kernel_setting("/proc/sys/vm/nr_hugepages", (workers + 2) * PAGES + 4), place_of(kind) as place, \
                pool(place, user, workers, copied, masters, whole) as process:
            document = sample(process.pid, prefix=user)
            master, *others = document["processes"]
            for worker in others:
                holds("each", worker, copied * HUGE)
                # who has pages that nobody else has any more has them by the copies of another one
                if workers == 1:
                    true("what is nobody else's any more was copied by the other one",
                         worker["pages"]["orphaned"] <= master["pages"]["cow_broken"] + SLACK,
                         (worker["pages"], master["pages"]))
            bound = document["pool"]["bounds"].get("cow_broken_ratio", {})
            most = bound["high"] if bound.get("high") is not None else document["pool"]["cow_broken_ratio"]
            # beside the arena there is what an interpreter has
            true("the pool's ratio is not too small", most >= (copied * HUGE - SLACK) / (PAGES * HUGE + 2000),
                 (document["pool"]["cow_broken_ratio"], bound))
    return run


for kind_ in ("anonymous", "file", "small"):
    for user_ in ((), NOBODY):
        for workers_, copied_, masters_ in ((1, 0, 0), (1, 2, 0), (1, 4, 0), (1, 0, 2), (1, 2, 1), (3, 2, 0)):
            for whole_ in ((0, 1) if copied_ == 2 and not masters_ else (0,)):
                add_test(f"{kind_}, as {'nobody' if user_ else 'root'}: {workers_} copied {copied_}, the master "
                         f"{masters_} of {PAGES}{', whole' if whole_ else ''}",
                         make_case(kind_, user_, workers_, copied_, masters_, whole_))


main()
