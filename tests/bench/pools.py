"""Pools that are measured. Each ends with the `with` that started it."""
import contextlib
import os
import subprocess
import sys

from measure import PROGRAMS


@contextlib.contextmanager
def pool(workers, mib, percent, sparse_gib=0):
    """A pool that holds still; its pids, the master first."""
    child = subprocess.Popen([f"{PROGRAMS}/bigpool", *map(str, (workers, mib, percent, sparse_gib))],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        words = child.stdout.readline().split()
        if not words or words[0] != "ready":
            sys.exit("bench: the pool did not start")
        yield words[1:]
    finally:
        child.stdin.close()
        child.wait()


@contextlib.contextmanager
def busy_pool(workers):
    """A pool of Python in which every worker is at work; the master's pid."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "busypool.py")
    child = subprocess.Popen([sys.executable, program, str(workers)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        child.stdout.readline()
        yield str(child.pid)
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


def resident_pages(pids):
    pages = 0
    for pid in pids:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            pages += int(statm.read().split()[1])
    return pages
