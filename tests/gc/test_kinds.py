#!/usr/bin/python3
"""How many objects of which kind a CPython has and how large they are, read from outside, against what it says."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import BUILD, HERE, number, ordinary
from piped import Piped
from tap import add_test, equal, main, must_be_built, need_root, test, true

HEAPREAD = os.path.join(BUILD, "tests", "heapread")
KINDAPP = os.path.join(HERE, "kindapp.py")
MANY = 10000
FUNCTIONS = 1000
# of a kind with fewer objects, those that come and go meanwhile are more than 1 %
LEAST = 400
TRACKED, COUNT, IN_LISTS, IN_LISTS_BYTES, BYTES, BLOCKS = range(6)
FOUND = ordinary((3, 7))


def looked_at(interpreter, made, functions, env=None):
    """What one with so many objects says, and what is read from outside."""
    must_be_built(HEAPREAD)
    with tempfile.TemporaryDirectory() as folder, \
            Piped([interpreter.path, KINDAPP, str(MANY), str(made), str(functions), folder],
                  env=dict(os.environ, **env or {})) as app, \
            Piped([HEAPREAD]) as reader:
        said = json.loads(app.ask("say"))
        got = json.loads(reader.ask(f"{said['pid']} kinds"))
    true("it is read", "why" not in got, got.get("why"))
    equal("all of it", got["cut"], 0)
    return said, got


def near(what, got, wanted, part=0.01):
    true(f"{what}: {got}, said {wanted}", abs(got - wanted) <= part * wanted, (got, wanted))


def without_values(name, kind):
    """sys.getsizeof() leaves out where instances have their values"""
    return kind[IN_LISTS_BYTES] - (kind[BLOCKS] if name == "shop.Tag" else 0)


def tracked(interpreter, said, got):
    checked = [name for name, (count, _) in said["tracked"].items() if count >= LEAST]
    true("there are some", {"list", "dict", "tuple", "set", "frozenset", "shop.Tag", "shop.Point", "shop.Numbers",
                            "function", "cell"} <= set(checked), checked)
    for name in checked:
        count, size = said["tracked"][name]
        kind = got["kinds"][name]
        # those that live forever are in no list (3.12)
        near(f"{name}: tracked", kind[IN_LISTS], count, 0.02 if name == "tuple" else 0.01)
        near(f"{name}: bytes", without_values(name, kind), size, 0.02 if name == "tuple" else 0.01)
        equal(f"{name}: heads", kind[TRACKED], 1)
    values = got["kinds"]["shop.Tag"][BLOCKS] / MANY
    if number(interpreter.version) >= (3, 11):
        true("values of instances", 2 * 8 <= values <= 31 * 9, values)
    else:
        equal("no values", values, 0)


def more(name, i, less, got):
    return got["kinds"].get(name, [0] * 6)[i] - less["kinds"].get(name, [0] * 6)[i]


def untracked(less, said, got):
    for name, (count, size) in said["made"].items():
        near(f"{name}: made", more(name, COUNT, less, got), count)
        near(f"{name}: bytes made", more(name, BYTES, less, got), size)
        kind = got["kinds"][name]
        equal(f"{name}: no heads", (kind[TRACKED], kind[IN_LISTS]), (0, 0))
    # the program has a few of its own, each on a page or two
    pages, others = sum(got["kinds"]["float"][10:12]), got["kinds"]["float"][COUNT] - said["made"]["float"][0]
    true("pages of floats", 0 <= pages - said["float_pages"] <= 2 * others, (pages, said["float_pages"], others))


def code(interpreter, less, said, got):
    count, size = said["code"]
    near("code", more("code", COUNT, less, got), count)
    near("code and caches", more("code", BYTES, less, got) + more("code caches", BYTES, less, got), size)
    caches = more("code caches", COUNT, less, got)
    true("caches apart", (caches >= count) == (number(interpreter.version) >= (3, 11)), (caches, count))
    equal("functions and code", got["modules"]["rules"][0], FUNCTIONS + count)
    true("none before", "rules" not in less["modules"], less["modules"].get("rules"))


def places(got):
    """One of two workers has copied every second page."""
    for name, kind in got["kinds"].items():
        near(f"{name}: objects on pages", sum(kind[6:8]), kind[COUNT], 0.001)
        near(f"{name}: bytes on pages", sum(kind[8:10]), kind[BYTES], 0.001)
        if kind[BYTES] > 1 << 20:
            near(f"{name}: a quarter copied", kind[8], kind[BYTES] / 4, 0.25)


def modules(got):
    shop = got["modules"]["shop"]
    # Tag, Point, Inner and Numbers; two functions and their code
    equal("instances and classes", shop[0], 3 * MANY + 4 + 2 + 2)
    near("bytes", shop[1], sum(got["kinds"][f"shop.{k}"][BYTES] for k in ("Tag", "Point", "Numbers")), 0.05)
    near("what lies on pages", shop[2] + shop[3], shop[1], 0.001)


def agrees(interpreter, env=None):
    def run():
        need_root()
        _, less = looked_at(interpreter, 0, 0, env)
        said, got = looked_at(interpreter, MANY, 0, env)
        print(f"# {interpreter.version}: {len(got['kinds'])} kinds; {got['cpu_ms']} ms, inventory "
              f"{got['inventory_ms']} ms", flush=True)
        tracked(interpreter, said, got)
        untracked(less, said, got)
        places(got)
        modules(got)
        code(interpreter, less, *looked_at(interpreter, 0, FUNCTIONS, env))
    return run


@test
def a_sample():
    """of more than may be looked at a sample tells as much, and says that it is one"""
    need_root()
    for i in FOUND:
        with tempfile.TemporaryDirectory() as folder, \
                Piped([i.path, KINDAPP, str(6 * MANY), "0", "0", folder]) as app, Piped([HEAPREAD]) as reader:
            pid = json.loads(app.ask("say"))["pid"]
            whole = json.loads(reader.ask(f"{pid} kinds"))
            part = json.loads(reader.ask(f"{pid} kinds 16000"))
        equal(f"{i.version}: it says so", (whole["sampled"], part["sampled"], part["cut"]), (0, 1, 0))
        errors = {name: part["kinds"].get(name, [0] * 12)[BYTES] / kind[BYTES] - 1
                  for name, kind in whole["kinds"].items() if kind[BYTES] > 2 << 20}
        print(f"# {i.version}: " + ", ".join(f"{name} {error:+.1%}" for name, error in errors.items()) +
              f"; {part['cpu_ms']} for {whole['cpu_ms']} ms", flush=True)
        true("there are some", len(errors) >= 6, errors)
        # one list with many items is in it, or is not
        near_it = [name for name, e in errors.items() if abs(e) < 0.15]
        true(f"{i.version}: three of four are near it", len(near_it) >= 0.75 * len(errors), errors)
        total = [sum(k[BYTES] for k in got["kinds"].values()) for got in (part, whole)]
        near(f"{i.version}: all kinds", *total, 0.1)


for i in FOUND:
    add_test(f"{i.version} ({i.path.replace(os.path.expanduser('~'), '~')}): kinds of its objects", agrees(i))
    add_test(f"{i.version}: the same with malloc", agrees(i, {"PYTHONMALLOC": "malloc"}))


main()
