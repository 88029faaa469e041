#!/usr/bin/python3
"""What workers were doing, told by the instruction that wrote: on every CPython here, stripped, release or debug.

`COWTOP_PYTHONS` names more of them (tests/gc/debian-pythons).
"""
import os
import sys
from pythonpool import forks, PythonPool
from watching import tracepoints, Watch
from tap import main, ROOT, Skip, test, true

sys.path.insert(0, os.path.join(ROOT, "tests", "gc"))
from interpreters import interpreters, number

# The worker does what the next word says.
POOL = '''import array, gc, os, sys
gc.disable()
N = 60000
names = [str(i) * 4 for i in range(N)]
slots = [None] * (N * 8)
longs = array.array("l", range(N * 8))
octets = bytearray(b"x" * (N * 64))
nodes = [[i] for i in range(N * 2)]
def count():
    for i in range(0, N, 1000):
        names[i:i + 1000]
def step():
    for name in names:
        pass
def put():
    for i in range(0, N * 8, 64):
        slots[i] = 7
def number():
    for i in range(0, N * 8, 64):
        longs[i] = 7
def byte():
    for i in range(0, N * 64, 512):
        octets[i] = 65
def fill():
    octets[:] = bytes(N * 64)
def collect():
    gc.collect()
''' + forks("globals()[sys.argv[1]]()")


def shares(python, what):
    """Of what a worker copied while it did that: the share of each role, and how many pages they were."""
    with PythonPool(python.path, "-c", POOL, what) as pool, Watch(pool.process.pid, "period=1") as w:
        pool.work()
        got = w.take()
        total = sum(s["copied"] for s in got.stacks if s["pid"] == pool.worker)
    true(f"{python.version} {what}: it broke pages", total > 400, total)
    roles = {}
    for s in got.stacks:
        if s["pid"] == pool.worker:
            roles[s["role"]] = roles.get(s["role"], 0) + s["copied"] / total
    kind = " debug" if python.debug else ""
    print(f"# {python.version}{kind} {what}: {total} pages,",
          ", ".join(f"{role} {share:.1%}" for role, share in sorted(roles.items(), key=lambda r: -r[1])))
    return roles


def each():
    tracepoints()
    found = [p for p in interpreters() if number(p.version) >= (3, 6) and not p.free_threaded]
    if not found:
        raise Skip("no interpreter that is known")
    return found


@test
def who_takes_what_is_in_a_list_counts_references():
    for python in each():
        for what in ("count", "step"):
            share = shares(python, what).get("refcount", 0)
            true(f"{python.version}: {what}", share > 0.97, share)


@test
def who_writes_data_does_not():
    for python in each():
        for what in ("put", "number", "byte", "fill"):
            share = shares(python, what).get("refcount", 0)
            true(f"{python.version}: {what}", share < 0.03, share)


@test
def who_collects_collects():
    for python in each():
        share = shares(python, "collect").get("collector", 0)
        true(f"{python.version}: collect", share > 0.97, share)


if __name__ == "__main__":
    main()
