#!/usr/bin/env python3
"""An application that loses its sharing, in one way at a time, to be looked at with cowtop.

    gunicorn --preload -w 4 app:app              LOSS=... in front says which, FIX=1 does what helps
    ab -q -n 800 -c 4 http://127.0.0.1:8000/     a load of five seconds

    LOSS=leak cowtop record -o a.ct -i 0.5 --budget none \\
        --load 'ab -q -n 800 -c 4 http://127.0.0.1:8000/' -- gunicorn --preload -w 4 app:app
    LOSS=leak FIX=1 ...                          the same, into b.ct; then cowtop report a.ct, cowtop diff a.ct b.ct

    LOSS        a request                                     FIX=1
    collector   is followed by a full collection, now and     gc.freeze() before the fork
                then, which writes every object's header
    refcount    reads objects, which writes their counts      reads an array that has no objects
    mixed       does both, seldom: reads of a few objects,    gc.freeze() before the fork, which cannot give back
                a collection after many requests              what references copy
    hugepages   has pages made into huge ones, as khugepaged  MADV_NOHUGEPAGE before the fork
                and some allocators do
    allocator   needs 30 MiB at once, now and then, and       malloc_trim() after such a request
                keeps 1 KiB at their end
    leak        keeps 200 KiB for good                        keeps the last 20
    none        does nothing of the kind: without --preload each worker loads its own

It needs nothing but Python to run by itself:

    ./app.py          a master and four workers, which answer requests of their own
    ./app.py jobs     a worker for each job, as RQ and Resque have it: none between two

Both print the master's pid and end with their standard input.
"""
import array
import collections
import ctypes
import gc
import mmap
import os
import random
import select
import signal
import sys
import time

LOSS = os.environ.get("LOSS") or "collector"
FIX = bool(os.environ.get("FIX"))
WORKERS = 4
USERS = 135_000  # about 100 MiB
MADV_COLLAPSE = 25


class User:
    def __init__(self, number):
        self.number = number
        self.name = f"user {number}"
        self.tags = [f"tag {number % 50}", f"group {number}"]
        self.settings = {"theme": f"theme {number}", "limit": float(number)}


# ---- loaded once, in the master

# How it is meant: no collection before the fork, what is there frozen, and the collector on in the workers.
if LOSS not in ("collector", "mixed") or FIX:
    gc.disable()
    os.register_at_fork(after_in_child=gc.enable)
users = [User(number) for number in range(USERS)]
limits = array.array("d", (user.settings["limit"] for user in users))
index = mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
if LOSS == "hugepages":
    index.madvise(mmap.MADV_NOHUGEPAGE)
    for page in range(0, len(index), mmap.PAGESIZE):
        index[page] = 1
    if not FIX:
        index.madvise(mmap.MADV_HUGEPAGE)
if LOSS not in ("collector", "mixed") or FIX:
    gc.freeze()


# ---- requests, each of one loss

kept = collections.deque(maxlen=20 if LOSS == "allocator" or FIX else None)


def collector(number):
    if number % 20 == 10:
        gc.collect()


def refcount(number):
    first = random.randrange(USERS - 2000)
    if FIX:
        return sum(limits[first:first + 2000])
    return sum(user.settings["limit"] for user in users[first:first + 2000])


def mixed(number):
    for user in random.choices(users, k=10):
        user.settings.get("limit")
    if number % 200 == 100:
        gc.collect()


def hugepages(number):
    try:
        index.madvise(MADV_COLLAPSE)
    except OSError:  # not allowed for these pages; a kernel before 6.1
        pass


def allocator(number):
    if number % 20 != 10:
        return
    rows = [bytes(1000) for _ in range(30_000)]
    kept.append(rows[-1])
    del rows
    if FIX:
        ctypes.CDLL(None).malloc_trim(0)


def leak(number):
    kept.append(bytes(200_000))


def none(number):
    pass


requests = {f.__name__: f for f in (collector, refcount, mixed, hugepages, allocator, leak, none)}
if LOSS not in requests:
    raise SystemExit(f"LOSS={LOSS}: none of {' '.join(requests)}")
request = requests[LOSS]
count = 0


def app(environ, start_response):
    """WSGI."""
    global count
    count += 1
    time.sleep(0.02)
    request(count)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done\n"]


# ---- without a server

def over(held, seconds):
    return select.select([held], [], [], seconds)[0]


def serve(held, offset):
    number = offset
    while not over(held, 0.1):
        number += 1
        request(number)


def job(held):
    """The tenth request, which is the one of each loss, and half a second of something else."""
    request(10)
    over(held, 0.5)


def start(work, *arguments):
    """A worker. It has the reading end of `alive` only, and sees its end when the master goes, whichever way."""
    child = os.fork()
    if child == 0:
        os.close(held)
        os.close(0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work(alive, *arguments)
        os._exit(0)
    return child


def main(jobs):
    workers = [] if jobs else [start(serve, 5 * n) for n in range(WORKERS)]
    print(os.getpid(), flush=True)
    try:
        while not over(0, 1 if jobs else None):
            if jobs:
                os.waitpid(start(job), 0)
    except KeyboardInterrupt:
        pass
    finally:
        os.close(held)
        for _ in workers:
            os.wait()


if __name__ == "__main__":
    alive, held = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main(sys.argv[1:] == ["jobs"])
