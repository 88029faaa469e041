#!/usr/bin/python3
"""The causes that cowtop why names, where there is one and it is known: within 3 points of what the worker says.

Each is run under one version of Python here, the next under the next version; COWTOP_WHY_ALL runs all under all.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from asking import copied
from interpreters import ordinary
from kernel import PAGE
from ordered import Ordered
from tap import add_test, equal, main, need_root, true

LOAD = """
def chained(n):
    chain = other = None
    for k in range(n):
        chain, other = (chain, "a text of one chain, with its number %d" % k), (other, "a text of the other %d" % k)
    return chain, other  # side by side: when one goes no page becomes free
def pages_of(objects):
    return set(id(o) // 4096 for o in objects)
def write(points):
    for p in points:
        p.one = 3
def links(chain):
    while chain:
        yield chain
        yield chain[1]
        chain = chain[0]
points = [Point() for _ in range(int(sys.argv[1]))]
texts = ["text number %d, which is counted and has no head" % n for n in range(int(sys.argv[2]))]
chain, other = chained(int(sys.argv[3]))
"""
FOUND = ordinary((3, 8))
POINTS = 0.03


def asked(interpreter, loaded, orders, *words):
    """Pages that the worker has named, that it has copied, and each cause in parts of them."""
    with Ordered(interpreter, LOAD, *loaded, *words) as pool:
        named, document = pool.does(*orders)
        now = sum(copied(pool.pid))
    causes = {name: cause["bytes"] for name, cause in document["causes"].items() if cause}
    whole = document["pool"]["copied_bytes"]
    return named, now, whole / PAGE, {name: None if b is None else b / whole for name, b in causes.items()}, document


def one_cause(name, loaded, order):
    """An order that names the pages whose cause that is."""
    def of(interpreter):
        def run():
            need_root()
            named, _, whole, parts, _ = asked(interpreter, loaded, [order])
            print(f"# {interpreter.version:8} {name}: named {named} of {whole:.0f}, "
                  f"{', '.join(f'{k} {100 * (v or 0):.1f} %' for k, v in parts.items())}", flush=True)
            true("it named most of what it copied", 0.8 * whole < named < 1.02 * whole, (named, whole))
            true("the cause", abs(parts[name] - named / whole) <= POINTS, (parts, named / whole))
            equal("the collector", parts["collector_only"], 0)
        return run
    return of


LOADED = (3000, 3000, 1000)
# Work before the collection and after it, that lasts for some looks.
TRICKLE = ["n = len(texts[n]); time.sleep(0.03)"] * 60


def collection(interpreter):
    def run():
        need_root()
        orders = [*TRICKLE, "gc.collect()", *TRICKLE]
        _, now, whole, parts, document = asked(interpreter, LOADED, orders)
        _, frozen, *_ = asked(interpreter, LOADED, orders, "frozen")
        print(f"# {interpreter.version:8} collect: {now} copied, {now - frozen} less when frozen, {parts}", flush=True)
        true("it is known", parts["collector_only"] is not None, document["reason"])
        true("the cause", abs(parts["collector_only"] - (now - frozen) / whole) <= POINTS,
             (parts, now, frozen, whole))
    return run


def frozen_pool(interpreter):
    def run():
        need_root()
        _, _, _, parts, document = asked(interpreter, LOADED, [*TRICKLE, "gc.collect()", *TRICKLE], "frozen")
        true("the collector has nothing to take", document["causes"]["collector_only"]["high"] <=
             POINTS * document["pool"]["copied_bytes"], document["causes"])
    return run


CASES = {
    "references that are kept are references": one_cause(
        "references", (1000, 300000, 1000), "kept = texts[::20]; pages = pages_of(kept)"),
    "what is only read is references": one_cause(
        "references", (1000, 300000, 1000), "n = sum(map(len, texts)); pages = pages_of(texts)"),
    "objects of the collector that are only read are references": one_cause(
        "references", (200000, 1000, 1000), "n = sum(p.one for p in points); pages = pages_of(points)"),
    "fields that are written are data": one_cause(
        "data", (200000, 1000, 1000), "pages = pages_of(points); write(points[::20])"),
    "what is freed is the allocator's": one_cause(
        "allocator", (1000, 1000, 100000), "pages = pages_of(links(chain)); chain = None"),
    "a collection is the collector's": collection,
    "a collection of a frozen pool is not": frozen_pool,
}
for at, (title, case) in enumerate(CASES.items()):
    for i in FOUND if os.environ.get("COWTOP_WHY_ALL") else FOUND[at % len(FOUND):][:1]:
        add_test(f"{title}, under {i.version}", case(i))
main()
