#!/usr/bin/python3
"""Full collections in a pool of CPython 3.15, which keeps their times: as events, in the process, in a recording."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import number
from khugepaged import seconds_of
from kernel import PAGE
from run import COWTOP, cowtop, folder, rows, spawned, Stream
from tap import add_test, equal, main, near, need, need_root, PATIENCE, Skip, test, true, until
import interpreters as found

FOUND = found.interpreters()

# The master collects before its fork, and once more long before the worker does. The worker writes the heads of what
# the master made in between.
POOL = """
import gc, os, sys, time
gc.collect(); gc.collect()
kept = [[i] for i in range(300000)]
said = []
def watch(phase, info):
    said.append((time.time_ns(), info["candidates"], round(info["duration"] * 10**9)))
if not os.fork():
    gc.callbacks.append(watch)
    gc.disable()
    while sys.stdin.readline():
        del said[:]
        gc.collect()
        print(said[0][0], *said[1], flush=True)
    time.sleep(1000)
print("forked", flush=True)
while True:
    time.sleep(1000)
"""
# A document's times are in milliseconds.
ROUNDED = 0.002


def event_of(document):
    return next((e for e in document["events"] if e["type"] == "gc_collected"), None)


def agrees(event, said):
    """What the worker's own callbacks saw: began, ended, candidates, nanoseconds."""
    began, ended, candidates, ns = (int(word) for word in said.split())
    true("it began", began / 1e9 - ROUNDED <= seconds_of(event["start"]) <= ended / 1e9 + ROUNDED,
         (began, ended, event))
    near("it took", event["duration_s"], ns / 1e9, 1e-5)
    equal("it looked at", event["candidates"], candidates)


def watched(pool, stream):
    document = stream.fresh()
    worker = next(p for p in document["processes"] if p["role"] == "worker")
    master = rows(document)[pool.pid]
    of_master = master["gc"]["full_collections"]
    true("the master's own", len(of_master) >= 2 and not of_master[0]["inherited"], of_master)
    of_worker = worker["gc"]["full_collections"]
    equal("the worker has its master's", [c["number"] for c in of_worker],
          [c["number"] for c in of_master])
    true("and that is said", all(c["inherited"] for c in of_worker), of_worker)
    for n in range(3):
        pool.stdin.write(b"\n")
        pool.stdin.flush()
        said = pool.stdout.readline().decode()
        deadline = time.monotonic() + PATIENCE
        while not event_of(document) or event_of(document)["cow_bytes"] is None:
            true("an event", time.monotonic() < deadline)
            document = stream.next()
        event = event_of(document)
        agrees(event, said)
        if n == 0:  # 56 bytes a list
            true("its copies", event["cow_bytes"] >= 300000 * 56 * 0.9, event)
        gc = rows(document)[worker["pid"]]["gc"]
        latest = gc["full_collections"][0]
        equal("the latest of the process", (latest["number"], latest["start"], latest["candidates"],
                                            latest["inherited"]),
              (gc["collections"][2], event["start"], event["candidates"], False))
        document = stream.next()


def pool_of(interpreter):
    """Each collection of the worker, live: its times, and copies of at least all its objects."""
    def run():
        with spawned([interpreter.path, "-S", "-c", POOL], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as pool:
            equal("the pool", pool.stdout.readline(), b"forked\n")
            with Stream(pool.pid, 0.1) as stream:
                watched(pool, stream)
    add_test(f"{interpreter.version}: each full collection with its time and its copies", run)


def recorded(interpreter):
    """The same from a recording."""
    def run():
        with folder() as place, spawned([interpreter.path, "-S", "-c", POOL], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE) as pool:
            path = os.path.join(place, "a.ct")
            equal("the pool", pool.stdout.readline(), b"forked\n")
            with spawned([COWTOP, "record", "-o", path, "-i", "0.1", "--fixed", str(pool.pid)],
                         stderr=subprocess.DEVNULL) as recorder:
                def events():
                    if not os.path.exists(path):
                        return None
                    documents = cowtop("replay", "--json", path)[1].splitlines()
                    return documents and [e for e in map(event_of, map(json.loads, documents)) if e]
                until("a sample", lambda: events() is not None and events() != "")
                pool.stdin.write(b"\n")
                pool.stdin.flush()
                said = pool.stdout.readline().decode()
                until("the event", events)
                recorder.terminate()
                recorder.wait(timeout=PATIENCE)
            event, = events()
            agrees(event, said)
            true("in pages", event["cow_bytes"] % PAGE == 0, event)
    add_test(f"{interpreter.version}: a recording has them", run)


def other_clock(interpreter):
    """In a time namespace the clock of its times is not ours: none are told."""
    def run():
        need_root()
        need("unshare")
        shifted = ["unshare", "--time", "--monotonic", "5000", "--fork", "--kill-child", "true"]
        if subprocess.run(shifted, stderr=subprocess.DEVNULL).returncode:
            raise Skip("no time namespaces here")
        with spawned([*shifted[:-1], interpreter.path, "-S", "-c", POOL], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as pool:
            equal("the pool", pool.stdout.readline(), b"forked\n")
            with open(f"/proc/{pool.pid}/task/{pool.pid}/children", encoding="ascii") as children:
                master = int(children.read())
            document = json.loads(cowtop("--json", "-n", "1", str(master))[1])
            for process in document["processes"]:
                true("it collected", process["gc"]["collections"][2] >= 2, process["gc"])
                equal("times", process["gc"]["full_collections"], None)
    add_test(f"{interpreter.version}: in a time namespace", run)


@test
def newer_ones():
    """an interpreter that keeps the times of its collections"""
    if not any(number(i.version) >= (3, 15) for i in FOUND):
        raise Skip("no CPython 3.15: COWTOP_PYTHONS=$(tests/gc/debian-pythons DIR) gives one")


for one in FOUND:
    if number(one.version) >= (3, 15) and not one.free_threaded:
        pool_of(one)
        recorded(one)
        other_clock(one)
main()
