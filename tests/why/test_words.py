#!/usr/bin/python3
"""What cowtop why says was written on copies, against what the worker says that it has written."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from ordered import Ordered
from interpreters import ordinary
from kernel import PAGE
from tap import add_test, main, need_root, true

LOAD = """
points = [Point() for _ in range(60000)]
texts = ["text number %d" % n for n in range(100000)]
"""
# What a worker's own run-up writes: frames, its state, free lists, code that is run for the first time.
NOISE = 200
FOUND = ordinary((3, 7))


def written(interpreter, order):
    """Pages that it has named, and what cowtop says: pages by cause, copied and identical ones."""
    with Ordered(interpreter, LOAD) as pool:
        named, document = pool.does(order)
    causes = {name: cause["bytes"] / PAGE for name, cause in document["causes"].items()
              if cause and cause["bytes"] is not None}
    return named, causes, {key: document["pool"][f"{key}_bytes"] / PAGE for key in ("copied", "identical")}


def near(what, got, wanted, of):
    true(what, abs(got - wanted) <= NOISE + 0.03 * of, (got, wanted, of))


def fields(interpreter):
    def run():
        need_root()
        named, causes, pages = written(
            interpreter, "for p in points[::40]: p.one = 3; pages.add((id(p) + 16) // 4096)")
        true("it wrote", named > 500, named)
        near("data", causes["data"], named, pages["copied"])
        near("identical", pages["identical"], pages["copied"] - named, pages["copied"])
    return run


def references(interpreter):
    def run():
        need_root()
        named, causes, pages = written(
            interpreter, "kept = texts[::40]; pages = set(id(t) // 4096 for t in kept)")
        true("it kept", named > 500, named)
        near("no data", causes["data"], 0, pages["copied"])
        near("not identical", pages["copied"] - pages["identical"], named, pages["copied"])
    return run


def reading(interpreter):
    def run():
        need_root()
        _, causes, pages = written(interpreter, "sum(len(t) for t in texts) + sum(p.one for p in points)")
        true("it copied", pages["copied"] > 1000, pages)
        near("no data", causes["data"], 0, pages["copied"])
        near("identical", pages["identical"], pages["copied"], pages["copied"])
    return run


def collection(interpreter):
    def run():
        need_root()
        _, causes, pages = written(interpreter, "gc.collect()")
        true("it copied", pages["copied"] > 500, pages)
        near("no data", causes["data"], 0, pages["copied"])
        # 3.13 leaves lists in another order after a collection
        near("no allocator", causes["allocator"], 0, pages["copied"])
    return run


def churn(interpreter):
    def run():
        need_root()
        named, causes, pages = written(
            interpreter, "pages = set(id(t) // 4096 for t in texts[::40]); del texts[::40]")
        near("allocator and data", causes["allocator"] + causes["data"], named, pages["copied"])
        true("most of it the allocator's", causes["allocator"] > 0.7 * named, (causes, named))
    return run


for i in FOUND:
    add_test(f"{i.version}: fields that are written are data", fields(i))
    add_test(f"{i.version}: references that are kept are none", references(i))
    add_test(f"{i.version}: what is only read stays the same", reading(i))
    add_test(f"{i.version}: a collection writes no data", collection(i))
    add_test(f"{i.version}: what is freed is the allocator's", churn(i))
main()
