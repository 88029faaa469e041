#!/usr/bin/python3
"""CPython asks for huge pages for the memory of its objects (3.15): an idle worker of a frozen pool loses what it
shared to khugepaged, and that is said."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import number
from khugepaged import collapsed, eager, Watch
from kernel import PAGE
from run import rows, spawned, Stream
from tap import add_test, equal, fail, main, near, Skip, test, true
import interpreters as found

FOUND = found.interpreters()

# Nine objects lie in a page. The worker reads 45 of 80, which writes their reference counts: more than half of the
# pages of each block, and not all.
POOL = """
import gc, os, sys, time
kept = [b"%08d" % i * 50 for i in range(100000)]
gc.freeze()
if not os.fork():
    sys.stdin.readline()
    for i in range(len(kept)):
        if i % 80 < 45:
            kept[i]
    print("idle", flush=True)
    while True:
        time.sleep(1000)
print("forked", flush=True)
while True:
    time.sleep(1000)
"""


def idle_worker(interpreter):
    def run():
        with eager(), spawned([interpreter.path, "-S", "-c", POOL], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as pool:
            equal("the pool", pool.stdout.readline(), b"forked\n")
            with Stream(pool.pid, 0.1) as stream:
                watch = Watch(stream)
                pid = next(p["pid"] for p in watch.last["processes"] if p["role"] == "worker")
                pool.stdin.write(b"\n")
                pool.stdin.flush()
                equal("the worker", pool.stdout.readline(), b"idle\n")
                watch.fresh()
                if not watch.until(lambda d: collapsed(d)[pid] * PAGE >= 2 << 20):
                    fail(f"nothing was collapsed: {rows(watch.last)[pid]['pages']}")
            sums, pages = watch.sums[pid], rows(watch.last)[pid]["pages"]
            true("they are copies", pages["cow_broken"] >= pages["collapsed"], pages)
            near("by their rate", sums["collapsed_per_s"], pages["collapsed"], 0.5)
            true("no copy by a fault too many", sums["cow_per_s"] <= sums["minor_per_s"] + 1, sums)
            near("events", sum(e["cow_bytes"] for e in watch.collapses(pid)), pages["collapsed"] * PAGE, 0.5)
            kinds = [f["kind"] for f in watch.last["pool"]["findings"]]
            true("a finding", "collapsed" in kinds, kinds)
    add_test(f"{interpreter.version}: an idle worker's pages are collapsed, and that is said", run)


@test
def newer_ones():
    """an interpreter that asks for huge pages"""
    if not any(number(i.version) >= (3, 15) for i in FOUND):
        raise Skip("no CPython 3.15: COWTOP_PYTHONS=$(tests/gc/debian-pythons DIR) gives one")


for one in FOUND:
    if number(one.version) >= (3, 15):
        idle_worker(one)
main()
