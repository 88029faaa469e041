#!/usr/bin/python3
"""A file system whose server has stopped to answer: nobody waits for it, neither for another's nor for the pool's."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
from hungfuse import Mount
from run import cowtop, folder, spawned, Stream, through, write_file
from smallpool import PYTHON, SmallPool
from tap import equal, fail, main, must_be_built, need_root, need_to_run, ROOT, Skip, SLOW, test, true

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so")
# A verb that waits never ends; these take a second.
SECONDS = 60 * SLOW


def ends(*arguments, **more):
    try:
        return cowtop(*arguments, seconds=SECONDS, **more)
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


# Its workers copy pages all the time.
BUSY = r"""
import os, sys, time
master = os.getpid()
data = [str(n) for n in range(20000)]
for i in range(2):
    if not os.fork():
        while os.getppid() == master:
            child = os.fork()
            if not child:
                for text in data: pass
                os._exit(0)
            os.waitpid(child, 0)
            time.sleep(0.01)
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


@contextlib.contextmanager
def overlay(place):
    """A folder of a file system that is not known to answer."""
    for name in ("lower", "upper", "work", "all"):
        os.mkdir(f"{place}/{name}")
    at = f"{place}/all"
    options = f"lowerdir={place}/lower,upperdir={place}/upper,workdir={place}/work"
    if subprocess.run(["mount", "-t", "overlay", "-o", options, "none", at], check=False,
                      capture_output=True).returncode:
        raise Skip("no overlay here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def late(arguments, place, rule):
    """What it says of files that did not answer, while calls by this rule (fault.c) do not come back."""
    held, log = write_file(f"{place}/held", ""), write_file(f"{place}/log", "")
    environment = through(SHIM, FAULT=rule, FAULT_HELD=held, FAULT_LOG=log)
    began = time.monotonic()
    status, out, err = ends(*arguments, env=environment)
    equal(f"{arguments} {rule}: {err}", status, 0)
    true(f"{arguments} {rule}: it was held", os.path.getsize(log))
    true(f"{arguments} {rule}: soon", time.monotonic() - began < 15 * SLOW)
    document = json.loads(out)
    missing = document["method"]["missing"]
    return [g["what"] for g in missing if g["error"] == "ETIMEDOUT"]


@test
def a_late_file():
    """A file that does not answer when it is opened or read: a gap, within a few seconds"""
    need_root()
    must_be_built(SHIM)
    with folder() as place, overlay(place) as far:
        path = shutil.copy(os.path.realpath(PYTHON), f"{far}/lateone")
        with spawned([path, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
                ranges = [line.split()[0] for line in maps if line.rstrip().endswith("/lateone")]
            opened = ",".join("open:held:map_files/" + "-".join(f"{int(end, 16):x}" for end in r.split("-"))
                              for r in ranges)
            for rule in ("read:held:/lateone", opened):
                missing = late(("stacks", "--json", "-d", "1", process.pid), place, rule)
                equal(f"stacks {rule}", missing, ["file lateone"])


@test
def a_late_meminfo():
    """A meminfo that does not answer (lxcfs): a gap"""
    need_root()
    need_to_run("unshare", "-m")
    with folder() as place, SmallPool(2) as pool, Mount(place, "/proc/meminfo") as mount:
        # a sanitizer's search for leaks would wait for the thread that the file holds
        script = (f"mount --bind {mount.path} /proc/meminfo && kill -STOP {mount.server} && "
                  "ASAN_OPTIONS=detect_leaks=0 exec \"$@\"")
        status, out, err = ends("--json", pool.master, prefix=("unshare", "-m", "sh", "-c", script, "sh"))
        equal(f"--json: {err}", (status, json.loads(out)["pool"]["workers"]), (0, 2))
        equal("memory", json.loads(out)["host"]["memory_bytes"], None)
        true("a gap", [g for g in json.loads(out)["accounting"]["missing"] if g["error"] == "ETIMEDOUT"])


main()
