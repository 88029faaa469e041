#!/usr/bin/python3
"""Workers that have workers of their own: no mean of both, as with gunicorn's dirty arbiters."""
import contextlib
import json
import os
import tempfile

from smallpool import PYTHON
from kernel import asleep
from piped import Piped
from run import cowtop
from tap import equal, main, need_root, test, true, until

# Like gunicorn: a master, three workers, an arbiter that loads a model of 64 MiB, and its two workers.
PROGRAM = r"""
import json, os, sys
data = bytearray(b"x") * (4 << 20)
ready, mark = os.pipe()

def fork(then=lambda: None):
    pid = os.fork()
    if pid == 0:
        then()
        os.write(mark, b".")
        os.read(0, 1)
        os._exit(0)
    return pid

def arbiter():
    global model
    model = bytearray(b"x") * (64 << 20)
    pids = [fork(), fork()]
    print(json.dumps(pids), flush=True)

workers = [fork() for _ in range(3)]
middle = fork(arbiter)
for _ in range(6): os.read(ready, 1)
print(json.dumps([os.getpid(), middle, *workers]), flush=True)
os.read(0, 1)
"""


@contextlib.contextmanager
def pool():
    """(master, arbiter, its workers, the other workers)"""
    with Piped([PYTHON, "-c", PROGRAM]) as process:
        inner = json.loads(process.answer())
        master, middle, *workers = json.loads(process.answer())
        until("all of them wait", lambda: asleep(master, middle, *inner, *workers))
        yield master, middle, inner, workers


@test
def groups():
    """Who is whose is in the JSON, and each kind is a group with means of its own"""
    need_root()
    with pool() as (master, middle, inner, workers):
        document = json.loads(cowtop("--json", master)[1])
        of = {p["pid"]: (p["arbiter"], p["arbiter_pid"]) for p in document["processes"]}
        equal("the arbiter", of[middle], (True, None))
        equal("its workers", [of[pid] for pid in inner], [(False, middle)] * 2)
        equal("the others", [of[pid] for pid in workers], [(False, None)] * 3)
        equal("sums are of all", document["pool"]["workers"], 6)
        by_kind = {(g["arbiter"], g["arbiter_pid"]): g for g in document["pool"]["gc_groups"]}
        equal("kinds", {kind: g["workers"] for kind, g in by_kind.items()},
              {(False, None): 3, (False, middle): 2, (True, None): 1})
        true("the large ones", by_kind[False, middle]["shared_bytes_mean"] > 60 << 20)
        true("the small ones", by_kind[False, None]["shared_bytes_mean"] < 20 << 20)
        status, out, _ = cowtop(master)
        true("the table", f"kinds: 3 forked from the master, 2 forked from {middle}, 1 with" in out, out)


@test
def report():
    """The mean of a report is that of the most workers of a kind"""
    need_root()
    with pool() as (master, *_), tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "r.ct")
        equal("record", cowtop("record", "-o", path, "-n", 2, "-i", "0.1", master)[0], 0)
        story = json.loads(cowtop("report", "--json", path)[1])
        mean = [p["shared_bytes"] for p in story["curve"] if p["shared_bytes"] is not None]
        true("not that of all", mean and max(mean) < 20 << 20, mean)


if __name__ == "__main__":
    main()
