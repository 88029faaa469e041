"""Objects of many kinds, and on which pages of this process they lie, as it says itself.

Runs under every interpreter from 3.7 on: `heapapp.py MIB`; each line of input is answered with a line of JSON.
"""
import gc
import json
import os
import random
import sys

PAGE = os.sysconf("SC_PAGE_SIZE")
HEAD = 32 if sys.version_info < (3, 8) else 16
IMMORTAL = 1 << 31


class Plain(object):
    def __init__(self, n):
        self.number = n
        self.text = "plain %d" % n


class Slotted(object):
    __slots__ = ("one", "two")

    def __init__(self, n):
        self.one = n
        self.two = "slotted %d" % n


def record(choice, n):
    kind = choice.randrange(8)
    if kind == 0:
        return {"n": n, "text": "record %d" % n, "more": [n, str(n)]}
    if kind == 1:
        return [float(n), "item %d" % n, (n, str(n * 3))]
    if kind == 2:
        return Plain(n)
    if kind == 3:
        return Slotted(n)
    if kind == 4:
        return {float(n), n * 1000003}
    if kind == 5:
        return ["x%d" % (n * 64 + k) * 5 for k in range(20)]
    if kind == 6:
        return "long text %d " % n * 60
    return b"bytes %d" % n * 4


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * PAGE


def fill(mib):
    choice = random.Random(mib)
    until = resident() + mib * 2 ** 20
    kept = []
    while resident() < until:
        # runs of strings and of numbers, so that there are pages without any container
        kept.append([record(choice, len(kept) * 100 + k) for k in range(200)])
        kept.append(["text number %d of many" % (len(kept) * 1000 + k) for k in range(1000)])
        kept.append([float(k) * 1.7 + len(kept) for k in range(500)])
    return kept


def pages_of(addresses):
    return sorted(set(a // PAGE for a in addresses))


def truth():
    """Pages of tracked objects, and of all others that can be reached from them and do not live forever."""
    tracked = gc.get_objects()
    heads = set(id(o) - HEAD for o in tracked)
    seen = set(id(o) for o in tracked)
    mine = set((id(tracked), id(heads), id(seen)))
    counted = []
    todo = tracked
    while todo:
        found = []
        for o in gc.get_referents(*todo):
            if id(o) not in seen and id(o) not in mine:
                seen.add(id(o))
                if sys.getrefcount(o) < IMMORTAL:
                    counted.append(id(o))
                    found.append(o)
        todo = found
    return {"tracked": pages_of(heads), "counted": pages_of(counted),
            "objects": len(tracked), "pid": os.getpid()}


KEPT = fill(int(sys.argv[1]))
gc.collect()
if "freeze" in sys.argv:
    gc.freeze()
gc.disable()
SAID = truth()
TEXT = json.dumps(SAID)
for line in iter(sys.stdin.readline, ""):
    sys.stdout.write(TEXT + "\n")
    sys.stdout.flush()
