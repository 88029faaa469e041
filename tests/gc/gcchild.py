"""Runs under every interpreter from 2.7 on, also inside a server: a Python that is told what to do.

A line read from descriptor IN is executed as Python, then a line is written to OUT: what the
interpreter itself says of its collector, as a tuple. Between the two it waits and does nothing.
"""
import gc
import os
import sys


class Keep(object):
    """Objects that the commands make."""
    items = []


def stats():
    if not hasattr(gc, "get_stats"):
        return None
    return [(s["collections"], s["collected"], s["uncollectable"]) for s in gc.get_stats()]


def frozen():
    return gc.get_freeze_count() if hasattr(gc, "get_freeze_count") else 0


def read_line(fd):
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(fd, 1)
        if not byte:
            return None
        line += byte
    return line.decode()


def make(n):
    Keep.items.append([[] for _ in range(n)])


def waste(n):
    for _ in range(n):
        a = []
        a.append(a)


def run(fd_in, fd_out):
    names = {"gc": gc, "os": os, "sys": sys, "Keep": Keep, "make": make, "waste": waste}
    while True:
        # get_count() comes last: writing must not change much
        said = (os.getpid(), int(gc.isenabled()), gc.get_threshold(), stats(), frozen(),
                "%d.%d.%d" % tuple(sys.version_info[:3]))
        count = gc.get_count()
        os.write(fd_out, repr((said, count)).encode() + b"\n")
        line = read_line(fd_in)
        if line is None or line == "end\n":
            return
        exec(line, names)


if __name__ == "__main__":
    run(0, 1)
