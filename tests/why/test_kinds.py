#!/usr/bin/python3
"""cowtop why: which kinds of objects, of which modules, lie on the pages that workers have copied."""
import contextlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from asking import why
from interpreters import ordinary
from piped import Piped
from run import cowtop, folder, sample, write_file
from tap import add_test, equal, main, need_root, test, true

MANY = 40000
# Workers take each text and each Tag, which writes their counts, and never look at numbers or at a Point.
PROGRAM = """
import gc, os, signal, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import shop
MANY = int(sys.argv[2])
texts = ["text number %d of many" % k for k in range(MANY)]
numbers = [k / 7.0 for k in range(MANY)]
tags = [shop.Tag() for k in range(MANY)]
points = [shop.Point() for k in range(MANY)]
gc.disable()
r, w = os.pipe()
for worker in range(2):
    if os.fork() == 0:
        for it in texts:
            pass
        if worker == 0:
            for it in tags:
                pass
        os.write(w, b"x")
        while True:
            signal.pause()
while len(os.read(r, 1)) < 1 or len(os.read(r, 1)) < 1:
    pass
print(os.getpid(), flush=True)
sys.stdin.readline()
os.killpg(0, 9)
"""
SHOP = """
class Tag(object):
    __slots__ = ("one", "two", "three", "four", "five")

class Point(object):
    __slots__ = ("x", "y", "z", "u", "v", "w", "a", "b", "c")
"""
FOUND = ordinary((3, 8))


@contextlib.contextmanager
def shops(interpreter):
    """The pool, by the pid of its master."""
    with folder() as place:
        write_file(os.path.join(place, "shop.py"), SHOP)
        with Piped([interpreter.path, "-c", PROGRAM, place, str(MANY)], start_new_session=True) as p:
            yield p.answer()
            p.tell()


def ask(interpreter, *args):
    with shops(interpreter) as pid:
        status, out, err = cowtop("why", "--watch", "0.3", *args, pid)
    equal("exit status", (status, err), (0, ""))
    return out


def pages(interpreter):
    def run():
        need_root()
        document = json.loads(ask(interpreter, "--json"))
        kinds = {k["name"]: k for k in document["types"]}
        print(f"# {interpreter.version}: {document['objects']}", flush=True)
        equal("all of it, of both workers", (document["objects"]["complete"], document["objects"]["workers"]),
              (True, 2))
        shares = {name: kinds[name]["copied_count"] / kinds[name]["count"]
                  for name in ("float", "shop.Tag", "shop.Point")}
        # beside those of the interpreter, which few of lie on the same pages
        true("texts were taken by both", 0.99 * MANY < kinds["str"]["copied_count"] < 1.15 * MANY, kinds["str"])
        true("tags by one of two", 0.48 < shares["shop.Tag"] < 0.55, shares)
        true("numbers and points by nobody", shares["float"] < 0.03 and shares["shop.Point"] < 0.03, shares)
        for name in ("shop.Tag", "shop.Point"):
            k = kinds[name]
            equal(f"{name}: objects", (k["count"], k["tracked_count"], k["tracked"]), (MANY, MANY, True))
            true(f"{name}: copied and shared", abs(k["copied_count"] + k["shared_count"] - MANY) <= MANY / 1000, k)
        equal("no heads", (kinds["str"]["tracked"], kinds["float"]["tracked"]), (False, False))
        order = [k["copied_bytes"] for k in document["types"]]
        equal("what costs most comes first", order, sorted(order, reverse=True))
        shop = {m["name"]: m for m in document["modules"]}["shop"]
        both = [kinds["shop.Tag"], kinds["shop.Point"]]
        for key in ("copied_bytes", "shared_bytes"):
            true(f"module: {key}", abs(shop[key] - sum(k[key] for k in both)) < 8192, (shop, both))
        true("not more than there is", document["objects"]["copied_bytes"] <= document["pool"]["copied_bytes"] * 1.01,
             document["objects"])
    return run


for i in FOUND:
    add_test(f"{i.version} ({i.path.replace(os.path.expanduser('~'), '~')}): what lies on copied pages", pages(i))


@test
def as_a_table():
    """the dearest kinds by name, and the modules whose objects they are"""
    need_root()
    out = ask(FOUND[-1])
    rows = [line.split() for line in out.splitlines()]
    kinds = [row[-1] for row in rows if len(row) > 2 and row[-1] in ("str", "shop.Tag", "shop.Point", "float")]
    true("texts and tags", {"str", "shop.Tag"} <= set(kinds), out)
    true("modules", any("of modules:" in line and "shop" in line for line in out.splitlines()), out)


@test
def of_one_worker():
    """--pid: by the pages of that one alone"""
    need_root()
    with shops(FOUND[-1]) as pid:
        workers = [x["pid"] for x in sample(pid)["processes"] if x["role"] == "worker"]
        tags = []
        for worker in sorted(workers):
            document = why(pid, "--watch", "0.3", "--pid", str(worker))
            equal("of one", document["objects"]["workers"], 1)
            tags += [k["copied_count"] for k in document["types"] if k["name"] == "shop.Tag"]
    true("the one that took them, and the other", max(tags) > 0.97 * MANY and min(tags) < 0.03 * MANY, tags)


main()
