#!/usr/bin/python3
"""What the pool's address spaces are held for: the size of each read and scan, and that rows of them have
breaks, for whoever waits meanwhile to map or unmap. Seen by a shim (locks.c)."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import asleep
from run import cowtop, folder, spawned, through
from tap import equal, main, must_be_built, need_root, ROOT, Skip, test, true, until

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "locks.so")
PAGE = os.sysconf("SC_PAGE_SIZE")
BLOCK = 512 * 8         # bytes of pagemap that are one piece: what one page table maps, of 8 bytes a page
SCAN_PAGES = 4096
SLOW_US = 20            # a read takes so much longer, as one does of a process that others hold up
MEM_US = 35             # ... so that 30 in a row are too many, and one of the pagemap between them is no break
SCAN_US = 100           # ... so that ten in a row are
WAIT_US = 1000          # nobody shall wait longer

# A master with a dense mapping, or a huge one with something in it here and there, or very many small or
# empty ones.
POOL = """
import mmap, os, sys, time
page, ours = mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
dense, sparse, many, apart = map(int, sys.argv[1:])
held = mmap.mmap(-1, max(dense, 1) << 20, flags=ours)
for at in range(0, dense << 20, page):
    held[at] = 1
if sparse:
    wide = mmap.mmap(-1, sparse << 30, flags=ours | getattr(mmap, "MAP_NORESERVE", 0x4000))
    for at in range(0, 48 << 20, page):
        wide[at] = 1
    for at in range(0, sparse << 30, 1 << 29):
        wide[at] = 1
maps = [mmap.mmap(-1, page, flags=ours, prot=mmap.PROT_READ | (mmap.PROT_WRITE if i % 2 else 0))
        for i in range(many)]
maps += [mmap.mmap(-1, 1 << 30, flags=ours | getattr(mmap, "MAP_NORESERVE", 0x4000),
                   prot=mmap.PROT_READ | (mmap.PROT_WRITE if i % 2 else 0)) for i in range(apart)]
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(1000)
"""


def figures(text):
    """What nobody else can change: pages of each process."""
    return {p["pid"]: (p["pages"], p["memory"]["rss_bytes"]) for p in json.loads(text)["processes"]}


def held(dense, sparse, many, apart=0, **more):
    """What the shim saw of a sample, whose figures have to be those of one without it."""
    must_be_built(SHIM)
    with folder() as place, spawned([sys.executable, "-c", POOL, str(dense), str(sparse), str(many),
                                     str(apart)], stdout=subprocess.PIPE, text=True) as pool:
        log = f"{place}/log"
        child = int(pool.stdout.readline())
        until("the pool stands still", lambda: asleep(pool.pid, child))
        plain = cowtop("--json", pool.pid)
        status, out, err = cowtop("--json", pool.pid, env=through(SHIM, LOCKS_LOG=log, **more))
        equal(f"end: {err}", (plain[0], status), (0, 0))
        equal("figures", figures(out), figures(plain[1]))
        with open(log, encoding="ascii") as file:
            seen = json.loads(file.read().splitlines()[-1])
    if not seen["reads"] and os.environ.get("SAN"):
        raise Skip("the sanitizer hides the shim")
    true("something was read", seen["reads"] > 0, seen)
    return seen


def has_breaks(seen, row):
    """No row of reads is too long. On a slow machine none follows the one before soon enough to be a row with it."""
    true("breaks", seen[row] < WAIT_US, seen)
    if not seen[row]:
        raise Skip("no two reads in a row: this machine is too slow")


@test
def pieces():
    """No read of pagemap or mem is larger than what the kernel reads under one lock"""
    need_root()
    seen = held(64, 0, 0)
    true("reads", seen["reads"] > 2 * 64 // 2, seen)
    true("largest", seen["most_bytes"] <= max(BLOCK, PAGE), seen)


@test
def turns():
    """Two processes that are read by turns: the other one's turn is too short to wake in, so there are breaks"""
    need_root()
    seen = held(64, 0, 0, LOCKS_SLOW=str(SLOW_US))
    has_breaks(seen, "row_us")


@test
def scans():
    """A huge, mostly empty mapping: each scan is bounded, and rows of them have breaks"""
    need_root()
    seen = held(0, 64, 0, LOCKS_SLOW=str(SLOW_US))
    if not seen["scans"]:
        raise Skip("needs PAGEMAP_SCAN")
    equal("scans without a bound", seen["unbounded"], 0)
    true("found at once", 0 < seen["most_found"] <= SCAN_PAGES, seen)
    true("breaks", seen["row_us"] < WAIT_US, seen)


@test
def scans_of_many():
    """Many mappings that are mostly empty: those who scan one after the other have breaks, too"""
    need_root()
    seen = held(0, 0, 0, apart=64, LOCKS_SLOW=str(SCAN_US))
    if not seen["scans"]:
        raise Skip("needs PAGEMAP_SCAN")
    true("breaks", seen["row_us"] < WAIT_US, seen)


@test
def the_collector():
    """What finds the collector in a process's memory reads it with breaks"""
    need_root()
    seen = held(0, 0, 0, LOCKS_SLOW=str(MEM_US))
    true("breaks", seen["row_us"] < WAIT_US, seen)


@test
def without_scans():
    """Before Linux 6.7 smaps is read instead: piece by piece, with breaks"""
    need_root()
    seen = held(0, 1, 3000, LOCKS_SLOW=str(SLOW_US), LOCKS_NO_SCAN="1")
    equal("scans", seen["scans"], 0)
    has_breaks(seen, "text_us")


@test
def many_mappings():
    """maps of a process that has very many: breaks"""
    need_root()
    seen = held(0, 0, 6000, LOCKS_SLOW=str(SLOW_US))
    has_breaks(seen, "text_us")


main()
