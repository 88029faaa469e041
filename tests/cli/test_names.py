#!/usr/bin/python3
"""What processes are called is whole, also where the kernel's name of them is cut to 15 bytes."""
import csv
import io
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import asleep
from piped import Piped
from run import cowtop, folder, sample, write_file
from tap import equal, main, need_root, test, true, until


# A program that takes another name, as setproctitle does: over its arguments, and by prctl(PR_SET_NAME), 15.
TITLED = r"""
import ctypes, os, sys
title = sys.argv[1].encode()
def call(text):
    line = open("/proc/self/stat").read().rsplit(")", 1)[1].split()
    start, end = int(line[45]), int(line[46])
    assert len(text) < end - start
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, len(text))
    ctypes.CDLL(None).prctl(15, text)
keep = [str(i) for i in range(1000)]
pid = os.fork()
if title:
    call(title % (b"master" if pid else b"worker"))
if not pid:
    os.read(0, 1)
    os._exit(0)
os.write(1, b"%d\n" % os.getpid())
os.read(0, 1)
"""


def called(pid, both):
    """What it and its worker are called, wherever that is said."""
    equal("sample", [p["command"] for p in sample(pid)["processes"]], both)
    status, out, err = cowtop("--csv", "-n", 1, pid)
    equal(f"csv: {err}", status, 0)
    equal("csv", [r["command"] for r in csv.DictReader(io.StringIO(out)) if r["role"] != "pool"], both)
    status, out, err = cowtop("doctor", "--json", pid)
    equal(f"doctor: {err}", status, 0)
    equal("doctor", json.loads(out)["processes"][0]["command"], both[0])
    status, out, err = cowtop("doctor", pid)
    true("doctor, to be read", f"({both[0]}, user" in out, out)
    status, out, err = cowtop("stacks", "--json", "-d", "0.05", pid)
    equal(f"stacks: {err}", status, 0)
    equal("stacks", [p["command"] for p in json.loads(out)["processes"]], both)
    status, out, err = cowtop("stacks", "-d", "0.05", pid)
    for name in both:
        true("stacks, to be read", any(line.endswith("  " + name) for line in out.splitlines()), out)


@test
def a_program():
    """A program with a name of more than 15 bytes, in a folder with a blank"""
    need_root()
    with folder() as place:
        os.mkdir(f"{place}/my pool")
        path = shutil.copy("/usr/bin/python3", f"{place}/my pool/a-pool-with-a-long-name")
        with Piped([path, "-c", TITLED, ""]) as pool:
            pid = int(pool.answer())
            until("they stand still", lambda: asleep(pid))
            called(pid, ["a-pool-with-a-long-name"] * 2)


@test
def a_script():
    """A script is called by its own name, not the interpreter's"""
    need_root()
    with folder() as place:
        path = write_file(f"{place}/a-pool-with-a-long-name.py", TITLED)
        with Piped(["/usr/bin/python3", path, ""]) as pool:
            pid = int(pool.answer())
            until("they stand still", lambda: asleep(pid))
            called(pid, ["a-pool-with-a-long-name.py"] * 2)


@test
def a_title():
    """A title, as gunicorn and PostgreSQL give themselves, is not cut where its name is"""
    need_root()
    with folder() as place:
        path = write_file(f"{place}/pool.py", TITLED)
        with Piped(["/usr/bin/python3", path, "gunicorn: %s [shop:app]", "x" * 40]) as pool:
            pid = int(pool.answer())
            until("they stand still", lambda: asleep(pid))
            called(pid, ["gunicorn: master [shop:app]", "gunicorn: worker [shop:app]"])


main()
