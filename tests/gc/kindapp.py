"""Objects of many kinds, how many of each there are and how large they are, as this process says itself.

Runs under every interpreter from 3.7 on: `kindapp.py N MADE FUNCTIONS FOLDER`; N objects of each kind that the
collector knows, MADE of each that it does not, so many functions, and modules that are made in FOLDER. Each line of
input is answered with a line of JSON.
"""
import array
import gc
import json
import os
import sys

N, MANY, FUNCTIONS, FOLDER = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
PAGE = os.sysconf("SC_PAGE_SIZE")
SOURCE = """
class Tag(object):
    def __init__(self, n):
        self.number = n
        self.text = "tag %d" % n

class Point(object):
    __slots__ = ("x", "y")
    class Inner(object):
        __slots__ = ()
    def __init__(self, n):
        self.x = n
        self.y = None

class Numbers(list):
    pass
"""
FUNCTION = """
def f%d(a, b=1):
    c = [a for a in range(b)]
    return len(c) + a
"""
with open(os.path.join(FOLDER, "shop.py"), "w") as f:
    f.write(SOURCE)
with open(os.path.join(FOLDER, "rules.py"), "w") as f:
    f.write("".join(FUNCTION % n for n in range(FUNCTIONS)))
sys.path.insert(0, FOLDER)
sys.dont_write_bytecode = True
import rules
import shop


def name_of(t):
    return t.__qualname__ if t.__module__ == "builtins" else "%s.%s" % (t.__module__, t.__qualname__)


def made():
    """What this program makes: names of kinds that the collector does not know, and objects of them."""
    return {
        "str": ["text number %d" % k for k in range(MANY)] + ["t\u00e9xt %d" % k for k in range(MANY)] +
               ["\u4e00\u4e8c %d" % k for k in range(MANY)] + ["long %d " % k * 200 for k in range(MANY // 10)],
        "bytes": [b"bytes %d" % k for k in range(MANY)] + [b"long %d " % k * 300 for k in range(MANY // 10)],
        "int": [k * 10 ** 9 + 7 for k in range(1, MANY + 1)] + [-k << 100 for k in range(1, MANY + 1)],
        "float": [k / 7.0 for k in range(MANY)],
        "bytearray": [bytearray(b"x" * (k % 900)) for k in range(MANY)],
    }


class Meta(type):
    pass


KEPT = [
    [{"n": k, "s": None} for k in range(N)],
    [dict.fromkeys(range(k % 60)) for k in range(N // 4)],
    [{"a%d" % j: [] for j in range(k % 12)} for k in range(N // 4)],
    [[None] * (k % 100) for k in range(N)],
    [(None, [], k) for k in range(N)],
    [set(range(k % 40)) for k in range(N // 4)],
    [frozenset([None, k]) for k in range(N // 4)],
    [shop.Tag(k) for k in range(N)],
    [shop.Point([]) for k in range(N)],
    [shop.Numbers([k]) for k in range(N)],
    [array.array("d", [1.0] * (k % 80)) for k in range(N // 4)],
    [Meta("C%d" % k, (object,), {"__slots__": ()}) for k in range(N // 50)],
    [(lambda k: lambda: k)(k) for k in range(N)],
]
MADE = made()
gc.collect()
gc.disable()


def counted(objects):
    said = {}
    for o in objects:
        entry = said.setdefault(name_of(type(o)), [0, 0])
        entry[0] += 1
        entry[1] += sys.getsizeof(o)
    return said


def truth():
    """Tracked objects by kind, the untracked ones that this program has made, and the code of `rules`."""
    known = counted(gc.get_objects())
    codes = [f.__code__ for f in vars(rules).values() if hasattr(f, "__code__")]
    codes += [c for code in codes for c in code.co_consts if hasattr(c, "co_code")]
    return {"pid": os.getpid(), "tracked": known,
            "made": {k: [len(v), sum(map(sys.getsizeof, v))] for k, v in MADE.items()},
            "code": [len(codes), sum(map(sys.getsizeof, codes))],
            "float_pages": len(set(a // PAGE for f in MADE["float"] for a in (id(f), id(f) + 23)))}


TEXT = json.dumps(truth())
for line in iter(sys.stdin.readline, ""):
    sys.stdout.write(TEXT + "\n")
    sys.stdout.flush()
