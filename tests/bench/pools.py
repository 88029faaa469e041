"""Pools that are measured. Each ends with the `with` that started it."""
import contextlib
import os
import subprocess
import sys

from measure import MIB, PROGRAMS


class Pool:
    """A running bigpool: its pids, the master first."""

    def __init__(self, child, pids):
        self.child, self.pids, self.master = child, pids, pids[0]

    def active(self, workers, rate):
        """So many of its workers each copy that many pages a second from now on; 0: it holds still."""
        self.child.stdin.write(f"active {workers} {rate}\n")
        self.child.stdin.flush()
        if self.child.stdout.readline() != "ok\n":
            sys.exit("bench: the pool does not obey")


@contextlib.contextmanager
def pool(**shape):
    """A pool that holds still until it is told otherwise; for its shape see bigpool.c."""
    words = [f"{key}={value}" for key, value in shape.items()]
    child = subprocess.Popen([f"{PROGRAMS}/bigpool", *words], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        said = child.stdout.readline().split()
        if not said or said[0] != "ready":
            sys.exit(f"bench: no pool of {' '.join(words)}")
        yield Pool(child, said[1:])
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


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


def distinct_pages(shape):
    """Pages that not all have as they were at the fork: the master's, and each worker's copies."""
    pages = shape["mib"] * MIB // os.sysconf("SC_PAGE_SIZE")
    return pages + shape["workers"] * pages * shape["broken"] // 100
