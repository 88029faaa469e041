#!/usr/bin/python3
"""A file system whose server has stopped to answer: nobody waits for it, neither for another's nor for the pool's."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
from hungfuse import Mount
from run import cowtop, folder, spawned, Stream
from smallpool import PYTHON, SmallPool
from tap import equal, fail, main, need_root, SLOW, test

# A verb that waits never ends; these take a second.
SECONDS = 60 * SLOW


def ends(*arguments):
    try:
        return cowtop(*arguments, seconds=SECONDS)
    except subprocess.TimeoutExpired:
        return fail(f"{arguments[0]} waits for it")


def every_verb(pool, place):
    status, out, err = ends("--json", pool)
    equal(f"--json: {err}", (status, json.loads(out)["pool"]["workers"]), (0, 2))
    listed = json.loads(ends("pools", "--json")[1])["pools"]
    equal("pools", [p["workers"] for p in listed if p["master_pid"] == pool], [2])
    equal("a name", ends("--json", "nobody-has-this-name")[0], 5)
    for verb in (("doctor", pool), ("stacks", "-d", "0.2", pool),
                 ("record", "-n", "2", "-i", "0.1", "-f", "--stacks", "-o", f"{place}/r.ct", pool),
                 ("report", f"{place}/r.ct")):
        equal(verb[0], ends(*verb)[0], 0)


POOL = r"""
import os, sys, time
master = os.getpid()
for i in range(2):
    if not os.fork():
        while os.getppid() == master: time.sleep(0.05)
        os._exit(0)
print("ready", flush=True)
sys.stdin.read()
"""


@test
def another_pool():
    """another pool runs a program from it: every verb ends, one that runs goes on"""
    need_root()
    with folder() as place, folder() as at, SmallPool(2) as pool, Mount(at, os.path.realpath(PYTHON)) as mount:
        with spawned([mount.path, "-c", POOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdout.readline()
            with Stream(pool.master) as stream:
                stream.next()
                mount.hang()
                every_verb(pool.master, place)
                equal("workers of the one that runs", stream.fresh(SECONDS)["pool"]["workers"], 2)
            other.kill()


@test
def a_pool_on_it():
    """the pool itself runs from it: every verb ends, and what is in its file is a gap"""
    need_root()
    program = os.path.realpath(PYTHON)
    with folder() as place, folder() as at, Mount(at, program) as mount:
        with spawned([mount.path, "-c", POOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            mount.hang()
            every_verb(process.pid, place)


main()
